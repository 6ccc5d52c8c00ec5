/**
 * Patterns of constraints: RE2, which takes time in proportion to the text and nothing worse, so that no job file can
 * keep a framework busy with one. They match the whole value, as those of offer constraints do.
 */
import { RE2JS } from 're2js';
import { causeOf } from '../core/errors.ts';

/** Instructions of one pattern. */
const LARGEST = 100;
/** So many stay compiled: jobs come and go. */
const KEPT = 1000;

/** The one used longest ago comes first. */
const compiled = new Map<string, RE2JS>();

/** What is wrong with the pattern; undefined: nothing. */
export function patternFault(pattern: string): string | undefined {
  try {
    return RE2JS.compile(pattern).programSize() > LARGEST ? 'a smaller pattern' : undefined;
  } catch (error) {
    return `a pattern of RE2 (${causeOf(error)})`;
  }
}

/** Whether the whole text is as the pattern says. */
export function matches(pattern: string, text: string): boolean {
  const program = compiled.get(pattern) ?? RE2JS.compile(pattern);
  compiled.delete(pattern);
  compiled.set(pattern, program);
  const [oldest] = compiled.keys();
  if (compiled.size > KEPT && oldest !== undefined) compiled.delete(oldest);
  return program.matches(text);
}
