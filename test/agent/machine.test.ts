import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CpuMeter, cgroupMounts, groupAt, groupOomKills, groupUsage } from '../../src/agent/cgroup-files.ts';
import { containerOptions } from '../../src/agent/docker/container.ts';
import { demux } from '../../src/agent/docker/frames.ts';
import { address, hostFacts, memoryMiB, offeredResources } from '../../src/agent/inventory.ts';
import { cpuTicks, hostProbe, informationProbe, netBytes } from '../../src/agent/probe.ts';
import { Cgroups, limitsOf } from '../../src/agent/process/cgroups.ts';
import { parseStat } from '../../src/agent/process/proc-table.ts';
import { Sandboxes } from '../../src/agent/sandboxes.ts';
import { volumeFolders } from '../../src/agent/volumes.ts';
import type { TenderError } from '../../src/core/errors.ts';
import { formatResources, parseResources } from '../../src/core/resources-text.ts';
import type { DockerRun, TaskId } from '../../src/core/task.ts';
import { systemClock as clock } from '../../src/wire/system-clock.ts';
import { needLinux } from '../support/need.ts';
import { needMount } from '../support/need-more.ts';
import { until } from '../support/until.ts';
import { agentId, container, noTrouble, program, tempFolder } from './stage.ts';

describe('what a machine offers', () => {
  test('is known quickly, and makes sense', async () => {
    const start = performance.now();
    const facts = await hostFacts(tempFolder());
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(facts).toMatchObject({
      hostname: os.hostname(),
      arch: os.arch(),
      cpus: os.availableParallelism(),
    });
    expect(facts.mem).toBeGreaterThan(100);
    expect(facts.disk).toBeGreaterThan(100);
    for (const text of [facts.os, facts.kernel, facts.cpuModel]) expect(text).not.toBe('');
  });

  const facts = { hostname: '', os: '', kernel: '', arch: '', cpuModel: '', address: '' };
  test.each([
    [
      { cpus: 4, mem: 8192, disk: 102_400 },
      '',
      'cpus:4;disk:97280;mem:7168;ports:[80-80,443-443,1024-32000]',
    ],
    [{ cpus: 1, mem: 2048, disk: 10_240 }, '', 'cpus:1;disk:5120;mem:1024;ports:[80-80,443-443,1024-32000]'],
    [{ cpus: 1, mem: 1000, disk: 4000 }, '', 'cpus:1;disk:2000;mem:500;ports:[80-80,443-443,1024-32000]'],
    [
      { cpus: 4, mem: 8192, disk: 102_400 },
      'mem:100;cpus(a):1;gpus:2',
      'cpus:3;cpus(a):1;disk:97280;gpus:2;mem:100;ports:[80-80,443-443,1024-32000]',
    ],
    [
      { cpus: 4, mem: 8192, disk: 102_400 },
      'cpus(a):1;cpus(b):2;ports(a):[443-443,5000-5009];mem(a):8000',
      'cpus:1;cpus(a):1;cpus(b):2;disk:97280;mem(a):8000;ports:[80-80,1024-4999,5010-32000];ports(a):[443-443,5000-5009]',
    ],
    [
      { cpus: 4, mem: 8192, disk: 102_400 },
      'cpus(a):1;cpus:6;disk[path:/data]:500;disk(a)[mount:/fast]:50;mem{REV}:10',
      'cpus:6;cpus(a):1;disk:97280;disk[path:/data]:500;disk(a)[mount:/fast]:50;mem:7168;mem{REV}:10;' +
        'ports:[80-80,443-443,1024-32000]',
    ],
  ])('%j and "%s" is %s', (figures, text, expected) => {
    expect(formatResources(offeredResources({ ...facts, ...figures }, text))).toBe(expected);
  });

  test.each([
    'disk(a)[vol:db]:10',
    'cpus(reservations: [(DYNAMIC,a)]):1',
  ])('has no %s by its configuration: that is made while it runs', (text) => {
    const offer = () => offeredResources({ ...facts, cpus: 4, mem: 8192, disk: 102_400 }, text);
    expect(offer).toThrow(expect.objectContaining({ code: 'resources.syntax' }));
  });

  test('keeps to the limit of its own control group', () => {
    expect(memoryMiB(8 * 1024 ** 3, 0)).toBe(8192);
    expect(memoryMiB(8 * 1024 ** 3, 2 ** 63)).toBe(8192);
    expect(memoryMiB(8 * 1024 ** 3, 1024 ** 3)).toBe(1024);
  });

  test('is reached by the address on the way out, never by a container network', () => {
    const at = (ip: string): os.NetworkInterfaceInfo[] => [
      { address: ip, family: 'IPv4', internal: ip.startsWith('127.'), netmask: '', mac: '', cidr: null },
    ];
    const all = {
      lo: at('127.0.0.1'),
      docker0: at('172.17.0.1'),
      wlan0: at('10.0.0.7'),
      eth0: at('10.0.0.8'),
    };
    expect(address(all, 'eth0')).toBe('10.0.0.8');
    expect(address(all, 'docker0')).toBe('10.0.0.7');
    expect(address({ lo: at('127.0.0.1') }, undefined)).toBe('127.0.0.1');
  });
});

describe('the use of a machine', () => {
  test('is read from /proc text as the kernel writes it', () => {
    expect(cpuTicks('cpu  100 10 50 800 40 5 5 10 30 0\ncpu0 1 2\n')).toEqual({ busy: 180, total: 1020 });
    const net = `a\nb\n    lo: 9 0 0 0 0 0 0 0 9 0\n  eth0:100 0 0 0 0 0 0 0 7 0\nveth1: 5 0 0 0 0 0 0 0 5 0\n`;
    expect(netBytes(net)).toEqual({ received: 100, sent: 7 });
    expect(parseStat('42 (a) R (b) S 1 42 41 0 -1 4 0 0 0 0 7 3 0 0 20 0 1 0 12345 9 77 x')).toMatchObject({
      pid: 42,
      state: 'S',
      group: 42,
      session: 41,
      ticks: 10,
      start: '12345',
      pages: 77,
    });
  });

  test.skipIf(needLinux())('is alike from both sources', async () => {
    const folder = tempFolder();
    const [proc, other] = [hostProbe(folder, clock), informationProbe(folder, clock)];
    expect([proc.source, other.source]).toEqual(['/proc', 'systeminformation']);
    const [a, b] = [await proc.sample(), await other.sample()];
    expect(a.cpus).toBe(0);
    expect(Math.abs(a.mem - b.mem)).toBeLessThan(0.1 * (os.totalmem() / 1024 ** 2));
    expect(Math.abs(a.disk - b.disk)).toBeLessThan(1024);
    // What the other one has cost is not looked at.
    await proc.sample();
    const end = performance.now() + 150;
    while (performance.now() < end);
    const busy = await proc.sample();
    expect(busy.cpus).toBeGreaterThan(300);
    expect(busy.cpus).toBeLessThanOrEqual(os.availableParallelism() * 1000);
  });
});

describe('control groups', () => {
  test('are found in version 1, 2, and where both are mounted', () => {
    const one = 'cgroup /c/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0\ncgroup /c/memory cgroup rw,memory 0 0\n';
    const two = 'cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n';
    const first = { version: 1, cpu: '/c/cpu,cpuacct', cpuacct: '/c/cpu,cpuacct', memory: '/c/memory' };
    expect(cgroupMounts(one)).toEqual(first);
    expect(cgroupMounts(one + two)).toEqual(first);
    expect(cgroupMounts(two)).toEqual({ version: 2, root: '/sys/fs/cgroup' });
    expect(cgroupMounts('proc /proc proc rw 0 0\n')).toBeUndefined();
  });

  test('of version 2 get weight and limit, and are read', () => {
    const root = tempFolder();
    writeFileSync(join(root, 'cgroup.controllers'), 'cpuset cpu io memory pids\n');
    const mounts = { version: 2, root } as const;
    const agent = agentId();
    const groups = new Cgroups(agent, mounts);
    expect(groups.cause).toBe('');
    const spec = program(['true'], { mem: 64 });
    const group = groups.make('1-2', limitsOf(spec))!;
    expect(group.warning).toBe('');
    const folder = group.paths.version === 2 ? group.paths.root : '';
    expect(folder).toBe(join(root, 'tender', agent.slice(0, 24), '1-2'));
    expect(group.procs).toEqual([join(folder, 'cgroup.procs')]);
    expect(readFileSync(join(folder, 'memory.max'), 'utf8')).toBe(String(64 * 1024 ** 2));
    expect(readFileSync(join(folder, 'cpu.weight'), 'utf8')).toBe('50');
    writeFileSync(join(folder, 'memory.current'), String(30 * 1024 ** 2));
    writeFileSync(join(folder, 'memory.stat'), `anon 1\ninactive_file ${10 * 1024 ** 2}\n`);
    writeFileSync(join(folder, 'cpu.stat'), 'usage_usec 1000000\nuser_usec 1\n');
    writeFileSync(join(folder, 'memory.events'), 'low 0\noom 2\noom_kill 2\n');
    const meter = new CpuMeter();
    expect(groupUsage(groupAt(mounts, `tender/${agent.slice(0, 24)}/1-2`), meter, 'a', 1000)).toEqual({
      cpus: 0,
      mem: 20,
    });
    writeFileSync(join(folder, 'cpu.stat'), 'usage_usec 1500000\n');
    expect(groupUsage(group.paths, meter, 'a', 2000)).toEqual({ cpus: 500, mem: 20 });
    expect(groupOomKills(group.paths)).toBe(2);
  });

  test('that can not be had say why', () => {
    const root = tempFolder();
    expect(new Cgroups(agentId(), { version: 2, root }).cause).toContain('the control groups refused');
    writeFileSync(join(root, 'cgroup.controllers'), 'cpu pids\n');
    expect(new Cgroups(agentId(), { version: 2, root }).cause).toBe(
      'the kernel gives no memory control group here',
    );
  });
});

test('the limits of a task are those of all that it holds, reserved or not', () => {
  const resources = parseResources('cpus:0.5;cpus(a):1.5;mem:16;mem(a):48;disk:10;disk(a)[vol:db]:5');
  const root = tempFolder();
  writeFileSync(join(root, 'cgroup.controllers'), 'cpu memory\n');
  const limits = limitsOf(program([], { resources }));
  const { paths } = new Cgroups(agentId(), { version: 2, root }).make('1-2', limits)!;
  const folder = paths.version === 2 ? paths.root : '';
  expect(readFileSync(join(folder, 'cpu.weight'), 'utf8')).toBe('200');
  expect(readFileSync(join(folder, 'memory.max'), 'utf8')).toBe(String(64 * 1024 ** 2));
  const spec = container('', { resources });
  const mark = { cluster: 'test', agent: agentId() };
  const { HostConfig } = containerOptions(spec, spec.run as DockerRun, mark, volumeFolders(root));
  expect(HostConfig).toMatchObject({ CpuShares: 2048, Memory: 64 * 1024 ** 2 });
});

describe('the sandboxes', () => {
  test('of ended tasks are kept up to a number and a size, the newest first; others are never touched', async () => {
    const boxes = new Sandboxes(tempFolder(), clock, noTrouble);
    const live = 'live' as TaskId;
    boxes.make(live);
    for (let i = 0; i < 6; i += 1) {
      const box = boxes.make(`t${i}` as TaskId);
      writeFileSync(box.stdout, 'x'.repeat(100_000));
      boxes.end(box.task);
      utimesSync(box.ended, i, i);
    }
    mkdirSync(join(boxes.root, 'stranger'));
    await boxes.prune(4);
    expect((await boxes.tasks()).sort()).toEqual(['live', 'stranger', 't2', 't3', 't4', 't5']);
    await boxes.prune(4, 250_000);
    expect((await boxes.tasks()).sort()).toEqual(['live', 'stranger', 't4', 't5']);
    await until(() => boxes.has(live));
  });

  test('whose mark can not be looked at are told of, and not taken for live ones', async () => {
    const troubles: TenderError[] = [];
    const boxes = new Sandboxes(tempFolder(), clock, (error) => troubles.push(error));
    for (const name of ['odd', 'old', 'live']) boxes.make(name as TaskId);
    const { ended, folder } = boxes.of('odd' as TaskId);
    symlinkSync(ended, ended); // it leads to itself
    boxes.end('old' as TaskId);
    await boxes.prune(0);
    expect((await boxes.tasks()).sort()).toEqual(['live', 'odd']);
    expect(troubles.length).toBeGreaterThan(0);
    for (const { code, message } of troubles) {
      expect(code).toBe('sandbox.kept');
      expect(message).toContain(`${folder} is over and could not be deleted: ELOOP`);
    }
  });

  test.skipIf(needMount())(
    'that can not be deleted are told of, and the others go all the same',
    async () => {
      const troubles: TenderError[] = [];
      const boxes = new Sandboxes(tempFolder(), clock, (error) => troubles.push(error));
      for (const name of ['stuck', 'old']) boxes.end(boxes.make(name as TaskId).task);
      const stuck = boxes.of('stuck' as TaskId).folder;
      // Nobody deletes a folder that something is mounted on.
      execFileSync('mount', ['-t', 'tmpfs', 'none', stuck]);
      try {
        mkdirSync(join(stuck, '.tender'));
        writeFileSync(boxes.of('stuck' as TaskId).ended, '');
        await boxes.prune(0);
      } finally {
        execFileSync('umount', [stuck]);
      }
      expect(await boxes.tasks()).toEqual(['stuck']);
      expect(troubles).toMatchObject([{ code: 'sandbox.kept', fields: { folder: stuck } }]);
    },
  );
});

test("the engine's frames are taken apart however they are cut", async () => {
  const frame = fc.record({ stream: fc.constantFrom(1, 2), bytes: fc.uint8Array({ maxLength: 40 }) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(frame, { maxLength: 10 }),
      fc.array(fc.integer({ min: 1, max: 30 })),
      async (frames, cuts) => {
        const whole = Buffer.concat(
          frames.map(({ stream, bytes }) => {
            const header = Buffer.alloc(8);
            header[0] = stream;
            header.writeUInt32BE(bytes.length, 4);
            return Buffer.concat([header, bytes]);
          }),
        );
        async function* pieces(): AsyncGenerator<Uint8Array> {
          let at = 0;
          for (const cut of cuts) {
            yield whole.subarray(at, at + cut);
            at += cut;
          }
          yield whole.subarray(at);
        }
        const got = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
        for await (const { stream, bytes } of demux(pieces())) got[stream].push(bytes);
        const expected = (stream: number): Buffer =>
          Buffer.concat(frames.filter((one) => one.stream === stream).map(({ bytes }) => bytes));
        expect(Buffer.concat(got.stdout)).toEqual(expected(1));
        expect(Buffer.concat(got.stderr)).toEqual(expected(2));
      },
    ),
  );
});
