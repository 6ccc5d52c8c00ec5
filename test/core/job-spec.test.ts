/** The fields that every job has: how times and sizes are read, and what an instance of the job becomes as a task. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseOrExplain } from '../../src/core/explain-issue.ts';
import { checkJob, demandOf, jobFields, runOf, taskOf } from '../../src/core/job-spec.ts';
import { canonical } from '../../src/core/resources.ts';
import { formatResources } from '../../src/core/resources-text.ts';
import type { TaskId } from '../../src/core/task.ts';
import { duration, size } from '../../src/core/units.ts';

const schema = z.strictObject(jobFields).superRefine(checkJob);
const job = (fields: object) => schema.parse({ name: 'web', image: 'nginx', ...fields });
const program = (fields: object) => schema.parse({ name: 'web', command: ['./web'], ...fields });
const instance = { id: 'web.0-abc' as TaskId, name: 'web.0' };

it.each([
  ['500ms', 500],
  ['10s', 10_000],
  ['1.5m', 90_000],
  ['1h', 3_600_000],
  ['2d', 172_800_000],
  ['7', 7_000],
  [7, 7_000],
  [0.25, 250],
  [0, 0],
])('the time %j is %i ms', (text, ms) => {
  expect(duration.parse(text)).toBe(ms);
});

it.each([
  '',
  's',
  '-1s',
  '1 s',
  '1w',
  '10 sec',
  '1h30m',
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  null,
  true,
])('%j is no time', (text) => {
  expect(duration.safeParse(text).success).toBe(false);
});

it.each([
  [64, 64],
  ['64', 64],
  ['64m', 64],
  ['64M', 64],
  ['64MiB', 64],
  ['64mb', 64],
  ['512k', 0.5],
  ['2g', 2048],
  ['1.5GiB', 1536],
  ['1t', 1_048_576],
])('the size %j is %d MiB', (text, mib) => {
  expect(size.parse(text)).toBe(mib);
});

it.each(['', 'm', '-64m', '64 m', '1p', '64x', -1, Number.NaN, null])('%j is no size', (text) => {
  expect(size.safeParse(text).success).toBe(false);
});

it.each(['a', 'web', 'web-2', `w${'x'.repeat(47)}`])('"%s" is a name of a job', (name) => {
  expect(job({ name }).name).toBe(name);
});

it.each(['', 'Web', '2web', 'we_b', 'we.b', '-web', `w${'x'.repeat(48)}`])('"%s" is none', (name) => {
  expect(() => job({ name })).toThrow();
});

it('what is left out has a default', () => {
  expect(schema.parse({ name: 'web', image: 'nginx' })).toEqual({
    name: 'web',
    kind: 'service',
    image: 'nginx',
    pull: 'missing',
    network: 'bridge',
    artifacts: [],
    env: {},
    cpus: 0.1,
    mem: 64,
    disk: 0,
    ports: {},
    volumes: [],
    killGrace: 5_000,
    labels: {},
  });
  expect(job({ ports: { http: 80 }, health: { http: '/' } }).health).toEqual({
    http: '/',
    interval: 10_000,
    timeout: 2_000,
    grace: 10_000,
    failures: 3,
  });
});

it('values of the environment may be written without quotes', () => {
  expect(job({ env: { PORT: 80, DEBUG: true, NAME: 'x' } }).env).toEqual({
    PORT: '80',
    DEBUG: 'true',
    NAME: 'x',
  });
});

it('asks an offer for its scalars; nothing is asked for as zero', () => {
  expect(formatResources(demandOf(job({ cpus: 0.25, mem: '1g' })))).toBe('cpus:0.25;mem:1024');
  expect(formatResources(demandOf(job({ cpus: 2, mem: 64, disk: '10g' })))).toBe('cpus:2;disk:10240;mem:64');
});

describe('what is run', () => {
  it('an image with its own command', () => {
    expect(runOf(job({}))).toEqual({
      kind: 'docker',
      image: 'nginx',
      entrypoint: undefined,
      args: [],
      pull: 'missing',
      network: 'bridge',
    });
  });

  it('a line is read by a shell, a list is taken as it is', () => {
    expect(runOf(program({ command: 'echo $HOME | wc' }))).toEqual({
      kind: 'process',
      argv: ['/bin/sh', '-c', 'echo $HOME | wc'],
      asWritten: true,
      cwd: undefined,
      artifacts: [],
    });
    expect(runOf(program({ command: ['java', '-jar', 'app.jar', 8080] }))).toMatchObject({
      argv: ['java', '-jar', 'app.jar', '8080'],
    });
  });

  it('an archive is fetched into the sandbox first', () => {
    const artifacts = [{ url: 'https://example.org/app.jar' }];
    expect(runOf(program({ artifacts, cwd: '/srv' }))).toMatchObject({
      kind: 'process',
      artifacts,
      cwd: '/srv',
    });
  });
});

describe('ports', () => {
  const portsOf = (spec: ReturnType<typeof job>, hostPorts: Record<string, number>) =>
    taskOf(spec, instance, hostPorts).ports;

  it('of a container: where it listens, behind the host port that it got', () => {
    expect(portsOf(job({ ports: { http: 80 } }), { http: 31_000 })).toEqual([
      { name: 'http', host: 31_000, container: 80 },
    ]);
  });

  it('of a container that does not care: the same inside and outside', () => {
    expect(portsOf(job({ ports: { http: 'auto' } }), { http: 31_000 })).toEqual([
      { name: 'http', host: 31_000, container: 31_000 },
    ]);
  });

  it('fixed on the host', () => {
    const spec = job({ ports: { http: { host: 8080, container: 80 } } });
    expect(spec.ports['http']).toEqual({ host: 8080, container: 80 });
    expect(portsOf(spec, { http: 8080 })).toEqual([{ name: 'http', host: 8080, container: 80 }]);
  });

  it('of a plain program and of a container on the host’s network: only the host’s', () => {
    expect(portsOf(program({ ports: { http: 'auto' } }), { http: 31_000 })).toEqual([
      { name: 'http', host: 31_000 },
    ]);
    expect(portsOf(job({ network: 'host', ports: { http: 80 } }), { http: 31_000 })).toEqual([
      { name: 'http', host: 31_000 },
    ]);
  });

  it('are resources of the task, in canonical order', () => {
    const { resources } = taskOf(job({ ports: { a: 80, b: 81 }, disk: 10 }), instance, {
      a: 31_001,
      b: 31_000,
    });
    expect(formatResources(resources)).toBe('cpus:0.1;disk:10;mem:64;ports:[31000-31001]');
    expect(canonical(resources)).toEqual(resources);
  });
});

describe('health', () => {
  const times = { interval: 10_000, timeout: 2_000, grace: 10_000, failures: 3 };
  const healthOf = (health: object, ports: object = { http: 80, admin: 81 }) =>
    taskOf(job({ ports, health }), instance, { http: 31_000, admin: 31_001 }).health;

  it.each([
    [{ http: '/up' }, { check: { kind: 'http', port: 'http', path: '/up' }, ...times }],
    [
      { tcp: true, port: 'admin' },
      { check: { kind: 'tcp', port: 'admin' }, ...times },
    ],
    [{ command: ['check', 1] }, { check: { kind: 'command', argv: ['check', '1'] }, ...times }],
    [
      { tcp: true, interval: '1s', timeout: '200ms', grace: 0, failures: 1 },
      { check: { kind: 'tcp', port: 'http' }, interval: 1_000, timeout: 200, grace: 0, failures: 1 },
    ],
  ])('%j', (health, expected) => {
    expect(healthOf(health)).toEqual(expected);
  });

  it('has readiness beside it, which is asked in the same ways', () => {
    const spec = job({
      ports: { http: 80 },
      health: { tcp: true },
      readiness: { http: '/ready', failures: 1 },
    });
    expect(taskOf(spec, instance, { http: 31_000 })).toMatchObject({
      health: { check: { kind: 'tcp', port: 'http' }, ...times },
      readiness: { check: { kind: 'http', port: 'http', path: '/ready' }, ...times, failures: 1 },
    });
  });

  it('none is none; a command needs no port', () => {
    expect(taskOf(job({}), instance, {}).health).toBeUndefined();
    expect(healthOf({ command: ['true'] }, {})).toMatchObject({ check: { kind: 'command' } });
  });
});

it('the rest of a task is the job’s own', () => {
  const volumes = [{ source: '/srv', target: '/data', readOnly: true }];
  const task = taskOf(job({ env: { A: 1 }, volumes, labels: { team: 'x' }, killGrace: '30s' }), instance, {});
  expect(task).toMatchObject({
    ...instance,
    job: 'web',
    env: { A: '1' },
    volumes,
    labels: { team: 'x' },
    killGrace: 30_000,
  });
});

describe('where it may run', () => {
  it('stays as it is written; a spread may be a line', () => {
    const fields = {
      constraints: ['rack == r1', 'distinct_hosts'],
      affinity: [{ constraint: 'ssd is_set' }],
      spread: ['spread(rack, {r1: 80})', { attribute: 'zone' }],
      placement: 'pack',
      platform: 'linux/arm64',
    };
    expect(job(fields)).toMatchObject({
      ...fields,
      affinity: [{ constraint: 'ssd is_set', weight: 50 }],
      spread: [
        { attribute: 'rack', targets: { r1: 80 }, weight: 50 },
        { attribute: 'zone', targets: {}, weight: 50 },
      ],
    });
  });

  it.each([
    [{ constraints: ['rack == '] }, 'constraints.0: expected a value after rack ==, found "rack == "'],
    [{ constraints: ['ok is_set', 'gpu'] }, 'constraints.1: expected == !='],
    [{ affinity: [{ constraint: 'distinct_hosts' }] }, 'affinity.0.constraint: expected a condition'],
    [{ affinity: [{ constraint: 'a == b', weight: 101 }] }, 'affinity.0.weight: expected at most 100'],
    [{ spread: ['spread(rack, {a: 60, b: 60})'] }, 'spread.0: expected percentages of at most 100 together'],
    [
      { spread: [{ attribute: 'rack', targets: { a: 60, b: 60 } }] },
      'spread.0: expected percentages of at most 100',
    ],
    [{ placement: 'binpack' }, 'placement: expected one of spread, pack'],
    [{ platform: 'arm64' }, 'platform: expected a platform such as linux/arm64'],
    [{ devices: ['/dev/x:/y:z'] }, 'devices.0: expected a device such as /dev/dri'],
  ])('%j is refused: %s', (fields, sentence) => {
    expect(() => parseOrExplain(schema, { name: 'web', image: 'nginx', ...fields })).toThrow(sentence);
  });

  it('a platform is that of an image', () => {
    expect(() => program({ platform: 'linux/arm64' })).toThrow('an image beside it');
  });
});

it('devices are asked for by their names on the machine, and a container gets them under its own', () => {
  const fields = { devices: ['/dev/dri', '/dev/ttyUSB0:/dev/zigbee:rw', '/dev/kvm::r'] };
  expect(formatResources(demandOf(program(fields)))).toContain('devices:{/dev/dri,/dev/kvm,/dev/ttyUSB0}');
  expect(runOf(job(fields))).toMatchObject({
    devices: [
      { host: '/dev/dri', container: '/dev/dri', permissions: 'rwm' },
      { host: '/dev/ttyUSB0', container: '/dev/zigbee', permissions: 'rw' },
      { host: '/dev/kvm', container: '/dev/kvm', permissions: 'r' },
    ],
  });
  expect(runOf(job({}))).not.toHaveProperty('devices');
});
