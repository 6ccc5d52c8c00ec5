/**
 * The services and their instances: what is durable (jobs, and which task fills which slot) and what is only known
 * (states). An instance is written before its task is launched, so that a new scheduler never starts it twice.
 */
import type { FrameworkContext, Json, TaskId, TaskStatus } from 'tender/framework';
import { isTerminal } from 'tender/framework';
import { fills, type Instance, type InstanceRecord, recordOf } from './instance.ts';
import { type Failures, failedAgain } from './reconcile.ts';
import type { ServiceSpec } from './spec.ts';

export interface Service {
  readonly spec: ServiceSpec;
  readonly version: number;
  /** It goes away as soon as its last instance has ended. */
  readonly stopping: boolean;
}

const jobKey = (name: string): string => `job/${name}`;
const instanceKey = (task: TaskId): string => `instance/${task}`;

export class Book {
  readonly #context: FrameworkContext;
  readonly services = new Map<string, Service>();
  readonly #instances = new Map<TaskId, Instance>();
  /** The same by job: asked for at each change of any. */
  readonly #byJob = new Map<string, Map<TaskId, Instance>>();
  readonly #failures = new Map<string, Map<number, Failures>>();
  readonly #madeRoom = new Map<string, Map<number, string>>();

  constructor(context: FrameworkContext) {
    this.#context = context;
  }

  /** Takes in what is durable; states that are known already stay. */
  load(): void {
    this.services.clear();
    const before = new Map(this.#instances);
    this.#instances.clear();
    this.#byJob.clear();
    for (const [key, value] of this.#context.kv) {
      if (key.startsWith('job/')) this.services.set(key.slice(4), value as unknown as Service);
      else if (key.startsWith('instance/')) {
        const record = value as unknown as InstanceRecord;
        const unknown = {
          state: 'UNKNOWN',
          healthy: undefined,
          message: '',
          since: this.#context.now(),
        } as const;
        this.#set(before.get(record.task) ?? { ...record, ...unknown });
      }
    }
  }

  of(job: string): Instance[] {
    return [...(this.#byJob.get(job)?.values() ?? [])];
  }

  get(task: TaskId): Instance | undefined {
    return this.#instances.get(task);
  }

  all(): Iterable<Instance> {
    return this.#instances.values();
  }

  failures(job: string): ReadonlyMap<number, Failures> {
    return this.#failures.get(job) ?? new Map();
  }

  /** Empty slots whose last instance was ended for the sake of others: what was said of it. */
  madeRoom(job: string): ReadonlyMap<number, string> {
    return this.#madeRoom.get(job) ?? new Map();
  }

  /** Some slot has failed more than once in a row, and waits. */
  isFailing(job: string, now: number): boolean {
    return [...this.failures(job).values()].some(({ inARow, until }) => inARow > 1 && until > now);
  }

  async put(service: Service): Promise<void> {
    await this.#context.store([[jobKey(service.spec.name), service as unknown as Json]]);
    this.services.set(service.spec.name, service);
  }

  /** A changed or wiped slate: slots need not wait any more. */
  forgive(job: string): void {
    this.#failures.delete(job);
  }

  async remove(job: string): Promise<void> {
    await this.#context.store([[jobKey(job), null]]);
    this.services.delete(job);
    this.#byJob.delete(job);
    this.#failures.delete(job);
    this.#madeRoom.delete(job);
  }

  /** Durable when it resolves; only then may the tasks be launched. */
  async launch(instances: readonly Instance[]): Promise<void> {
    await this.#context.store(
      instances.map(
        (instance) => [instanceKey(instance.task), recordOf(instance) as unknown as Json] as const,
      ),
    );
    for (const instance of instances) {
      this.#set(instance);
      this.#madeRoom.get(instance.job)?.delete(instance.index);
    }
  }

  /** @returns false: this task is none of ours (any more) */
  async update(status: TaskStatus): Promise<boolean> {
    const instance = this.#instances.get(status.task);
    if (!instance) return false;
    // Unknown to the master as well: it is not there.
    if (!isTerminal(status.state) && status.state !== 'UNKNOWN') {
      const { state, healthy, message } = status;
      const since = state === instance.state ? instance.since : status.at;
      this.#set({ ...instance, state, healthy, message, since });
      return true;
    }
    await this.#context.store([[instanceKey(instance.task), null]]);
    this.#instances.delete(instance.task);
    this.#byJob.get(instance.job)?.delete(instance.task);
    if (status.reason === 'preempted') this.#hasMadeRoom(instance, status.message);
    // The agent also kills what is unhealthy: that nobody asked for.
    const asked = instance.state === 'KILLING' && status.reason !== 'unhealthy';
    if (!asked && status.state !== 'KILLED') this.#failed(instance, status.at);
    return true;
  }

  #hasMadeRoom({ job, index }: Instance, message: string): void {
    if (this.of(job).some((other) => other.index === index && fills(other))) return;
    this.#madeRoom.set(job, new Map(this.#madeRoom.get(job)).set(index, message));
  }

  #failed(instance: Instance, at: number): void {
    const service = this.services.get(instance.job);
    if (!service) return;
    const slots = this.#failures.get(instance.job) ?? new Map<number, Failures>();
    const ranFor = instance.state === 'RUNNING' ? at - instance.since : 0;
    const before = slots.get(instance.index);
    slots.set(instance.index, failedAgain(before, ranFor, this.#context.now(), service.spec.backoff));
    this.#failures.set(instance.job, slots);
  }

  /** Marks it as being stopped, so that it is not stopped twice and its end is no failure. */
  stopping(instance: Instance): void {
    this.#set({ ...instance, state: 'KILLING', since: this.#context.now() });
  }

  #set(instance: Instance): void {
    this.#instances.set(instance.task, instance);
    const ofJob = this.#byJob.get(instance.job) ?? new Map<TaskId, Instance>();
    this.#byJob.set(instance.job, ofJob.set(instance.task, instance));
  }
}
