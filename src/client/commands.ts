/** What people do to a cluster, once for all faces: each command is one call on a client. */
import type { ClusterState, Job } from '../core/cluster.ts';
import { TenderError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import type { FrameworkId } from '../core/task.ts';
import type { Client, TaskStream } from './client.ts';
import { exactJob, findJob, findTask } from './names.ts';
import { rolesIn } from './table/roles.ts';
import type { Why } from './why.ts';
import { whyAgent } from './why-agent.ts';
import { type OfferScope, whyOffered } from './why-offered.ts';

/** What became of a submitted job. */
export interface Submitted {
  readonly job: string;
  readonly version: number;
  /** False when it was already exactly so. */
  readonly changed: boolean;
}

export type Spec = { readonly [key: string]: Json };

/**
 * A job's kind decides which framework gets it.
 * @param ifVersion only over this version of it (0: only if there is none)
 * @throws TenderError `job.invalid`, `job.changed`, `framework.kind_unknown`
 */
export async function submit(client: Client, spec: Spec, ifVersion?: number): Promise<Submitted> {
  const to = { kind: kindOf(spec) };
  const args = { spec, ...(ifVersion !== undefined && { ifVersion }) };
  return (await client.request('framework.call', { to, verb: 'submit', args })) as unknown as Submitted;
}

/** Whether it would be taken; changes nothing. A framework without this verb is only asked by `submit`. @throws as `submit` */
export async function check(client: Client, spec: Spec): Promise<void> {
  try {
    await client.request('framework.call', { to: { kind: kindOf(spec) }, verb: 'check', args: { spec } });
  } catch (error) {
    if (!(error instanceof TenderError) || error.code !== 'framework.verb_unknown') throw error;
  }
}

/** A verb of the framework that runs jobs of this kind. @throws TenderError `framework.kind_unknown`, or its own */
export const callKind = (client: Client, kind: string, verb: string, args: Json): Promise<Json> =>
  client.request('framework.call', { to: { kind }, verb, args });

export function kindOf(spec: Spec): string {
  const kind = spec['kind'] ?? 'service';
  if (typeof kind === 'string') return kind;
  throw new TenderError('job.invalid', {
    path: 'kind',
    expected: 'a word',
    found: JSON.stringify(kind),
    hint: '',
  });
}

/** @throws TenderError `job.other_kind`, or what its framework answers */
export async function onJob(
  client: Client,
  job: Job,
  verb: string,
  args: { readonly [key: string]: Json },
): Promise<Json> {
  const kinds = kindsWith(client.state, verb);
  if (kinds.length > 0 && !kinds.includes(job.kind))
    throw new TenderError('job.other_kind', {
      name: job.name,
      kind: job.kind,
      verb,
      kinds: kinds.join(', '),
    });
  return client.request('framework.call', { to: { job: job.name }, verb, args: { job: job.name, ...args } });
}

/** Kinds of job whose framework knows this verb. */
const kindsWith = ({ frameworks }: ClusterState, verb: string): string[] =>
  [...frameworks.values()].flatMap(({ kinds, verbs }) =>
    verbs.some(({ name }) => name === verb) ? kinds : [],
  );

export async function scale(client: Client, name: string, count: number): Promise<void> {
  await onJob(client, exactJob(client.state, name), 'scale', { count });
}

/** A verb that the job's framework adds to the usual ones. @throws TenderError `framework.verb_unknown`, or its own */
export const callVerb = async (
  client: Client,
  job: string,
  verb: string,
  args: { readonly [key: string]: Json } = {},
): Promise<Json> => onJob(client, exactJob(client.state, job), verb, args);

/** Stops all tasks of the job and forgets it. */
export async function stop(client: Client, name: string): Promise<void> {
  await onJob(client, exactJob(client.state, name), 'stop', {});
}

/** The job's spec as it was submitted, with the defaults filled in. */
export const specOf = (client: Client, name: string): Promise<Json> =>
  onJob(client, findJob(client.state, name), 'spec', {});

/**
 * Why a job, one instance of it (`web.2`) or an agent is as it is; else why the framework or the role of that name is
 * offered no more than it is.
 */
export async function why(client: Client, name: string): Promise<Why> {
  const { state } = client;
  const named = state.jobs.get(name) ?? jobOfTask(client, name);
  const agent = named ? undefined : [...state.agents.values()].find((one) => one.name === name);
  if (agent) return whyAgent(agent, state);
  const scope = named ? undefined : scopeOf(name, state);
  if (scope) return whyOffered(client, scope);
  const job = named ?? findJob(state, name);
  return (await onJob(client, job, 'why', name === job.name ? {} : { name })) as unknown as Why;
}

/** The framework or the role of that name, or the only one that begins so where no job does. */
function scopeOf(name: string, state: ClusterState): OfferScope | undefined {
  const roles = rolesIn(state).map(({ role }) => role);
  const named = (exact: string): OfferScope =>
    state.frameworks.has(exact as FrameworkId) ? { framework: exact } : { role: exact };
  const all = new Set<string>([...state.frameworks.keys(), ...roles]);
  if (all.has(name)) return named(name);
  const near = [...all].filter((one) => name !== '' && one.startsWith(name));
  const isJob = [...state.jobs.keys()].some((job) => job.startsWith(name));
  return near.length === 1 && !isJob ? named(near[0]!) : undefined;
}

function jobOfTask(client: Client, name: string): Job | undefined {
  const dot = name.indexOf('.'); // names of jobs have none
  return dot < 0 ? undefined : client.state.jobs.get(name.slice(0, dot));
}

export const logs = (
  client: Client,
  name: string,
  options: { follow: boolean; tail?: number | undefined },
): TaskStream => client.stream(findTask(client.state, name).id, { kind: 'logs', ...options });

export const exec = (
  client: Client,
  name: string,
  argv: readonly string[],
  terminal?: { columns: number; rows: number },
): TaskStream =>
  client.stream(findTask(client.state, name).id, {
    kind: 'exec',
    argv,
    tty: terminal !== undefined,
    ...terminal,
  });

/** The task's own streams, live. */
export const attach = (
  client: Client,
  name: string,
  terminal: { columns: number; rows: number },
): TaskStream =>
  client.stream(findTask(client.state, name).id, {
    kind: 'exec',
    argv: [],
    tty: false,
    attach: true,
    ...terminal,
  });
