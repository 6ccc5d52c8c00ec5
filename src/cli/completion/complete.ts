/**
 * `tender complete -- WORDS…`, which the shells call at each Tab: a candidate a line, with its description after a tab;
 * `:files` asks the shell for files besides. Names come from the cluster, if it answers at once: somebody waits. What goes
 * wrong is not said, for the line is still being typed.
 */
import type { Command } from 'commander';
import type { Client } from '../../client/client.ts';
import { listPlugins } from '../../client/plugins.ts';
import { TenderError } from '../../core/errors.ts';
import { listContexts } from '../contexts.ts';
import { withClient } from '../session.ts';
import { type Candidate, type NameKind, wantedAt } from './wanted.ts';

/** (ms) */
const DEADLINE = 1_000;

export async function complete(root: Command, words: readonly string[]): Promise<void> {
  const wanted = wantedAt(root, words);
  const context = contextIn(words);
  const names = wanted.names.length === 0 ? [] : await namesOf(wanted.names, context);
  const { prefix = '', suffix = '' } = wanted;
  const all = [
    ...wanted.candidates,
    ...names.map(({ value, description }) => ({ value: prefix + value + suffix, description })),
  ];
  const current = words.at(-1) ?? '';
  const lines = all
    .filter(({ value }) => value.startsWith(current))
    .map(({ value, description }) => `${value}\t${description.replaceAll(/\s+/g, ' ')}`);
  if (wanted.files) lines.push(':files');
  if (lines.length > 0) console.log(lines.join('\n'));
}

/** The cluster that is spoken of in the line itself. */
function contextIn(words: readonly string[]): string | undefined {
  const at = words.indexOf('--context');
  const next = at >= 0 ? words[at + 1] : words.find((word) => word.startsWith('--context='))?.slice(10);
  return next === '' ? undefined : next;
}

async function namesOf(kinds: readonly NameKind[], context: string | undefined): Promise<Candidate[]> {
  const here = kinds.includes('contexts')
    ? listContexts().map(({ name, address }) => said(name, address))
    : [];
  const others = kinds.filter((kind) => kind !== 'contexts');
  if (others.length === 0) return here;
  try {
    const late = new Promise<never>((_, reject) =>
      setTimeout(() => reject(new TenderError('client.unreachable')), DEADLINE).unref(),
    );
    const asked = withClient(
      { context },
      async (client) => (await Promise.all(others.map((kind) => NAMES[kind](client)))).flat(),
      DEADLINE,
    );
    asked.catch(() => {}); // where the deadline was first
    return [...here, ...(await Promise.race([asked, late]))];
  } catch (error) {
    if (error instanceof TenderError) return here;
    throw error;
  }
}

const said = (value: string, description: string): Candidate => ({ value, description });

const NAMES: Readonly<
  Record<Exclude<NameKind, 'contexts'>, (client: Client) => Candidate[] | Promise<Candidate[]>>
> = {
  jobs: ({ state }) => [...state.jobs.values()].map(({ name, status }) => said(name, status)),
  tasks: ({ state }) =>
    [...state.tasks.values()].filter(({ closed }) => !closed).map(({ name, state }) => said(name, state)),
  agents: ({ state }) => [...state.agents.values()].map(({ name, state }) => said(name, state)),
  frameworks: ({ state }) => [...state.frameworks.values()].map(({ id, state }) => said(id, state)),
  roles: ({ state }) =>
    [
      ...new Set([...state.roles.keys(), ...[...state.frameworks.values()].flatMap(({ roles }) => roles)]),
    ].map((role) => said(role, 'role')),
  kinds: ({ state }) =>
    [...state.frameworks.values()].flatMap(({ id, kinds }) => kinds.map((kind) => said(kind, id))),
  members: ({ state }) => [...state.members.values()].map(({ name, role }) => said(name, role)),
  plugins: async (client) => (await listPlugins(client)).map(({ name, version }) => said(name, version)),
};
