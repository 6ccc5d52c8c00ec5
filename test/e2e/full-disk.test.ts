/**
 * A full disk under the master, or under an agent: what would be new is refused in words, what is there lives on and is
 * told, and when there is room again everything goes on by itself.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { kill, processesWith, programs, untilPrograms } from '../support/machine.ts';
import { needMount } from '../support/need-more.ts';
import { until } from '../support/until.ts';

let cluster: Cluster;
beforeEach(({ onTestFailed }) => onTestFailed(() => cluster?.printLogs()));
afterEach(() => cluster?.close());

let count = 0;
/** A sleep that no other test has: its processes are found by this word. */
const mark = (): string => `${57_000_000 + process.pid}.${++count}`;

interface Disk {
  readonly folder: string;
  fill(): void;
  empty(): void;
}

function smallDisk(name: string, size: string): Disk {
  const folder = join(cluster.folder, name);
  mkdirSync(folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'tmpfs', folder]);
  cluster.atEnd(() => execFileSync('umount', ['-l', folder]));
  const filler = join(folder, 'filler');
  return {
    folder,
    fill: () => expect(() => writeFileSync(filler, Buffer.alloc(16 << 20))).toThrow(/ENOSPC/),
    empty: () => rmSync(filler),
  };
}

const warnings = (): string[] =>
  cluster.client.recent.flatMap(({ event }) => (event.type === 'master.warning' ? [event.message] : []));

describe.skipIf(needMount())('a full disk under the master', () => {
  it('refuses what would be new, serves all else, and is over when there is room', async () => {
    cluster = new Cluster();
    const disk = smallDisk('master', '2m');
    await cluster.startMaster(['--state', disk.folder]);
    await cluster.startAgent({ name: 'n1' });
    await cluster.startAgent({ name: 'n2' });
    await cluster.connected();
    const word = mark();
    const run = ['run', '--name', 'steady', '-n', '2', '--', 'sleep', word];
    await eventually(async () => (await cluster.run(...run)).code === 0);
    const before = await cluster.untilRunning('steady', 2);
    await until(() => cluster.client.state.agents.size === 2, { what: 'n2 is known' });
    disk.fill();

    const asked = [
      ['quota', 'set', 'web', '--limit', 'cpus=1', '--force'],
      ['token', 'create', '--role', 'agent'],
      ['run', '--name', 'more', '--', 'sleep', word],
      ['scale', 'steady=3'],
    ];
    for (const words of asked) {
      const { code, stderr } = await cluster.run(...words);
      expect([words.join(' '), code, stderr]).toEqual([
        words.join(' '),
        1,
        expect.stringMatching(
          /cannot write to .*database or disk is full \[state\.write\]\n {2}free some space/,
        ),
      ]);
    }
    const refused = /disk is full; until it can, all that would have to be written is refused/;
    expect(warnings()).toContainEqual(expect.stringMatching(refused));
    expect(await cluster.ok('events')).toContain('disk is full; until it can');

    // Reads, heartbeats, an agent that comes back, and the end of a task.
    expect(await cluster.ok('ps')).toContain('steady.0');
    expect(await cluster.ok('agents')).toContain('n2');
    await cluster.agents.get('n1')!.kill9();
    await cluster.agentBack('n1');
    expect(cluster.running('steady').map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    const [pid] = await untilPrograms(2, 'sleep', word);
    kill(pid, 'SIGKILL');
    await until(() => before.some(({ id }) => cluster.client.state.tasks.get(id)?.state === 'FAILED'), {
      what: 'the end of a task is told',
    });
    const { stderr } = await cluster.run('scale', 'steady=3');
    expect(stderr, 'its framework, which could not write that down, is still there').toContain('state.write');

    const full = performance.now();
    disk.empty();
    await cluster.untilRunning('steady', 2, 70_000);
    console.log(`replaced ${Math.round(performance.now() - full)} ms after there was room`);
    for (const words of asked) await cluster.ok(...words);
    await until(() => warnings().includes('the registry can be written again'));
    await cluster.untilRunning('steady', 3);
    const after = (await cluster.untilRunning('more', 1)).map(({ id }) => id);
    await cluster.master.kill9();
    await cluster.restartMaster();
    expect((await cluster.untilRunning('more', 1)).map(({ id }) => id)).toEqual(after);
    await cluster.untilRunning('steady', 3);
    expect(await cluster.ok('quota')).toContain('web');
  });
});

describe.skipIf(needMount())('a full disk under an agent', () => {
  it('is told, and drops what was on its way; true ends are told, and it is over when there is room', async () => {
    cluster = new Cluster();
    await cluster.startMaster();
    const disk = smallDisk('agent', '4m');
    await cluster.startAgent({ name: 'n1', args: ['--state', disk.folder] });
    await cluster.connected();
    const word = mark();
    const script = `sleep ${word} & trap 'kill $!; exit 42' USR1; wait`;
    const run = ['run', '--name', 'ending', '--', 'sh', '-c', script];
    await eventually(async () => (await cluster.run(...run)).code === 0);
    await cluster.ok('run', '--name', 'steady', '--', 'sleep', word);
    const [ending] = await cluster.untilRunning('ending', 1);
    const meanwhile = script.replace(word, `${word}1`);
    await cluster.ok('run', '--name', 'meanwhile', '--', 'sh', '-c', meanwhile);
    const [late] = await cluster.untilRunning('meanwhile', 1);
    const [steady] = await cluster.untilRunning('steady', 1);
    disk.fill();

    await cluster.ok('run', '--name', 'more', '--', 'sleep', word);
    const dropped = await eventually(() =>
      [...cluster.client.state.tasks.values()].find(
        ({ job, state }) => job === 'more' && state === 'DROPPED',
      ),
    );
    expect(dropped.message).toMatch(
      /database or disk is full$|which is out of disk: less than \d+ KiB is free in/,
    );
    const waits = 'every agent is out of disk';
    await eventually(async () => (await cluster.ok('why', 'more')).includes(waits), { what: waits });
    expect(await cluster.ok('agents')).toMatch(/n1 +out of disk/);
    expect(await cluster.ok('why', 'n1')).toContain('free some space on n1');
    const drops = (): number =>
      [...cluster.client.state.tasks.values()].filter(({ job }) => job === 'more').length;

    for (const pid of processesWith(script)) kill(pid, 'SIGUSR1');
    await until(() => cluster.client.state.tasks.get(ending!.id)?.closed === true);
    expect(cluster.client.state.tasks.get(ending!.id)).toMatchObject({ state: 'FAILED', exitCode: 42 });

    // A new agent on the full disk: it takes up its task, and the code of one that ended while nobody looked.
    await cluster.agents.get('n1')!.kill9();
    for (const pid of processesWith(meanwhile)) kill(pid, 'SIGUSR1');
    await until(() => processesWith(meanwhile).length === 0);
    await cluster.agentBack('n1');
    await until(() => cluster.client.state.tasks.get(late!.id)?.closed === true);
    expect(cluster.client.state.tasks.get(late!.id)).toMatchObject({ state: 'FAILED', exitCode: 42 });
    expect(cluster.running('steady').map(({ id }) => id)).toEqual([steady!.id]);
    expect(drops()).toBe(1);
    expect(await cluster.ok('agents')).toMatch(/n1 +out of disk/);

    disk.empty();
    await cluster.untilRunning('more', 1, 70_000);
    expect(await cluster.ok('agents')).toMatch(/n1 +ready/);
    expect(cluster.running('steady').map(({ id }) => id)).toEqual([steady!.id]);
    await cluster.ok('stop', 'more', 'steady', 'ending', 'meanwhile');
    await until(() => programs('sleep', word).length === 0);
    await cluster.agents.get('n1')!.kill9();
    await cluster.agentBack('n1');
    expect([...cluster.client.state.tasks.values()].filter(({ closed }) => !closed)).toEqual([]);
  });
});
