/**
 * What is promised of a data service while it is changed, measured from outside: a writer that remembers what was
 * acknowledged, and a look at every member some twenty times a second.
 */
import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentOptions, Cluster } from './cluster.ts';
import { kill } from './machine.ts';
import { until } from './until.ts';

export interface Database {
  readonly job: string;
  /** The port by which a member is looked at. */
  readonly port: string;
  /** Resolves when it is acknowledged. @param addresses of all members by that port */
  write(value: number, addresses: readonly string[]): Promise<void>;
  /** All that is there. */
  read(addresses: readonly string[]): Promise<ReadonlySet<number>>;
}

const LOOK_EVERY = 50;
/** No value is written twice: what one watch has lost, an earlier one may have left there. */
let newest = 0;

export class DataWatch {
  readonly #cluster: Cluster;
  readonly #database: Database;
  readonly acknowledged: number[] = [];
  /** Writes that nobody has acknowledged: they may be there or not. */
  refused = 0;
  /** Most members that did not answer at the same moment. */
  mostDown = 0;
  /** The longest time without an acknowledged write (ms). */
  longestPause = 0;
  #ended = false;
  readonly #loops: Promise<void>[];

  constructor(cluster: Cluster, database: Database, members = 3) {
    this.#cluster = cluster;
    this.#database = database;
    this.#loops = [this.#write(), this.#look(members)];
  }

  get addresses(): string[] {
    const { job, port } = this.#database;
    return addressesOf(this.#cluster, job, port);
  }

  async #write(): Promise<void> {
    let last = Date.now();
    while (!this.#ended) {
      const value = ++newest;
      try {
        await this.#database.write(value, this.addresses);
        this.acknowledged.push(value);
        this.longestPause = Math.max(this.longestPause, Date.now() - last);
        last = Date.now();
      } catch {
        this.refused += 1;
        await sleep(20);
      }
    }
  }

  async #look(members: number): Promise<void> {
    while (!this.#ended) {
      const up = await Promise.all(this.addresses.map(answers));
      this.mostDown = Math.max(this.mostDown, members - up.filter(Boolean).length);
      await sleep(LOOK_EVERY);
    }
  }

  /** From here on, one more member may be down. */
  forget(): void {
    this.mostDown = 0;
  }

  /** Acknowledged writes that are not there any more. */
  async end(): Promise<number[]> {
    this.#ended = true;
    await Promise.all(this.#loops);
    const there = await this.#database.read(this.addresses);
    return this.acknowledged.filter((value) => !there.has(value));
  }

  report(): string {
    const { acknowledged, refused, mostDown, longestPause } = this;
    return `${acknowledged.length} writes acknowledged, ${refused} not; at most ${mostDown} down; longest pause ${longestPause} ms`;
  }
}

const isMember = (job: string, name: string): boolean => new RegExp(`^${job}\\.\\d+$`).test(name);

/** Of all members that run, in order. */
export const addressesOf = (cluster: Cluster, job: string, port: string): string[] =>
  cluster
    .running(job)
    .filter(({ name }) => isMember(job, name))
    .flatMap(({ agent, ports }) => {
      const host = cluster.client.state.agents.get(agent)?.host.address || '127.0.0.1';
      return ports.filter(({ name }) => name === port).map((one) => `${host}:${one.host}`);
    });

function answers(address: string): Promise<boolean> {
  const [host = '', port] = address.split(':');
  return new Promise((resolve) => {
    const socket = createConnection({ host, port: Number(port), timeout: 1_000 });
    const say = (isThere: boolean): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.on('connect', () => say(true));
    socket.on('timeout', () => say(false));
    socket.on('error', () => say(false));
  });
}

/** Master and machines, all of them ready: members that are placed before that would share one. */
export async function startMachines(
  cluster: Cluster,
  names: readonly string[],
  options: Omit<AgentOptions, 'name'> = {},
): Promise<void> {
  await cluster.startMaster();
  for (const name of names)
    await cluster.startAgent({ name, resources: 'cpus:2;mem:2048;disk:8192', ...options });
  const { state } = await cluster.connected();
  const ready = () => [...state.agents.values()].filter((agent) => agent.state === 'ready');
  await until(() => ready().length === names.length, { what: 'all machines are ready' });
}

/** What was submitted last has come, nothing is being done any more, and all serve. */
export async function untilQuiet(cluster: Cluster, job: string, timeout = 120_000): Promise<void> {
  const known = await cluster.json<readonly { readonly version: number }[]>('versions', job);
  const last = Math.max(...known.map(({ version }) => version));
  await until(
    () => {
      const found = cluster.client.state.jobs.get(job);
      if (found?.status === 'held') throw new Error(found.message);
      return (
        found?.status === 'running' &&
        found.version >= last &&
        found.healthy === found.desired &&
        found.columns['procedure'] === ''
      );
    },
    { timeout, what: `${job} is as it should be` },
  );
}

/** A machine that burns down: its agent and all that ran there. */
export async function loseMachine(cluster: Cluster, name: string): Promise<void> {
  const agent = [...cluster.client.state.agents.values()].find((one) => one.name === name)!;
  await cluster.agents.get(name)!.kill9();
  for (const pid of cluster.taskPids(name)) kill(pid, 'SIGKILL');
  await until(() => cluster.taskPids(name).length === 0, { what: 'nothing runs there' });
  await until(() => cluster.client.state.agents.get(agent.id)?.state === 'unreachable', {
    timeout: 30_000,
    what: `${name} is unreachable`,
  });
}

/** By number of the instance: how often each command of the runbook was run. */
export function commandsRun(cluster: Cluster, job: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { name, job: of, state } of cluster.client.state.tasks.values())
    if (of === job && !isMember(job, name) && state !== 'DROPPED') counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
