/** The REPL on plain streams, and once on a terminal for tab, history and Ctrl-C. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { jobSpec, nameOfImage } from '../../src/client/job-spec.ts';
import { TenderError } from '../../src/core/errors.ts';
import { completeNames } from '../../src/repl/completion.ts';
import type { ReplOptions } from '../../src/repl/create-repl.ts';
import { createSession } from '../../src/repl/session.ts';
import { homeCluster, job, NOW, task } from '../support/cluster-fixture.ts';
import type { FakeClient } from '../support/fake-client.ts';
import { ReplSession } from '../support/repl-session.ts';

let session: ReplSession | undefined;
const open = async (client: FakeClient, more: Partial<ReplOptions> = {}): Promise<ReplSession> => {
  session = new ReplSession(client, more);
  await session.until();
  return session;
};
afterEach(() => {
  session?.server.close();
  session = undefined;
});

describe('reads', () => {
  it('are synchronous and always now', async () => {
    const client = homeCluster();
    const repl = await open(client);
    expect(await repl.type('tasks.length')).toBe('9');
    expect(await repl.type('jobs.web.running')).toBe('3');
    client.emit({ type: 'job.changed', at: NOW, job: job('web', 3, 2) });
    expect(await repl.type('jobs.web.running')).toBe('2');
  });

  it('go by index, by name, by id and through array methods', async () => {
    const repl = await open(homeCluster());
    expect(await repl.type("tasks['web.10'].healthy")).toBe('false');
    expect(await repl.type('agents.nuc1.host.hostname')).toBe("'nuc1.home'");
    expect(await repl.type('agents[0].name')).toBe("'nuc1'");
    expect(await repl.type("tasks.filter(t => t.state === 'FAILED').map(t => t.name)")).toBe(
      "[ 'mailer.0' ]",
    );
    expect(await repl.type('[...agents].length + JSON.parse(JSON.stringify(jobs)).length')).toBe('8');
    expect(await repl.type("'web' in jobs && !('nope' in jobs) && Array.isArray(tasks)")).toBe('true');
    expect(await repl.type('jobs.nope')).toBe('');
  });

  it('print as tables', async () => {
    const repl = await open(homeCluster());
    const text = await repl.type('jobs');
    expect(text).toMatch(/^NAME +STATUS +RUNNING/);
    expect(text).toMatch(/\nweb +running +3\/3/);
    expect(await repl.type("tasks.filter(t => t.job === 'db')")).toMatch(/^NAME.*\ndb\.0 +RUNNING/);
    expect(await repl.type("tasks.filter(t => t.job === 'none')")).toBe('no tasks');
  });

  it('cannot be assigned to', async () => {
    expect(await (await open(homeCluster())).type('jobs.web = 1')).toContain("can't be assigned to");
  });

  it.each([
    'jobs = 3',
    'const jobs = 3',
    'let { jobs } = { jobs: 3 }',
    'class jobs {}',
    'globalThis.jobs = 3',
    'const jobs = await Promise.resolve(3)',
  ])('keep their names: %s', async (line) => {
    const repl = await open(homeCluster());
    expect(await repl.type(line)).toMatch(/^usage: jobs has a meaning here already: choose another name/);
    expect(await repl.type('function jobs() {}')).toContain('already been declared');
    expect(await repl.type('delete globalThis.jobs')).toBe('false');
    expect(await repl.type('jobs.web.running')).toBe('3');
  });
});

describe('commands', () => {
  it('are awaited by themselves', async () => {
    const client = homeCluster();
    client.answer = async () => ({ job: 'nginx', version: 1, changed: true });
    const repl = await open(client);
    expect(await repl.type("run('nginx:1.27', {count: 2, ports: {http: 80}})")).toContain("job: 'nginx'");
    expect(client.asked[0]).toEqual({
      method: 'framework.call',
      params: {
        to: { kind: 'service' },
        verb: 'submit',
        args: {
          spec: { kind: 'service', name: 'nginx', image: 'nginx:1.27', count: 2, ports: { http: 80 } },
          ifVersion: 0,
        },
      },
    });
    expect(await repl.type('_.version')).toBe('1');
    expect(await repl.type('const { changed } = await run("redis")')).toBe('');
    expect(await repl.type('changed')).toBe('true');
    expect(await repl.type("scale('web', 5)")).toBe('');
    expect(client.asked.at(-1)?.params).toMatchObject({
      to: { job: 'web' },
      verb: 'scale',
      args: { count: 5 },
    });
  });

  it('fail with code, sentence and next step, and no stack', async () => {
    const client = homeCluster();
    client.answer = () => {
      throw new TenderError('framework.away', { name: 'service' });
    };
    const repl = await open(client);
    expect(await repl.type("stop('web')")).toBe(
      'framework.away: framework service is not connected\n  it comes back by itself; its tasks go on',
    );
    expect(await repl.type("scale('nope', 1)")).toBe(
      'job.unknown: no job or task is called "nope"\n  list them with: tender jobs',
    );
    expect(await repl.type("await why('web')")).toMatch(/^framework\.away: .*\n {2}it comes/);
    expect(await repl.type('run({name: "x"})')).toMatch(/^job\.invalid: run: expected an image or a command/);
    expect(await repl.type('1 + 1')).toBe('2');
  });

  it('leave `_` alone when they fail', async () => {
    const repl = await open(homeCluster());
    await repl.type('40 + 2');
    await repl.type("scale('nope', 1)");
    expect(await repl.type('_')).toBe('42');
    expect(await repl.type('_error.code')).toBe("'job.unknown'");
  });

  it('say why', async () => {
    const client = homeCluster();
    client.answer = () => ({
      sentence: 'no room.',
      agents: [{ agent: 'pi', reasons: ['2 GiB short'] }],
      help: 'ask for less',
    });
    const repl = await open(client);
    expect(await repl.type("why('web')")).toMatch(
      /^no room\.\n {2}AGENT .*WHAT STANDS IN THE WAY\n {2}pi +ready .* 2 GiB short\nask for less$/,
    );
  });

  it('print logs, of a job with the name of each task', async () => {
    const client = homeCluster();
    client.onStream = (stream) => {
      stream.say('one\ntwo\n');
      stream.end();
    };
    const repl = await open(client);
    expect(await repl.type("logs('db.0', {tail: 2})")).toBe('one\ntwo');
    expect(client.streams[0]!.what).toEqual({ kind: 'logs', follow: false, tail: 2 });
    expect(await repl.type("logs('web')")).toContain('web.10 │ one\nweb.10 │ two');
  });

  it('print logs of more instances than streams may be open, some after the others; Ctrl-C ends all', async () => {
    const client = homeCluster();
    const many = Array.from({ length: 70 }, (_, i) => task(`many.${i}`, 'nuc1', 'RUNNING'));
    for (const one of many) client.emit({ type: 'task.launched', at: NOW, task: one });
    const open64 = async (): Promise<void> => {
      while (client.streams.length < 64) await new Promise((resolve) => setTimeout(resolve, 2));
    };
    const repl = await open(client);
    repl.input.write("logs('many')\n");
    await open64();
    repl.server.emit('SIGINT');
    await repl.until('stopped waiting');
    expect(client.streams).toHaveLength(64);
    client.streams.length = 0;
    repl.input.write("logs('many')\n");
    await open64();
    expect(client.streams).toHaveLength(64);
    client.onStream = (stream) => stream.end();
    for (const stream of client.streams) stream.end();
    await repl.until();
    expect(client.streams).toHaveLength(70);
  });

  it('run a program in a task and give its exit code', async () => {
    const client = homeCluster();
    client.onStream = (stream) => {
      stream.say('bin etc\n');
      stream.end(3);
    };
    expect(await (await open(client)).type("exec('web.0', ['ls', '/'])")).toBe('bin etc\n3');
  });

  it('that change things are refused in read-only mode, whichever way they are asked', async () => {
    const client = homeCluster();
    client.answer = () => ({ sentence: 'all is well.', agents: [], help: '' });
    const repl = await open(client, { readOnly: true });
    for (const line of [
      "stop('web')",
      'jobs.web.scale(3)',
      "exec('web.0', 'ls')",
      "call('web', 'pause')",
      "client.request('framework.remove', { name: 'service' })",
      "framework('mine')",
    ])
      expect(await repl.type(line)).toMatch(/^(client\.read_only|usage): /);
    expect(client.asked).toEqual([]);
    expect(await repl.type("why('web')")).toBe('all is well.');
    expect(await repl.type('help()')).not.toContain('scale');
  });

  it('have help', async () => {
    const repl = await open(homeCluster());
    expect(await repl.type('help()')).toMatch(/\n {2}scale +so many instances of a job\n/);
    expect(await repl.type('help(scale)')).toBe("scale('web', 3)\n  so many instances of a job");
    expect(await repl.type('help(tasks)')).toContain("tasks['web.0']");
  });

  it('that are named and not called say how they are called', async () => {
    const repl = await open(homeCluster());
    expect(await repl.type('scale')).toBe("scale('web', 3)\n  so many instances of a job");
    expect(await repl.type('jobs.web.scale')).toBe('.scale(3)\n  so many instances of a job');
    expect(await repl.type('help')).toBe(await repl.type('help()'));
    expect(await repl.type('Math.max')).toBe('[Function: max]');
  });
});

describe('exit and quit', () => {
  it.each(['exit', 'quit', ' exit();'])('"%s" leaves', async (line) => {
    const repl = await open(homeCluster());
    repl.input.write(`${line}\n`);
    await repl.server.ended;
  });

  it('are variables where somebody has made them so', async () => {
    const repl = await open(homeCluster());
    await repl.type('const exit = 5');
    expect(await repl.type('exit')).toBe('5');
  });
});

describe('statements', () => {
  it('may declare again, over several lines too', async () => {
    const repl = await open(homeCluster());
    await repl.type('const a = 1');
    await repl.type('const a = 2');
    expect(await repl.type('a')).toBe('2');
    await repl.type('let { b } = { b: 1 }');
    await repl.type('let b = 5');
    expect(await repl.type('b')).toBe('5');
    repl.input.write('const c = [\n1,\n2]\n');
    await repl.until();
    repl.input.write('c.length\n');
    expect(await repl.until('2\n')).toContain('2');
  });

  it('end waiting on Ctrl-C, close the stream, and go on', async () => {
    const client = homeCluster();
    const repl = await open(client);
    repl.input.write("logs('db.0', {follow: true})\n");
    while (client.streams.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    client.streams[0]!.say('ping\n');
    await repl.until('ping');
    repl.server.emit('SIGINT');
    await repl.until('stopped waiting');
    expect(client.streams[0]!.closed).toBe(true);
    repl.input.write('6 * 7\n');
    await repl.until('42');
    repl.input.write('new Promise(() => {})\n');
    await new Promise((resolve) => setTimeout(resolve, 30));
    repl.server.emit('SIGINT');
    await repl.until('stopped waiting');
    expect(repl.server.listenerCount('SIGINT')).toBeGreaterThan(0);
    expect(process.listenerCount('SIGINT')).toBe(0);
  });
});

describe('completion', () => {
  const client = homeCluster();
  const names = createSession({ client, write: () => {}, width: () => 120, colors: false });
  it.each([
    ['jobs.ma', ['jobs.mailer', 'jobs.map']],
    ["tasks['web.1", ["tasks['web.1']", "tasks['web.10']"]],
    ['agents[', ["agents['nuc1']", "agents['nuc2']", "agents['pi']"]],
    ["scale('w", ["scale('web'"]],
    ['logs("db', ['logs("db"', 'logs("db.0"']],
    ['x = jobs.w', ['jobs.web']],
    ['tasks.db', ["tasks['db.0']"]],
  ])('of %s', (typed, expected) => expect(completeNames(typed, names)?.matches).toEqual(expected));

  it('leaves the rest to Node', async () => {
    const repl = await open(client);
    expect(completeNames('Math.ma', names)).toBeUndefined();
    expect((await repl.complete('Math.ma'))[0]).toContain('Math.max');
    expect((await repl.complete('sca'))[0]).toContain('scale');
    expect((await repl.complete('jobs.we'))[0]).toEqual(['jobs.web']);
  });
});

describe('specs', () => {
  it('take names from images', () => {
    expect(nameOfImage('ghcr.io/owner/My_App:1.2@sha256:abc')).toBe('my-app');
    expect(jobSpec({ name: 'tick', command: ['date'] })).toEqual({
      kind: 'service',
      name: 'tick',
      command: ['date'],
    });
  });
  it('need an image or a command', () => {
    expect(() => jobSpec({ name: 'x' })).toThrow(/expected an image or a command, found neither/);
    expect(() => jobSpec('nginx', { command: ['x'] })).toThrow(/found both/);
  });
});

describe('files', () => {
  it('keep the history, and run the rc file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tender-repl-'));
    const historyFile = join(folder, 'deep', 'history');
    const rcFile = join(folder, 'rc');
    writeFileSync(`${rcFile}.js`, 'const mine = jobs.length * 2;');
    const repl = await open(homeCluster(), { historyFile, rcFile, terminal: true });
    repl.input.write('mine + 1\r');
    await repl.until('11');
    repl.server.close();
    await once(repl.server, 'exit').catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(readFileSync(historyFile, 'utf8')).toContain('mine + 1');
  });
});
