/** Who gets how much of one real machine that is full of plain programs: by weight, by guarantee, and by preemption. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Task } from '../../src/core/task.ts';
import { isTerminal } from '../../src/core/task-state.ts';
import { Cluster } from '../support/cluster.ts';
import { kill, programs, untilPrograms } from '../support/machine.ts';
import { newMember } from '../support/member.ts';
import { until } from '../support/until.ts';

/** All tasks of a job that the master knows of, ended ones as well. */
const ends = (cluster: Cluster, job: string, reason: Task['reason']): Task[] =>
  [...cluster.client.state.tasks.values()].filter(
    (task) => task.job === job && task.reason === reason && isTerminal(task.state),
  );

describe('two frameworks that want all they can get', () => {
  const SLOTS = 12;
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start({ agents: 0, master: ['--preemption-grace', '0s'] });
    await cluster.ok('role', 'set', 'two', '--weight', '2');
    const { address, serverKey, keys } = await newMember(cluster, 'framework', 'greedy');
    const file = join(cluster.folder, 'membership.json');
    writeFileSync(file, JSON.stringify({ address, serverKey, keys }));
    const plugins = join(import.meta.dirname, '..', 'support', 'greedy');
    cluster.spawn(['framework-host', file, join(plugins, 'one'), join(plugins, 'two')]);
    const { frameworks } = cluster.client.state;
    await until(() => [...frameworks.keys()].filter((id) => id === 'one' || id === 'two').length === 2);
    await cluster.startAgent({ name: 'n1', resources: `cpus:${SLOTS / 10};mem:1024` });
  });
  beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
  afterAll(() => cluster?.close());

  const held = (): [one: number, two: number] => [cluster.tasks('one').length, cluster.tasks('two').length];
  /** As often in a row as it takes to be no chance; full, but for a task that is being replaced. */
  const untilShared = async (one: number, two: number): Promise<void> => {
    let seen = 0;
    await until(
      () => {
        const [a, b] = held();
        const isFair = Math.abs(a - one) <= 1 && Math.abs(b - two) <= 1 && a + b >= SLOTS - 1;
        seen = isFair ? seen + 1 : 0;
        return seen === 100;
      },
      { timeout: 40_000, what: `${one} and ${two} of ${SLOTS}` },
    );
  };

  it('with weights 1 and 2 get a third and two thirds of the machine', () => untilShared(4, 8));

  it('follow their weights when these change, as tasks end', async () => {
    await cluster.ok('role', 'set', 'one', '--weight', '2');
    await cluster.ok('role', 'set', 'two', '--weight', '1');
    await untilShared(8, 4);
  });

  it('have to make room for what is more important, and do not get it before', async () => {
    const word = `${90_000_000 + process.pid}`;
    await cluster.ok('role', 'set', 'urgent', '--preemption', 'on');
    const spec = ['--name', 'db', '--role', 'urgent', '--priority', '90', '--cpus', '0.6'];
    await cluster.ok('run', ...spec, '--', 'sleep', word);
    const [task] = await cluster.untilRunning('db', 1);
    expect(task).toMatchObject({ role: 'urgent', priority: 90 });
    expect(held().reduce((sum, n) => sum + n)).toBeLessThanOrEqual(6);
    const ended = [...ends(cluster, 'one', 'preempted'), ...ends(cluster, 'two', 'preempted')];
    expect(ended.length).toBeGreaterThan(0);
    for (const { message } of ended) expect(message).toBe('made room for db (role urgent, priority 90)');
    expect(await cluster.ok('events', '--tail', '500')).toContain('db (role urgent) needs room on n1: ');
    await untilPrograms(1, 'sleep', word);
  });
});

describe('a guarantee on a machine that is full', () => {
  const word = (job: string): string => `${{ a: 91, b: 92, c: 93 }[job]}${1_000_000 + process.pid}`;
  let cluster: Cluster;
  /** A job of this name in a role of this name, that is started again at once when it fails. */
  const up = async (name: string, count: number): Promise<void> => {
    const file = join(cluster.folder, `${name}.yaml`);
    const lines = [`name: ${name}`, `role: ${name}`, `count: ${count}`, 'cpus: 0.5', 'retry: { delay: 0 }'];
    writeFileSync(file, [...lines, `command: [sleep, '${word(name)}']`].join('\n'));
    await cluster.ok('up', file);
  };
  /** One of its programs ends. */
  const endOne = (job: string): void => kill(programs('sleep', word(job))[0], 'SIGKILL');
  const running = (): Record<string, number> =>
    Object.fromEntries(['a', 'b', 'c'].map((job) => [job, cluster.running(job).length]));
  const untilRunning = (wanted: Record<string, number>): Promise<void> =>
    until(() => JSON.stringify(running()) === JSON.stringify(wanted), {
      timeout: 20_000,
      what: JSON.stringify(wanted),
    });
  beforeAll(async () => {
    cluster = await Cluster.start({ agents: 0 });
    await cluster.startAgent({ name: 'n1', resources: 'cpus:2.5;mem:1024' });
    // Whatever comes free is a's, as long as shares alone decide; both always wait for more.
    await cluster.ok('role', 'set', 'a', '--weight', '1000');
    await up('a', 4);
    await cluster.untilRunning('a', 4);
    await up('b', 4);
    await up('a', 6);
    await untilRunning({ a: 4, b: 1, c: 0 });
  });
  beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
  afterAll(() => cluster?.close());

  it('is met as tasks end, and ends none itself', async () => {
    endOne('a');
    await until(() => ends(cluster, 'a', 'signalled').length === 1);
    await untilRunning({ a: 4, b: 1, c: 0 });
    await cluster.ok('quota', 'set', 'b', '--guarantee', 'cpus=1.5');
    for (const [a, b] of [
      [3, 2],
      [2, 3],
    ] as const) {
      endOne('a');
      await untilRunning({ a, b, c: 0 });
    }
    endOne('a');
    await until(() => ends(cluster, 'a', 'signalled').length === 4);
    await untilRunning({ a: 2, b: 3, c: 0 });
    expect(ends(cluster, 'a', 'preempted')).toEqual([]);
  });

  it('is met at once where its role may preempt, out of what others have beyond their own guarantee', async () => {
    await up('c', 3);
    await cluster.ok('quota', 'set', 'c', '--guarantee', 'cpus=1');
    await cluster.ok('role', 'set', 'c', '--preemption', 'on', '--priority', '10');
    await untilRunning({ a: 0, b: 3, c: 2 });
    const ended = ends(cluster, 'a', 'preempted');
    expect(ended.map(({ message }) => message)).toEqual(
      Array(2).fill('made room for c (guaranteed to role c)'),
    );
    expect(await cluster.ok('why', 'a')).toContain('made room for c (guaranteed to role c)');
    await untilPrograms(3, 'sleep', word('b'));
  });
});
