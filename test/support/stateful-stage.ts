/**
 * A database on a whole cluster in memory, on three machines: its commands end as a test wants, and what matters of its
 * members is watched at every moment (who is down, what was run how often).
 */
import stateful from '../../plugins/stateful/index.ts';
import type { Report } from '../../src/agent/executor.ts';
import { submit } from '../../src/client/commands.ts';
import type { Json } from '../../src/core/json.ts';
import type { TaskSpec } from '../../src/core/task.ts';
import type { Host } from '../../src/framework/host.ts';
import { memoryCluster } from './memory-cluster.ts';

export const RESOURCES = 'cpus:4;mem:4096;disk:10000;ports:[31000-31099]';

export const db = (more: { readonly [key: string]: Json } = {}): { readonly [key: string]: Json } => ({
  name: 'db',
  kind: 'stateful',
  count: 3,
  command: ['serve'],
  cpus: 0.5,
  mem: 64,
  data: 100,
  ports: { client: 'auto' },
  ...more,
});

const DONE: Report = { state: 'FINISHED', reason: 'exited', message: '', exitCode: 0 };
const FAILED: Report = { state: 'FAILED', reason: 'exited', message: 'exited with code 1', exitCode: 1 };

export const isCommand = ({ run }: TaskSpec): boolean => run.beside !== undefined;

export class StatefulStage {
  readonly cluster: Awaited<ReturnType<typeof memoryCluster>>;
  readonly client: ReturnType<StatefulStage['cluster']['startClient']>;
  host: Host;
  /** Names of commands, as they were run. */
  readonly ran: string[] = [];
  /** Whether a command ends well; undefined: not yet. */
  ends: (name: string) => boolean | undefined = () => true;
  /** Most members that were down at once, since they were all there for the first time. */
  mostDown = 0;
  #count = 0;
  readonly #seen = new Set<string>();

  private constructor(cluster: StatefulStage['cluster']) {
    this.cluster = cluster;
    this.host = cluster.startHost(stateful);
    this.client = cluster.startClient();
  }

  static async start(machines = 3, seed = 1): Promise<StatefulStage> {
    const cluster = await memoryCluster(seed);
    for (let i = 1; i <= machines; i++) await cluster.startAgent(`n${i}`, RESOURCES);
    const stage = new StatefulStage(cluster);
    stage.#watch();
    await stage.pass(1_000);
    return stage;
  }

  /** Members become fewer only when a task ends. */
  #watch(): void {
    for (const { world } of this.cluster.machines.values()) {
      const end = world.end.bind(world);
      world.end = (task, report) => {
        end(task, report);
        const up = new Set(this.names).size;
        if (this.#count > 0) this.mostDown = Math.max(this.mostDown, this.#count - up);
      };
    }
  }

  restartHost(): void {
    this.host = this.cluster.startHost(stateful);
  }

  /** Time goes on, and commands end. */
  async pass(ms: number, step = 100): Promise<void> {
    for (let passed = 0; passed < ms; passed += step) {
      await this.cluster.clock.advance(step);
      this.#look();
    }
  }

  /** @throws when it has not come to be within a virtual hour */
  async until(isSo: () => boolean, what: string): Promise<void> {
    for (let passed = 0; passed < 3_600_000 && !isSo(); passed += 100) await this.pass(100);
    if (!isSo())
      throw new Error(`not so: ${what}; ${JSON.stringify(this.job)}\n${this.cluster.log.join('\n')}`);
  }

  async submit(spec: { readonly [key: string]: Json }): Promise<void> {
    await this.cluster.answer(submit(this.client, spec), 100);
  }

  async verb(verb: string, args: { readonly [key: string]: Json } = {}): Promise<Json> {
    const call = { to: { job: 'db' }, verb, args: { job: 'db', ...args } };
    return this.cluster.answer(this.client.request('framework.call', call), 100);
  }

  /** Started, and all of it serves. */
  async formed(spec = db()): Promise<void> {
    await this.submit(spec);
    this.#count = Number(spec['count'] ?? 1);
    await this.until(() => this.job?.status === 'running', 'it runs');
    this.mostDown = 0;
  }

  get job() {
    return this.client.state.jobs.get('db');
  }

  /** Those that really run. */
  get members(): TaskSpec[] {
    return [...this.cluster.machines.values()]
      .flatMap(({ world }) => world.running)
      .filter((spec) => !isCommand(spec))
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  get names(): string[] {
    return this.members.map(({ name }) => name);
  }

  machineOf(name: string): string {
    const found = [...this.cluster.machines.values()].find(({ world }) =>
      world.running.some((spec) => spec.name === name),
    );
    return found?.name ?? 'nowhere';
  }

  /** Of all machines. */
  get volumes(): string[] {
    return [...this.cluster.machines.values()].flatMap(({ volumes }) => [...volumes.folders]).sort();
  }

  #look(): void {
    for (const { world } of this.cluster.machines.values())
      for (const spec of world.running) {
        if (!isCommand(spec)) continue;
        if (!this.#seen.has(spec.id)) this.ran.push(spec.name);
        this.#seen.add(spec.id);
        const isWell = this.ends(spec.name);
        if (isWell !== undefined) world.end(spec.id, isWell ? DONE : FAILED);
      }
  }
}
