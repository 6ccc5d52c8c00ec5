/**
 * The jobs of the simulation that keep data, and what people do with them: two or three instances each, changed by a runbook
 * with a command that must not be repeated before each stop, and a check after each start.
 */
import type { HomeRecord, LeftHome, StatefulMemory } from '../../plugins/stateful/memory.ts';
import { callVerb, scale, stop, submit } from '../../src/client/commands.ts';
import type { Json } from '../../src/core/json.ts';
import type { FrameworkId, TaskSpec } from '../../src/core/task.ts';
import { type Action, command, pick, request } from './people.ts';
import type { SimCluster } from './sim-cluster.ts';

export const STATEFUL = 'stateful';

type Fields = { readonly [key: string]: Json };

const KINDS: Readonly<Record<string, Fields>> = {
  d0: { start: 'ordered' },
  d1: { start: 'parallel', seeds: true },
};
export const DATABASES = Object.keys(KINDS);
const COUNTS = [2, 3];

/** Must not be repeated. */
export const FLUSH = 'flush';
const PART = {
  before: [{ run: [FLUSH], name: FLUSH, timeout: '60s' }],
  after: [{ check: ['status'], name: 'status', timeout: '60s' }],
  deadline: '100d',
};

const specOf = (job: string, count: number, mark: string): Fields => ({
  name: job,
  kind: STATEFUL,
  count,
  command: ['serve'],
  env: { MARK: mark },
  // At home it can grow only as far as there is room beside it.
  cpus: 0.25,
  mem: 64,
  data: 50,
  killGrace: '3s',
  retry: { delay: '500ms', maxDelay: '8s' },
  runbook: { cpus: 0.01, mem: 16, upgrade: PART },
  ...KINDS[job],
});

/** As their framework has written it down. */
export interface Database {
  readonly name: string;
  readonly version: number;
  readonly stopping: boolean;
  readonly memory: StatefulMemory;
}

const kvOf = (sim: SimCluster): ReadonlyMap<string, Json> =>
  sim.leader?.daemon.parts.registry.kv(STATEFUL as FrameworkId) ?? new Map();

export const databasesIn = (sim: SimCluster): Database[] =>
  [...kvOf(sim)].flatMap(([key, value]) =>
    key.startsWith('job/') ? [{ ...(value as unknown as Database), name: key.slice(4) }] : [],
  );

/** Those that are lived in, and those that were left. */
export const homesOf = ({ memory: { homes, left } }: Database): (HomeRecord | LeftHome)[] => [
  ...Object.values(homes),
  ...left,
];

/** An instance of one, and not a command beside it. */
export const isMember = ({ job, run }: TaskSpec): boolean =>
  DATABASES.includes(job) && !('beside' in run && run.beside !== undefined);

interface InstanceRecord {
  readonly index: number;
  readonly note: { readonly step?: number };
}

/** Which step of which procedure a command is that must not be repeated; undefined: it belongs to none that goes on. */
export function stepOf(sim: SimCluster, { id, job, run }: TaskSpec): string | undefined {
  if (!DATABASES.includes(job) || run.kind !== 'process' || run.argv[0] !== FLUSH) return undefined;
  const record = kvOf(sim).get(`instance/${id}`) as unknown as InstanceRecord | undefined;
  const procedure = databasesIn(sim).find(({ name }) => name === job)?.memory.procedure;
  if (!procedure || record?.index !== procedure.index || record.note.step !== procedure.step)
    return undefined;
  const { kind, index, step, since } = procedure;
  return `step ${step} of ${kind} ${job}.${index} since ${since}`;
}

export const DATABASE_ACTIONS: readonly Action[] = [
  {
    name: 'submit a database',
    weight: 3,
    run(sim, promises, luck) {
      const job = pick(DATABASES, luck.a)!;
      const count = pick(COUNTS, luck.b)!;
      const mark = `v${Math.floor(luck.c * 1e9)}`;
      const become = () => ({ count, mark, stopped: false });
      command(sim, promises, job, `submit ${job} x${count} ${mark}`, become, (client) =>
        submit(client, specOf(job, count, mark)),
      );
    },
  },
  {
    name: 'scale a database',
    weight: 1,
    run(sim, promises, { a, b }) {
      const job = pick(DATABASES, a)!;
      const count = pick(COUNTS, b)!;
      const become = <T>(wish: T) => ({ ...wish, count, stopped: false });
      command(sim, promises, job, `scale ${job}=${count}`, become, (client) => scale(client, job, count));
    },
  },
  {
    name: 'stop a database',
    weight: 0.5,
    run(sim, promises, { a }) {
      const job = pick(DATABASES, a)!;
      const become = <T>(wish: T) => ({ ...wish, stopped: true });
      command(sim, promises, job, `stop ${job}`, become, (client) => stop(client, job));
    },
  },
  {
    name: 'purge a database',
    weight: 0.5,
    run(sim, promises, { a }) {
      const job = pick(DATABASES, a)!;
      const same = <T>(wish: T): T => wish;
      command(sim, promises, job, `purge ${job}`, same, (client) => {
        promises.mayPurge(job, sim.now);
        return callVerb(client, job, 'purge');
      });
    },
  },
  {
    // Only one that does not serve gets another home.
    name: 'replace a member',
    weight: 0.7,
    run(sim, promises, { a, b }) {
      const job = pick(DATABASES, a)!;
      const name = `${job}.${pick([0, 1, 2], b)!}`;
      promises.mayMove(name);
      request(sim, `replace ${name}`, () => callVerb(sim.user!.client, job, 'replace', { name }));
    },
  },
  {
    name: 'change a procedure',
    weight: 1,
    run(sim, _, { a, b }) {
      const job = pick(DATABASES, a)!;
      const verb = pick(['restart', 'pause', 'resume', 'abort', 'undo'], b)!;
      request(sim, `${verb} ${job}`, () => callVerb(sim.user!.client, job, verb));
    },
  },
];
