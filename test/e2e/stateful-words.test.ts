/** What a person says to a procedure that is held, and to the data of a job, with the real command on plain programs. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { commandsRun, loseMachine, untilQuiet } from '../support/data-service.ts';
import { eventually } from '../support/eventually.ts';
import { until } from '../support/until.ts';

describe('by word of a person', () => {
  let cluster: Cluster;
  const allowed = (): string => join(cluster.folder, 'allowed');
  const submit = (release: number): Promise<string> => {
    const file = join(cluster.folder, 'db.yaml');
    const job = {
      name: 'db',
      kind: 'stateful',
      count: 2,
      data: '16m',
      env: { RELEASE: release },
      command: ['sleep', `${61_000_000 + process.pid}`],
      constraints: ['distinct_hosts'],
      runbook: {
        order: 'index',
        upgrade: {
          before: [{ name: 'flush', run: `echo ${release} >> data/flushed` }],
          after: [{ name: 'allowed', check: ['test', '-f', allowed()] }],
        },
      },
    };
    writeFileSync(file, JSON.stringify(job));
    return cluster.ok('up', file);
  };
  const job = () => cluster.client.state.jobs.get('db');
  const untilHeld = (): Promise<void> =>
    until(() => job()?.status === 'held', { what: 'it is held', timeout: 30_000 });
  /** What was said shows here a moment later. */
  const untilDone = async (): Promise<void> => {
    await until(() => job()?.status !== 'held', { what: 'it is held no more' });
    await untilQuiet(cluster, 'db');
  };
  const ran = (name: string): number => commandsRun(cluster, 'db')[name] ?? 0;
  const tasksOf = (): string[] =>
    cluster
      .running('db')
      .map(({ id }) => id)
      .sort();
  const allow = (): void => writeFileSync(allowed(), '');

  beforeAll(async () => {
    cluster = new Cluster();
    await cluster.startMaster();
    for (const name of ['n1', 'n2', 'n3'])
      await cluster.startAgent({ name, resources: 'cpus:2;mem:1024;disk:1024' });
    const { state } = await cluster.connected();
    await until(() => [...state.agents.values()].filter((one) => one.state === 'ready').length === 3);
    await submit(1);
    await untilQuiet(cluster, 'db');
  });
  beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
  beforeEach(() => rmSync(allowed(), { force: true }));
  afterAll(() => cluster?.close());

  it('retry does the step again, and nothing before it', async () => {
    await submit(2);
    await untilHeld();
    expect(await cluster.ok('why', 'db')).toContain('db.0-allowed failed');
    await cluster.ok('retry', 'db');
    const failed = () =>
      [...cluster.client.state.tasks.values()].filter(
        ({ name, state }) => name === 'db.0-allowed' && state === 'FAILED',
      );
    await until(() => failed().length === 2, { what: 'it is checked again' });
    await untilHeld();
    allow();
    await cluster.ok('retry', 'db');
    await untilDone();
    expect([ran('db.0-flush'), ran('db.0-allowed'), ran('db.1-flush')]).toEqual([1, 3, 1]);
  });

  it('undo puts the instance back, and resume does it once more from the beginning', async () => {
    const before = cluster.running('db').find(({ name }) => name === 'db.0')!.id;
    await submit(3);
    await untilHeld();
    const tried = cluster.running('db').find(({ name }) => name === 'db.0')!.id;
    expect(tried).not.toBe(before);
    const flushed = ran('db.0-flush');
    await cluster.ok('undo', 'db');
    await until(() => cluster.running('db').some(({ name, id }) => name === 'db.0' && id !== tried), {
      what: 'it is put back',
    });
    expect(job()?.status).toBe('held');
    allow();
    await cluster.ok('resume', 'db');
    await untilDone();
    expect(ran('db.0-flush')).toBe(flushed + 1);
  });

  it('restart starts all anew; while one is held, the other one goes on as it is', async () => {
    const before = tasksOf();
    await cluster.ok('restart', 'db');
    await untilHeld();
    expect(tasksOf().filter((id) => before.includes(id))).toHaveLength(1);
    allow();
    await cluster.ok('resume', 'db');
    await untilDone();
    expect(tasksOf().filter((id) => before.includes(id))).toEqual([]);
  });

  it('abort gives a change up: what is done stays, and the next spec is done', async () => {
    await submit(4);
    await untilHeld();
    await cluster.ok('abort', 'db');
    expect(await cluster.ok('why', 'db')).toContain('was given up');
    allow();
    await submit(5);
    await untilDone();
  });

  it('a word for which there is nothing to say it to is refused', async () => {
    for (const word of ['retry', 'undo'])
      expect((await cluster.run(word, 'db')).stderr).toContain('[procedure.none]');
    expect((await cluster.run('replace', 'db.0')).stderr).toContain('[instance.serves]');
    expect((await cluster.run('replace', 'db.7')).stderr).toContain('[instance.unknown]');
  });

  it('purge destroys what a replaced one has left behind, and not the data of those that run', async () => {
    const lost = cluster.running('db').find(({ name }) => name === 'db.1')!;
    const machine = cluster.client.state.agents.get(lost.agent)!.name;
    await loseMachine(cluster, machine);
    await cluster.ok('replace', 'db.1');
    await untilDone();
    const volumes = async (): Promise<string[]> =>
      (await cluster.json<{ volume?: string }[]>('reservations')).flatMap(({ volume }) => volume ?? []);
    expect(await volumes()).toHaveLength(3);
    cluster.restartAgent(machine);
    await until(() => cluster.client.state.agents.get(lost.agent)?.state === 'ready', { what: 'it is back' });
    const kept = tasksOf();
    await cluster.ok('purge', 'db', '--yes');
    await eventually(async () => (await volumes()).length === 2, { what: 'it is destroyed' });
    expect(tasksOf()).toEqual(kept);
    await cluster.ok('stop', 'db');
    expect(await volumes()).toHaveLength(2);
    await cluster.ok('purge', 'db', '--yes');
    await eventually(async () => (await volumes()).length === 0, { what: 'nothing is left' });
  });
});
