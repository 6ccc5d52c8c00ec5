/** Containers on two agents, from `run` to `stop`: answering, replaced when they die, explained when they can't run. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Task } from '../../src/core/task.ts';
import { Cluster } from '../support/cluster.ts';
import { eventually, page } from '../support/eventually.ts';
import { docker } from '../support/machine.ts';
import { BUSYBOX, needDocker } from '../support/need.ts';

/** The page of each instance is its own name. */
const SERVER = 'mkdir -p /www && echo "$TENDER_NAME" > /www/index.html && exec httpd -f -p 80 -h /www';
/** What the product promises: a container that died is replaced, and answers, within this time (ms). */
const REPLACED_WITHIN = 3_000;

const portOf = ({ ports }: Task): number => ports.find(({ name }) => name === 'http')!.host;

describe.skipIf(needDocker())('containers', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start({ agents: 2 });
  });
  beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
  afterAll(() => cluster?.close());

  it('three of them answer on their ports, spread over both agents', async () => {
    await cluster.ok('run', '-n', '3', '--name', 'web', '-p', 'http:80', BUSYBOX, 'sh', '-c', SERVER);
    const tasks = await cluster.untilRunning('web', 3);
    expect(tasks.map(({ name }) => name)).toEqual(['web.0', 'web.1', 'web.2']);
    expect(new Set(tasks.map(({ agent }) => agent)).size).toBe(2);
    for (const task of tasks) expect(await eventually(() => page(portOf(task)))).toBe(task.name);
    expect((await cluster.containers()).filter(({ running }) => running)).toHaveLength(3);
  });

  it('one that is killed is replaced, and answers, within three seconds', { retry: 2 }, async () => {
    const victim = (await cluster.untilRunning('web', 3))[1]!;
    const container = (await cluster.containers()).find(({ task }) => task === victim.id)!;
    const start = performance.now();
    await docker('kill', container.id);
    const again = await eventually(() =>
      cluster.running('web').find(({ name, id }) => name === victim.name && id !== victim.id),
    );
    expect(await eventually(() => page(portOf(again)))).toBe(victim.name);
    const took = performance.now() - start;
    console.log(`a killed container was replaced and answered after ${Math.round(took)} ms`);
    // Not a matter of speed for its own sake: it is what the README promises.
    expect(took).toBeLessThan(REPLACED_WITHIN);
    const old = cluster.client.state.tasks.get(victim.id)!;
    expect(old).toMatchObject({ state: 'FAILED', exitCode: 137 });
    await cluster.untilRunning('web', 3);
  });

  it('scaled to one, two go, and the lowest slot stays', async () => {
    expect(await cluster.ok('scale', 'web=1')).toBe('web scaled to 1');
    await eventually(async () => (await cluster.containers()).length === 1, { timeout: 15_000 });
    const [left] = await cluster.untilRunning('web', 1);
    expect(await page(portOf(left!))).toBe(left!.name);
  });

  it('stopped, none is left, and the job is forgotten', async () => {
    expect(await cluster.ok('stop', 'web')).toBe('web stopped');
    expect(cluster.client.state.jobs.has('web')).toBe(false);
    await eventually(async () => (await cluster.containers()).length === 0);
    expect((await cluster.run('why', 'web')).stderr).toContain('no job or task is called "web"');
  });

  describe('that cannot run', () => {
    beforeAll(async () => {
      await Promise.all([
        cluster.ok('run', '--name', 'bad-image', 'localhost:1/no/such/image:1'),
        cluster.ok('run', '--name', 'bad-command', BUSYBOX, 'no-such-program'),
        cluster.ok('run', '--name', 'bad-exit', BUSYBOX, 'sh', '-c', 'echo going down >&2; exit 3'),
      ]);
    });
    afterAll(() => cluster.ok('stop', 'bad-image', 'bad-command', 'bad-exit'));

    const ended = (job: string): Promise<Task> =>
      eventually(
        () => [...cluster.client.state.tasks.values()].find((task) => task.job === job && task.closed),
        { timeout: 30_000, what: `an ended task of ${job}` },
      );

    it('says that an image cannot be had', async () => {
      expect(await ended('bad-image')).toMatchObject({ state: 'FAILED', reason: 'image_failed' });
      const text = await eventually(async () => {
        const why = await cluster.ok('why', 'bad-image');
        return why.includes('failed') && why;
      });
      expect(text).toContain('localhost:1/no/such/image:1');
      expect(await cluster.ok('ps', '-a', 'bad-image')).toContain(
        'image localhost:1/no/such/image:1 could not be had',
      );
    });

    it('says that there is no such program in the image', async () => {
      const task = await ended('bad-command');
      expect(task.message).toContain('no-such-program');
      expect(await cluster.ok('ps', '-a', 'bad-command')).toContain('no-such-program');
    });

    it('says with which exit code a program ended, and its last words', async () => {
      expect(await ended('bad-exit')).toMatchObject({ state: 'FAILED', exitCode: 3, reason: 'exited' });
      const why = await eventually(async () => {
        const text = await cluster.ok('why', 'bad-exit');
        return text.includes('in a row') && text;
      });
      expect(why).toMatch(/bad-exit\.0 failed \d+ times? in a row \(exited with code 3: going down\)/);
      expect(await cluster.ok('ps', '-a', 'bad-exit')).toContain('exited with code 3: going down');
    });
  });
});
