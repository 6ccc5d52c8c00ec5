/**
 * Three masters on a three-member etcd, as real processes: whoever leads may be killed or stopped at any moment. Tasks
 * go on, agents and clients follow by themselves, nothing that was acknowledged is lost, and nothing runs twice.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Task } from '../../src/core/task.ts';
import { isTerminal } from '../../src/core/task-state.ts';
import { needEtcd } from '../support/etcd.ts';
import { eventually } from '../support/eventually.ts';
import { childrenOf, isAlive, programs, untilPrograms } from '../support/machine.ts';
import { SeveralMasters } from '../support/several-masters.ts';
import { until } from '../support/until.ts';

const mark = `${20_000_000 + process.pid}`;
const ids = (tasks: readonly Task[]): string[] => tasks.map(({ id }) => id).sort();

describe.skipIf(needEtcd())('several masters', () => {
  let several: SeveralMasters;
  beforeAll(async () => {
    several = await SeveralMasters.start();
    await several.cluster.startAgent({ name: 'n1', resources: 'cpus:4;mem:2048' });
    await until(() => [...several.client.state.agents.values()].some(({ state }) => state === 'ready'));
    await until(() => hasFramework('service'));
    const token = await several.cluster.token('framework');
    const plugin = join(import.meta.dirname, '..', '..', 'examples', 'plugin');
    several.cluster.spawn(['framework', plugin, '--join', token]);
    await until(() => hasFramework('once'), { what: 'a framework of its own' });
    await several.cluster.ok('run', '--name', 'kept', '-n', '3', '--cpus', '0.1', '--', 'sleep', mark);
    await running(3);
  }, 120_000);
  beforeEach(({ onTestFailed }) => onTestFailed(() => several.cluster.printLogs()));
  afterAll(() => several?.close(), 60_000);

  const hasFramework = (name: string): boolean =>
    [...several.client.state.frameworks.values()].some(({ id }) => id === name);

  const tasks = (): Task[] =>
    [...several.client.state.tasks.values()].filter(
      ({ job, closed, state }) => job === 'kept' && !closed && !isTerminal(state),
    );

  async function running(count: number): Promise<Task[]> {
    const settled = (): boolean =>
      several.client.status.phase === 'live' &&
      tasks().length === count &&
      tasks().every(({ state }) => state === 'RUNNING');
    await until(settled, { what: `${count} instances run and nothing else`, timeout: 20_000 });
    return tasks();
  }

  const agentIsBack = (): boolean =>
    [...several.client.state.agents.values()].every(({ state }) => state === 'ready');

  const frameworksAreBack = (): boolean => {
    const { frameworks } = several.client.state;
    return frameworks.size === 4 && [...frameworks.values()].every(({ state }) => state === 'connected');
  };

  it('one leads, the others stand by and say who', async () => {
    expect(several.leading).toHaveLength(1);
    const lines = (await several.cluster.ok('masters')).split('\n');
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ['ADDRESS', 'STATE', 'EPOCH'],
      [several.leader!.address, 'leads', expect.stringMatching(new RegExp(`^ *${several.epoch}$`))],
      [expect.any(String), 'stands by', expect.stringMatching(/^ *-$/)],
      [expect.any(String), 'stands by', expect.stringMatching(/^ *-$/)],
    ]);
  });

  it('kill -9 of the leader, three times: another serves within 6 s, and all follow by themselves', async () => {
    const before = ids(await running(3));
    const pids = await untilPrograms(3, 'sleep', mark);
    const times: number[] = [];
    for (let round = 0; round < 3; round++) {
      const { epoch, leader } = several;
      const start = performance.now();
      await leader!.proc.kill9();
      const served = await several.followed(epoch);
      await until(agentIsBack, { what: 'the agent is back' });
      const agent = performance.now() - start;
      await until(() => several.client.state.jobs.get('kept')?.status === 'running');
      await until(frameworksAreBack, { what: 'both frameworks are connected' });
      const all = performance.now() - start;
      console.log(
        `killed: the next leader served a client after ${(served / 1000).toFixed(2)} s, ` +
          `had the agent after ${(agent / 1000).toFixed(2)} s, frameworks and job after ${(all / 1000).toFixed(2)} s`,
      );
      times.push(served);
      expect(ids(await running(3))).toEqual(before);
      await several.restart(leader!);
    }
    // The middle one: this machine may do something else for a moment.
    expect(times.sort((a, b) => a - b)[1]).toBeLessThan(6_000);
    expect(programs('sleep', mark)).toEqual(pids);
  }, 60_000);

  it('a command that is given while nobody leads waits for the next leader', async () => {
    const { epoch, leader } = several;
    await leader!.proc.kill9();
    const members = await several.cluster.json<{ name: string }[]>('members');
    expect(members.map(({ name }) => name)).toContain('n1');
    await several.followed(epoch);
    await several.restart(leader!);
  });

  it('what was acknowledged before the death of the leader is there after it', async () => {
    const { epoch, leader } = several;
    await several.cluster.ok('scale', 'kept=4');
    await leader!.proc.kill9();
    await several.followed(epoch);
    await running(4);
    await several.cluster.ok('scale', 'kept=3');
    await running(3);
    await several.restart(leader!);
  });

  it('a leader that is stopped, and wakes, is obeyed by nobody and stands by', async () => {
    const { epoch, leader } = several;
    const before = ids(await running(3));
    const host = childrenOf(leader!.proc.pid)[0]!;
    leader!.proc.signal('SIGSTOP');
    const served = await several.followed(epoch, 30_000);
    console.log(`stopped: the next leader served a client after ${(served / 1000).toFixed(2)} s`);
    await until(agentIsBack, { timeout: 30_000, what: 'the agent is back' });
    expect(ids(await running(3))).toEqual(before);
    leader!.proc.signal('SIGCONT');
    await until(() => leader!.proc.stderr.includes('does not lead any more: etcd'), {
      what: 'it knows that it does not lead',
    });
    await until(() => !isAlive(host), { what: 'its framework host has ended' });
    expect(several.leading).toHaveLength(1);
    await eventually(
      async () => {
        const lines = (await several.cluster.ok('masters')).split('\n');
        return lines.filter((line) => line.includes(' stands by ')).length === 2;
      },
      { what: 'it stands by' },
    );
    expect(ids(await running(3))).toEqual(before);
    expect(programs('sleep', mark)).toHaveLength(3);
  }, 90_000);

  it('a leader that is asked to end makes room at once', async () => {
    const { epoch, leader } = several;
    const before = ids(await running(3));
    const start = performance.now();
    expect((await leader!.proc.stop()).code).toBe(0);
    await several.followed(epoch);
    const took = performance.now() - start;
    console.log(`asked to end: the next leader served a client after ${(took / 1000).toFixed(2)} s`);
    expect(took).toBeLessThan(4_000);
    expect(ids(await running(3))).toEqual(before);
    await several.restart(leader!);
  });

  it('a new machine joins although the master of its token is dead', async () => {
    const token = await several.cluster.token('agent');
    const { epoch, leader } = several;
    await leader!.proc.kill9();
    await several.cluster.startAgent({ name: 'late', args: ['--join', token] });
    await several.followed(epoch);
    await until(
      () =>
        [...several.client.state.agents.values()].some(
          ({ name, state }) => name === 'late' && state === 'ready',
        ),
      { what: 'the new agent is ready', timeout: 20_000 },
    );
    await several.restart(leader!);
  }, 60_000);

  it('while all of etcd is down nobody leads and tasks go on; when it is back, one leads again', async () => {
    const { epoch } = several;
    const before = ids(await running(3));
    const pids = await untilPrograms(3, 'sleep', mark);
    await several.etcd.killAll();
    await until(() => several.leading.length === 0, { what: 'the leader steps down', timeout: 10_000 });
    expect(programs('sleep', mark)).toEqual(pids);
    several.etcd.startAll();
    await several.etcd.ready();
    await several.followed(epoch, 30_000);
    await until(agentIsBack, { timeout: 30_000 });
    expect(several.leading).toHaveLength(1);
    expect(ids(await running(3))).toEqual(before);
    expect(programs('sleep', mark)).toEqual(pids);
  }, 90_000);
});
