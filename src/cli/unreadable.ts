/** Why a file that a user named could not be read, in words: Node's own say `ENOENT` and name its function. */
import { causeOf } from '../core/errors.ts';

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'this is a folder, expected a file',
  EACCES: 'this user may not read it',
};

export function unreadable(error: unknown): string {
  return WORDS[String((error as NodeJS.ErrnoException).code)] ?? causeOf(error);
}
