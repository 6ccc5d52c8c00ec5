/**
 * The patterns of offer constraints: RE2, which takes time in proportion to the text and nothing worse, so
 * that no framework can keep the master busy with one. The library (0.3 MB) is loaded when the first pattern
 * comes; the allocator, which cannot wait, asks only for patterns that were checked before.
 */
import { causeOf, TenderError } from '../core/errors.ts';

type Engine = typeof import('re2js').RE2JS;
type Compiled = ReturnType<Engine['compile']>;

/** Instructions of one pattern, as in Mesos. */
const LARGEST = 100;
/** So many stay compiled: frameworks may send ever new ones. */
const KEPT = 1000;

let engine: Engine | undefined;
/** The one used longest ago comes first. */
const compiled = new Map<string, Compiled>();

/** @throws TenderError `constraint.pattern` */
export async function checkPattern(pattern: string): Promise<void> {
  engine ??= (await import('re2js')).RE2JS;
  const refuse = (cause: string): never => {
    throw new TenderError('constraint.pattern', { pattern, cause });
  };
  let program: Compiled;
  try {
    program = engine.compile(pattern);
  } catch (error) {
    return refuse(causeOf(error));
  }
  if (program.programSize() > LARGEST) refuse('it is too large');
}

/** Whether the whole text is as the pattern says; false for a pattern that nobody checked. */
export function matches(pattern: string, text: string): boolean {
  const program = compiled.get(pattern) ?? engine?.compile(pattern);
  if (!program) return false;
  compiled.delete(pattern);
  compiled.set(pattern, program);
  const [oldest] = compiled.keys();
  if (compiled.size > KEPT && oldest !== undefined) compiled.delete(oldest);
  return program.matches(text);
}
