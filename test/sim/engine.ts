/**
 * What runs programs on a machine, as Docker does: it outlives the agent, does what it was asked also when nobody waits for
 * the answer any more, can be away for a while, and forgets nothing. Each program has a temper, which decides how it
 * starts, runs and ends. When the machine loses its power all programs are over.
 */
import type { Clock } from '../../src/core/clock.ts';
import type { TaskId, TaskSpec } from '../../src/core/task.ts';
import type { Chance } from './chance.ts';
import { errandOf } from './errands.ts';

/** How a program behaves. */
export type Temper =
  /** Runs until it is told to end, and then does. */
  | 'steady'
  /** Ends by itself after a while, one time with 0, one time with something else. */
  | 'brief'
  /** Does not care about SIGTERM. */
  | 'stubborn'
  /** On SIGTERM it tidies up, and exits with 0. */
  | 'tidy'
  /** Cannot be started. */
  | 'broken'
  /** Its start takes very long. */
  | 'slow start';

export const TEMPERS: readonly Temper[] = ['steady', 'brief', 'stubborn', 'tidy', 'broken', 'slow start'];

export interface Program {
  readonly spec: TaskSpec;
  readonly temper: Temper;
  /** Of the machine's boots: what ran in a former one is over. */
  readonly boot: number;
  phase: 'created' | 'running' | 'ended';
  /** Of one that has ended. */
  exit?: { readonly code: number; readonly at: number; readonly byPower: boolean };
}

/** The agent's end of the line to the engine. */
export interface EngineWatcher {
  ended(task: TaskId): void;
  /** The engine answers again. */
  back(): void;
}

export interface EngineOptions {
  readonly clock: Clock;
  readonly chance: Chance;
  /** How probable each temper is; the rest are steady. */
  readonly tempers: () => Readonly<Partial<Record<Temper, number>>>;
  readonly note: (text: string) => void;
  /** It ran well, nobody had told it to end, and it was taken away. */
  readonly lost: (spec: TaskSpec) => void;
  /** Before it is there: for who counts. */
  readonly started: (spec: TaskSpec) => void;
  /** By itself or by a signal, but not for want of power. */
  readonly ended: (spec: TaskSpec, code: number) => void;
}

export class Engine {
  readonly programs = new Map<TaskId, Program>();
  /** Written beside each program that was told to end, at once: a later agent knows it then. */
  readonly toldToEnd = new Set<TaskId>();
  readonly counts: Record<Temper, number> = Object.fromEntries(
    TEMPERS.map((temper) => [temper, 0]),
  ) as Record<Temper, number>;
  watcher: EngineWatcher | undefined;
  readonly #options: EngineOptions;
  #boot = 1;
  #away = false;
  #hasPower = true;

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  get away(): boolean {
    return this.#away || !this.#hasPower;
  }

  get running(): Program[] {
    return [...this.programs.values()].filter(({ phase }) => phase === 'running');
  }

  goAway(): void {
    this.#away = true;
  }

  comeBack(): void {
    if (!this.#away) return;
    this.#away = false;
    this.watcher?.back();
  }

  powerFails(): void {
    this.#hasPower = false;
    this.watcher = undefined;
    const at = this.#options.clock.now();
    for (const program of this.programs.values()) {
      if (program.phase !== 'running') continue;
      program.phase = 'ended';
      program.exit = { code: 255, at, byPower: true };
    }
    this.#boot += 1;
  }

  powerReturns(): void {
    this.#hasPower = true;
    this.#away = false;
  }

  /** @returns undefined: it can't be made */
  create(spec: TaskSpec): Program | undefined {
    if (this.away || this.programs.has(spec.id)) return undefined;
    const temper = this.#temper();
    this.counts[temper] += 1;
    const program: Program = { spec, temper, boot: this.#boot, phase: 'created' };
    this.programs.set(spec.id, program);
    return program;
  }

  /** The engine starts it when it comes to it; `done(false)`: it could not. */
  start(program: Program, done: (ok: boolean) => void): void {
    const { clock, chance, note, started } = this.#options;
    const wait =
      program.temper === 'slow start' ? 20_000 + 60_000 * chance.next() : 5 + 400 * chance.next() ** 2;
    clock.after(wait, () => {
      const { spec, boot, temper } = program;
      const isThere =
        this.programs.get(spec.id) === program && boot === this.#boot && program.phase === 'created';
      if (!isThere || this.away || temper === 'broken') return done(false);
      started(spec);
      program.phase = 'running';
      note(`${spec.id} runs (${temper})`);
      if (temper === 'brief')
        clock.after(2_000 + 90_000 * chance.next(), () => this.#end(program, chance.happens(0.5) ? 0 : 1));
      const errand = errandOf(spec, chance);
      if (errand) clock.after(errand.after, () => this.#end(program, errand.code));
      done(true);
    });
  }

  signal(task: TaskId, signal: 'SIGTERM' | 'SIGKILL'): void {
    const program = this.programs.get(task);
    if (this.away || program?.phase !== 'running') return;
    const { clock, chance } = this.#options;
    const soon = (ms: number, code: number): void =>
      void clock.after(ms * chance.next(), () => this.#end(program, code));
    if (signal === 'SIGKILL') soon(20, 137);
    else if (program.temper === 'tidy') soon(4_000, 0);
    else if (program.temper !== 'stubborn') soon(300, 143);
  }

  remove(task: TaskId): boolean {
    if (this.away) return false;
    const program = this.programs.get(task);
    if (program?.phase === 'running') {
      if (!this.toldToEnd.has(task)) this.#options.lost(program.spec);
      this.#end(program, 137);
    }
    this.programs.delete(task);
    this.toldToEnd.delete(task);
    return true;
  }

  #end(program: Program, code: number): void {
    const { spec, boot } = program;
    if (program.phase !== 'running' || boot !== this.#boot) return;
    const { clock, note, ended } = this.#options;
    program.phase = 'ended';
    program.exit = { code, at: clock.now(), byPower: false };
    note(`${spec.id} exits with ${code}`);
    ended(spec, code);
    if (!this.#away) this.watcher?.ended(spec.id);
  }

  #temper(): Temper {
    let luck = this.#options.chance.next();
    for (const [temper, probability] of Object.entries(this.#options.tempers())) {
      luck -= probability;
      if (luck < 0) return temper as Temper;
    }
    return 'steady';
  }
}
