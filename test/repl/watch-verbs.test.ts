/** `on`, `until`, `sleep`: told by events, with errors that end nothing. */
import { afterEach, describe, expect, it } from 'vitest';
import type { TaskId } from '../../src/core/task.ts';
import type { TaskState } from '../../src/core/task-state.ts';
import { EVENT_NAMES, subjectOf } from '../../src/repl/event-names.ts';
import { homeCluster, job, NOW } from '../support/cluster-fixture.ts';
import type { FakeClient } from '../support/fake-client.ts';
import { ReplSession } from '../support/repl-session.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const clock = virtualClock(NOW);
let session: ReplSession | undefined;
const open = async (client: FakeClient): Promise<ReplSession> => {
  session = new ReplSession(client, { clock });
  await session.until();
  return session;
};
afterEach(() => session?.server.close());

const become = (client: FakeClient, name: string, state: TaskState): void =>
  client.emit({
    type: 'task.status',
    at: NOW,
    status: { task: `${name}-k3x9` as TaskId, state, reason: 'exited', message: '', at: NOW },
  });

describe('on', () => {
  it('tells each event with the thing it is about, until off is called', async () => {
    const client = homeCluster();
    const repl = await open(client);
    await repl.type(
      "const seen = []; const off = on('task.failed', (task, event) => seen.push(task.name, event.type))",
    );
    become(client, 'web.0', 'FAILED');
    become(client, 'web.1', 'FINISHED');
    expect(await repl.type('seen')).toBe("[ 'web.0', 'task.status' ]");
    await repl.type('off()');
    become(client, 'web.1', 'FAILED');
    expect(await repl.type('seen.length')).toBe('2');
  });

  it('tells a state once, however often it is said again', async () => {
    const client = homeCluster();
    const repl = await open(client);
    await repl.type("let count = 0; on('task.running', () => { count += 1 })");
    become(client, 'web.0', 'RUNNING');
    become(client, 'web.0', 'KILLING');
    become(client, 'web.0', 'RUNNING');
    expect(await repl.type('count')).toBe('1');
  });

  it('prints what goes wrong in the function, and goes on', async () => {
    const client = homeCluster();
    const repl = await open(client);
    await repl.type("on('task.failed', task => { throw new Error('oops ' + task.name) })");
    await repl.type("on('task.failed', async () => stop('nope'))");
    become(client, 'web.0', 'FAILED');
    const said = await repl.until(/job\.unknown[\s\S]*tender> $/);
    expect(said).toContain('Error: oops web.0');
    expect(await repl.type('1 + 1')).toBe('2');
  });

  it('knows its events by name', async () => {
    const repl = await open(homeCluster());
    expect(await repl.type("on('task.faild', () => {})")).toMatch(
      /^event\.unknown: there is no event "task\.faild" \(did you mean "task\.failed"\?\)/,
    );
    expect(await repl.type("on('task.failed')")).toMatch(/^usage: expected a function/);
    expect(EVENT_NAMES).toContain('agent.unreachable');
    expect(subjectOf({ type: 'job.changed', at: NOW, job: job('web', 1, 1) })).toEqual(['jobs', 'web']);
  });
});

describe('until', () => {
  it('waits for the cluster, and gives what the condition gave', async () => {
    const client = homeCluster();
    const repl = await open(client);
    repl.input.write('until(() => jobs.web.running === 2 && "two")\n');
    await repl.settled();
    client.emit({ type: 'job.changed', at: NOW, job: job('web', 3, 2) });
    expect(await repl.until()).toContain("'two'");
  });

  it('gives up after its time, and says what for', async () => {
    const repl = await open(homeCluster());
    repl.input.write("until(() => jobs.web.running === 99, {timeout: '10s'})\n");
    await repl.settled();
    await clock.advance(10_000);
    expect(await repl.until()).toMatch(
      /wait\.timeout: not come true within 10s: jobs\.web\.running === 99\n/,
    );
  });

  it('takes conditions that have to wait themselves, and what they throw', async () => {
    const repl = await open(homeCluster());
    expect(await repl.type('until(async () => 5)')).toBe('5');
    expect(await repl.type('until(() => nothing.at.all)')).toMatch(/^ReferenceError: /);
  });

  it('ends on Ctrl-C and looks no more', async () => {
    const client = homeCluster();
    const repl = await open(client);
    await repl.type('let looks = 0');
    repl.input.write('until(() => { looks += 1 })\n');
    await repl.settled();
    repl.server.emit('SIGINT');
    await repl.until('stopped waiting');
    client.emit({ type: 'job.changed', at: NOW, job: job('web', 3, 2) });
    expect(await repl.type('looks')).toBe('1');
  });
});

describe('sleep', () => {
  it('waits so long', async () => {
    const repl = await open(homeCluster());
    repl.input.write("await sleep('5m'); 'awake'\n");
    await repl.settled();
    await clock.advance(300_000);
    expect(await repl.until()).toContain("'awake'");
  });

  it('wants a time', async () => {
    expect(await (await open(homeCluster())).type("sleep('soon')")).toMatch(/^usage: a time is seconds/);
  });
});
