/**
 * `kill -9` of each part at bad moments. The promise: no task is lost, none is started twice, no end goes untold, and
 * whoever died is back in charge when a supervisor has started it again.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Task } from '../../src/core/task.ts';
import { Cluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { isAlive, kill, processesWith, programs } from '../support/machine.ts';
import { BUSYBOX, needDocker } from '../support/need.ts';
import { until } from '../support/until.ts';

const ids = (tasks: readonly Task[]): string[] => tasks.map(({ id }) => id).sort();
/** A sleep that no other test has: its processes are found by this word. */
let count = 0;
const mark = (): string => `${10_000_000 + process.pid}.${++count}`;

describe('kill -9', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start({ agents: 2 });
  });
  beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
  afterAll(() => cluster?.close());

  it('of an agent: its programs go on, and it takes them up again', async () => {
    const word = mark();
    await cluster.ok('run', '--name', 'steady', '-n', '4', '--', 'sleep', word);
    const before = await cluster.untilRunning('steady', 4);
    const pids = await eventually(() => {
      const found = programs('sleep', word);
      return found.length === 4 && found;
    });
    await cluster.agents.get('n1')!.kill9();
    expect(pids.every(isAlive)).toBe(true);
    await cluster.agentBack('n1');
    const after = await cluster.untilRunning('steady', 4);
    expect(ids(after)).toEqual(ids(before));
    expect(programs('sleep', word)).toEqual(pids);
    await cluster.ok('stop', 'steady');
    await until(() => processesWith(word).length === 0, { what: 'no process of it is left' });
  });

  it('of an agent: an end that came meanwhile is told with its true code', async () => {
    const word = mark();
    await cluster.ok(
      'run',
      '--name',
      'ending',
      '--',
      'sh',
      '-c',
      `sleep ${word} & trap 'kill $!; exit 42' USR1; wait`,
    );
    const [task] = await cluster.untilRunning('ending', 1);
    const agent = cluster.client.state.agents.get(task!.agent)!.name;
    await eventually(() => processesWith(word).length > 0);
    await cluster.agents.get(agent)!.kill9();
    for (const pid of shells(word)) kill(pid, 'SIGUSR1');
    await until(() => shells(word).length === 0);
    cluster.restartAgent(agent);
    await until(() => cluster.client.state.tasks.get(task!.id)?.closed === true, {
      what: 'its end is told and acknowledged',
    });
    expect(cluster.client.state.tasks.get(task!.id)).toMatchObject({
      state: 'FAILED',
      reason: 'exited',
      exitCode: 42,
    });
    await cluster.ok('stop', 'ending');
  });

  it('of the master: agents keep their tasks, and the next one knows everything again', async () => {
    const word = mark();
    await cluster.ok('run', '--name', 'kept', '-n', '4', '--', 'sleep', word);
    const before = await cluster.untilRunning('kept', 4);
    const pids = processesWith(word).length;
    await cluster.master.kill9();
    await until(() => cluster.client.status.phase === 'stale');
    expect(processesWith(word)).toHaveLength(pids);
    const start = performance.now();
    await cluster.restartMaster();
    await until(() => cluster.client.status.phase === 'live' && cluster.running('kept').length === 4);
    await until(() => cluster.client.state.jobs.get('kept')?.status === 'running');
    console.log(
      `a new master knew everything again ${Math.round(performance.now() - start)} ms after its start`,
    );
    expect(ids(cluster.running('kept'))).toEqual(ids(before));
    await cluster.ok('scale', 'kept=6');
    const more = await cluster.untilRunning('kept', 6);
    expect(ids(more)).toEqual(expect.arrayContaining(ids(before)));
    await cluster.ok('stop', 'kept');
    await until(() => processesWith(word).length === 0);
  });

  it('of the framework host: the master starts another, which takes over', async () => {
    const word = mark();
    await cluster.ok('run', '--name', 'framed', '-n', '4', '--', 'sleep', word);
    const before = await cluster.untilRunning('framed', 4);
    const host = cluster.frameworkHost;
    kill(host, 'SIGKILL');
    await until(() => cluster.frameworkHost !== undefined && cluster.frameworkHost !== host);
    await eventually(async () => (await cluster.run('scale', 'framed=5')).code === 0, {
      what: 'it can be scaled again',
    });
    const after = await cluster.untilRunning('framed', 5);
    expect(ids(after)).toEqual(expect.arrayContaining(ids(before)));
    await cluster.ok('stop', 'framed');
    await until(() => processesWith(word).length === 0);
  });

  describe.skipIf(needDocker())('with containers', () => {
    it('of an agent: the container stays the same one, and is not started twice', async () => {
      await cluster.ok('run', '--name', 'boxed', '-n', '2', BUSYBOX, 'sleep', '1000');
      const before = await cluster.untilRunning('boxed', 2);
      const containers = await cluster.containers();
      await Promise.all(['n1', 'n2'].map((name) => cluster.agents.get(name)!.kill9()));
      expect((await cluster.containers()).filter(({ running }) => running)).toHaveLength(2);
      await Promise.all(['n1', 'n2'].map((name) => cluster.agentBack(name)));
      expect(ids(await cluster.untilRunning('boxed', 2))).toEqual(ids(before));
      expect(await cluster.containers()).toEqual(containers);
      await cluster.ok('stop', 'boxed');
      await eventually(async () => (await cluster.containers()).length === 0, {
        what: 'no container is left',
      });
    });
  });
});

/** The shells in whose script this word is. */
const shells = (word: string): number[] =>
  processesWith(`sleep ${word} & trap 'kill $!; exit 42' USR1; wait`);
