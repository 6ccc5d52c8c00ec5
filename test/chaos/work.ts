/**
 * What people do meanwhile, and what must have become of it: a command that was acknowledged has its effect; one that
 * failed, or was never answered, may have it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cli } from '../support/cluster.ts';
import { BUSYBOX } from '../support/need.ts';
import type { Chance } from '../support/seed.ts';
import type { ChaosCluster } from './chaos-cluster.ts';

/** What a service may be asked to run by now: the last acknowledged count, and what was said since without an answer. */
export interface Service {
  readonly name: string;
  readonly executor: 'process' | 'docker';
  counts: readonly number[];
}

export interface Once {
  readonly name: string;
  readonly exitCode: number;
  /** Otherwise it may be there. */
  isAcknowledged: boolean;
  /** A line for each time that it ran. */
  readonly diary: string;
}

const MOST = { services: 8, count: 4 } as const;

export class Work {
  readonly services: Service[] = [];
  readonly once: Once[] = [];
  readonly #chaos: ChaosCluster;
  readonly #chance: Chance;
  /** The argument of every sleeping program, by which they are found. */
  readonly #word: string;
  acknowledged = 0;
  unanswered = 0;

  constructor(chaos: ChaosCluster, chance: Chance) {
    this.#chaos = chaos;
    this.#chance = chance;
    this.#word = `${50_000_000 + (process.pid % 1_000_000)}`;
  }

  /** What the program of this service is called with. */
  wordOf({ name }: Service): string {
    return `${this.#word}.${name.replace(/\D/g, '')}`;
  }

  async go(): Promise<void> {
    const { next } = this.#chance;
    const dice = next();
    if (this.services.length === 0 || (dice < 0.25 && this.services.length < MOST.services))
      return this.#submit();
    if (dice < 0.6) return this.#scale();
    return this.#runOnce();
  }

  async #submit(): Promise<void> {
    const executor = this.#chance.next() < 0.5 ? 'process' : 'docker';
    const service: Service = { name: `s${this.services.length}`, executor, counts: [0] };
    this.services.push(service);
    const count = this.#chance.between(1, MOST.count + 1);
    const small = ['--cpus', '0.1', '--mem', '16'];
    const what =
      executor === 'process'
        ? ['--', 'sleep', this.wordOf(service)]
        : [BUSYBOX, 'sleep', this.wordOf(service)];
    this.#note(
      service,
      count,
      await this.#chaos.run('run', '--name', service.name, '-n', String(count), ...small, ...what),
    );
  }

  async #scale(): Promise<void> {
    const service = this.#chance.pick(this.services);
    const count = this.#chance.between(0, MOST.count + 1);
    this.#note(service, count, await this.#chaos.run('scale', `${service.name}=${count}`));
  }

  async #runOnce(): Promise<void> {
    const { folder } = this.#chaos.cluster;
    const name = `once-${this.once.length}`;
    const exitCode = this.#chance.pick([0, 0, 3, 42]);
    const diary = join(folder, `${name}.diary`);
    const script = `echo ran >> ${diary}; sleep ${this.#chance.between(0, 6)}; exit ${exitCode}`;
    const file = join(folder, `${name}.yaml`);
    writeFileSync(
      file,
      JSON.stringify({ kind: 'once', name, cpus: 0.1, mem: 16, command: ['sh', '-c', script] }),
    );
    const { code } = await this.#chaos.run('up', file);
    this.#count(code);
    this.once.push({ name, exitCode, diary, isAcknowledged: code === 0 });
  }

  #note(service: Service, count: number, { code, stderr }: Cli): void {
    this.#count(code);
    // The cluster knew no such job: then it has changed none.
    if (stderr.includes('job.unknown')) return;
    service.counts = code === 0 ? [count] : [...new Set([...service.counts, count])];
  }

  #count(code: number): void {
    if (code === 0) this.acknowledged += 1;
    else this.unanswered += 1;
  }
}

export const runsOf = ({ diary }: Once): number => {
  try {
    return readFileSync(diary, 'utf8').trim().split('\n').length;
  } catch {
    return 0; // it has not run yet
  }
};
