/**
 * The jobs of a framework and their instances: what is durable (specs, versions, what their kinds remember, which task
 * fills which slot) and what is only known (states). An instance is written before its task is launched, so that a new
 * scheduler never starts it twice; what a job remembers of an end is written together with that end.
 */
import type { JobBase } from '../../core/job-spec.ts';
import type { Json } from '../../core/json.ts';
import type { TaskId, TaskStatus } from '../../core/task.ts';
import type { FrameworkContext } from '../define.ts';
import { type FormerJob, inputOf } from './former-job.ts';
import { type Instance, type InstanceRecord, recordOf, serves } from './instance.ts';
import { type JobRecord, nameOf, type Version } from './kind.ts';

/** So many versions of a job are kept, and those that still run. */
export const VERSIONS_KEPT = 10;

type Entry = readonly [key: string, value: Json];

const jobKey = (name: string): string => `job/${name}`;
const specKey = (name: string, version: number): string => `spec/${name}/${version}`;
const partKey = (name: string, part: string): string => `part/${name}/${part}`;
const instanceKey = (task: TaskId): string => `instance/${task}`;

type Fields = { readonly [key: string]: Json };

/** A job without its specs, which are written once each, and without those parts of its memory that are kept apart. */
type Stored = Omit<JobRecord, 'spec' | 'input'>;
type StoredVersion = Omit<Version, 'spec'>;

export interface BookParts {
  /** What jobs of this kind remember at first. */
  memoryOf(kind: string): Json;
  /** The field of that which is kept in parts. */
  apartOf(kind: string): string | undefined;
  /** Versions that must not be forgotten. */
  keeps(job: JobRecord): readonly (number | undefined)[];
  /** @throws TenderError `job.invalid` */
  parse(input: Json): JobBase;
}

/** An end, and what its job remembers from then on. */
export interface End {
  readonly instance: Instance;
  readonly job: JobRecord | undefined;
}

export class Book {
  readonly #context: FrameworkContext;
  readonly #parts: BookParts;
  readonly jobs = new Map<string, JobRecord>();
  readonly #versions = new Map<string, Map<number, Version>>();
  readonly #instances = new Map<TaskId, Instance>();
  /** The same by job: asked for at each change of any. */
  readonly #byJob = new Map<string, Map<TaskId, Instance>>();

  constructor(context: FrameworkContext, parts: BookParts) {
    this.#context = context;
    this.#parts = parts;
  }

  /** Takes in what is durable; states that are known already stay. */
  async load(): Promise<void> {
    const before = new Map(this.#instances);
    for (const map of [this.jobs, this.#versions, this.#instances, this.#byJob]) map.clear();
    const { kv } = this.#context;
    const parts = new Map<string, Record<string, Json>>();
    for (const [key, value] of kv) {
      const [space, name = '', version = ''] = key.split('/');
      if (space === 'part') parts.set(name, { ...parts.get(name), [version]: value });
      else if (space === 'spec') {
        const { input, at } = value as unknown as StoredVersion;
        this.#keepVersion(name, Number(version), { spec: this.#parts.parse(input), input, at });
      } else if (space === 'instance') this.#set(this.#found(value as unknown as InstanceRecord, before));
    }
    const former: JobRecord[] = [];
    for (const [key, value] of kv) {
      if (!key.startsWith('job/')) continue;
      const stored = value as unknown as Stored | FormerJob;
      if ('spec' in stored) former.push(this.#formerJob(stored));
      else this.#loadJob(key.slice(4), stored, parts.get(key.slice(4)));
    }
    if (former.length > 0) await this.put(former);
  }

  #loadJob(name: string, stored: Stored, parts: Fields = {}): void {
    const { spec, input } = this.versions(name).get(stored.version)!;
    const apart = this.#parts.apartOf(spec.kind);
    const memory = apart === undefined ? stored.memory : { ...(stored.memory as Fields), [apart]: parts };
    this.jobs.set(name, { ...stored, memory, spec, input });
  }

  #formerJob(former: FormerJob): JobRecord {
    const { version, stopping } = former;
    const input = inputOf(former);
    const spec = this.#parts.parse(input);
    return { spec, input, version, stopping, memory: this.#parts.memoryOf(spec.kind) };
  }

  #found(record: InstanceRecord, before: ReadonlyMap<TaskId, Instance>): Instance {
    const name = record.name ?? nameOf(record.job, record);
    const unheard = { state: 'UNKNOWN', healthy: undefined, message: '', servesSince: undefined } as const;
    return before.get(record.task) ?? { ...record, name, ...unheard, since: this.#context.now() };
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

  versions(job: string): ReadonlyMap<number, Version> {
    return this.#versions.get(job) ?? new Map();
  }

  #specOf(job: string, version: number): JobBase | undefined {
    return this.versions(job).get(version)?.spec;
  }

  /** Jobs as they are from now on, under their names. Durable when it resolves. */
  async put(jobs: Iterable<JobRecord>): Promise<void> {
    const list = [...jobs];
    const superseded = new Map(list.map((job) => [job, this.#superseded(job)]));
    await this.#context.store(
      list.flatMap((job) => [
        ...this.#entriesOf(job),
        ...superseded.get(job)!.map((version): Entry => [specKey(job.spec.name, version), null]),
      ]),
    );
    for (const job of list) this.#putInMind(job, superseded.get(job)!);
  }

  /** A spec is written once, a memory each time that it changes, and of its parts those that are others than before. */
  #entriesOf(record: JobRecord): Entry[] {
    const { spec, input, ...stored } = record;
    const { name } = spec;
    const { memory, parts } = this.#split(record);
    const job: Entry = [jobKey(name), { ...stored, memory } as unknown as Json];
    const entries = [job, ...this.#changedParts(name, parts)];
    if (this.#specOf(name, stored.version) === spec) return entries;
    const version: StoredVersion = { input, at: this.#context.now() };
    return [...entries, [specKey(name, stored.version), version as unknown as Json]];
  }

  #split({ spec, memory }: JobRecord): { readonly memory: Json; readonly parts: Fields } {
    const apart = this.#parts.apartOf(spec.kind);
    if (apart === undefined) return { memory, parts: {} };
    const { [apart]: parts = {}, ...rest } = memory as Fields;
    return { memory: rest, parts: parts as Fields };
  }

  #changedParts(name: string, parts: Fields): Entry[] {
    const job = this.jobs.get(name);
    const before = job ? this.#split(job).parts : {};
    const gone = Object.keys(before).filter((part) => !(part in parts));
    const changed = Object.entries(parts).filter(([part, value]) => before[part] !== value);
    return [
      ...gone.map((part): Entry => [partKey(name, part), null]),
      ...changed.map(([part, value]): Entry => [partKey(name, part), value]),
    ];
  }

  #putInMind(job: JobRecord, superseded: readonly number[]): void {
    const { spec, input, version } = job;
    const { name } = spec;
    this.jobs.set(name, job);
    if (this.#specOf(name, version) !== spec)
      this.#keepVersion(name, version, { spec, input, at: this.#context.now() });
    for (const one of superseded) this.#versions.get(name)!.delete(one);
  }

  #superseded(job: JobRecord): number[] {
    const { name } = job.spec;
    const { version } = job;
    const inUse = new Set([...this.of(name).map((instance) => instance.version), ...this.#parts.keeps(job)]);
    return [...this.versions(name).keys()].filter((one) => one <= version - VERSIONS_KEPT && !inUse.has(one));
  }

  #keepVersion(name: string, number: number, version: Version): void {
    const versions = this.#versions.get(name) ?? new Map<number, Version>();
    this.#versions.set(name, versions.set(number, version));
  }

  async remove(job: string): Promise<void> {
    const specs = [...this.versions(job).keys()].map((version): Entry => [specKey(job, version), null]);
    await this.#context.store([[jobKey(job), null], ...specs, ...this.#changedParts(job, {})]);
    this.jobs.delete(job);
    this.#versions.delete(job);
    this.#byJob.delete(job);
  }

  /**
   * Durable when it resolves; only then may the tasks be launched.
   * @param jobs with what they remember of it
   */
  async launch(instances: readonly Instance[], jobs: readonly JobRecord[]): Promise<void> {
    const changed = jobs.filter((job) => this.jobs.get(job.spec.name) !== job);
    await this.#context.store([
      ...instances.map(
        (instance): Entry => [instanceKey(instance.task), recordOf(instance) as unknown as Json],
      ),
      ...changed.flatMap((job) => this.#entriesOf(job)),
    ]);
    for (const instance of instances) this.#set(instance);
    for (const job of changed) this.jobs.set(job.spec.name, job);
  }

  /** A live state of one of these instances. */
  heard({ task, state, healthy, ready, message, at }: TaskStatus): void {
    const instance = this.#instances.get(task)!;
    const since = state === instance.state ? instance.since : at;
    const isServing = serves({ ...instance, state, healthy, ready });
    const servesSince = isServing ? (instance.servesSince ?? at) : undefined;
    const ended = instance.servesSince === undefined ? instance.servedUntil : at;
    const servedUntil = isServing ? undefined : ended;
    this.#set({ ...instance, state, healthy, ready, message, since, servesSince, servedUntil });
  }

  /** They are no more. Durable when it resolves; of ends of one job each later one remembers all. */
  async ended(ends: readonly End[]): Promise<void> {
    const jobs = new Map(ends.flatMap(({ job }) => (job ? [[job.spec.name, job] as const] : [])));
    const changed = [...jobs.values()].filter((job) => this.jobs.get(job.spec.name) !== job);
    await this.#context.store([
      ...ends.map(({ instance }): Entry => [instanceKey(instance.task), null]),
      ...changed.flatMap((job) => this.#entriesOf(job)),
    ]);
    for (const job of changed) this.jobs.set(job.spec.name, job);
    for (const { instance } of ends) {
      this.#instances.delete(instance.task);
      this.#byJob.get(instance.job)?.delete(instance.task);
    }
  }

  /** Marks it as being stopped, so that it is not stopped twice and its end is no failure. */
  stopping(instance: Instance): void {
    this.#set({ ...instance, state: 'KILLING', servesSince: undefined, since: this.#context.now() });
  }

  #set(instance: Instance): void {
    this.#instances.set(instance.task, instance);
    const ofJob = this.#byJob.get(instance.job) ?? new Map<TaskId, Instance>();
    this.#byJob.set(instance.job, ofJob.set(instance.task, instance));
  }
}
