/**
 * A cluster as it would be on eight machines, on this one: three with etcd and a master, four with an agent, and one
 * where people type commands and somebody's own framework runs. Each has a network namespace and a cable of its own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Agent, Job } from '../../src/core/cluster.ts';
import { type Cli, Cluster, type ContextFile, labelOf } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { Hosts } from '../support/hosts.ts';
import {
  type Container,
  childrenOf,
  containersWith,
  isAlive,
  kill,
  sweepContainers,
} from '../support/machine.ts';
import type { Proc, ProcOptions } from '../support/proc.ts';

export const MASTERS = ['m1', 'm2', 'm3'] as const;
export const AGENTS = ['n1', 'n2', 'n3', 'n4'] as const;
export type MasterName = (typeof MASTERS)[number];
export type AgentName = (typeof AGENTS)[number];

const USER = 'user';
const addressOf = (name: string): string => `10.79.0.${[...MASTERS, ...AGENTS, USER].indexOf(name) + 1}`;

/** In the log of whoever is elected, before its epoch. */
const ELECTED = ', epoch ';
/** Whoever runs longer has met a cluster that does not answer; people do not wait for ever either (ms). */
const PATIENCE = 20_000;

export class ChaosCluster {
  readonly hosts: Hosts;
  readonly cluster = new Cluster();
  readonly masters = new Map<MasterName, Proc>();
  readonly #etcd = new Map<MasterName, ChildProcess>();
  /** Who leads etcd itself, since when; and who says so. */
  #etcdLeader = { term: 0, since: 0 };
  #witness: ChildProcess | undefined;
  readonly #unplugged = new Set<string>();
  readonly #stopped = new Set<MasterName>();
  #epoch = 0;
  /** People have joined. */
  #user = false;
  #own!: Proc;
  #ownArgs: readonly string[] = [];

  /** @param plugin the folder of a framework that runs jobs once */
  static async start(plugin: string): Promise<ChaosCluster> {
    const chaos = new ChaosCluster();
    try {
      for (const name of MASTERS) chaos.startEtcd(name);
      for (const name of MASTERS) chaos.startMaster(name);
      chaos.#startWitness();
      await eventually(() => chaos.#admitUser(), { what: 'a leader', timeout: 40_000 });
      for (const name of AGENTS) await chaos.#join(name);
      chaos.#ownArgs = ['framework', plugin, '--join', await chaos.#token('framework')];
      chaos.startOwn();
      await eventually(async () => (await chaos.#ready()) && (await chaos.#kinds()), {
        what: 'four agents and two frameworks',
        timeout: 40_000,
      });
      return chaos;
    } catch (error) {
      chaos.cluster.printLogs();
      await chaos.close();
      throw error;
    }
  }

  private constructor() {
    this.hosts = new Hosts(
      Object.fromEntries([...MASTERS, ...AGENTS, USER].map((name) => [name, addressOf(name)])),
    );
  }

  startEtcd(name: MasterName): void {
    const at = (host: string, port: number): string => `http://${addressOf(host)}:${port}`;
    const [command = '', ...prefix] = this.hosts.prefix(name);
    const words = [
      ...['--name', name, '--data-dir', join(this.cluster.folder, `etcd-${name}`)],
      ...['--listen-client-urls', at(name, 2379), '--advertise-client-urls', at(name, 2379)],
      ...['--listen-peer-urls', at(name, 2380), '--initial-advertise-peer-urls', at(name, 2380)],
      ...['--initial-cluster', MASTERS.map((one) => `${one}=${at(one, 2380)}`).join(',')],
      ...['--initial-cluster-state', 'new', '--pre-vote', '--logger', 'zap', '--log-level', 'panic'],
    ];
    this.#etcd.set(name, spawn(command, [...prefix, 'etcd', ...words], { stdio: 'ignore' }));
  }

  #startWitness(): void {
    const [command = '', ...prefix] = this.hosts.prefix(USER);
    const program = join(import.meta.dirname, 'etcd-witness.ts');
    const endpoints = MASTERS.map((name) => `${addressOf(name)}:2379`);
    const stdio = ['ignore', 'pipe', 'inherit'] as const;
    this.#witness = spawn(command, [...prefix, process.execPath, program, ...endpoints], {
      stdio: [...stdio],
    });
    this.#witness.stdout!.setEncoding('utf8').on('data', (text: string) => {
      const last = text.trim().split('\n').at(-1)!;
      this.#etcdLeader = { term: Number.parseInt(last, 10), since: performance.now() };
    });
  }

  killEtcd(name: MasterName): void {
    this.#etcd.get(name)?.kill('SIGKILL');
  }

  startMaster(name: MasterName): void {
    const store = `etcd://${MASTERS.map((one) => `${addressOf(one)}:2379`).join(',')}`;
    const words = [
      ...['master', '--store', store, '--state', join(this.cluster.folder, `state-${name}`)],
      ...['--listen', `tcp://${addressOf(name)}:5050`, '--enrol', `tcp://${addressOf(name)}:5051`],
      ...['--advertise', addressOf(name), '--name', 'chaos'],
    ];
    this.masters.set(name, this.cluster.spawn(words, { ...this.#on(name), ipc: true }));
  }

  startAgent(name: AgentName): void {
    this.cluster.restartAgent(name);
  }

  startOwn(): void {
    this.#own = this.cluster.spawn(this.#ownArgs, { ...this.#on(USER), ipc: true });
  }

  get own(): Proc {
    return this.#own;
  }

  /** The host of the shipped frameworks, a child of the leader. */
  frameworkHost(leader: MasterName): number | undefined {
    return childrenOf(this.masters.get(leader)!.pid)[0];
  }

  /** Who was elected last, as far as it lives and has not said that it does not lead any more. */
  leader(): MasterName | undefined {
    const name = MASTERS.find((one) => this.#epochOf(one) === this.epoch);
    return name && this.#isAlive(name) && this.#lastWord(name) === 'leads' ? name : undefined;
  }

  /** Of the last election that anybody has won. */
  get epoch(): number {
    this.#epoch = Math.max(this.#epoch, ...MASTERS.map((name) => this.#epochOf(name)));
    return this.#epoch;
  }

  /** Who could take over at this moment, if etcd let them. */
  get standbys(): MasterName[] {
    return MASTERS.filter(
      (name) =>
        this.#isAlive(name) &&
        !this.#stopped.has(name) &&
        !this.#unplugged.has(name) &&
        this.#lastWord(name) === 'stands by',
    );
  }

  /** Of etcd itself: a larger term is another election. */
  get etcdLeader(): { readonly term: number; readonly since: number } {
    return this.#etcdLeader;
  }

  plug(name: string, isIn: boolean): void {
    this.hosts.plug(name, isIn);
    if (isIn) this.#unplugged.delete(name);
    else this.#unplugged.add(name);
  }

  stopMaster(name: MasterName): void {
    this.#stopped.add(name);
    kill(this.masters.get(name)!.pid, 'SIGSTOP');
  }

  wakeMaster(name: MasterName): void {
    this.#stopped.delete(name);
    kill(this.masters.get(name)!.pid, 'SIGCONT');
  }

  #isAlive(name: MasterName): boolean {
    return isAlive(this.masters.get(name)!.pid);
  }

  #epochOf(name: MasterName): number {
    const { stderr } = this.masters.get(name)!;
    const at = stderr.lastIndexOf(ELECTED);
    return at < 0 ? 0 : Number.parseInt(stderr.slice(at + ELECTED.length), 10);
  }

  #lastWord(name: MasterName): 'leads' | 'has led' | 'stands by' {
    const { stderr } = this.masters.get(name)!;
    const [leads, hasLed, standsBy] = [ELECTED, 'does not lead any more', 'stands by'].map((words) =>
      stderr.lastIndexOf(words),
    ) as [number, number, number];
    if (standsBy > Math.max(leads, hasLed)) return 'stands by';
    return leads > hasLed ? 'leads' : 'has led';
  }

  /** Whether the cluster answers. */
  async serves(): Promise<boolean> {
    return (await this.run('--json', 'jobs')).code === 0;
  }

  /** One command, where people type. */
  async run(...args: string[]): Promise<Cli> {
    return this.#runOn(USER, ...args);
  }

  async #runOn(host: string, ...args: string[]): Promise<Cli> {
    const proc = this.cluster.spawn(args, this.#on(host));
    const timer = setTimeout(() => proc.signal('SIGKILL'), PATIENCE);
    const { code } = await proc.ended;
    clearTimeout(timer);
    return { stdout: proc.stdout, stderr: proc.stderr, code: code ?? -1 };
  }

  /** Empty while nobody answers. */
  async list<T>(...args: string[]): Promise<T[]> {
    const { code, stdout } = await this.run('--json', ...args);
    return code === 0 ? (JSON.parse(stdout) as T[]) : [];
  }

  /** Everybody runs, and every cable is in. */
  restore(): void {
    for (const name of [...MASTERS, ...AGENTS]) this.plug(name, true);
    for (const name of MASTERS) {
      const etcd = this.#etcd.get(name)!;
      if (etcd.exitCode !== null || etcd.signalCode !== null) this.startEtcd(name);
      const master = this.masters.get(name)!;
      if (master.end) this.startMaster(name);
      else this.wakeMaster(name);
    }
    for (const name of AGENTS) {
      const agent = this.cluster.agents.get(name)!;
      if (agent.end) this.startAgent(name);
      else kill(agent.pid, 'SIGCONT');
    }
    if (this.#own.end) this.startOwn();
  }

  async close(): Promise<void> {
    const label = this.#user ? this.#label : undefined;
    await this.cluster.close();
    if (label !== undefined) sweepContainers(label);
    this.#witness?.kill('SIGKILL');
    for (const etcd of this.#etcd.values()) etcd.kill('SIGKILL');
    await Promise.all(
      [...this.#etcd.values()].map((etcd) =>
        etcd.exitCode !== null || etcd.signalCode !== null
          ? undefined
          : new Promise((resolve) => etcd.once('exit', resolve)),
      ),
    );
    this.hosts.remove();
  }

  /** A machine has a network and settings of its own. */
  #on(name: string): Pick<ProcOptions, 'env' | 'prefix'> {
    const env = { ...this.cluster.env, TENDER_CONFIG: join(this.cluster.folder, `config-${name}`) };
    return { env, prefix: this.hosts.prefix(name) };
  }

  /** From where the leader runs, to where people type. */
  async #admitUser(): Promise<boolean> {
    for (const name of MASTERS) {
      const { code, stdout } = await this.#runOn(name, 'token', 'create', '--role', 'client');
      if (code !== 0) continue;
      this.#user = (await this.run('context', 'add', stdout.trim())).code === 0;
      return this.#user;
    }
    return false;
  }

  async #join(name: AgentName): Promise<void> {
    await this.cluster.startAgent({
      name,
      resources: 'cpus:8;mem:4096',
      args: ['--join', await this.#token('agent')],
      prefix: this.hosts.prefix(name),
    });
  }

  async #token(role: string): Promise<string> {
    const { code, stdout, stderr } = await this.run('token', 'create', '--role', role);
    if (code !== 0) throw new Error(stderr);
    return stdout.trim();
  }

  async #ready(): Promise<boolean> {
    const agents = await this.list<Agent>('agents');
    return agents.filter(({ state }) => state === 'ready').length === AGENTS.length;
  }

  async #kinds(): Promise<boolean> {
    const frameworks = await this.list<{ readonly kinds: readonly string[]; readonly state: string }>(
      'frameworks',
    );
    const kinds = frameworks.flatMap((one) => (one.state === 'connected' ? one.kinds : []));
    return kinds.includes('service') && kinds.includes('once');
  }

  containers(): Promise<Container[]> {
    return containersWith(this.#label);
  }

  get #label(): string {
    const file = readFileSync(join(this.cluster.folder, `config-${USER}`, 'contexts.json'), 'utf8');
    const [context] = Object.values((JSON.parse(file) as ContextFile).contexts);
    return labelOf(context!.serverKey);
  }

  jobs(): Promise<Job[]> {
    return this.list<Job>('jobs');
  }
}
