/**
 * How a program of a test is started: the launcher and scripts by a Node, a single binary (dist/tender, of
 * `npm run binary`) by itself. TENDER_PROGRAM names a binary to run all end-to-end tests against.
 */
export const BINARY = process.env['TENDER_PROGRAM'];

/** @param words the program, and its arguments */
export function launch(words: readonly string[], node = process.execPath): readonly [string, ...string[]] {
  const [program = '', ...args] = words;
  return /\.[cm]?[jt]s$|\/bin\/tender$/.test(program) ? [node, ...words] : [program, ...args];
}
