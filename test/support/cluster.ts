/**
 * A real cluster for end-to-end tests: master, agents and commands as processes of the built program, each cluster
 * with its own folders and ports. Whatever a test does to it, `close` leaves nothing of it on the machine.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { MasterReady } from '../../src/cli/leading-master.ts';
import type { Client } from '../../src/client/client.ts';
import { connect } from '../../src/client/connection.ts';
import type { Task } from '../../src/core/task.ts';
import { isTerminal } from '../../src/core/task-state.ts';
import { systemClock } from '../../src/wire/system-clock.ts';
import type { KeyPair } from '../../src/wire/transport.ts';
import { zeromqTransport } from '../../src/wire/zeromq.ts';
import { eventually } from './eventually.ts';
import { freePorts, type PortRange } from './free-ports.ts';
import {
  type Container,
  childrenOf,
  containersWith,
  processesBelow,
  sweep,
  sweepContainers,
} from './machine.ts';
import { Proc, type ProcOptions } from './proc.ts';
import { until } from './until.ts';

export interface Cli {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

export interface AgentOptions {
  readonly name?: string;
  readonly resources?: string;
  readonly args?: readonly string[];
  readonly prefix?: readonly string[];
}

/** Where a process of the cluster runs, if not just here. */
type Place = Pick<ProcOptions, 'prefix' | 'cwd' | 'node'>;

export interface ContextFile {
  readonly current: string;
  readonly contexts: Record<
    string,
    { readonly address: string; readonly serverKey: string; readonly keys: KeyPair }
  >;
}

const PORTS_EACH = 40;

/** What the containers of a cluster are found by. */
export const labelOf = (serverKey: string): string =>
  `tender.cluster=${createHash('sha256').update(serverKey).digest('hex').slice(0, 12)}`;

export class Cluster {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly agents = new Map<string, Proc>();
  readonly #agentArgs = new Map<string, { args: string[]; place: Place }>();
  readonly #procs: Proc[] = [];
  readonly #ports: PortRange[] = [];
  readonly #clients: Client[] = [];
  readonly #atEnd: (() => void)[] = [];
  #masterArgs: readonly string[] = [];
  #masterPlace: Place = {};
  #client: Client | undefined;
  master!: Proc;
  ready!: MasterReady;

  /** Only the folders; nothing runs yet. */
  constructor() {
    this.folder = mkdtempSync(join(inject('workFolder'), 'c-'));
    const { NODE_OPTIONS: _, TENDER_CONTEXT: __, ...env } = process.env;
    this.env = {
      ...env,
      TENDER_CONFIG: join(this.folder, 'config'),
      TENDER_STATE: join(this.folder, 'state'),
      NO_COLOR: '1',
    };
    mkdirSync(this.env['TENDER_STATE']!);
  }

  /** A master with its frameworks, and so many agents that are ready. */
  static async start({ agents = 1, master = [] as readonly string[] } = {}): Promise<Cluster> {
    const cluster = new Cluster();
    try {
      await cluster.startMaster(master);
      await Promise.all(Array.from({ length: agents }, (_, i) => cluster.startAgent({ name: `n${i + 1}` })));
      const client = await cluster.connected();
      const ready = (): number =>
        [...client.state.agents.values()].filter(({ state }) => state === 'ready').length;
      const scheduler = (): boolean =>
        [...client.state.frameworks.values()].some(({ id }) => id === 'service');
      await until(() => ready() === agents && scheduler(), {
        what: `${agents} agents and the service framework`,
      });
      return cluster;
    } catch (error) {
      cluster.printLogs();
      await cluster.close();
      throw error;
    }
  }

  get #contextsFile(): string {
    return join(this.env['TENDER_CONFIG']!, 'contexts.json');
  }

  get contexts(): ContextFile {
    return JSON.parse(readFileSync(this.#contextsFile, 'utf8')) as ContextFile;
  }

  get context(): ContextFile['contexts'][string] {
    return this.contexts.contexts[this.ready.context]!;
  }

  /** What the containers of this cluster are found by. */
  get label(): string {
    return labelOf(this.context.serverKey);
  }

  get masterState(): string {
    return join(this.env['TENDER_STATE']!, 'master');
  }

  containers(): Promise<Container[]> {
    return containersWith(this.label);
  }

  /** The process that runs the shipped frameworks. */
  get frameworkHost(): number | undefined {
    return childrenOf(this.master.pid)[0];
  }

  /** Any command of the program, running until it ends or is stopped. */
  spawn(args: readonly string[], options: Partial<ProcOptions> = {}): Proc {
    const proc = new Proc(args, { env: this.env, cwd: this.folder, ...options });
    this.#procs.push(proc);
    return proc;
  }

  async startMaster(args: readonly string[] = [], place: Place = {}): Promise<void> {
    const { from, to } = await this.#range(2);
    const has = (option: string): boolean => args.includes(option);
    this.#masterPlace = place;
    this.#masterArgs = [
      'master',
      ...(has('--listen') ? [] : ['--listen', `tcp://127.0.0.1:${from}`]),
      ...(has('--enrol') ? [] : ['--enrol', `tcp://127.0.0.1:${to}`]),
      ...(has('--advertise') ? [] : ['--advertise', '127.0.0.1']),
      ...args,
    ];
    await this.restartMaster();
  }

  /** As a supervisor would: the same words again. */
  async restartMaster(): Promise<void> {
    this.master = this.spawn(this.#masterArgs, { ...this.#masterPlace, ipc: true });
    this.ready = (await eventually(() => this.#said(this.master), {
      what: 'the master is ready',
    })) as MasterReady;
  }

  #said(proc: Proc): unknown {
    if (proc.end) throw new Error(`it ended: ${proc.stderr}`);
    return proc.messages[0];
  }

  async token(role: 'agent' | 'client' | 'framework', ...args: string[]): Promise<string> {
    const { stdout, stderr, code } = await this.run('token', 'create', '--role', role, ...args);
    if (code !== 0) throw new Error(stderr);
    return stdout.trim();
  }

  /** Joins with a token of its own; its ports are nobody else's. */
  async startAgent({
    name = `n${this.agents.size + 1}`,
    resources = 'cpus:2;mem:1024',
    args = [],
    prefix,
  }: AgentOptions = {}): Promise<Proc> {
    const { from, to } = await this.#range(PORTS_EACH);
    const token = args.includes('--join') ? [] : ['--join', await this.token('agent')];
    const words = [
      ...['agent', '--name', name, '--state', join(this.env['TENDER_STATE']!, name)],
      ...['--resources', `${resources};ports:[${from}-${to}]`],
      ...token,
      ...args,
    ];
    this.#agentArgs.set(name, { args: words, place: prefix ? { prefix } : {} });
    return this.restartAgent(name);
  }

  /** @returns at once: it is on its way */
  restartAgent(name: string): Proc {
    const { args, place } = this.#agentArgs.get(name)!;
    const proc = this.spawn(args, { ...place, ipc: true });
    this.agents.set(name, proc);
    return proc;
  }

  /** Resolves when the new process has told the master what it has. */
  async agentBack(name: string): Promise<Proc> {
    const asked = Date.now();
    const proc = this.restartAgent(name);
    const back = (): boolean =>
      [...this.client.state.agents.values()].some(
        (agent) => agent.name === name && agent.state === 'ready' && agent.since >= asked,
      );
    await until(() => this.client.status.phase === 'live' && back(), { what: `${name} is registered again` });
    return proc;
  }

  /** One command, to its end, where the master runs. */
  async run(...args: string[]): Promise<Cli> {
    return this.runIn(this.#masterPlace, ...args);
  }

  async runIn(options: Partial<ProcOptions>, ...args: string[]): Promise<Cli> {
    const proc = this.spawn(args, options);
    const { code } = await proc.ended;
    return { stdout: proc.stdout, stderr: proc.stderr, code: code ?? -1 };
  }

  /** One command that must succeed, and what it printed. */
  async ok(...args: string[]): Promise<string> {
    const { stdout, stderr, code } = await this.run(...args);
    if (code !== 0) throw new Error(`tender ${args.join(' ')}: exit code ${code}\n${stderr}`);
    return stdout.trim();
  }

  async json<T>(...args: string[]): Promise<T> {
    return JSON.parse(await this.ok('--json', ...args)) as T;
  }

  newClient(): Client {
    const { address, serverKey, keys } = this.context;
    const transport = zeromqTransport();
    const client = connect({
      transport,
      clock: systemClock,
      random: Math.random,
      address,
      serverKey,
      keys,
      version: 'test',
    });
    this.#clients.push(client);
    return client;
  }

  /** The test's own connection, with the replica of the cluster's state. */
  async connected(): Promise<Client> {
    this.#client ??= this.newClient();
    await this.#client.ready();
    return this.#client;
  }

  get client(): Client {
    if (!this.#client) throw new Error('not connected yet');
    return this.#client;
  }

  /** Tasks of a job that are not over, by name. */
  tasks(job: string): Task[] {
    return [...this.client.state.tasks.values()]
      .filter((task) => task.job === job && !task.closed && !isTerminal(task.state))
      .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  }

  running(job: string): Task[] {
    return this.tasks(job).filter(({ state }) => state === 'RUNNING');
  }

  /** Resolves when exactly so many instances run and nothing else is on its way. */
  async untilRunning(job: string, count: number, timeout = 20_000): Promise<Task[]> {
    const told = (): string =>
      this.tasks(job)
        .map(({ name, state }) => `${name} ${state}`)
        .join(', ') || 'none';
    try {
      await until(
        () =>
          this.client.status.phase === 'live' &&
          this.running(job).length === count &&
          this.tasks(job).length === count,
        { timeout },
      );
    } catch {
      throw new Error(`not within ${timeout} ms: ${count} of ${job} running; there are: ${told()}`);
    }
    return this.running(job);
  }

  /** All that runs for this agent: its tasks, and what they have started. */
  taskPids(agent: string): number[] {
    const all = processesBelow(join(this.env['TENDER_STATE']!, agent));
    return all.filter((pid) => pid !== this.agents.get(agent)?.pid);
  }

  printLogs(lines = 40): void {
    for (const proc of this.#procs) {
      const text = proc.stderr.trimEnd().split('\n').slice(-lines).join('\n');
      if (text !== '') console.log(`── pid ${proc.pid}, ${JSON.stringify(proc.end ?? 'running')}:\n${text}`);
    }
  }

  /** To be done when nothing runs any more, before its folder goes. */
  atEnd(run: () => void): void {
    this.#atEnd.push(run);
  }

  /** Ends everything that this cluster started, tasks included. */
  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await Promise.all(this.#procs.map((proc) => proc.end ?? proc.kill9()));
    sweep(this.folder);
    if (existsSync(this.#contextsFile))
      for (const { serverKey } of Object.values(this.contexts.contexts)) sweepContainers(labelOf(serverKey));
    for (const range of this.#ports) range.release();
    for (const run of this.#atEnd) run();
    if (!process.env['TENDER_TEST_KEEP']) rmSync(this.folder, { recursive: true, force: true });
  }

  async #range(count: number): Promise<PortRange> {
    const range = await freePorts(count);
    this.#ports.push(range);
    return range;
  }
}
