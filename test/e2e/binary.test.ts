/** The single binary, made as `npm run binary` makes it, in a folder with nothing beside it: all of it works from there. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { PluginInfo } from '../../src/client/plugins.ts';
import { eventually } from '../support/eventually.ts';
import { BINARY } from '../support/launch.ts';
import { BUSYBOX, needDocker } from '../support/need.ts';
import { closeTerminals, TerminalSession } from '../support/terminal-session.ts';

const LEASE = join(import.meta.dirname, '../../examples/lease');
let folder: string;
let binary: string;
let env: Record<string, string>;

beforeAll(() => {
  folder = mkdtempSync(join(inject('workFolder'), 'binary-'));
  binary = join(folder, 'tender');
  if (BINARY === undefined) {
    const copy = dirname(dirname(inject('program')));
    execFileSync(process.execPath, ['binary/build.ts', '--quiet', binary], { cwd: copy, stdio: 'inherit' });
  } else cpSync(inject('program'), binary);
  // No Node, no npm, no home: what it needs beyond the system is in it.
  env = {
    PATH: '/usr/bin:/bin',
    HOME: join(folder, 'home'),
    TENDER_STATE: join(folder, 'state'),
    TENDER_CONFIG: join(folder, 'config'),
  };
}, 120_000);
afterEach(closeTerminals);
afterAll(() => void (binary && tender('dev', '--stop')));

function tender(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(binary, args, { cwd: folder, env, encoding: 'utf8', timeout: 60_000 });
}

function ok(...args: string[]): string {
  const { status, stdout, stderr } = tender(...args);
  if (status !== 0) throw new Error(`tender ${args.join(' ')}: exit code ${status}\n${stderr}`);
  return stdout;
}

describe('the single binary', () => {
  it('says its version, and how a verb is used', () => {
    expect(ok('--version')).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(ok('help', 'run')).toContain('tender run [options] IMAGE');
  });

  it('lays one file down, for itself alone', () => {
    ok('version');
    const cache = join(folder, 'home', '.cache', 'tender');
    const [addon, ...more] = readdirSync(cache);
    expect(addon).toMatch(/^[0-9a-f]{64}\.node$/);
    expect(more).toEqual([]);
    writeFileSync(join(cache, addon!), 'something else');
    ok('version');
    expect(readFileSync(join(cache, addon!)).length).toBeGreaterThan(100_000);
  });

  it('trusts no folder that others may write to', () => {
    const open = join(folder, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    const { status, stderr } = spawnSync(binary, ['ps'], {
      env: { ...env, TENDER_CACHE: open },
      encoding: 'utf8',
    });
    expect(stderr).toContain('others may write there [binary.addon]');
    expect(status).toBe(1);
    expect(readdirSync(open)).toEqual([]);
  });

  it('is a whole cluster with a screen, which q ends', async () => {
    const screen = new TerminalSession([binary, 'dev', '--example'], {
      cwd: folder,
      env,
      size: { cols: 120, rows: 40 },
    });
    await screen.until(/hello\s+running\s+2\/2/, 30_000);
    await screen.type('`');
    await screen.until(/> $/m);
    await screen.type("tasks.filter(t => t.job === 'hello').length + 40\r");
    await screen.until('42');
    await screen.type('.exit\r');
    await screen.until(/overview/);
    await screen.type('q', 'q');
    expect(await screen.exit).toBe(0);
    await screen.expectRestored();
  });

  it('goes on without its screen, and runs plugins from source that change while their tasks run', async () => {
    const screen = new TerminalSession([binary, 'dev', '--keep'], { cwd: folder, env });
    await screen.until(/agents 1/, 30_000);
    await screen.type('q', 'q');
    expect(await screen.exit).toBe(0);

    cpSync(LEASE, join(folder, 'lease'), { recursive: true });
    ok('plugin', 'add', './lease');
    writeFileSync(join(folder, 'lab.yaml'), 'name: lab\nkind: lease\ncommand: sleep 100000\n');
    ok('up', 'lab.yaml');
    const task = (): string | undefined =>
      (JSON.parse(ok('ps', '--json')) as { id: string; job: string; state: string }[]).find(
        ({ job, state }) => job === 'lab' && state === 'RUNNING',
      )?.id;
    const running = await eventually(task, { what: 'lab runs' });

    const code = join(folder, 'lease', 'index.ts');
    writeFileSync(code, `// Another version.\n${readFileSync(code, 'utf8')}`);
    const sha = (): string => (JSON.parse(ok('plugin', 'ls', '--json')) as PluginInfo[])[0]!.sha256;
    const before = sha();
    ok('plugin', 'upgrade', 'lease');
    expect(sha()).not.toBe(before);
    expect(task()).toBe(running);
  });

  it('runs scripts, in TypeScript and with what lies beside them, and single lines', () => {
    writeFileSync(join(folder, 'double.ts'), 'export const double = (n: number): number => 2 * n;');
    writeFileSync(
      join(folder, 'main.ts'),
      `import { basename } from 'node:path';
import { double } from './double.ts';
console.log(double(Number(args[0])), basename(import.meta.filename), agents.length);
await run({ name: 'ticks', command: 'while :; do sleep 1; done', cpus: 0.1, mem: 16 });
export default await until(() => jobs.ticks?.running, { timeout: '30s' });`,
    );
    expect(ok('script', '--json', 'main.ts', '21')).toBe('42 main.ts 1\n1\n');
    expect(ok('-e', 'jobs.ticks.desired + 41')).toBe('42\n');
    expect(JSON.parse(ok('--json', '-e', "await stop('ticks'); [1, 2]"))).toEqual([1, 2]);
    const thrown = tender('-e', "await jobs.lab.scale('many')");
    expect(thrown.stderr).toMatch(/^tender: usage: scale needs a job and a count/);
    expect(thrown.status).toBe(1);
  });

  it.skipIf(needDocker())('takes a Compose file as it is', async () => {
    const file = `name: ours-${process.pid}
services:
  db: { image: '${BUSYBOX}', command: sleep 100000, stop_grace_period: 0s }
  web: { image: '${BUSYBOX}', command: sleep 100000, stop_grace_period: 0s, depends_on: [db] }
`;
    writeFileSync(join(folder, 'compose.yaml'), file);
    const names = [`ours-${process.pid}-db`, `ours-${process.pid}-web`];
    expect(ok('up', 'compose.yaml')).toBe(names.map((name) => `${name} submitted\n`).join(''));
    const running = (): number =>
      (JSON.parse(ok('ps', '--json')) as { job: string; state: string }[]).filter(
        ({ job, state }) => names.includes(job) && state === 'RUNNING',
      ).length;
    await eventually(() => running() === 2, { timeout: 30_000, what: 'both services run' });
    expect(ok('plan', 'compose.yaml')).toContain(`${names[1]}: nothing would change`);
    expect(ok('convert', 'compose.yaml')).toMatch(new RegExp(`^ *${names[1]}:$`, 'm'));
    writeFileSync(join(folder, 'bad.yaml'), 'services:\n  x:\n    image: busybox\n    gpus: all\n');
    expect(tender('up', 'bad.yaml')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('bad.yaml:4:5: gpus: '),
    });
    ok('down', 'compose.yaml');
    await eventually(() => running() === 0, { timeout: 20_000, what: 'none of them runs' });
  });

  it('is stopped by one word', () => expect(ok('dev', '--stop')).toContain('stopped'));
});
