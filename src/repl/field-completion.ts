/**
 * Tab within what a job is told, as after `run('web:2', {` or `jobs.web.update({update: {`: the fields of its kind. They are
 * asked of the framework of that kind, so those of plugins are there, too.
 */
import type { Client } from '../client/client.ts';
import { kindOf } from '../client/commands.ts';
import { fieldsOf, schemaAt, schemaOf } from '../client/job-fields.ts';
import type { Clock } from '../core/clock.ts';
import { type Completion, ONE, recordWritten } from './completion.ts';
import { type OpenLiteral, openLiteral } from './open-literal.ts';
import type { Session } from './session.ts';
import { verbsFor } from './verbs.ts';

/** Somebody waits, and can't type meanwhile (ms). */
const DEADLINE = 1_000;

type Asked = Pick<Session, 'client' | 'clock' | 'readOnly'>;

/** @returns undefined where no field of a job is due; it resolves to undefined where nobody says which there are */
export function completeFields(line: string, session: Asked): Promise<Completion | undefined> | undefined {
  const names = verbsFor(session.readOnly).flatMap(([name, { fields }]) => (fields ? [name] : []));
  const calls = new RegExp(`(?:${ONE}\\.|(?<![\\w$.]))(?:${names.join('|')})\\(`, 'g');
  for (const call of [...line.matchAll(calls)].reverse()) {
    const literal = openLiteral(line.slice(call.index + call[0].length));
    if (literal)
      return inTime(
        session.clock,
        fieldsIn(literal, kindMeant(call, literal, session.client), session.client),
      );
  }
  return undefined;
}

/** What the literal says itself; else that of the job that it is said of. */
function kindMeant(call: RegExpMatchArray, { texts, before }: OpenLiteral, client: Client): string {
  const named = call[1] === undefined ? client.state.jobs.get(before[0] ?? '') : recordWritten(call, client);
  const kind = texts.get('kind') ?? (named && 'kind' in named ? named.kind : undefined);
  return kind ?? kindOf({});
}

async function fieldsIn(literal: OpenLiteral, kind: string, client: Client): Promise<Completion> {
  const { path, said, start } = literal;
  const group = schemaAt(await schemaOf(client, kind), path);
  const fitting = fieldsOf(group ?? {}).filter(({ name }) => name.startsWith(start) && !said.has(name));
  return { matches: fitting.map(({ name }) => `${name}: `).sort(), completed: start };
}

/** What goes wrong is not said: the line is still being typed. */
function inTime(clock: Clock, found: Promise<Completion>): Promise<Completion | undefined> {
  return new Promise((resolve) => {
    const late = clock.after(DEADLINE, () => resolve(undefined));
    found.then(resolve, () => resolve(undefined)).finally(() => late.cancel());
  });
}
