/** `tender dev` without a terminal: a cluster in one command, one line an event, and nothing left of it afterwards. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { isAlive, kill, programs, untilPrograms } from '../support/machine.ts';
import { BUSYBOX, needDocker } from '../support/need.ts';
import type { Proc } from '../support/proc.ts';
import { chance } from '../support/seed.ts';
import { until } from '../support/until.ts';

let cluster: Cluster;
beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
afterEach(() => cluster?.close());

const folder = (): string => join(cluster.env['TENDER_STATE']!, 'dev');
/** Its master and its agent. */
const pids = (): number[] =>
  ['master/registry.pid', 'agent/agent.pid'].map((file) =>
    Number(readFileSync(join(folder(), file), 'utf8')),
  );

async function dev(...args: string[]): Promise<Proc> {
  const proc = cluster.spawn(['dev', ...args]);
  await eventually(
    () => {
      if (proc.end) throw new Error(`it ended: ${proc.stderr}`);
      return /agent \S+ registered/.test(proc.stdout);
    },
    { timeout: 15_000, what: 'dev is there' },
  );
  cluster.ready = { address: '', enrol: '', context: 'dev' };
  return proc;
}

async function runs(word: string): Promise<void> {
  await eventually(
    async () =>
      (await cluster.run('run', '--context', 'dev', '--name', 'dozing', '--', 'sleep', word)).code === 0,
  );
  await until(() => programs('sleep', word).length === 1);
}

describe('without a terminal', () => {
  it.each([
    'SIGTERM',
    'SIGINT',
  ] as const)('prints a line for each event, and at %s ends with all its tasks', async (signal) => {
    cluster = new Cluster();
    const word = `${60_000_000 + process.pid}.${signal.length}`;
    const start = performance.now();
    const proc = await dev();
    console.log(`a whole cluster was there after ${Math.round(performance.now() - start)} ms`);
    await runs(word);
    await until(() => /dozing\.0 RUNNING/.test(proc.stdout));
    expect(proc.stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}\S/m);
    const all = pids();
    expect(all).toHaveLength(2);
    const asked = performance.now();
    expect(await proc.stop(signal)).toEqual({ code: 0, signal: null });
    console.log(`it was gone ${Math.round(performance.now() - asked)} ms after ${signal}`);
    expect(all.some(isAlive)).toBe(false);
    expect(programs('sleep', word)).toEqual([]);
  });

  it.skipIf(needDocker())('leaves no container either', async () => {
    cluster = new Cluster();
    const proc = await dev();
    await eventually(
      async () =>
        (await cluster.run('run', '--context', 'dev', '--name', 'box', '-n', '2', BUSYBOX, 'sleep', '1000'))
          .code === 0,
    );
    await eventually(async () => (await cluster.containers()).filter(({ running }) => running).length === 2);
    expect(await proc.stop()).toEqual({ code: 0, signal: null });
    expect(await cluster.containers()).toEqual([]);
  });

  it.skipIf(needDocker())(
    'leaves none of a container that was only being started',
    { timeout: 90_000 },
    async () => {
      cluster = new Cluster();
      const { between } = chance('stopped while it starts');
      for (let round = 0; round < 4; round++) {
        const proc = await dev();
        const job = cluster.run(
          'run',
          '--context',
          'dev',
          '--name',
          `box-${round}`,
          BUSYBOX,
          'sleep',
          '1000',
        );
        await new Promise((resolve) => setTimeout(resolve, between(0, 700))); // the moment is what is tried
        expect(await proc.stop()).toEqual({ code: 0, signal: null });
        await job;
        expect(await cluster.containers()).toEqual([]);
      }
    },
  );

  it('has its jobs again at the next start', async () => {
    cluster = new Cluster();
    const word = `${61_000_000 + process.pid}`;
    const first = await dev();
    await runs(word);
    await first.stop();
    expect(programs('sleep', word)).toEqual([]);
    await dev();
    await until(() => programs('sleep', word).length === 1, { what: 'the job runs again' });
  });

  it('with --keep leaves all running; a second one only looks on', async () => {
    cluster = new Cluster();
    const word = `${62_000_000 + process.pid}`;
    const first = await dev('--keep');
    await runs(word);
    const all = pids();
    expect(await first.stop()).toEqual({ code: 0, signal: null });
    expect(all.every(isAlive)).toBe(true);
    expect(programs('sleep', word)).toHaveLength(1);
    const second = cluster.spawn(['dev']);
    await until(() => second.stderr.includes('This cluster was running already: it goes on when you leave.'));
    await cluster.ok('scale', '--context', 'dev', 'dozing=2');
    await until(() => /dozing\.1 RUNNING/.test(second.stdout));
    expect(await second.stop()).toEqual({ code: 0, signal: null });
    expect(all.every(isAlive)).toBe(true);
    await untilPrograms(2, 'sleep', word);
    expect((await cluster.run('dev', '--stop')).stdout).toContain('stopped');
    expect(all.some(isAlive)).toBe(false);
    expect(programs('sleep', word)).toEqual([]);
    expect((await cluster.run('dev', '--stop')).stdout).toContain('no cluster was running');
  });

  it.each([
    '--keep',
    '',
  ])('with --stop ends while its starter (%s) looks on, and stays ended', async (keep) => {
    cluster = new Cluster();
    const word = `${64_000_000 + process.pid}`;
    const first = await (keep ? dev(keep) : dev());
    await runs(word);
    const all = pids();
    expect((await cluster.run('dev', '--stop')).stdout).toContain('stopped');
    expect(await first.ended).toEqual({ code: 0, signal: null });
    expect(all.some(isAlive)).toBe(false);
    expect(programs('sleep', word)).toEqual([]);
    expect((await cluster.run('dev', '--stop')).stdout).toContain('no cluster was running');
  });

  it('starts its master and its agent again when they die', async () => {
    cluster = new Cluster();
    const word = `${63_000_000 + process.pid}`;
    const proc = await dev();
    await runs(word);
    for (const pid of pids()) kill(pid, 'SIGKILL');
    await eventually(async () => (await cluster.run('scale', '--context', 'dev', 'dozing=2')).code === 0, {
      timeout: 20_000,
      what: 'it can be scaled again',
    });
    await until(() => programs('sleep', word).length === 2);
    expect(await proc.stop()).toEqual({ code: 0, signal: null });
    expect(programs('sleep', word)).toEqual([]);
  });

  it('is not deceived by the pid of one that died with its machine', async () => {
    cluster = new Cluster();
    const first = await dev();
    const all = pids();
    await first.kill9();
    for (const pid of all) kill(pid, 'SIGKILL');
    for (const file of ['master/registry.pid', 'agent/agent.pid'])
      writeFileSync(join(folder(), file), String(process.pid));
    const again = await dev();
    expect(again.stderr).not.toContain('was running already');
  });
});
