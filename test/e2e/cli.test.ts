/** The command line as people and scripts use it: JSON that can be read, names that may be short, errors that help. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { kill, programs } from '../support/machine.ts';
import { until } from '../support/until.ts';

const word = `${70_000_000 + process.pid}`;
let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ agents: 1 });
  const talk = 'echo out of $TENDER_NAME; echo err >&2; exec sleep 1000000';
  await Promise.all([
    cluster.ok('run', '--name', 'web', '-n', '2', '--', 'sh', '-c', talk),
    cluster.ok('run', '--name', 'webcam', '--', 'sleep', word),
  ]);
  await cluster.untilRunning('web', 2);
  await cluster.untilRunning('webcam', 1);
});
beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
afterAll(() => cluster?.close());

function file(text: string): string {
  const path = join(cluster.folder, `job-${Math.random()}.yaml`);
  writeFileSync(path, text);
  return path;
}

describe('--json', () => {
  it.each([
    ['ps'],
    ['ps', '-a'],
    ['ps', 'web'],
    ['agents'],
    ['frameworks'],
    ['offers'],
    ['jobs'],
    ['roles'],
    ['quota', 'ls'],
    ['why', 'web'],
    ['version'],
    ['members'],
    ['context', 'ls'],
    ['token', 'create', '--role', 'client'],
    ['scale', 'web=2'],
    ['run', '--name', 'webcam', '--', 'sleep', word],
  ])('%s %s prints one JSON value, before and after the verb', async (...words) => {
    const args = words.filter((part) => part !== undefined);
    const dashes = args.indexOf('--');
    const after =
      dashes < 0 ? [...args, '--json'] : [...args.slice(0, dashes), '--json', ...args.slice(dashes)];
    for (const all of [['--json', ...args], after]) {
      const { stdout, stderr, code } = await cluster.run(...all);
      expect([code, stderr]).toEqual([0, '']);
      expect(() => JSON.parse(stdout)).not.toThrow();
    }
  });

  it('of events and logs is one JSON value a line', async () => {
    for (const args of [['events'], ['logs', 'web']]) {
      const all = (await cluster.ok(...args, '--json')).split('\n');
      expect(all.length).toBeGreaterThan(3);
      for (const line of all) expect(typeof JSON.parse(line)).toBe('object');
    }
  });

  it('of up and stop names the jobs', async () => {
    const path = file("jobs:\n  one: {command: 'sleep 1000'}\n  two: {command: 'sleep 1000'}\n");
    expect(await cluster.json('up', path)).toEqual([
      { job: 'one', version: 1, changed: true },
      { job: 'two', version: 1, changed: true },
    ]);
    expect(await cluster.json('stop', 'one', 'two')).toEqual(['one', 'two']);
  });
});

describe('names', () => {
  it('may be prefixes where one only looks, as long as only one thing begins so', async () => {
    expect(await cluster.ok('why', 'webc')).toContain('webcam');
    expect(await cluster.ok('logs', 'web.1')).toContain('out of web.1');
    expect(await cluster.ok('why', 'webcam.0')).toContain('webcam');
  });

  it('that fit several things are not guessed at', async () => {
    const { code, stderr } = await cluster.run('why', 'we');
    expect(stderr).toBe(
      'tender: "we" could be any of: web, webcam [name.ambiguous]\n  write more of the name\n',
    );
    expect(code).toBe(1);
  });

  it('are whole where something changes or ends', async () => {
    for (const args of [
      ['scale', 'webc=1'],
      ['stop', 'webc'],
    ]) {
      const { code, stderr } = await cluster.run(...args);
      expect(stderr).toContain('no job or task is called "webc" (did you mean "webcam"?) [job.unknown]');
      expect(code).toBe(1);
    }
  });

  it('of a new job are free, or it is exactly so already: no other job is changed by it', async () => {
    expect(await cluster.ok('run', '--name', 'webcam', '--', 'sleep', word)).toContain('exactly so already');
    const { code, stderr } = await cluster.run('run', '--name', 'webcam', '--', 'sleep', '5');
    expect(stderr).toMatch(/^tender: there is a job webcam already \[job\.taken\]\n {2}choose another name;/);
    expect(code).toBe(1);
    expect(cluster.client.state.jobs.get('webcam')?.version).toBe(1);
  });

  it('that fit nothing say where to look', async () => {
    for (const args of [
      ['scale', 'nothing=1'],
      ['stop', 'nothing'],
      ['why', 'nothing'],
      ['logs', 'nothing'],
      ['exec', 'nothing', '--', 'true'],
    ]) {
      const { code, stderr } = await cluster.run(...args);
      expect(stderr).toMatch(
        /^tender: no (job or )?task is called "nothing" \[(job|task)\.unknown\]\n {2}list them with: tender (jobs|ps)\n$/,
      );
      expect(code).toBe(1);
    }
  });
});

describe('--read-only', () => {
  it.each([
    ['scale', 'web=3'],
    ['stop', 'web'],
    ['run', '--name', 'more', '--', 'true'],
    ['exec', 'web.0', '--', 'true'],
    ['drain', 'n1'],
    ['token', 'create', '--role', 'client'],
  ])('%s is refused', async (...words) => {
    const { code, stderr } = await cluster.run('--read-only', ...words);
    expect([code, stderr]).toEqual([1, expect.stringContaining('[client.read_only]')]);
  });

  it.each([
    ['ps'],
    ['why', 'web'],
    ['versions', 'web'],
    ['inspect', 'web'],
    ['logs', 'web.0'],
    ['doctor'],
  ])('%s goes on', async (...words) => expect(await cluster.ok('--read-only', ...words)).not.toBe(''));
});

describe('what is wrong', () => {
  it('in a job file is named with its line, and a near miss gets a hint', async () => {
    const path = file('name: site\nimage: x\ncuont: 3\n');
    const { code, stderr } = await cluster.run('up', path);
    expect(stderr).toContain(`tender: ${path}:3: cuont: expected`);
    expect(stderr).toContain('count');
    expect(code).toBe(1);
  });

  it('in the second of several jobs is found there, and nothing is done', async () => {
    const path = file(
      "jobs:\n  good: {command: 'sleep 1000'}\n  bad:\n    command: sleep 1\n    ports:\n      http: 99999\n",
    );
    const { code, stdout, stderr } = await cluster.run('up', path);
    expect(stdout).toBe('');
    expect(stderr).toMatch(new RegExp(`^tender: ${path}:6: ports.http: expected a port`));
    expect(code).toBe(1);
    expect(cluster.client.state.jobs.has('good')).toBe(false);
  });

  it('in YAML, or no file at all, is said in words', async () => {
    const broken = file('name: [x\n');
    expect((await cluster.run('up', broken)).stderr).toMatch(new RegExp(`^tender: ${broken}:2:1: `));
    expect((await cluster.run('up', '/no/such/file.yaml')).stderr).toMatch(
      /^tender: \/no\/such\/file.yaml: there is no such file \[job.file\]/,
    );
    const second = await cluster.run('up', '-f', file('services: { a: { image: b } }'), '-f', 'absent.yaml');
    expect(second.stderr).toMatch(/^tender: absent.yaml: there is no such file \[job.file\]/);
  });

  it('in the name of a command is said', async () => {
    expect((await cluster.run('nonsense')).stderr).toMatch(
      /^tender: there is no command "nonsense" \[usage\]\n/,
    );
  });

  it('in the words of a command is a usage error, exit code 2, without a stack', async () => {
    for (const args of [
      ['nonsense'],
      ['scale', 'web'],
      ['run'],
      ['ps', '--wrong'],
      ['token', 'create', '--role', 'king'],
      ['run', '-n', 'many', 'x'],
    ]) {
      const { code, stderr } = await cluster.run(...args);
      expect([args, code]).toEqual([args, 2]);
      expect(stderr).toMatch(/^tender: /);
      expect(stderr).not.toContain('    at ');
    }
  });

  it('with the context is said with the way out', async () => {
    expect((await cluster.run('--context', 'elsewhere', 'ps')).stderr).toContain(
      'no context is called "elsewhere"',
    );
    const env = { ...cluster.env, TENDER_CONFIG: join(cluster.folder, 'nobody') };
    const { code, stderr } = await cluster.runIn({ env }, 'ps');
    expect(stderr).toBe(
      'tender: this machine knows no cluster yet [client.no_context]\n  start one with: tender dev; or join one with: tender context add TOKEN\n',
    );
    expect(code).toBe(1);
  });
});

describe('version', () => {
  const OWN = /^tender \d\S+, protocol \d+\.\d+, Node 26\./;

  it('says what this program is, and what the master is', async () => {
    const lines = (await cluster.ok('version')).split('\n');
    expect(lines[0]).toMatch(OWN);
    expect(lines[1]).toBe(
      `master of tender at ${cluster.context.address}: ${lines[0]!.replace(/, Node.*/, '')}`,
    );
    expect(lines).toHaveLength(2);
    const { cluster: seen } = await cluster.json<{ cluster: { members: { role: string }[] } }>('version');
    expect(new Set(seen.members.map(({ role }) => role))).toEqual(new Set(['agent', 'client', 'framework']));
  });

  it('without a cluster says what this program is', async () => {
    const config = mkdtempSync(join(cluster.folder, 'none-'));
    const env = { ...cluster.env, TENDER_CONFIG: config };
    const { code, stdout, stderr } = await cluster.runIn({ env }, 'version');
    expect([code, stderr, stdout.match(OWN)?.index]).toEqual([0, '', 0]);
  });

  it('of a master that does not answer says that, and what this program is', async () => {
    const config = mkdtempSync(join(cluster.folder, 'dead-'));
    const env = { ...cluster.env, TENDER_CONFIG: config };
    const dead = { ...cluster.context, address: 'tcp://127.0.0.1:1' };
    const contexts = { current: 'dead', contexts: { dead } };
    writeFileSync(join(config, 'contexts.json'), JSON.stringify(contexts), { mode: 0o600 });
    const { code, stdout, stderr } = await cluster.runIn({ env }, 'version');
    expect([code, stdout.match(OWN)?.index]).toEqual([0, 0]);
    expect(stderr).toMatch(/^tender: of its cluster nothing is known: .*127\.0\.0\.1:1/);
    expect(JSON.parse((await cluster.runIn({ env }, 'version', '--json')).stdout)).not.toHaveProperty(
      'cluster',
    );
  });
});

describe('exec', () => {
  it('gives output on both channels, and the exit code', async () => {
    const { stdout, stderr, code } = await cluster.run(
      'exec',
      'web.0',
      '--',
      'sh',
      '-c',
      'echo $TENDER_NAME; echo trouble >&2; exit 7',
    );
    expect([stdout, stderr, code]).toEqual(['web.0\n', 'trouble\n', 7]);
  });

  it('of what is not there says so', async () => {
    const { stderr, code } = await cluster.run('exec', 'web.0', '--', 'no-such-program');
    expect(stderr).toContain('no-such-program');
    expect(code).not.toBe(0);
  });
});

describe('logs', () => {
  it('of a job have the name of each instance; --tail gives the last lines', async () => {
    const text = await cluster.ok('logs', 'web');
    expect(text).toContain('web.0 | out of web.0');
    expect(text).toContain('web.1 | out of web.1');
    await cluster.ok('run', '--name', 'lines', '--', 'sh', '-c', 'seq 1 100; exec sleep 100000');
    await cluster.untilRunning('lines', 1);
    expect(
      await eventually(async () => (await cluster.ok('logs', '--tail', '3', 'lines.0')) || undefined),
    ).toBe('98\n99\n100');
    await cluster.ok('stop', 'lines');
  });

  it('of a task that has ended are still there', async () => {
    await cluster.ok('run', '--name', 'brief', '--', 'sh', '-c', 'echo last words; exit 1');
    const first = await eventually(() =>
      [...cluster.client.state.tasks.values()].find(({ job, closed }) => job === 'brief' && closed),
    );
    expect(await cluster.ok('logs', first.id)).toContain('last words');
    await cluster.ok('stop', 'brief');
    // By its id: the one that replaced it may have been stopped before it said anything.
    expect(await cluster.ok('logs', first.id)).toContain('last words');
  });

  it('-f goes on through a replacement, and through a restart of the master', async () => {
    await cluster.ok('run', '--name', 'reborn', '--', 'sh', '-c', `echo born; exec sleep ${word}1`);
    await cluster.untilRunning('reborn', 1);
    const follow = cluster.spawn(['logs', '-f', 'reborn']);
    const births = (): number => follow.stdout.match(/\| born$/gm)?.length ?? 0;
    await until(() => births() === 1);
    for (const pid of programs('sleep', `${word}1`)) kill(pid, 'SIGKILL');
    await until(() => births() === 2);
    await cluster.master.kill9();
    await cluster.restartMaster();
    await cluster.untilRunning('reborn', 1);
    for (const pid of programs('sleep', `${word}1`)) kill(pid, 'SIGKILL');
    await until(() => births() >= 3, { what: 'the third birth is followed' });
    expect(follow.end).toBeUndefined();
    await follow.stop('SIGINT');
    await cluster.ok('stop', 'reborn');
  });
});

describe('events -f', () => {
  it('goes on through a restart of the master', async () => {
    const follow = cluster.spawn(['events', '-f', '--tail', '1']);
    await eventually(() => follow.stdout !== '');
    await cluster.master.kill9();
    await cluster.restartMaster();
    await until(() => cluster.client.status.phase === 'live');
    await eventually(async () => (await cluster.run('scale', 'web=3')).code === 0);
    await until(() => /web\.2 RUNNING/.test(follow.stdout), { what: 'the new event is printed' });
    expect(follow.end).toBeUndefined();
  });

  it('--json of what was refused names who and why', async () => {
    await cluster.ok('token', 'create', '--role', 'agent');
    const all = (await cluster.ok('events', '--json', '--tail', '2000'))
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; seq: number });
    expect(all.every(({ seq }, i) => i === 0 || seq > all[i - 1]!.seq)).toBe(true);
  });
});

describe('members', () => {
  it('join by a token for clients, use the cluster by name, and go when revoked', async () => {
    const token = await cluster.token('client', '--name', 'ann');
    const env = { ...cluster.env, TENDER_CONFIG: join(cluster.folder, 'ann') };
    const ann = (...args: string[]) => cluster.runIn({ env }, ...args);
    expect((await ann('context', 'add', token, '--name', 'lab')).stdout).toBe(
      'You are ann in tender; this context is now "lab"\n',
    );
    expect((await ann('context')).stdout).toMatch(/^\* +lab /m);
    expect((await ann('jobs')).stdout).toContain('webcam');
    const again = await ann('context', 'add', token, '--name', 'other');
    expect(again.stderr).toContain('the master refused the token: it was used already');
    expect(await cluster.ok('members')).toMatch(/client +ann /);
    await cluster.ok('revoke', 'ann');
    const refused = await ann('jobs');
    expect(refused.stderr).toContain('the master does not know this key, or has revoked it');
    expect(refused.code).toBe(1);
    expect((await ann('context', 'rm', 'lab')).code).toBe(0);
    expect((await ann('jobs')).stderr).toContain('this machine knows no cluster yet');
  });

  it('a master that is not there is said so within ten seconds', { timeout: 30_000 }, async () => {
    await cluster.master.stop();
    const start = performance.now();
    const { code, stderr } = await cluster.run('ps');
    expect(stderr).toContain('cannot be reached');
    expect(code).toBe(1);
    console.log(`a master that is not there was reported after ${Math.round(performance.now() - start)} ms`);
    expect(performance.now() - start).toBeLessThan(12_000);
    await cluster.restartMaster();
  });
});
