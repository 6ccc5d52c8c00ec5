/**
 * An agent as its master sees it, and nothing behind it: the real session, registration, status updates that are
 * repeated until they are acknowledged; no disk, no executor, no rounds. Tens of thousands of real ones in one process
 * would measure the agents. Its tasks run at once and for ever.
 */
import { registerParts } from '../../src/agent/register-parts.ts';
import type { Clock, Random } from '../../src/core/clock.ts';
import type { Resources } from '../../src/core/resources.ts';
import type { FrameworkId, TaskId, TaskSpec, TaskStatus } from '../../src/core/task.ts';
import type { HeldTask, Register } from '../../src/wire/messages/agent.ts';
import type { ToPeer } from '../../src/wire/messages.ts';
import { Session } from '../../src/wire/session.ts';
import type { KeyPair, Transport } from '../../src/wire/transport.ts';

export interface StandInOptions {
  readonly name: string;
  readonly keys: KeyPair;
  readonly total: Resources;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly master: { readonly address: string; readonly key: string };
  /** It runs already as the agent begins. */
  readonly held?: readonly HeldTask[];
}

const REPEAT = 1_000;
const USAGE_EVERY = 5_000;
const HOST = { os: 'linux', kernel: '6.1', arch: 'x64', cpuModel: 'none', cpus: 24, mem: 4096, disk: 4096 };

export class StandIn {
  readonly #options: StandInOptions;
  readonly #session: Session;
  readonly #tasks = new Map<TaskId, HeldTask>();
  /** By uuid. */
  readonly #unacknowledged = new Map<string, HeldTask>();
  #uuids = 0;
  registered = false;
  /** So often it has registered: more than once to a master means that it was given up, or gave up. */
  registrations = 0;

  constructor(options: StandInOptions) {
    this.#options = options;
    const { transport, clock, random, master, keys, held = [] } = options;
    for (const one of held) this.#tasks.set(one.spec.id, one);
    this.#session = new Session({
      transport,
      clock,
      random,
      address: master.address,
      serverKey: master.key,
      keys,
      hello: { role: 'agent', version: '0' },
      handlers: {
        welcome: ({ protocol }) => this.#register(protocol),
        message: (message) => this.#handle(message),
        down: () => {
          this.registered = false;
        },
        trouble: (error) => {
          throw error;
        },
      },
    });
    clock.after(random() * USAGE_EVERY, () => this.#tellUsage());
  }

  get running(): number {
    return this.#tasks.size;
  }

  get unacknowledged(): number {
    return this.#unacknowledged.size;
  }

  close(): void {
    void this.#session.close();
  }

  #register(protocol: string): void {
    this.registrations += 1;
    const { name, total } = this.#options;
    const executors = [{ kind: 'process', available: true, detail: '' }] as const;
    const host = { ...HOST, hostname: name, address: '' };
    const tasks = [...this.#tasks.values()];
    const attributes = { rack: name.slice(-1) };
    const whole: Register = { t: 'register', host, executors, attributes, total, tasks };
    for (const part of registerParts(whole, protocol)) this.#session.send(part);
  }

  #handle(message: ToPeer): void {
    if (message.t === 'registered') {
      this.registered = true;
      for (const uuid of this.#unacknowledged.keys()) this.#tell(uuid);
    } else if (message.t === 'launch') this.#launch(message.task, message.framework, message.role);
    else if (message.t === 'status.ack') this.#unacknowledged.delete(message.uuid);
    else throw new Error(`no use for ${message.t}`);
  }

  #launch(spec: TaskSpec, framework: FrameworkId, role: string): void {
    if (this.#tasks.has(spec.id)) throw new Error(`${spec.id} was launched twice`);
    const at = this.#options.clock.now();
    const status: TaskStatus = { task: spec.id, state: 'RUNNING', reason: 'started', message: '', at };
    const held = { spec, framework, role, launchedAt: at, status };
    this.#tasks.set(spec.id, held);
    this.#uuids += 1;
    const uuid = `${this.#options.name}-${this.#uuids}`;
    this.#unacknowledged.set(uuid, held);
    this.#tell(uuid);
  }

  #tell(uuid: string): void {
    const held = this.#unacknowledged.get(uuid);
    if (!held || !this.registered) return;
    const { framework, status } = held;
    this.#session.send({ t: 'status', framework, uuid, status, latest: status });
    this.#options.clock.after(REPEAT, () => this.#tell(uuid));
  }

  #tellUsage(): void {
    const tasks = Object.fromEntries([...this.#tasks.keys()].map((id) => [id, { cpus: 100, mem: 64 }]));
    const usage = { cpus: 1000, mem: 1024, disk: 1024, netIn: 0, netOut: 0, load: 1, tasks };
    if (this.registered) this.#session.send({ t: 'usage', usage });
    this.#options.clock.after(USAGE_EVERY, () => this.#tellUsage());
  }
}
