/**
 * A process as the kernel sees it: what it waits for comes through here (timers, the network, disks, the engine), so it can
 * be killed between any two of its steps. Killed, it never runs again, its connections break and its disks are as far as
 * they came; nothing of its own code is called for that, as by `kill -9`. Frozen (SIGSTOP), all that would have
 * happened to it waits, and happens when it goes on.
 */
import type { Clock, Timer } from '../../src/core/clock.ts';
import type { Dialer, Listener, Transport } from '../../src/wire/transport.ts';

export interface SimProcessOptions {
  readonly name: string;
  readonly clock: Clock;
  /** Of the host that it runs on. */
  readonly transport: Transport;
  /** How far this machine's clock is ahead (ms). */
  readonly skew?: number;
  /** Something in it has thrown into the empty: a real process would have died of it. */
  readonly threw: (error: unknown) => void;
}

export class SimProcess {
  readonly name: string;
  readonly clock: Clock;
  readonly transport: Transport;
  readonly #options: SimProcessOptions;
  readonly #timers = new Set<Timer>();
  readonly #doors = new Set<Listener | Dialer>();
  readonly #atDeath = new Set<() => void>();
  #alive = true;
  /** For so long its machine stood still, and its clock with it (ms). */
  #stoodStill = 0;
  #suspendedAt: number | undefined;
  /** What waits while it is frozen. */
  #held: (() => void)[] | undefined;

  constructor(options: SimProcessOptions) {
    this.#options = options;
    this.name = options.name;
    const { clock, skew = 0 } = options;
    // Whole milliseconds, as a system's clock.
    this.clock = {
      now: () => Math.floor(clock.now() - this.#stoodStill) + skew,
      after: (ms, run) => this.#after(ms, run),
    };
    this.transport = this.#guarded(options.transport);
  }

  get alive(): boolean {
    return this.#alive;
  }

  get frozen(): boolean {
    return this.#held !== undefined;
  }

  /** Timers of it that wait: one that grows and grows is a leak. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Its code, called from outside: not when it is dead, later when it is frozen. */
  guard<A extends unknown[]>(run: (...args: A) => void): (...args: A) => void {
    return (...args) => {
      if (!this.#alive) return;
      if (this.#held) return void this.#held.push(() => this.#run(() => run(...args)));
      this.#run(() => run(...args));
    };
  }

  /** Called when it is killed: for what the kernel does then. */
  whenKilled(run: () => void): void {
    this.#atDeath.add(run);
  }

  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#held = undefined;
    for (const timer of this.#timers) timer.cancel();
    for (const door of this.#doors) void door.close();
    for (const run of this.#atDeath) run();
  }

  freeze(): void {
    this.#held ??= [];
  }

  /** As `freeze`, but it will not notice: its clock stands still, as that of a virtual machine does which is moved. */
  suspend(): void {
    this.#suspendedAt ??= this.#options.clock.now();
    this.freeze();
  }

  thaw(): void {
    if (this.#suspendedAt !== undefined) this.#stoodStill += this.#options.clock.now() - this.#suspendedAt;
    this.#suspendedAt = undefined;
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const run of held) if (this.#alive) run();
  }

  #run(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#options.threw(error);
    }
  }

  #after(ms: number, run: () => void): Timer {
    if (!this.#alive) return { cancel: () => {} };
    let cancelled = false;
    const due = this.guard(() => {
      if (!cancelled) run(); // it may be cancelled while it is held
    });
    const timer = this.#options.clock.after(ms, () => {
      this.#timers.delete(handle);
      due();
    });
    const handle: Timer = {
      cancel: () => {
        cancelled = true;
        timer.cancel();
        this.#timers.delete(handle);
      },
    };
    this.#timers.add(handle);
    return handle;
  }

  #guarded(transport: Transport): Transport {
    return {
      listen: async (options) => {
        const { message, undelivered, refused } = options.handlers;
        const handlers = {
          message: this.guard(message),
          undelivered: this.guard(undelivered),
          refused: this.guard(refused),
        };
        const listener = await transport.listen({ ...options, handlers });
        if (this.#alive) this.#doors.add(listener);
        else await listener.close();
        return listener;
      },
      dial: (options) => {
        const { up, down, message } = options.handlers;
        const handlers = { up: this.guard(up), down: this.guard(down), message: this.guard(message) };
        const dialer = transport.dial({ ...options, handlers });
        this.#doors.add(dialer);
        return {
          get id() {
            return dialer.id;
          },
          send: (frames) => this.#alive && dialer.send(frames),
          redial: (...to) => {
            if (this.#alive) dialer.redial(...to);
          },
          close: () => {
            this.#doors.delete(dialer);
            return dialer.close();
          },
        };
      },
    };
  }
}
