/**
 * What would happen to a job, step by step, if nothing went wrong: its own kind decides, and what it decides comes true at
 * once. What is stopped ends, what is started serves (or ends well, if it is of that sort), and where there is nothing to
 * do but wait, time goes on. So `plan` cannot promise anything that the scheduler would not do. Pure.
 */
import type { AgentId, TaskId, TaskStatus } from '../../core/task.ts';
import { homeOf } from '../home.ts';
import { type Instance, serves } from './instance.ts';
import { type JobKind, type JobRecord, nameOf, type Placing, type View } from './kind.ts';

export interface Step {
  readonly does:
    | 'start'
    | 'run'
    | 'settle'
    | 'release'
    | 'stop'
    | 'wait'
    | 'go back'
    | 'stays without a place';
  /** `web.2`; of a wait: of the job. */
  readonly name: string;
  /** Of the instance. */
  readonly version?: number | undefined;
  /** Where it starts, or was; absent: nobody can say. */
  readonly agent?: AgentId | undefined;
  readonly why: string;
  /** From now on (ms). */
  readonly at: number;
}

export interface Forecast {
  readonly steps: readonly Step[];
  /** It goes on for longer than anybody wants to read. */
  readonly isCut: boolean;
  /** How things are then. */
  readonly after: View;
}

/** Where things would go. */
export interface Ground {
  /** @param task whose room it is from then on @returns undefined: nowhere, for now */
  land(job: JobRecord, placing: Placing, task: TaskId): AgentId | undefined;
  /** Its room comes free. */
  leave(instance: Instance): void;
}

const DOES = { launch: 'start', visit: 'run', settle: 'settle', release: 'release' } as const;

/** So many steps, rounds of deciding, and waits are looked ahead. */
const MOST_STEPS = 1_000;
const MOST_ROUNDS = 2_000;
const MOST_WAITS = 200;

export function forecast(kind: JobKind, now: View, ground: Ground): Forecast {
  const future = new Future(kind, now, ground);
  const isLong = (): boolean =>
    future.steps.length >= MOST_STEPS || future.waits >= MOST_WAITS || future.comesAgain;
  for (let round = 0; round < MOST_ROUNDS && !isLong(); round++)
    if (!future.goOn()) return { steps: future.steps, isCut: false, after: future.view };
  return { steps: future.steps.slice(0, MOST_STEPS), isCut: true, after: future.view };
}

class Future {
  readonly steps: Step[] = [];
  readonly #kind: JobKind;
  readonly #ground: Ground;
  readonly #start: number;
  readonly #versions: View['versions'];
  view: View;
  waits = 0;
  /** What comes by the clock comes for ever: the first time is all that need be seen. */
  comesAgain = false;
  #isClockAwaited = false;
  /** Slots that found no place: not asked for again and again. */
  readonly #placeless = new Set<string>();

  constructor(kind: JobKind, now: View, ground: Ground) {
    this.#kind = kind;
    this.#ground = ground;
    this.#start = now.now;
    this.#versions = now.versions;
    this.view = { ...now, unsettled: [], versions: new Map(now.versions) };
  }

  /** @returns whether anything happened */
  goOn(): boolean {
    const { memory, stop, place, goBackTo, waitUntil } = this.#kind.reconcile(this.view);
    const remembered = memory !== this.view.job.memory;
    this.#become({ ...this.view.job, memory });
    if (goBackTo !== undefined) {
      this.#goBack(goBackTo);
      return true;
    }
    for (const { instance, why } of stop) this.#stop(instance, why);
    const placed = place.filter((placing) => this.#place(placing)).length;
    if (stop.length + placed > 0 || remembered || this.#settle()) return true;
    if (waitUntil === undefined || waitUntil <= this.view.now) return false;
    const isByClock = this.#kind.summary(this.view).timetable?.next[0] === waitUntil;
    this.comesAgain = isByClock && this.#isClockAwaited;
    if (this.comesAgain) return true;
    this.#isClockAwaited ||= isByClock;
    this.#say({ does: 'wait', name: this.view.job.spec.name, why: 'until it is time' });
    this.view = { ...this.view, now: waitUntil };
    this.waits += 1;
    return true;
  }

  /** What is under way arrives. @returns whether anything was */
  #settle(): boolean {
    const isArriving = (one: Instance): boolean => !serves(one) && one.state !== 'UNREACHABLE';
    const under = this.view.instances.filter(isArriving);
    for (const one of under.filter(({ state }) => state === 'KILLING')) this.#end(one, 'KILLED');
    const { now } = this.view;
    const there = { state: 'RUNNING', ready: undefined, since: now, servesSince: now } as const;
    const instances = this.view.instances.map((one) =>
      isArriving(one) ? { ...one, ...there, healthy: one.checked ? true : undefined } : one,
    );
    this.view = { ...this.view, instances };
    return under.length > 0;
  }

  #say(step: Omit<Step, 'at'>): void {
    this.steps.push({ ...step, at: this.view.now - this.#start });
  }

  #become(job: JobRecord): void {
    this.view = { ...this.view, job };
  }

  #goBack(to: number): void {
    const { job } = this.view;
    const earlier = this.#versions.get(to);
    if (!earlier) return;
    this.#say({ does: 'go back', name: job.spec.name, version: to, why: 'the change is taken back' });
    const version = job.version + 1;
    this.view = { ...this.view, versions: new Map(this.view.versions).set(version, earlier) };
    this.#become({ ...job, spec: earlier.spec, input: earlier.input, version });
  }

  #stop(instance: Instance, why: string): void {
    const { name, version, agent } = instance;
    this.#say({ does: 'stop', name, version, agent, why });
    this.#end({ ...instance, state: 'KILLING' }, 'KILLED');
  }

  #end(instance: Instance, state: 'KILLED' | 'FINISHED'): void {
    this.#ground.leave(instance);
    const { task } = instance;
    const reason = state === 'FINISHED' ? 'exited' : 'killed';
    const status: TaskStatus = { task, state, reason, message: '', at: this.view.now };
    const { job } = this.view;
    const ended = state === 'FINISHED' ? { ...status, exitCode: 0 } : status;
    const memory = this.#kind.ended?.(this.view, instance, ended) ?? job.memory;
    const instances = this.view.instances.filter((other) => other.task !== task);
    this.view = { ...this.view, instances, job: { ...job, memory } };
  }

  /** What is remembered of the place, and what shows of a home there. */
  #moveIn(placing: Placing, agent: AgentId): void {
    const { job, agents } = this.view;
    const memory = this.#kind.placed?.(this.view, placing, { agent, hostPorts: {} }) ?? job.memory;
    this.#become({ ...job, memory });
    const { home, act } = placing;
    const at = agents.get(agent);
    if (!home || !at || act === 'visit') return;
    const others = at.total.filter((entry) => entry.disk?.volume?.id !== home.volume);
    const volume = {
      name: 'disk',
      role: job.spec.name,
      scalar: home.size,
      disk: { volume: { id: home.volume } },
    };
    const total =
      act === 'release'
        ? at.total.filter((one) => homeOf(one) !== home.volume && others.includes(one))
        : [...others, volume];
    this.view = { ...this.view, agents: new Map(agents).set(agent, { ...at, total }) };
  }

  /** @returns whether it found a place */
  #place(placing: Placing): boolean {
    const { job, now } = this.view;
    const name = nameOf(job.spec.name, placing);
    if (this.#placeless.has(name)) return false;
    const task = `${name}-planned-${this.steps.length}` as TaskId;
    const agent = this.#ground.land(job, placing, task);
    const { why, version = job.version } = placing;
    if (agent === undefined) {
      this.#placeless.add(name);
      this.#say({ does: 'stays without a place', name, version, why });
      return false;
    }
    const does = DOES[placing.act ?? 'launch'];
    this.#say({ does, name, ...(does === 'release' ? {} : { version }), agent, why });
    this.#moveIn(placing, agent);
    if (does === 'settle' || does === 'release') return true;
    const spec = { ...(this.view.versions.get(version)?.spec ?? job.spec), ...placing.differs };
    const instance: Instance = {
      task,
      name,
      job: job.spec.name,
      index: placing.index,
      agent,
      version,
      launchedAt: now,
      checked: placing.beside === undefined && spec.health !== undefined,
      ...(placing.beside !== undefined && { beside: placing.beside }),
      note: placing.note,
      state: 'RUNNING',
      healthy: spec.health ? true : undefined,
      message: '',
      since: now,
      servesSince: now,
    };
    this.view = { ...this.view, instances: [...this.view.instances, instance] };
    if (this.#kind.endsByItself?.(instance)) this.#end(instance, 'FINISHED');
    return true;
  }
}
