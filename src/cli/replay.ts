/**
 * `tender replay`: cases as data (src/core/allocator/case-format.ts) against the master's own allocator, without any
 * cluster. What a step expected and did not get is a line; so is what it got where it expected nothing: "what if".
 */
import { readFileSync } from 'node:fs';
import { HierarchicalAllocator } from '../core/allocator/hierarchical-allocator.ts';
import { replayCases } from '../core/allocator/replay.ts';
import { causeOf, TenderError } from '../core/errors.ts';
import { checkPattern, matches } from '../daemon/patterns.ts';
import { printJson } from './output.ts';
import type { Global } from './session.ts';

/** @param file JSON; `-` reads standard input. @throws TenderError `case.invalid` */
export async function replay(file: string, global: Global): Promise<void> {
  await checkPattern(''); // so that the engine is there for those in the file
  const { problems, said, total, passed } = replayCases(
    contentOf(file),
    () => new HierarchicalAllocator({ matches }),
  );
  const failed = total - passed;
  if (failed > 0) process.exitCode = 1;
  if (global.json) return printJson({ problems, said, total, passed, failed });
  for (const { case: name, step, op, text } of said) console.log(`${name}, step ${step} (${op}): ${text}`);
  for (const { case: name, step, op, expected, got } of problems)
    console.log(`${name}, step ${step} (${op}): expected ${expected}, got ${got}`);
  console.log(`${total} cases, ${passed} passed, ${failed} failed`);
}

function contentOf(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8'));
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new TenderError('case.invalid', {
      where: file,
      cause: missing ? 'there is no such file' : causeOf(error),
    });
  }
}
