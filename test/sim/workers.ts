/** Worker processes, one for each core: orders go to whoever is free, and reports come back in any order. */
import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Order, Report } from './orders.ts';

/** A run that takes longer than this (real ms) never ends. */
const LONGEST = 180_000;

interface Worker {
  readonly child: ChildProcess;
  done: ((report: Report) => void) | undefined;
}

export interface Workers {
  run(order: Order): Promise<Report>;
  /** @param isWanted asked when a worker is free: if not, nothing is run */
  run(order: Order, isWanted: () => boolean): Promise<Report | undefined>;
  close(): void;
}

/** @param mutant a defect that they carry */
export function workers(mutant?: string, count: number = availableParallelism()): Workers {
  const idle: Worker[] = [];
  const waiting: ((worker: Worker) => void)[] = [];
  let closed = false;

  const start = (): Worker => {
    const env = { ...process.env, ...(mutant !== undefined && { TENDER_SIM_MUTANT: mutant }) };
    const child = fork(join(import.meta.dirname, 'worker.ts'), { env });
    const worker: Worker = { child, done: undefined };
    child.on('message', (report: Report) => worker.done?.(report));
    return worker;
  };
  const free = (worker: Worker): void => {
    if (closed) return void worker.child.disconnect();
    const next = waiting.shift();
    if (next) next(worker);
    else idle.push(worker);
  };
  let running = 0;
  const take = async (): Promise<Worker> => {
    const worker = idle.pop();
    if (worker) return worker;
    if (running >= count) return new Promise((resolve) => waiting.push(resolve));
    running += 1;
    return start();
  };

  async function run(order: Order): Promise<Report>;
  async function run(order: Order, isWanted: () => boolean): Promise<Report | undefined>;
  async function run(order: Order, isWanted = () => true): Promise<Report | undefined> {
    const worker = await take();
    if (!isWanted()) {
      free(worker);
      return undefined;
    }
    const report = await answer(worker, order);
    if (worker.child.connected) free(worker);
    else free(start()); // it died of this one
    return report;
  }

  return {
    run,
    close() {
      closed = true;
      for (const { child } of idle) child.disconnect();
    },
  };
}

function answer(worker: Worker, order: Order): Promise<Report> {
  const { promise, resolve } = Promise.withResolvers<Report>();
  const died = (what: string): void =>
    resolve({
      seed: order.seed,
      violations: [{ invariant: '7 comes to an end', at: 0, what }],
      hash: '',
      counts: {},
      passed: 0,
      quietAfter: undefined,
    });
  const late = setTimeout(() => worker.child.kill('SIGKILL'), LONGEST);
  const exited = (): void => died(`the run did not end within ${LONGEST / 1000} s, or its process died`);
  worker.child.once('exit', exited);
  worker.done = resolve;
  worker.child.send(order);
  return promise.finally(() => {
    clearTimeout(late);
    worker.child.off('exit', exited);
  });
}
