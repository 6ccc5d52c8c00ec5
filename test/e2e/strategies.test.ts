/** Changes of services on a real cluster, each strategy as people see it: what they type, what answers, what goes back. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { endpoints, type PlannedJob, type Reachable } from '../../src/client/changes.ts';
import type { Job } from '../../src/core/cluster.ts';
import type { Task } from '../../src/core/task.ts';
import { Cluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { kill } from '../support/machine.ts';
import { BUSYBOX, needDocker } from '../support/need.ts';
import { until } from '../support/until.ts';

/** Says its version; its health may hang, and it is ready unless a file is there. */
const SERVER = `
  const { VERSION, HANGS, BUSY } = process.env;
  const isBusy = () => require('fs').existsSync(BUSY);
  require('http').createServer((request, response) => {
    if (request.url === '/health' && HANGS) return;
    response.statusCode = request.url === '/ready' && isBusy() ? 503 : 200;
    response.end(VERSION);
  }).listen(process.argv[1]);`;
const QUICK = { minHealthy: '500ms' };
const ALL = 30_000;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ agents: 0 });
  const resources = 'cpus:4;mem:4096';
  await Promise.all(['n1', 'n2', 'n3'].map((name) => cluster.startAgent({ name, resources })));
});
beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
afterAll(() => cluster?.close());

interface Wish {
  readonly [key: string]: unknown;
  readonly update?: object;
  readonly env?: object;
}

/** @returns the job's file; nothing of it is on n3, which is lost in the middle of it all */
function file(name: string, version: number, { update, env, ...more }: Wish = {}): string {
  const spec = {
    name,
    count: 3,
    command: ['sleep', '86400'],
    constraints: ['hostname != n3'],
    labels: { version },
    env: { VERSION: version, ...env },
    update: { ...QUICK, ...update },
    ...more,
  };
  const path = join(cluster.folder, `${name}-${version}.yaml`);
  writeFileSync(path, JSON.stringify(spec));
  return path;
}

const serves = (more: Wish = {}): Wish => ({
  command: [process.execPath, '-e', SERVER, '$PORT_HTTP'],
  mem: 128,
  ports: { http: 'auto' },
  ...more,
});

const jobOf = (name: string): Job | undefined => cluster.client.state.jobs.get(name);
const versionOf = ({ labels }: Task): string => labels['version']!;
/** Of all that runs, in the order of the slots. */
const mix = (name: string): string => cluster.running(name).map(versionOf).sort().join(' ');

/** All of it is of this version, and nothing else is there. */
async function settled(name: string, expected: string): Promise<void> {
  const isSo = (): boolean =>
    mix(name) === expected &&
    jobOf(name)?.status === 'running' &&
    cluster.tasks(name).length === cluster.running(name).length;
  await until(isSo, { timeout: ALL, what: `${name} is ${expected}` }).catch((error: Error) => {
    throw new Error(`${error.message}; it is ${mix(name)}, ${jobOf(name)?.status}: ${jobOf(name)?.message}`);
  });
}

async function ask({ ports }: Reachable): Promise<string> {
  const signal = AbortSignal.timeout(1_000);
  const answer = await fetch(`http://${ports['http']}/`, { headers: { connection: 'close' }, signal });
  return answer.text();
}

/** Asks all endpoints over and over, until it is told to end. */
function askedAllTheTime(name: string) {
  const answered: number[] = [];
  const heard = new Set<string>();
  let isOver = false;
  const asking = (async () => {
    while (!isOver) {
      const all = endpoints(cluster.client, jobOf(name)!);
      const answers = await Promise.all(all.map((one) => ask(one).catch(() => undefined)));
      const good = answers.filter((answer) => answer !== undefined);
      for (const answer of good) heard.add(answer);
      answered.push(good.length);
    }
  })();
  return async () => {
    isOver = true;
    await asking;
    return { least: Math.min(...answered), rounds: answered.length, heard: [...heard].sort() };
  };
}

const reachable = (name: string): Promise<Reachable[]> => cluster.json('endpoints', name);
const why = (name: string): Promise<string> => cluster.ok('why', name);

describe.concurrent('a change', () => {
  it('rolls one by one, all others answering: planned, checked, done, and gone back on', async () => {
    const health = { http: '/health', interval: '200ms' };
    const old = file('web', 1, serves({ health }));
    await cluster.ok('up', old);
    await settled('web', '1 1 1');
    const next = file('web', 2, serves({ health }));
    const [planned] = await cluster.json<PlannedJob[]>('plan', next);
    expect(planned).toMatchObject({
      version: 1,
      unplaced: [],
      counters: { 'stop update': 3, 'start missing': 3 },
    });
    const said = await cluster.ok('plan', next);
    expect(said).toContain('web: version 1 → 2\n  env.VERSION: "1" → "2"\n');
    expect(said).toMatch(
      /stop web\.0 \(version 1\) on n[12]: update\n +0 s {2}start web\.0 \(version 2\) on n[12]/,
    );
    expect(said).toContain(`tender up ${next} --check-version web=1`);
    expect(mix('web')).toBe('1 1 1');

    const asked = askedAllTheTime('web');
    expect(await cluster.ok('up', next, '--check-version', 'web=1')).toBe('web changed, version 2');
    await settled('web', '2 2 2');
    const { least, rounds, heard } = await asked();
    console.log(`a rolling change: at least ${least} of 3 answered in each of ${rounds} rounds`);
    expect(least).toBeGreaterThanOrEqual(2);
    expect(heard).toEqual(['1', '2']);

    const late = await cluster.run('up', old, '--check-version', '1');
    expect([late.code, late.stderr]).toEqual([1, expect.stringContaining('is of version 2, not 1')]);
    expect(await cluster.ok('versions', 'web')).toMatch(/^VERSION .*\n +\* 2 .*\n +1 /);
    await cluster.ok('rollback', 'web');
    await settled('web', '1 1 1');
    expect(jobOf('web')?.version).toBe(3);
  });

  it('that fails goes back by itself', async () => {
    const retry = { delay: '100ms', inPlace: 1 };
    await cluster.ok('up', file('broken', 1, { count: 2, retry }));
    await settled('broken', '1 1');
    await cluster.ok('up', file('broken', 2, { count: 2, retry, command: 'echo going down >&2; exit 3' }));
    await until(() => jobOf('broken')?.version === 3, { timeout: ALL });
    await settled('broken', '1 1');
    expect(await cluster.ok('ps', '-a', 'broken')).toContain('exited with code 3: going down');
    expect(await why('broken')).toContain(
      'broken is as it was before version 2, which was taken back (broken.0 failed 2 times in a row): 2 of 2 run.',
    );
  });

  it('whose health check hangs goes back at its deadline', async () => {
    const more = {
      count: 2,
      health: { http: '/health', interval: '200ms', timeout: '300ms', grace: '1h' },
      update: { healthyDeadline: '2s' },
    };
    await cluster.ok('up', file('hanging', 1, serves(more)));
    await settled('hanging', '1 1');
    const asked = askedAllTheTime('hanging');
    await cluster.ok('up', file('hanging', 2, serves({ ...more, env: { HANGS: 1 } })));
    await until(() => jobOf('hanging')?.status === 'updating' && mix('hanging') === '1 2', { timeout: ALL });
    await until(() => jobOf('hanging')?.version === 3, { timeout: ALL });
    expect(jobOf('hanging')?.message).toContain('hanging.0 was not healthy after 2 s');
    await settled('hanging', '1 1');
    expect((await asked()).least).toBeGreaterThanOrEqual(1);
  });

  it('with a canary waits for a word', async () => {
    const update = { strategy: 'canary' };
    await cluster.ok('up', file('bird', 1, { update }));
    await settled('bird', '1 1 1');
    await cluster.ok('up', file('bird', 2, { update, killGrace: '3s' }));
    await until(() => jobOf('bird')?.message.includes('wait for your word') === true, { timeout: ALL });
    expect(mix('bird')).toBe('1 1 1 2');
    expect(await cluster.ok('promote', 'bird')).toContain('bird lets the others follow');
    await settled('bird', '2 2 2');
    const again = await cluster.run('promote', 'bird');
    expect([again.code, again.stderr]).toEqual([
      1,
      expect.stringMatching(/not being updated|promoted already/),
    ]);
  });

  it('can be held, goes on, and can be given up', async () => {
    const held = { count: 4 };
    await cluster.ok('up', file('slow', 1, held));
    await settled('slow', '1 1 1 1');
    await cluster.ok('up', file('slow', 2, held));
    await until(() => mix('slow').includes('2'), { timeout: ALL });
    await cluster.ok('pause', 'slow');
    await until(() => jobOf('slow')?.status === 'paused');
    await until(() => cluster.running('slow').length === 4, { timeout: ALL });
    const before = mix('slow');
    expect(await why('slow')).toMatch(/held, \d of 4 done\.\ntender resume slow/);
    expect(mix('slow')).toBe(before);
    await cluster.ok('resume', 'slow');
    await settled('slow', '2 2 2 2');
    await cluster.ok('up', file('slow', 3, held));
    await until(() => mix('slow').includes('3'), { timeout: ALL });
    await cluster.ok('abort', 'slow');
    await settled('slow', '2 2 2 2');
    expect(jobOf('slow')?.version).toBe(4);
  });

  it('goes on when a machine is lost in the middle of it', async () => {
    const lost = { constraints: ['hostname != n1'], count: 4 };
    await cluster.ok('up', file('far', 1, lost));
    await settled('far', '1 1 1 1');
    const n3 = [...cluster.client.state.agents.values()].find(({ name }) => name === 'n3')!;
    await cluster.ok('up', file('far', 2, lost));
    const isThere = (task: Task): boolean => task.agent === n3.id && versionOf(task) === '2';
    await until(() => cluster.running('far').some(isThere), { timeout: ALL });
    const programs = cluster.taskPids('n3');
    await cluster.agents.get('n3')!.kill9();
    for (const pid of programs) kill(pid, 'SIGKILL');
    const left = (): Task[] => cluster.running('far').filter(({ agent }) => agent !== n3.id);
    await until(() => left().map(versionOf).join(' ') === '2 2 2 2' && jobOf('far')?.status === 'running', {
      timeout: ALL,
      what: 'all of it is there, without that machine',
    });
  });

  it('that an instance is not ready for costs it its traffic, and not its life', async () => {
    const busy = join(cluster.folder, 'busy');
    writeFileSync(busy, '');
    const readiness = { http: '/ready', interval: '100ms', failures: 2 };
    await cluster.ok('up', file('shop', 1, serves({ count: 1, readiness, env: { BUSY: busy } })));
    await until(() => cluster.running('shop')[0]?.message.includes('HTTP 503') === true, { timeout: ALL });
    const [task] = cluster.running('shop');
    expect(await why('shop.0')).toContain('shop.0 is RUNNING, not ready yet: HTTP 503 from /ready');
    expect(await cluster.ok('ps', 'shop')).toContain('not ready');
    expect(await reachable('shop')).toMatchObject([{ task: task!.id, ready: false, weight: 0 }]);
    rmSync(busy);
    await settled('shop', '1');
    expect(await reachable('shop')).toMatchObject([{ task: task!.id, ready: true, weight: 100 }]);
    writeFileSync(busy, '');
    await until(() => jobOf('shop')?.healthy === 0);
    expect(await reachable('shop')).toMatchObject([{ task: task!.id, state: 'RUNNING', weight: 0 }]);
  });

  it.skipIf(needDocker())('from blue to green turns the traffic at once', async () => {
    const update = { strategy: 'bluegreen' };
    const PAGE = 'mkdir -p /www && echo $VERSION > /www/index.html && exec httpd -f -p 80 -h /www';
    const more = {
      image: BUSYBOX,
      command: PAGE,
      count: 2,
      update,
      ports: { http: 80 },
      health: { http: '/', interval: '200ms' },
      killGrace: '500ms',
    };
    await cluster.ok('up', file('page', 1, more));
    await settled('page', '1 1');
    await cluster.ok('up', file('page', 2, more));
    await until(() => jobOf('page')?.message.includes('wait for your word') === true, { timeout: ALL });
    const traffic = async () => {
      const all = await reachable('page');
      const said = await Promise.all(all.map(async (one) => `${(await ask(one)).trim()}: ${one.weight}`));
      return said.sort();
    };
    expect(await traffic()).toEqual(['1: 100', '1: 100', '2: 0', '2: 0']);
    await cluster.ok('promote', 'page');
    await settled('page', '2 2');
    expect(await eventually(traffic)).toEqual(['2: 100', '2: 100']);
  });
});
