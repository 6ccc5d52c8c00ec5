/** Does what was said, to one after the other; one that refuses does not keep the others from it. */
import type { Client } from '../../client/client.ts';
import { counted, tableOf } from '../../client/tables.ts';
import { causeOf, TenderError } from '../../core/errors.ts';
import type { Failure, Notice } from '../ui.ts';
import { findVerb } from './all-verbs.ts';

export const failureOf = (error: unknown): Failure =>
  error instanceof TenderError
    ? { code: error.code, message: error.message, next: error.next }
    : { code: 'request.failed', message: causeOf(error) };

export function noticeOf(error: unknown): Notice {
  const { code, message, next } = failureOf(error);
  return { tone: 'bad', text: `${code}: ${message}`, next };
}

export interface Said {
  readonly notice: Notice;
  /** Those to which it could not be done. */
  readonly failed: readonly string[];
}

export async function performVerb(
  client: Client,
  word: string,
  names: readonly string[],
  argument: string,
): Promise<Said> {
  const verb = findVerb(word, client.state);
  if (!verb) throw new TenderError('usage', { cause: `there is no verb "${word}"` });
  const done: string[] = [];
  const failures: { readonly name: string; readonly error: unknown }[] = [];
  for (const name of names) {
    try {
      done.push(`${name} ${await verb.run(client, name, argument)}`);
    } catch (error) {
      failures.push({ name, error });
    }
  }
  const failed = failures.map(({ name }) => name);
  const [first] = failures;
  if (first) {
    const notice = noticeOf(first.error);
    if (names.length === 1) return { notice, failed };
    const text = `${word}: ${done.length} of ${names.length} done; ${first.name}: ${notice.text}`;
    return { notice: { ...notice, text }, failed };
  }
  const text =
    done.length === 1 ? done[0]! : `${word}: ${counted(done.length, tableOf(verb.on).singular)} done`;
  return { notice: { tone: 'good', text }, failed };
}
