/**
 * Health checks of running tasks, run here on the agent. A change of health is reported; so many failures in a row end
 * the task. Failures before the grace time is over, or before the first success, do not count.
 */
import { connect } from 'node:net';
import type { Clock, Timer } from '../core/clock.ts';
import type { HealthCheck, TaskId, TaskSpec } from '../core/task.ts';

// Not fetch, which loads undici: 14 MB for the sake of a status code. And no `import`, which loads it just so.
const { get } = process.getBuiltinModule('node:http');

export interface HealthHandlers {
  changed(task: TaskId, healthy: boolean, message: string): void;
  /** It failed too often. */
  failed(task: TaskId, message: string): void;
}

/** Runs a command in the task; resolves to its exit code. */
export type RunInTask = (spec: TaskSpec, argv: readonly string[], timeoutMs: number) => Promise<number>;

interface Watch {
  readonly spec: TaskSpec;
  readonly health: HealthCheck;
  readonly startedAt: number;
  healthy: boolean | undefined;
  failures: number;
  timer: Timer | undefined;
}

export class Health {
  readonly #clock: Clock;
  readonly #run: RunInTask;
  readonly #handlers: HealthHandlers;
  readonly #watches = new Map<TaskId, Watch>();

  constructor(clock: Clock, run: RunInTask, handlers: HealthHandlers) {
    this.#clock = clock;
    this.#run = run;
    this.#handlers = handlers;
  }

  /** From the moment the task runs; a second call for the same task does nothing. */
  watch(spec: TaskSpec, startedAt: number): void {
    if (!spec.health || this.#watches.has(spec.id)) return;
    const watch: Watch = {
      spec,
      health: spec.health,
      startedAt,
      healthy: undefined,
      failures: 0,
      timer: undefined,
    };
    this.#watches.set(spec.id, watch);
    this.#schedule(watch);
  }

  stop(task: TaskId): void {
    this.#watches.get(task)?.timer?.cancel();
    this.#watches.delete(task);
  }

  close(): void {
    for (const task of [...this.#watches.keys()]) this.stop(task);
  }

  #schedule(watch: Watch): void {
    // Until it answers for the first time it is asked often: readiness should not wait for an interval.
    const wait = watch.healthy === undefined ? Math.min(watch.health.interval, 250) : watch.health.interval;
    watch.timer = this.#clock.after(wait, () => void this.#round(watch));
  }

  async #round(watch: Watch): Promise<void> {
    const problem = await this.#check(watch).catch((error: unknown) => String(error));
    if (this.#watches.get(watch.spec.id) !== watch) return;
    if (problem === undefined) this.#succeeded(watch);
    else this.#failed(watch, problem);
    if (this.#watches.get(watch.spec.id) === watch) this.#schedule(watch);
  }

  #succeeded(watch: Watch): void {
    watch.failures = 0;
    if (watch.healthy !== true) {
      watch.healthy = true;
      this.#handlers.changed(watch.spec.id, true, '');
    }
  }

  #failed(watch: Watch, problem: string): void {
    const inGrace = watch.healthy === undefined && this.#clock.now() - watch.startedAt < watch.health.grace;
    if (inGrace) return;
    watch.failures += 1;
    if (watch.healthy !== false) {
      watch.healthy = false;
      this.#handlers.changed(watch.spec.id, false, problem);
    }
    if (watch.failures < watch.health.failures) return;
    this.stop(watch.spec.id);
    this.#handlers.failed(watch.spec.id, `${watch.failures} health checks failed in a row: ${problem}`);
  }

  /** Undefined where the time is over first: a check that hangs must not end the checking. */
  #inTime<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(ms, () => resolve(undefined));
      work.then(resolve, reject).finally(() => timer.cancel());
    });
  }

  /** @returns what is wrong, or undefined */
  async #check({ spec, health: { check, timeout } }: Watch): Promise<string | undefined> {
    if (check.kind === 'command') {
      const code = await this.#inTime(this.#run(spec, check.argv, timeout), timeout);
      if (code === undefined) return `the check command did not end within ${timeout} ms`;
      return code === 0 ? undefined : `the check command exited with ${code}`;
    }
    const port = spec.ports.find(({ name }) => name === check.port)?.host;
    if (port === undefined) return `no port is called "${check.port}"`;
    return check.kind === 'tcp' ? checkTcp(port, timeout) : checkHttp(port, check.path, timeout);
  }
}

function checkTcp(port: number, timeout: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout });
    const done = (problem: string | undefined): void => {
      socket.destroy();
      resolve(problem);
    };
    socket.on('connect', () => done(undefined));
    socket.on('timeout', () => done(`port ${port} did not answer within ${timeout} ms`));
    socket.on('error', (error) => done(error.message));
  });
}

function checkHttp(port: number, path: string, timeout: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(timeout);
    const request = get(new URL(`http://127.0.0.1:${port}${path}`), { agent: false, signal }, (response) => {
      const { statusCode = 0 } = response;
      response.destroy();
      resolve(statusCode >= 200 && statusCode < 400 ? undefined : `HTTP ${statusCode} from ${path}`);
    });
    request.on('error', (error) =>
      resolve(
        signal.aborted
          ? `no answer from ${path} within ${timeout} ms`
          : `no answer from ${path}: ${String(error)}`,
      ),
    );
  });
}
