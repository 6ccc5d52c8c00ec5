/** Things of the cluster at the prompt: always now, with methods, printed by their columns. */
import { afterEach, describe, expect, it } from 'vitest';
import { TenderError } from '../../src/core/errors.ts';
import type { AgentId, TaskId } from '../../src/core/task.ts';
import { homeCluster, job, NOW, usage } from '../support/cluster-fixture.ts';
import type { FakeClient } from '../support/fake-client.ts';
import { ReplSession } from '../support/repl-session.ts';

let session: ReplSession | undefined;
const open = async (client: FakeClient): Promise<ReplSession> => {
  session = new ReplSession(client);
  await session.until();
  return session;
};
afterEach(() => session?.server.close());

describe('a thing', () => {
  it('that is kept in a variable is always now', async () => {
    const client = homeCluster();
    const repl = await open(client);
    await repl.type('const web = jobs.web');
    client.emit({ type: 'job.changed', at: NOW, job: job('web', 3, 1) });
    expect(await repl.type('[web.running, web === jobs.web, web === jobs.find(j => j.name === "web")]')).toBe(
      '[ 1, true, true ]',
    );
    client.emit({ type: 'job.removed', at: NOW, job: 'web' });
    expect(await repl.type('[web.running, jobs.web]')).toBe('[ 1, undefined ]');
  });

  it('has figures in cpus and MiB, and what belongs to it', async () => {
    const client = homeCluster();
    const id = 'db.0-k3x9' as TaskId;
    client.emit({
      type: 'agent.usage',
      at: NOW,
      agent: 'agent-nuc1' as AgentId,
      usage: usage(1500, 4, 20, { [id]: { cpus: 250, mem: 100 } }),
    });
    const repl = await open(client);
    expect(await repl.type('agents.nuc1.capacity')).toMatch(/cpus: \d+, mem: \d+, disk: \d+/);
    expect(await repl.type('agents.nuc1.capacity.cpus - agents.nuc1.free.cpus > 0')).toBe('true');
    expect(await repl.type('agents.nuc1.use.cpus')).toBe('1.5');
    expect(await repl.type('tasks["db.0"].agentName + tasks["db.0"].asked.cpus')).toMatch(/^'nuc\d/);
    expect(await repl.type('jobs.web.tasks.map(t => t.name)')).toBe(
      "[ 'web.0', 'web.1', 'web.2', 'web.10' ]",
    );
    expect(await repl.type('jobs.web.tasks')).toMatch(/^NAME +STATE/);
  });

  it('prints its columns one below the other, and goes into JSON as its record', async () => {
    const repl = await open(homeCluster());
    expect(await repl.type('jobs.web')).toMatch(/^job web\n {2}status +running\n {2}running +3\/3\n/);
    expect(await repl.type('JSON.parse(JSON.stringify(jobs.web)).desired')).toBe('3');
    expect(await repl.type('({ ...jobs.web }).kind')).toBe("'service'");
    expect(await repl.type('Object.keys(jobs.web).includes("status")')).toBe('true');
    expect(await repl.type('jobs.web.running = 1')).toContain("can't be assigned to");
  });

  it('has the verbs that name it as methods, and those of its framework', async () => {
    const client = homeCluster();
    client.answer = async () => ({ job: 'web' });
    const repl = await open(client);
    await repl.type('jobs.web.scale(5)');
    await repl.type('agents.nuc1.drain({deadline: "10m"})');
    await repl.type('roles.data.set({weight: 3})');
    await repl.type('tasks["web.0"].kill({grace: 1})');
    expect(client.asked.map(({ method, params }) => [method, params])).toMatchObject([
      ['framework.call', { to: { job: 'web' }, verb: 'scale', args: { count: 5 } }],
      ['agent.drain', { name: 'nuc1', deadlineMs: 600_000 }],
      ['roles.set', { changes: [{ role: 'data', weight: 3 }] }],
      ['task.kill', { task: 'web.0-k3x9', graceMs: 1000 }],
    ]);
    expect(await repl.type('typeof jobs.web.submit')).toBe("'function'");
    expect(await repl.type('jobs.web.nothing')).toBe('');
  });

  it('refuses an option that there is not', async () => {
    const repl = await open(homeCluster());
    expect(await repl.type('jobs.web.logs({folow: true})')).toMatch(
      /^usage: there is no option "folow" \(did you mean "follow"\?\)/,
    );
  });

  it('changes one field of a job, over the version that was looked at', async () => {
    const client = homeCluster();
    const input = { name: 'web', image: 'nginx:1', count: 3, env: { A: '1' } };
    client.answer = ({ params }) => {
      const { verb } = params as { verb: string };
      if (verb === 'versions') return [{ version: 1, at: 0, current: true, input }];
      return { job: 'web', version: 2, changed: true };
    };
    const repl = await open(client);
    await repl.type("jobs.web.update({image: 'nginx:2', env: null})");
    expect(client.asked.at(-1)?.params).toEqual({
      to: { kind: 'service' },
      verb: 'submit',
      args: { spec: { name: 'web', image: 'nginx:2', count: 3 }, ifVersion: 4 },
    });
    expect(await repl.type('jobs.web.plan({count: 9})')).toContain('could not be printed'); // no plan at all
    expect(client.asked.at(-1)?.params).toMatchObject({ verb: 'plan', args: { spec: { count: 9 } } });
  });
});

describe('what tasks write', () => {
  it('is gone through line by line', async () => {
    const client = homeCluster();
    client.onStream = (stream) => {
      stream.say('one\ntw');
      stream.say('o\nlast');
      stream.end();
    };
    const repl = await open(client);
    await repl.type(
      'const seen = []; for await (const { task, text } of tasks["db.0"].logs()) seen.push(task, text)',
    );
    expect(await repl.type('seen.join()')).toBe("'db.0,one,db.0,two,db.0,last'");
    expect(await repl.type('await tasks["db.0"].logs().text()')).toBe("'one\\ntwo\\nlast\\n'");
  });

  it('closes its streams when nobody reads on', async () => {
    const client = homeCluster();
    client.onStream = (stream) => stream.say('one\ntwo\n');
    const repl = await open(client);
    await repl.type('for await (const line of jobs.web.logs({follow: true})) break');
    expect(client.streams.length).toBe(4);
    expect(client.streams.every(({ closed }) => closed)).toBe(true);
  });

  it('of a program is there with its exit code', async () => {
    const client = homeCluster();
    client.onStream = (stream) => {
      stream.say('out');
      stream.say('err', 'stderr');
      stream.end(2);
    };
    const repl = await open(client);
    await repl.type("const done = await tasks['db.0'].exec('ls -l')");
    expect(await repl.type('done')).toBe("{ exitCode: 2, stdout: 'out', stderr: 'err' }");
    expect(client.streams[0]!.what).toMatchObject({ kind: 'exec', argv: ['sh', '-c', 'ls -l'] });
  });
});

describe('errors', () => {
  it('have no stack until it is asked for', async () => {
    const repl = await open(homeCluster());
    expect(await repl.type('null.x')).toBe("TypeError: Cannot read properties of null (reading 'x')");
    expect(await repl.type('.stack')).toMatch(/TypeError: .*\n +at /);
    expect(await repl.type('1 +* 2')).toMatch(/^SyntaxError: /);
    expect(await repl.type('throw "words"')).toBe('thrown: words');
    expect(await repl.type("await Promise.reject(new Error('late'))")).toBe('Error: late');
  });

  it('of ours have their code, however they come', async () => {
    const client = homeCluster();
    client.answer = () => Promise.reject(new TenderError('framework.away', { name: 'service' }));
    const repl = await open(client);
    for (const line of ['jobs.web.stop()', 'await jobs.web.stop()', "stop('web')"])
      expect(await repl.type(line)).toMatch(/^framework\.away: .*\n {2}it comes back/);
  });
});

describe('completion', () => {
  it.each([
    ['jobs.web.sc', ['jobs.web.scale']],
    ["tasks['web.0'].lo", ["tasks['web.0'].logs"]],
    ['agents.nuc1.fr', ['agents.nuc1.free']],
    ['jobs.web.logs({fo', ['follow: ']],
    ['logs("web", {follow: true, t', ['tail: ']],
    ["on('task.fail", ["on('task.failed'"]],
  ])('of %s', async (typed, expected) => {
    expect((await (await open(homeCluster())).complete(typed))[0]).toEqual(expected);
  });

  it('of a variable that holds a thing', async () => {
    const repl = await open(homeCluster());
    await repl.type('const web = jobs.web');
    expect((await repl.complete('web.desi'))[0]).toEqual(['web.desired']);
  });

  it('leaves out what the framework of a job does not know', async () => {
    const [matches] = await (await open(homeCluster())).complete('jobs.web.');
    expect(matches).toContain('jobs.web.scale');
    expect(matches).not.toContain('jobs.web.dispatch');
  });

  it('says how a verb is used where there is nothing to choose from', async () => {
    const repl = await open(homeCluster());
    await repl.complete('jobs.web.scale(');
    expect(await repl.until()).toContain('.scale(3)\n  so many instances of a job');
  });
});

describe('help', () => {
  it('knows methods, things and events', async () => {
    const repl = await open(homeCluster());
    expect(await repl.type('help(jobs.web.scale)')).toBe('.scale(3)\n  so many instances of a job');
    expect(await repl.type('help(jobs)')).toMatch(/\neach has: .*desired, .*healthy, .*running, .*tasks/);
    expect(await repl.type('help(agents.nuc1)')).toMatch(/\n {2}\.drain\(.*moves the tasks of a machine/);
    expect(await repl.type('help(on)')).toContain('task.failed');
    expect(await repl.type('help(quota.set)')).toContain('quota.set(');
  });
});
