/** Words of the command line and files as job specs; errors that say what to write instead. */
import { describe, expect, it } from 'vitest';
import { inFile, parseJobs } from '../../src/cli/job-file.ts';
import { runSpec } from '../../src/cli/run-spec.ts';
import { amountsOf } from '../../src/client/amounts.ts';
import { kindUnknown } from '../../src/core/nearest.ts';

const NONE = { publish: [], env: [], volume: [], constraint: [], device: [] };
const run = (words: string[], options = {}, program = false, taken: string[] = []) =>
  runSpec(words, program, { ...NONE, ...options }, (name) => taken.includes(name));

describe('tender run', () => {
  it('takes an image with its arguments, and makes up a name that is free', () => {
    expect(run(['registry.local/team/Web_App:1.2', '-v', 'x'])).toMatchObject({
      name: 'web-app',
      image: 'registry.local/team/Web_App:1.2',
      command: ['-v', 'x'],
    });
    expect(run(['nginx'], {}, false, ['nginx', 'nginx-2'])).toMatchObject({ name: 'nginx-3' });
    expect(run(['7zip'])).toMatchObject({ name: 'zip' });
  });

  it('takes a program after --, from the folder where it is typed', () => {
    const spec = run(['./server.sh', '--port', '$PORT_HTTP'], { publish: ['http'] }, true);
    expect(spec).toMatchObject({
      name: 'server',
      command: [`${process.cwd()}/server.sh`, '--port', '$PORT_HTTP'],
      cwd: process.cwd(),
      ports: { http: 'auto' },
    });
  });

  it.each([
    ['http:80', { http: 80 }],
    ['80', { p80: 80 }],
    ['8080:80', { p80: { host: 8080, container: 80 } }],
    ['web:8080:80', { web: { host: 8080, container: 80 } }],
  ])('reads -p %s', (text, ports) => {
    expect(run(['x'], { publish: [text] })['ports']).toEqual(ports);
  });

  it.each(['http', 'a:b:80', '80:http', '1:2:3', ''])('refuses -p %s in words', (text) => {
    expect(() => run(['x'], { publish: [text] })).toThrow(/-p expects/);
  });

  it('reads -e and -v, and refuses what is neither', () => {
    process.env['TENDER_TEST_VALUE'] = 'here';
    const spec = run(['x'], { env: ['A=b=c', 'TENDER_TEST_VALUE'], volume: ['/a:/b:ro', 'data:/d'] });
    expect(spec['env']).toEqual({ A: 'b=c', TENDER_TEST_VALUE: 'here' });
    expect(spec['volumes']).toEqual([
      { source: '/a', target: '/b', readOnly: true },
      { source: 'data', target: '/d', readOnly: false },
    ]);
    expect(() => run(['x'], { env: ['NOT_SET_ANYWHERE'] })).toThrow(/-e expects/);
    expect(() => run(['x'], { volume: ['/a'] })).toThrow(/-v expects/);
    expect(() => run(['x'], { count: 'three' })).toThrow(/--count expects a number, found "three"/);
    expect(() => run([])).toThrow(/expected IMAGE/);
  });
});

it('tender run says where it may run, as a job file does', () => {
  const options = {
    constraint: ['rack == r1', 'distinct_hosts'],
    device: ['/dev/dri'],
    platform: 'linux/arm64',
  };
  expect(run(['x'], options)).toMatchObject({
    constraints: ['rack == r1', 'distinct_hosts'],
    devices: ['/dev/dri'],
    platform: 'linux/arm64',
  });
  expect(Object.keys(run(['x']))).not.toContain('constraints');
});

describe('amounts', () => {
  it.each<[string, Record<string, number>]>([
    ['cpus:2;mem:1024', { cpus: 2000, mem: 1_024_000 }],
    ['cpus=0.5,mem=4g', { cpus: 500, mem: 4_096_000 }],
    ['mem=512m, disk=1.5GiB ; gpus=1', { mem: 512_000, disk: 1_536_000, gpus: 1000 }],
    ['cpus=0', { cpus: 0 }],
    ['none', {}],
    ['', {}],
  ])('%j are read as people type them', (text, amounts) => {
    expect(amountsOf('--limit', text)).toEqual(amounts);
  });

  it.each([
    'cpus',
    'cpus=',
    '=2',
    'cpus=many',
    'cpus=4g',
    'mem=4x',
    'cpus=-1',
    'cpus=1,cpus=2',
    'ports=[1-2]',
  ])('%j are refused in words', (text) => {
    expect(() => amountsOf('--limit', text)).toThrow(/^--limit expects amounts such as cpus=2,mem=4g/);
  });
});

describe('job files', () => {
  it('hold one job a document, or several by name', () => {
    const jobs = parseJobs('name: a\nimage: x\n---\njobs:\n  b: {image: y}\n  c: {command: [z]}\n', 'f.yaml');
    expect(jobs.map(({ spec }) => spec)).toEqual([
      { name: 'a', image: 'x' },
      { name: 'b', image: 'y' },
      { name: 'c', command: ['z'] },
    ]);
  });

  it('know the line of each part, or of the part around it', () => {
    const [, second] = parseJobs(
      'name: a\nimage: x\n---\njobs:\n  b:\n    image: y\n    ports:\n      http: 80\n',
      'f.yaml',
    );
    expect(second!.where('image')).toBe('f.yaml:6');
    expect(second!.where('ports.http')).toBe('f.yaml:8');
    expect(second!.where('missing.part')).toBe('f.yaml:6');
  });

  it('tell where a kind stands that nobody runs, and which one may be meant', async () => {
    const [job] = parseJobs('name: a\nimage: b\nkind: servcie\n', 'f.yaml');
    const refused = Promise.reject(kindUnknown('servcie', ['batch', 'service']));
    await expect(inFile(job!, refused)).rejects.toThrow(
      'f.yaml:3: no framework runs jobs of kind "servcie" (did you mean "service"?); known kinds: batch, service',
    );
  });

  it.each([
    ['', /there is no job/],
    ['just words', /expected a job/],
    ['jobs: 3', /expected names with jobs/],
    ['jobs:\n  a: 3', /jobs\.a: expected a job/],
    ['name: a\n\timage: b', /^f\.yaml:2:1: Tabs are not allowed as indentation$/],
    ['name: "a\nimage: b\n', /^f\.yaml:\d+:\d+: Missing closing/],
    ['apiVersion: apps/v1\nkind: Deployment', /^f\.yaml:2: this is a Deployment of Kubernetes/],
    ['name: a\n---\nname: a', /f\.yaml:3: the name "a" is there twice/],
  ])('refuse %j in words', (text, words) => {
    expect(() => parseJobs(text, 'f.yaml')).toThrow(words);
  });
});
