/**
 * The agent's way to the simulated engine. It keeps the same promises as the real executors and loses the same things with
 * its process: what is known only here goes, what the engine or the disk has stays and is found again.
 */
import { endReport, killedDuringLaunch } from '../../src/agent/ending.ts';
import type { Executor, ExecutorEvents, Report } from '../../src/agent/executor.ts';
import { KillOrder } from '../../src/agent/kill-order.ts';
import type { TaskId, TaskSpec } from '../../src/core/task.ts';
import type { Chance } from './chance.ts';
import type { Engine } from './engine.ts';
import type { SimProcess } from './sim-process.ts';

interface Entry {
  readonly spec: TaskSpec;
  readonly kill: KillOrder;
  phase: 'launching' | 'running' | 'ended';
  /** Gives a launch up. */
  abort?: () => void;
}

const NOT_THERE: Report = {
  state: 'FAILED',
  reason: 'start_failed',
  message: 'the engine does not answer',
};
const REBOOTED: Report = {
  state: 'FAILED',
  reason: 'agent_rebooted',
  message: 'the machine was restarted; exit code unknown',
};

export function engineExecutor(
  kind: TaskSpec['run']['kind'],
  engine: Engine,
  process: SimProcess,
  chance: Chance,
  events: ExecutorEvents,
): Executor {
  return new EngineExecutor(kind, engine, process, chance, events);
}

class EngineExecutor implements Executor {
  readonly kind: TaskSpec['run']['kind'];
  readonly #engine: Engine;
  readonly #process: SimProcess;
  readonly #chance: Chance;
  readonly #events: ExecutorEvents;
  readonly #entries = new Map<TaskId, Entry>();
  /** To be removed when the engine answers again. */
  readonly #leftover = new Set<TaskId>();
  /** Which tasks were known when the engine did not answer: all others are still to be removed. */
  #unswept: ReadonlySet<TaskId> | undefined;

  constructor(
    kind: TaskSpec['run']['kind'],
    engine: Engine,
    process: SimProcess,
    chance: Chance,
    events: ExecutorEvents,
  ) {
    this.kind = kind;
    this.#engine = engine;
    this.#process = process;
    this.#chance = chance;
    this.#events = events;
    const watcher = {
      ended: process.guard((task: TaskId) => this.#ended(task)),
      back: process.guard(() => this.#back()),
    };
    engine.watcher = watcher;
    process.whenKilled(() => {
      if (engine.watcher === watcher) engine.watcher = undefined;
    });
  }

  async facts() {
    return { kind: this.kind, available: !this.#engine.away, detail: 'simulated' };
  }

  launch(spec: TaskSpec): void {
    if (this.#entries.has(spec.id)) return;
    const entry = this.#enter(spec, 'launching');
    const image = this.#process.clock.after(this.#pullTime(), () => this.#create(entry));
    entry.abort = () => {
      image.cancel();
      this.#end(entry, killedDuringLaunch);
    };
    this.#tell(entry, { state: 'STARTING', reason: 'pulling_image', message: 'pulling' });
  }

  async recover(spec: TaskSpec): Promise<'running' | 'ended' | 'absent'> {
    const engine = this.#engine;
    if (engine.away) {
      this.#enter(spec, 'running');
      return 'running';
    }
    const program = engine.programs.get(spec.id);
    if (!program) return 'absent';
    if (program.phase === 'created') {
      engine.remove(spec.id);
      return 'absent';
    }
    const entry = this.#enter(spec, 'running');
    if (engine.toldToEnd.has(spec.id)) entry.kill.recall();
    if (program.phase === 'running') {
      if (entry.kill.given) this.kill(spec.id, spec.killGrace);
      return 'running';
    }
    this.#ended(spec.id);
    return 'ended';
  }

  kill(task: TaskId, graceMs: number): void {
    const entry = this.#entries.get(task);
    if (!entry || entry.phase === 'ended') return;
    if (!entry.kill.give(this.#process.clock, graceMs, () => this.#signalDue(entry))) return;
    this.#engine.toldToEnd.add(task);
    if (entry.phase === 'launching') entry.abort?.();
    else this.#signalDue(entry);
  }

  logs(): Promise<never> {
    return Promise.reject(new Error('no output here'));
  }

  endedLogs(): Promise<never> {
    return Promise.reject(new Error('no output here'));
  }

  exec(): Promise<never> {
    return Promise.reject(new Error('no programs here'));
  }

  attach(): Promise<never> {
    return Promise.reject(new Error('no programs here'));
  }

  async remove(spec: TaskSpec): Promise<void> {
    this.#entries.delete(spec.id);
    this.#delete(spec.id);
  }

  async sweep(known: ReadonlySet<TaskId>): Promise<TaskId[]> {
    this.#unswept = this.#engine.away ? known : undefined;
    if (this.#unswept) return [];
    const strange = [...this.#engine.programs.values()]
      .filter(({ spec }) => spec.run.kind === this.kind)
      .map(({ spec }) => spec.id)
      .filter((task) => !known.has(task) && !this.#entries.has(task));
    for (const task of strange) this.#delete(task);
    return strange;
  }

  async usage() {
    return {};
  }

  async close(): Promise<void> {
    for (const entry of this.#entries.values()) entry.kill.cancel();
  }

  /** Half of the images are there already. */
  #pullTime(): number {
    return this.#chance.happens(0.5) ? 1 : 1_500 * this.#chance.next();
  }

  #enter(spec: TaskSpec, phase: Entry['phase']): Entry {
    const entry = { spec, phase, kill: new KillOrder() };
    this.#entries.set(spec.id, entry);
    return entry;
  }

  #create(entry: Entry): void {
    const engine = this.#engine;
    const program = engine.create(entry.spec);
    if (!program) return this.#end(entry, NOT_THERE);
    entry.abort = () => {
      this.#delete(entry.spec.id);
      this.#end(entry, killedDuringLaunch);
    };
    const started = this.#process.guard((ok: boolean) => {
      if (entry.phase !== 'launching') return;
      if (!ok) {
        this.#delete(entry.spec.id);
        return this.#end(entry, { ...NOT_THERE, message: 'it cannot be started' });
      }
      entry.phase = 'running';
      this.#tell(entry, { state: 'RUNNING', reason: 'started', message: '' });
      this.#signalDue(entry);
      if (program.phase === 'ended') this.#ended(entry.spec.id);
    });
    engine.start(program, started);
  }

  #ended(task: TaskId): void {
    const entry = this.#entries.get(task);
    if (entry?.phase !== 'running' || this.#engine.away) return;
    const exit = this.#engine.programs.get(task)?.exit;
    const killed = entry.kill.given;
    if (!exit)
      return this.#end(entry, { state: 'FAILED', reason: 'signalled', message: 'its container is gone' });
    if (exit.byPower && !killed) return this.#end(entry, REBOOTED);
    const { code: exitCode, at } = exit;
    this.#end(entry, endReport(entry.spec, { exitCode, at, outOfMemory: false, killed }));
  }

  /** The engine is back: what has become of all this meanwhile? */
  #back(): void {
    if (this.#unswept) void this.sweep(this.#unswept);
    for (const task of this.#leftover) this.#delete(task);
    for (const entry of this.#entries.values()) {
      if (entry.phase !== 'running') continue;
      const program = this.#engine.programs.get(entry.spec.id);
      if (program?.phase === 'created') this.#engine.remove(entry.spec.id);
      if (program?.phase !== 'running') this.#ended(entry.spec.id);
      else this.#signalDue(entry);
    }
  }

  #signalDue({ phase, kill, spec }: Entry): void {
    if (phase === 'running' && kill.underWay)
      this.#engine.signal(spec.id, kill.isOver ? 'SIGKILL' : 'SIGTERM');
  }

  #delete(task: TaskId): void {
    if (this.#engine.remove(task)) this.#leftover.delete(task);
    else this.#leftover.add(task);
  }

  #end(entry: Entry, report: Report): void {
    if (entry.phase === 'ended') return;
    entry.phase = 'ended';
    entry.kill.cancel();
    this.#tell(entry, report);
  }

  #tell({ spec }: Entry, report: Report): void {
    this.#events.status(spec.id, report);
  }
}
