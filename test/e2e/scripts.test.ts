/**
 * Scripts on a real cluster: the examples do what they say, and errors, exit codes, standard input, JSON and read-only
 * sessions are as docs/repl.md tells.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { launch } from '../support/launch.ts';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const EXAMPLES = resolve(import.meta.dirname, '../../examples/scripts');
const folder = mkdtempSync(join(inject('workFolder'), 's-'));
const env = {
  ...process.env,
  TENDER_CONFIG: join(folder, 'config'),
  TENDER_STATE: join(folder, 'state'),
  NO_COLOR: '1',
};

function tender(args: readonly string[], input = ''): Promise<Ran> {
  return new Promise((done) => {
    const [command, ...words] = launch([inject('program'), ...args]);
    const child = execFile(command, words, { cwd: folder, env, timeout: 55_000 }, (error, out, err) =>
      done({ code: error ? Number(error.code ?? -1) : 0, out, err }),
    );
    child.stdin?.end(input);
  });
}

const example = (name: string, ...args: string[]): Promise<Ran> =>
  tender(['script', join(EXAMPLES, `${name}.ts`), ...args]);

const written = (name: string, code: string): string => {
  const file = join(folder, name);
  writeFileSync(file, code);
  return file;
};

beforeAll(async () => {
  const [command, ...words] = launch([inject('program'), 'dev', '--keep']);
  const dev = execFile(command, words, { cwd: folder, env });
  const ready = "await until(() => agents[0]?.state === 'ready', {timeout: '40s'}); 'here'";
  for (const deadline = Date.now() + 40_000; Date.now() < deadline; )
    if ((await tender(['-e', ready])).out.includes('here')) break;
  dev.kill('SIGTERM');
  const job = "{name: 'web', command: 'while true; do sleep 1; done', count: 2, cpus: 0.1, mem: 16}";
  const { err } = await tender([
    '-e',
    `await run(${job}); await until(() => jobs.web?.healthy === 2, {timeout: '40s'})`,
  ]);
  expect(err).toBe('');
}, 90_000);
afterAll(() => tender(['dev', '--stop']), 30_000);

describe('examples', () => {
  it('rolling: changes jobs one after the other', async () => {
    const { code, out, err } = await example('rolling', 'cpus=0.05', 'web');
    expect(err).toBe('');
    expect(out).toMatch(/web: version 2, \d+ steps\nall 1 jobs have cpus=0\.05/);
    expect(code).toBe(0);
  });

  it('rolling: stops at the first that is not there', async () => {
    const { code, err } = await example('rolling', 'cpus=0.05', 'nope', 'web');
    expect(err).toMatch(/tender: Error: there is no job nope\n {2}at rolling\.ts:\d+/);
    expect(code).toBe(1);
  });

  it('autoscaler: more instances under load, at once', async () => {
    const busy = "{name: 'busy', command: 'while :; do :; done', count: 1, cpus: 0.05, mem: 16}";
    await tender(['-e', `await run(${busy}); await until(() => jobs.busy?.running === 1, {timeout: '30s'})`]);
    const scaling = example('autoscaler', 'busy', '1', '2', '0.5', '1');
    const grown = await tender([
      '-e',
      "await until(() => jobs.busy.desired === 2, {timeout: '40s'}); await stop('busy'); 'grown'",
    ]);
    expect(grown.out).toContain('grown');
    const { code, out } = await scaling; // it ends with its job
    expect(out).toMatch(/busy: load [\d.]+, 1 → 2/);
    expect(code).toBe(0);
  });

  it('nightly-report: looks, and changes nothing', async () => {
    const { out, code } = await tender([
      '--read-only',
      'script',
      '--json',
      join(EXAMPLES, 'nightly-report.ts'),
    ]);
    expect(out).toMatch(/Machines: 1\n/);
    expect(JSON.parse(out.slice(out.lastIndexOf('\n{')))).toMatchObject({ agents: 1 });
    expect(code).toBe(0);
  });

  it('game-day: what is killed comes back', async () => {
    const { out, err, code } = await example('game-day', 'web', '40s');
    expect(err).toBe('');
    expect(out).toMatch(/web\.0 killed: all there again[\s\S]*all 2 killed: all there again/);
    expect(code).toBe(0);
  });

  it('first-framework: greets by a framework of its own, and leaves nothing behind', async () => {
    const { out, err, code } = await example('first-framework');
    expect(err).toBe('');
    expect(out).toMatch(/greeter\.0 FINISHED\s+hello from /);
    expect(code).toBe(0);
    const left = await tender([
      '--json',
      '-e',
      "[members().some(m => m.name === 'greeter'), 'greeter' in frameworks]",
    ]);
    expect(JSON.parse(left.out)).toEqual([false, false]);
  });
});

describe('a script', () => {
  it('has imports beside it and of Node, TypeScript, its words and typed things', async () => {
    written('double.ts', 'export const double = (n: number): number => 2 * n;');
    const file = written(
      'main.ts',
      `import { parseArgs } from 'node:util';
import { double } from './double.ts';
const { values } = parseArgs({ options: { n: { type: 'string' } } });
console.log(double(Number(values.n)), args.length, jobs.web.desired);`,
    );
    expect(await tender(['script', file, '--n', '21'])).toEqual({ code: 0, out: '42 2 2\n', err: '' });
  });

  it('comes from standard input', async () => {
    const { out } = await tender(['script', '-', 'a', 'b'], 'const n: number = args.length; console.log(n);');
    expect(out).toBe('2\n');
  });

  it('that throws ends with 1, the code, and the place', async () => {
    const file = written('bad.ts', "\nawait jobs.web.rollback(99);\nconsole.log('not here');");
    const { code, out, err } = await tender(['script', file]);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^tender: version\.unknown: job web has no version 99/);
    const json = await tender(['script', '--json', file]);
    expect(JSON.parse(json.err)).toMatchObject({ error: { code: 'version.unknown' } });
  });

  it.each([
    ['process.exit(7)', 7, ''],
    ["setTimeout(() => { throw new TypeError('late') }, 5)", 1, 'TypeError: late'],
    ['Promise.reject(new Error("lost"))', 1, 'Error: lost'],
    [
      "on('job.changed', () => { throw new Error('heard') }); await scale('web', 3); await sleep(1); process.exit()",
      1,
      'Error: heard',
    ],
    ['const x = ;', 1, 'SyntaxError'],
  ])('%s ends with %i', async (source, expected, said) => {
    const { code, err } = await tender(['script', written('end.ts', source)]);
    expect(err).toContain(said);
    expect(code).toBe(expected);
  });

  it('that is not there is told', async () => {
    const { code, err } = await tender(['script', 'nope.ts']);
    expect(err).toContain('script.file: cannot run nope.ts: there is no such file');
    expect(code).toBe(1);
  });

  it('can be kept from changing anything', async () => {
    const { code, err } = await tender(['script', '--read-only', '-'], 'await jobs.web.stop()');
    expect(err).toContain('client.read_only: stop would change the cluster');
    expect(code).toBe(1);
  });

  it('goes on while it listens', async () => {
    const source = `const off = on('job.changed', (job) => { if (job.name === 'web') { console.log('heard'); off(); } });
await scale('web', 2);`;
    expect((await tender(['script', '-'], source)).out).toBe('heard\n');
  });
});

describe('-e', () => {
  it('prints the last value: a table, or JSON', async () => {
    expect((await tender(['-e', 'jobs'])).out).toMatch(/^NAME +STATUS[\s\S]*\nweb /);
    expect(JSON.parse((await tender(['--json', '-e', 'jobs.map(j => j.name)'])).out)).toEqual(['web']);
    expect((await tender(['-e', 'undefined'])).out).toBe('');
    expect((await tender(['-e', "args.join('+')", 'a', 'b'])).out).toBe('a+b\n');
  });

  it.each([
    "stop('nope')",
    "await stop('nope')",
    "const a = await stop('nope'); a",
  ])('%s fails with the code', async (line) => {
    const { code, err } = await tender(['-e', line]);
    expect(err).toMatch(/^tender: job\.unknown: no job or task is called "nope"\n {2}list them/);
    expect(code).toBe(1);
  });
});

it('tender kill ends one task, and another one takes its place', async () => {
  const { out, code } = await tender(['kill', '--grace', '1s', 'web.0']);
  expect([out, code]).toEqual(['web.0 is being killed\n', 0]);
  const back =
    "await until(() => jobs.web.healthy === 2 && tasks['web.0'].state === 'RUNNING', {timeout: '40s'})";
  expect((await tender(['-e', `${back}; 'back'`])).out).toContain('back');
  expect((await tender(['kill', 'web'])).err).toContain('[name.ambiguous]');
});
