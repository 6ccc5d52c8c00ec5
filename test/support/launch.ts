/**
 * How the program under test is started: the launcher by a Node, or, where TENDER_PROGRAM names a single binary
 * (dist/tender, of `npm run binary`), that by itself. Scripts of tests are always run by this Node.
 */
import { inject } from 'vitest';

export const BINARY = process.env['TENDER_PROGRAM'];

/** @param words the program or a script, and its arguments */
export function launch(words: readonly string[], node = process.execPath): [string, ...string[]] {
  const [program, ...args] = words;
  return BINARY !== undefined && program === inject('program') ? [program, ...args] : [node, ...words];
}
