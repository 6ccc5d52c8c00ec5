/**
 * A batch job as its kind sees it, and a world in which what is decided comes true at once: for tests of decisions, and of
 * what they come to one after another.
 */
import { batch } from '../../plugins/batch/batch.ts';
import { type BatchMemory, type BatchView, NOTHING_REMEMBERED } from '../../plugins/batch/memory.ts';
import { type BatchSpec, batchSchema } from '../../plugins/batch/spec.ts';
import type { Job } from '../../src/core/cluster.ts';
import type { Json } from '../../src/core/json.ts';
import type { AgentId, TaskId, TaskStatus } from '../../src/core/task.ts';
import { isTerminal, type TaskState } from '../../src/core/task-state.ts';
import type { Instance } from '../../src/framework/jobs/instance.ts';
import { nameOf, type Placing, type Plan, type Version } from '../../src/framework/jobs/kind.ts';
import type { AgentView } from '../../src/wire/messages/framework.ts';

type Input = { readonly [key: string]: Json };

export const agentView = (id: string, more: Partial<AgentView> = {}): AgentView => ({
  id: id as AgentId,
  name: id,
  state: 'ready',
  attributes: {},
  executors: [{ kind: 'process', available: true, detail: '' }],
  total: [],
  ...more,
});

/** One job, and all that there is of it. Everything that is placed runs at once, on the first agent or where it is bound to. */
export class BatchWorld {
  memory: BatchMemory = NOTHING_REMEMBERED;
  now: number;
  stopping = false;
  readonly instances = new Map<TaskId, Instance>();
  readonly agents = new Map<AgentId, AgentView>([['a' as AgentId, agentView('a')]]);
  readonly others = new Map<string, Job>();
  readonly versions = new Map<number, Version<BatchSpec>>();
  /** How often each index of each run has ended well: `3.17`. */
  readonly successes = new Map<string, number>();
  #tasks = 0;

  constructor(input: Input, now = Date.UTC(2026, 0, 1)) {
    this.now = now;
    this.#version(input);
  }

  #version(input: Input): BatchSpec {
    const spec = batchSchema.parse({ name: 'job', kind: 'batch', command: ['work'], ...input });
    this.versions.set(this.versions.size + 1, { spec, input, at: this.now });
    return spec;
  }

  get version(): number {
    return this.versions.size;
  }

  get view(): BatchView {
    const { spec, input } = this.versions.get(this.version)!;
    const { memory, stopping, agents, others, versions, now, version } = this;
    return {
      job: { spec, input, version, stopping, memory },
      instances: [...this.instances.values()],
      versions,
      agents,
      unsettled: [],
      others,
      now,
    };
  }

  /** A new spec for it. */
  change(input: Input): void {
    const { view } = this;
    const spec = this.#version(input);
    this.memory = batch.changed!(view, spec);
    this.stopping = false;
  }

  call(verb: string, args: Input = {}): Json {
    const { memory = this.memory, answer } = batch.verbs![verb]!.run(this.view, args);
    this.memory = memory;
    return answer;
  }

  plan(): Plan<BatchMemory> {
    return batch.reconcile(this.view);
  }

  /** What is planned comes true, until there is nothing more to do. @param most so many have room */
  settle(most = Number.POSITIVE_INFINITY): void {
    for (let round = 0; round < 1_000; round++) {
      const { memory, stop, place } = this.plan();
      const room = most - this.live().length;
      this.memory = memory;
      for (const { instance } of stop) this.#put(instance, 'KILLING');
      const started = place.slice(0, Math.max(0, room));
      for (const one of started) this.#start(one);
      if (stop.length + started.length === 0 && this.plan().memory === this.memory) return;
    }
    throw new Error('it never comes to rest');
  }

  #start(placing: Placing): void {
    const name = nameOf('job', placing);
    this.#tasks += 1;
    const task = `${name}-${this.#tasks}` as TaskId;
    const { index, on = 'a' as AgentId, version = this.version, note } = placing;
    this.instances.set(task, {
      task,
      name,
      job: 'job',
      index,
      agent: on,
      version,
      launchedAt: this.now + this.#tasks / 1_000_000,
      checked: false,
      note,
      state: 'RUNNING',
      healthy: undefined,
      message: '',
      since: this.now,
      servesSince: this.now,
    });
  }

  /** Names of what is not ended, in the order in which it was started. */
  live(): string[] {
    return [...this.instances.values()].map(({ name }) => name);
  }

  becomes(name: string, state: TaskState): void {
    this.#put(this.#find(name), state);
  }

  #put(instance: Instance, state: TaskState): void {
    this.instances.set(instance.task, { ...instance, state, since: this.now });
  }

  /** @param more of its end: `exitCode`, `reason`, `output` */
  ends(name: string, state: TaskState = 'FINISHED', more: Partial<TaskStatus> = {}): void {
    if (!isTerminal(state)) throw new Error(`${state} is no end`);
    const instance = (more.task && this.instances.get(more.task)) ?? this.#find(name);
    const { task, index, note } = instance;
    const status: TaskStatus = { task, state, reason: 'exited', message: '', at: this.now, ...more };
    this.memory = batch.ended!(this.view, instance, status);
    this.instances.delete(task);
    const key = `${(note as { run: number }).run}.${index}`;
    if (state === 'FINISHED') this.successes.set(key, (this.successes.get(key) ?? 0) + 1);
  }

  fails(name: string, exitCode = 1, more: Partial<TaskStatus> = {}): void {
    this.ends(name, 'FAILED', { exitCode, message: `exited with code ${exitCode}`, ...more });
  }

  #find(name: string): Instance {
    const found = [...this.instances.values()].find((instance) => instance.name === name);
    if (!found) throw new Error(`nothing is called ${name}; there are ${this.live().join(' ')}`);
    return found;
  }

  pass(ms: number): void {
    this.now += ms;
    this.settle();
  }

  status(): string {
    return batch.summary(this.view).status;
  }

  /** How each of its runs is, by number. */
  results(): Record<string, string> {
    const { runs } = this.call('runs') as { runs: { run: number; state: string }[] };
    return Object.fromEntries(runs.map(({ run, state }) => [run, state]));
  }

  /** Another job has ended well. */
  succeeds(name: string, output: Record<string, string> = {}): void {
    this.now += 1;
    this.others.set(name, { name, succeeded: { at: this.now, output } } as Job);
  }
}
