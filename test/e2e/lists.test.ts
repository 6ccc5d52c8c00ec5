/** Lists as people and scripts use them: names only, going on in place or in a pipe, and all that is known of one thing. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { closeTerminals, TerminalSession } from '../support/terminal-session.ts';
import { until } from '../support/until.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ agents: 1 });
  await cluster.ok('run', '--name', 'web', '-n', '2', '--', 'sleep', '1000000');
  await cluster.untilRunning('web', 2);
});
beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
afterEach(closeTerminals);
afterAll(() => cluster?.close());

describe('-q', () => {
  it.each([
    [['ps'], 'web.0\nweb.1'],
    [['jobs'], 'web'],
    [['nodes'], 'n1'],
    [['context', 'ls'], 'tender'],
    [['versions', 'web'], '1'],
    [['plugin', 'ls'], ''],
  ])('of %j says names only, and nothing where there are none', async (words, names) => {
    const { stdout, stderr, code } = await cluster.run(...words, '-q');
    expect([stdout.trim(), stderr, code]).toEqual([names, '', 0]);
  });

  it('of members and frameworks, too, as JSON', async () => {
    expect(await cluster.json('members', '-q')).toContain('n1');
    expect(await cluster.json('frameworks', '-q')).toEqual(['batch', 'service', 'stateful']);
  });
});

describe('--watch', () => {
  it('in a pipe prints a table anew when something has changed, and none before', async () => {
    const watching = cluster.spawn(['ps', 'web', '--watch']);
    await until(() => watching.stdout.includes('web.1'));
    await cluster.ok('scale', 'web=3');
    await until(() => watching.stdout.split('\n\n').at(-1)!.includes('web.2'));
    const tables = watching.stdout.split('\n\n');
    expect(tables[0]).not.toContain('web.2');
    expect(tables.every((table) => table.startsWith('NAME '))).toBe(true);
    expect(new Set(tables).size).toBe(tables.length);
    expect(await watching.stop('SIGINT')).toEqual({ code: 0, signal: null });
    await cluster.ok('scale', 'web=2');
  });

  it('with --json prints one value a line', async () => {
    const watching = cluster.spawn(['jobs', '--watch', '--json']);
    await until(() => watching.stdout.includes('\n'));
    const [job] = JSON.parse(watching.stdout.split('\n')[0]!) as { name: string }[];
    expect(job?.name).toBe('web');
    await watching.stop();
  });

  it('on a terminal stays in its place', async () => {
    const env = cluster.env as Record<string, string>;
    const screen = new TerminalSession([inject('program'), 'jobs', '--watch'], { cwd: cluster.folder, env });
    await screen.until(/^NAME .*\nweb /m);
    await cluster.ok('run', '--name', 'api', '--', 'sleep', '1000000');
    await screen.until(/^NAME .*\napi .*\nweb /m);
    expect(screen.text().match(/^NAME /gm)).toHaveLength(1);
    await screen.type('\x03');
    expect(await screen.exit).toBe(0);
    await cluster.ok('rm', 'api');
  });
});

describe('inspect', () => {
  it.each([
    ['web', /^job:\n {2}name: web\n[\s\S]*\nspec:\n[\s\S]* - sleep\n/],
    ['web.1', /^task:\n[\s\S]* name: web\.1\n/],
    ['n1', /^agent:\n[\s\S]* name: n1\n/],
    ['service', /^framework:\n/],
  ])('%s says all of it', async (name, said) => {
    expect(`${await cluster.ok('inspect', name)}\n`).toMatch(said);
    expect(Object.keys(await cluster.json<object>('describe', name))[0]).toMatch(/^[a-z]+$/);
  });

  it('of what is not there says so', async () => {
    const { stderr, code } = await cluster.run('inspect', 'nothing-of-that-name');
    expect(stderr).toContain('nothing here is called "nothing-of-that-name" [thing.unknown]');
    expect(code).toBe(1);
  });
});

it('a verb of another tool is answered with what to say here', async () => {
  const { stderr, code } = await cluster.run('top');
  expect(stderr).toContain('there is no command "top": tender ps --watch shows what each task uses');
  expect(code).toBe(2);
});
