/** A real etcd of three members on this machine, for tests: any of them can be killed, stopped and started again. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EtcdClient } from '../../src/store/etcd/client.ts';
import { eventually } from './eventually.ts';
import { freePorts, type PortRange } from './free-ports.ts';
import { missing } from './need.ts';

const MEMBERS = 3;

export function needEtcd(): boolean {
  try {
    execFileSync('etcd', ['--version'], { stdio: 'ignore', timeout: 20_000 });
    return false;
  } catch {
    return missing('there is no etcd (etcd-server)');
  }
}

export class EtcdCluster {
  readonly endpoints: readonly string[];
  readonly #folder = mkdtempSync(join(tmpdir(), 'tender-etcd-'));
  readonly #ports: PortRange;
  readonly #members: (ChildProcess | undefined)[] = [];
  readonly #options: readonly string[];

  /** @param options more of etcd's own, for each member */
  static async start(options: readonly string[] = []): Promise<EtcdCluster> {
    const cluster = new EtcdCluster(await freePorts(2 * MEMBERS), options);
    for (let member = 0; member < MEMBERS; member++) cluster.startMember(member);
    try {
      await cluster.ready();
      return cluster;
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  private constructor(ports: PortRange, options: readonly string[]) {
    this.#ports = ports;
    this.#options = options;
    this.endpoints = Array.from({ length: MEMBERS }, (_, member) => `127.0.0.1:${ports.from + member}`);
  }

  /** For `--store`. */
  get address(): string {
    return `etcd://${this.endpoints.join(',')}`;
  }

  startMember(member: number): void {
    const peer = (one: number): string => `http://127.0.0.1:${this.#ports.from + MEMBERS + one}`;
    const client = `http://${this.endpoints[member]}`;
    const all = this.endpoints.map((_, one) => `m${one}=${peer(one)}`).join(',');
    this.#members[member] = spawn(
      'etcd',
      [
        ...['--name', `m${member}`, '--data-dir', join(this.#folder, `m${member}`)],
        ...['--listen-client-urls', client, '--advertise-client-urls', client],
        ...['--listen-peer-urls', peer(member), '--initial-advertise-peer-urls', peer(member)],
        ...['--initial-cluster', all, '--initial-cluster-state', 'new', '--initial-cluster-token', 'test'],
        ...['--pre-vote', '--logger', 'zap', '--log-level', 'panic', ...this.#options],
      ],
      { stdio: 'ignore' },
    );
  }

  /** Resolves when it takes writes. */
  async ready(): Promise<void> {
    const client = this.newClient();
    await eventually(
      () => client.txn({ compare: [], success: [{ request_put: { key: TRY, value: TRY } }] }),
      { what: 'etcd takes writes', timeout: 30_000 },
    ).finally(() => client.close());
  }

  newClient(): EtcdClient {
    return new EtcdClient({ endpoints: this.endpoints, prefix: 'test' });
  }

  /** The member that leads etcd itself. */
  async leader(): Promise<number> {
    return eventually(
      async () => {
        const answers = await Promise.all(
          this.endpoints.map((endpoint) => leads(endpoint).catch(() => false)),
        );
        const found = answers.indexOf(true);
        return found >= 0 && { found };
      },
      { what: 'etcd has a leader' },
    ).then(({ found }) => found);
  }

  /** Resolves when this member is one of those that follow. */
  async follows(member: number): Promise<void> {
    while ((await this.leader()) === member) {
      await this.kill(member);
      await this.leader();
      this.startMember(member);
      await this.ready();
    }
  }

  /** As a person would when the quota is full: forgets old revisions, gives the room back, ends the alarm. */
  async makeRoom(): Promise<void> {
    const client = this.newClient();
    const { header } = await client.range({ key: TRY }).finally(() => client.close());
    const [first = ''] = this.endpoints;
    await ask(first, 'kv/compaction', { revision: header.revision, physical: true });
    for (const endpoint of this.endpoints) await ask(endpoint, 'maintenance/defragment', {});
    const members = (await ask(first, 'maintenance/alarm', { action: 'GET' })) as {
      readonly alarms?: readonly object[];
    };
    for (const alarm of members.alarms ?? [])
      await ask(first, 'maintenance/alarm', { ...alarm, action: 'DEACTIVATE' });
  }

  signal(member: number, signal: NodeJS.Signals): void {
    this.#members[member]?.kill(signal);
  }

  async kill(member: number): Promise<void> {
    const child = this.#members[member];
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  async killAll(): Promise<void> {
    await Promise.all(this.#members.map((_, member) => this.kill(member)));
  }

  startAll(): void {
    for (const member of this.#members.keys()) this.startMember(member);
  }

  async close(): Promise<void> {
    await this.killAll();
    this.#ports.release();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const TRY = Buffer.from('harness/try');

/** By etcd's JSON gateway: our own client does not speak of maintenance. */
async function ask(endpoint: string, what: string, request: object): Promise<unknown> {
  const answer = await fetch(`http://${endpoint}/v3/${what}`, {
    method: 'POST',
    body: JSON.stringify(request),
    signal: AbortSignal.timeout(2_000),
  });
  return answer.json();
}

async function leads(endpoint: string): Promise<boolean> {
  const { header, leader } = (await ask(endpoint, 'maintenance/status', {})) as {
    readonly header: { readonly member_id: string };
    readonly leader: string;
  };
  return header.member_id === leader;
}
