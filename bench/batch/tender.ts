/** Tasks of `true` through the full path: master, framework, agent and process executor as they are shipped. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '../../src/client/client.ts';
import { stop, submit } from '../../src/client/commands.ts';
import type { Copy } from '../copy.ts';
import { Dev, seen } from '../dev.ts';

/** Small enough for a hundred at a time on two cpus; more of them only stand in each other's way. */
const TASK = { kind: 'batch', cpus: 0.02, mem: 4 } as const;

export interface Throughput {
  readonly tasks: number;
  readonly seconds: number;
}

export class TenderBench {
  readonly #dev: Dev;
  readonly #client: Client;

  private constructor(dev: Dev, client: Client) {
    this.#dev = dev;
    this.#client = client;
  }

  static async start(copy: Copy): Promise<TenderBench> {
    const dev = new Dev(copy);
    const client = await dev.client();
    await seen(client, 'the batch framework', () => client.state.frameworks.has('batch' as never));
    return new TenderBench(dev, client);
  }

  /** From the submission of an array to the end of its last task. */
  async throughput(tasks: number): Promise<Throughput> {
    const client = this.#client;
    const begin = performance.now();
    await submit(client, { ...TASK, name: 'burst', count: tasks, command: ['true'] });
    await seen(
      client,
      'all done',
      () => /complete|failed/.test(client.state.jobs.get('burst')?.status ?? ''),
      600_000,
    );
    const seconds = (performance.now() - begin) / 1000;
    const { status } = client.state.jobs.get('burst')!;
    if (status !== 'complete') throw new Error(`the burst has ${status}`);
    await this.#stop('burst');
    return { tasks, seconds };
  }

  /** From the submission on an idle cluster to the program's own first moment (ms), one after another. */
  async latencies(rounds: number): Promise<number[]> {
    const client = this.#client;
    const folder = mkdtempSync(join(tmpdir(), 'tender-latency-'));
    const file = join(folder, 'at');
    const took: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const name = `one-${round}`;
      const begin = Date.now();
      await submit(client, { ...TASK, name, command: ['sh', '-c', `date +%s%3N > ${file}`] });
      await seen(client, 'it has run', () => client.state.jobs.get(name)?.status === 'complete');
      took.push(Number(readFileSync(file, 'utf8')) - begin);
      await this.#stop(name);
    }
    rmSync(folder, { recursive: true });
    return took.sort((a, b) => a - b);
  }

  async #stop(name: string): Promise<void> {
    await stop(this.#client, name);
    await seen(this.#client, `${name} is gone`, () => !this.#client.state.jobs.has(name));
  }

  async close(): Promise<void> {
    await this.#dev.stop();
  }
}
