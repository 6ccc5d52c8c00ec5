/** Saying a verb to what one stands on or has marked: by its key, from the menu, or as a command with names. */

import { meant } from '../client/names.ts';
import { type AnyRecord, tableOf } from '../client/tables.ts';
import { defaultRole } from '../core/cluster.ts';
import { type ErrorCode, TenderError } from '../core/errors.ts';
import type { Action, Step } from './actions.ts';
import { attempt } from './attempt.ts';
import type { Context } from './context.ts';
import { doableOn } from './doable.ts';
import { type Chosen, chosenOn } from './subject.ts';
import { pageOf, type Ui } from './ui.ts';
import { type AnyVerb, findVerb, nameIn } from './verbs/all-verbs.ts';
import { say } from './verbs/say.ts';

/** The first of these (`deactivate activate`) that makes sense here; of marked rows said to those where it does. */
export const verb: Action = (ui, context, words) => {
  const chosen = chosenOn(pageOf(ui), context);
  if (!chosen) return { ui };
  const found = doableOn(ui, context).verb(words);
  if (found) return attempt(ui, () => sayTo(ui, found, chosen, context));
  const part = partOf(chosen, words, context);
  if (part) return attempt(ui, () => sayTo(ui, part.verb, part.chosen, context));
  const text = `${words.replaceAll(' ', ' or ')} is nothing that can be said here now`;
  return { ui: { ...ui, notice: { tone: 'plain', text } } };
};

/** Among many marked tasks some have ended: those that live can be killed all the same. The question names them. */
function partOf(
  { table, records }: Chosen,
  words: string,
  { client: { state } }: Context,
): { readonly verb: AnyVerb; readonly chosen: Chosen } | undefined {
  for (const word of words.split(' ')) {
    const found = findVerb(word, state);
    if (found?.on !== table) continue;
    const fitting = records.filter((record) => found.fits?.(record, state) ?? true);
    if (fitting.length > 0) return { verb: found, chosen: { table, records: fitting } };
  }
  return undefined;
}

/** A verb that needs a word more asks for it in the prompt. */
export function sayTo(ui: Ui, said: AnyVerb, { records }: Chosen, { client }: Context): Step {
  if (said.takes && !said.takes.isOptional) {
    const names = records.map((record) => nameIn(said.on, record)).join(',');
    const text = `${said.name} ${names} `;
    return { ui: { ...ui, prompt: { kind: 'command', text, before: '', back: 0 } } };
  }
  return say(ui, said, records, '', client.state);
}

const UNKNOWN: Readonly<Record<AnyVerb['on'], ErrorCode>> = {
  jobs: 'job.unknown',
  tasks: 'task.unknown',
  agents: 'agent.unknown',
  frameworks: 'framework.unknown',
  roles: 'role.unknown',
  offers: 'usage',
  events: 'usage',
  updates: 'job.unknown',
  schedule: 'job.unknown',
  volumes: 'usage',
  quotas: 'usage',
  plugins: 'plugin.unknown',
};

/** `:drain nuc1,nuc2 30m`; without a name: what one stands on. @throws TenderError `….unknown` */
export function sayByName(ui: Ui, said: AnyVerb, words: readonly string[], context: Context): Step {
  const { client } = context;
  const [first = '', ...rest] = words;
  if (first === '') {
    const chosen = chosenOn(pageOf(ui), context);
    if (chosen?.table === said.on) return sayTo(ui, said, chosen, context);
    throw new TenderError('usage', { cause: `${said.name} what? as in: ${said.name} ${exampleOf(said)}` });
  }
  const names = first.split(',').filter((name) => name !== '');
  const records = names.map((name) => recordOf(said, name, context));
  return say(ui, said, records, rest.join(' '), client.state);
}

function recordOf(said: AnyVerb, name: string, { client }: Context): AnyRecord {
  const all = tableOf(said.on).list(client);
  const found = all.find((record) => nameIn(said.on, record) === name);
  // A role needs no declaration: what is said of one makes it known.
  if (!found && said.on === 'roles') return defaultRole(name);
  if (!found) {
    const hint = meant(
      name,
      all.map((record) => nameIn(said.on, record)),
    );
    throw new TenderError(UNKNOWN[said.on], { name, hint });
  }
  return found;
}

const exampleOf = ({ on, takes }: AnyVerb): string =>
  `${tableOf(on).singular.toUpperCase()}${takes ? ` ${takes.word}` : ''}`;
