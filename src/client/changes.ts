/** How jobs change: what a spec would do, versions to go back to, and what is said to an update. Each is one call. */
import type { Endpoint, Job } from '../core/cluster.ts';
import type { Json } from '../core/json.ts';
import type { Task, TaskId } from '../core/task.ts';
import { isTerminal } from '../core/task-state.ts';
import type { Client } from './client.ts';
import { kindOf, onJob, type Spec } from './commands.ts';
import { exactJob, findJob } from './names.ts';

export interface PlannedStep {
  readonly does: string;
  readonly name: string;
  readonly version?: number | undefined;
  /** By name; absent: nobody can say. */
  readonly agent?: string | undefined;
  readonly why: string;
  /** From now on (ms), if nothing goes wrong. */
  readonly at: number;
}

/** What would become of a job. */
export interface PlannedJob {
  readonly job: string;
  /** Of the job as it is; 0: there is none. */
  readonly version: number;
  /** It is on its way out: what is submitted takes its place. */
  readonly stopping: boolean;
  readonly diff: readonly {
    readonly path: string;
    readonly from?: Json | undefined;
    readonly to?: Json | undefined;
  }[];
  /** How many steps of which sort. */
  readonly counters: Readonly<Record<string, number>>;
  readonly steps: readonly PlannedStep[];
  /** It goes on for longer than is shown. */
  readonly isCut: boolean;
  /** Why it does not go on by itself in the end, and what people may say to it then: verbs, the likeliest first. */
  readonly held?: { readonly why: string; readonly verbs: readonly string[] } | undefined;
  readonly unplaced: readonly {
    readonly name: string;
    readonly agents: readonly { readonly agent: string; readonly reasons: readonly string[] }[];
    readonly help: string;
  }[];
  /** Jobs that have to be there first. */
  readonly waitsFor: readonly string[];
}

/** @throws TenderError `job.invalid`, `framework.kind_unknown`, `framework.verb_unknown` */
export const plan = async (client: Client, spec: Spec): Promise<PlannedJob> =>
  (await client.request('framework.call', {
    to: { kind: kindOf(spec) },
    verb: 'plan',
    args: { spec },
  })) as unknown as PlannedJob;

export interface JobVersion {
  readonly version: number;
  /** When it was submitted (ms since 1970). */
  readonly at: number;
  readonly current: boolean;
  /** As it was submitted. */
  readonly input: Json;
}

/** The latest first. */
export const versions = async (client: Client, name: string): Promise<readonly JobVersion[]> =>
  (await onJob(client, findJob(client.state, name), 'versions', {})) as unknown as readonly JobVersion[];

/** @param version default: the one before. @throws TenderError `version.unknown` */
export const rollback = (client: Client, name: string, version?: number): Promise<Json> =>
  onJob(client, exactJob(client.state, name), 'rollback', version === undefined ? {} : { version });

/** Where a job can be reached. */
export interface Reachable {
  /** `web.2` */
  readonly name: string;
  readonly task: TaskId;
  readonly agent: string;
  /** `host:port` by the port's name. */
  readonly ports: Readonly<Record<string, string>>;
  readonly state: string;
  readonly healthy: boolean | undefined;
  readonly ready: boolean | undefined;
  /** How much traffic it gets, compared with the others; 0: none for now. */
  readonly weight: number;
}

/** By name. What its framework says nothing of gets its share while it runs and nothing is wrong with it. */
export function endpoints({ state }: Pick<Client, 'state'>, job: Job): Reachable[] {
  const weights = new Map(job.endpoints?.map(({ task, weight }: Endpoint) => [task, weight]));
  return [...state.tasks.values()]
    .filter((task) => task.job === job.name && task.ports.length > 0 && !isTerminal(task.state))
    .map((task) => {
      const agent = state.agents.get(task.agent);
      const host = agent?.host.address || agent?.name || task.agent;
      return {
        name: task.name,
        task: task.id,
        agent: agent?.name ?? task.agent,
        ports: Object.fromEntries(task.ports.map((port) => [port.name, `${host}:${port.host}`])),
        state: task.state,
        healthy: task.healthy,
        ready: task.ready,
        weight: weights.get(task.id) ?? (isOpen(task) ? 100 : 0),
      };
    })
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

const isOpen = ({ state, healthy, ready }: Task): boolean =>
  state === 'RUNNING' && healthy !== false && ready !== false;

export interface PlannedMove {
  readonly job: string;
  readonly name: string;
  /** Agents by name. */
  readonly from: string;
  readonly to: string;
  /** In percent of how uneven all was. */
  readonly gain: number;
}

/** @param plan only say what would move @param job only of this one @param most so many at most (5), of each framework */
export async function rebalance(
  client: Client,
  options: { readonly plan?: boolean; readonly job?: string; readonly most?: number } = {},
): Promise<PlannedMove[]> {
  const { job, ...args } = options;
  if (job !== undefined)
    return (await onJob(client, exactJob(client.state, job), 'rebalance', args)) as unknown as PlannedMove[];
  const able = [...client.state.frameworks.values()].filter(({ state, verbs }) =>
    state === 'connected' ? verbs.some(({ name }) => name === 'rebalance') : false,
  );
  const moves = able.map(({ id }) =>
    client.request('framework.call', { to: { framework: id }, verb: 'rebalance', args }),
  );
  return (await Promise.all(moves)).flat() as unknown as PlannedMove[];
}
