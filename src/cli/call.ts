/** `tender call JOB VERB name=value …`: what only its framework knows to do with a job. */
import { callVerb } from '../client/commands.ts';
import { TenderError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import { printJson } from './output.ts';
import { type Global, withClient } from './session.ts';

export function call(job: string, verb: string, words: readonly string[], global: Global): Promise<void> {
  const args = Object.fromEntries(words.map(argumentOf));
  return withClient(global, async (client) => {
    const answer = await callVerb(client, job, verb, args);
    if (global.json || typeof answer !== 'string') printJson(answer);
    else console.log(answer);
  });
}

/** Numbers, lists and the like as JSON; anything else is text. */
function argumentOf(text: string): [string, Json] {
  const at = text.indexOf('=');
  if (at <= 0) throw new TenderError('usage', { cause: `expected NAME=VALUE, found "${text}"` });
  const value = text.slice(at + 1);
  try {
    return [text.slice(0, at), JSON.parse(value) as Json];
  } catch {
    return [text.slice(0, at), value];
  }
}
