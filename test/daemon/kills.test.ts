/** Kills on their way through the master: to agents that are away, with several times, of tasks that nobody knows. */
import { describe, expect, it } from 'vitest';
import { scalar } from '../../src/core/resources.ts';
import type { TaskId } from '../../src/core/task.ts';
import { launch } from '../../src/framework/operations.ts';
import { memoryCluster } from '../support/memory-cluster.ts';
import { memoryMember } from '../support/memory-member.ts';
import { puppet, task } from '../support/puppet.ts';

const T = 't' as TaskId;
const FINISHED = { state: 'FINISHED', reason: 'exited', message: '', exitCode: 0 } as const;

/** A task `t` that runs on n1 of a cluster with a framework that does what a test says. */
async function stage() {
  const cluster = await memoryCluster();
  const { clock } = cluster;
  const { world, name } = await cluster.startAgent('n1');
  const one = puppet('one');
  cluster.startHost(one.definition);
  await clock.advance(1_000);
  one.context!.accept([one.offers()[0]!.id], [launch([{ ...task(T), killGrace: 30_000 }])], 0);
  await clock.advance(100);
  const away = async (): Promise<void> => {
    cluster.network.cut(name);
    await clock.advance(12_000);
  };
  const back = async (): Promise<void> => {
    cluster.network.heal(name);
    await clock.advance(10_000);
  };
  return { cluster, clock, world, one, away, back };
}

/** The same task, of a framework that acknowledges nothing by itself. */
async function rawStage() {
  const cluster = await memoryCluster();
  const { clock } = cluster;
  const { world } = await cluster.startAgent('n1');
  const raw = await memoryMember(cluster, 'raw', 'framework');
  raw.subscribe();
  await clock.advance(1_000);
  const offer = raw.heard('offers')[0]!.offers[0]!;
  raw.say({
    t: 'accept',
    offers: [offer.id],
    operations: [{ op: 'launch', tasks: [task(T, 4)] }],
    refuseMs: 0,
  });
  await clock.advance(100);
  raw.say({ t: 'acknowledge', task: T, agent: offer.agent, uuid: raw.heard('update')[0]!.uuid });
  await clock.advance(100);
  return { cluster, clock, world, raw, offer };
}

describe('a kill', () => {
  it.each<[string, (number | undefined)[], (number | undefined)[]]>([
    ['the shortest of several times', [20_000, 5_000, 10_000], [5_000]],
    ["the task's own and the shortest of the others", [20_000, undefined, 5_000], [undefined, 5_000]],
    ['the one that was said often', [undefined, undefined], [undefined]],
  ])('of a task whose agent is away is delivered with %s', async (_, said, delivered) => {
    const { cluster, one, away, back } = await stage();
    await away();
    for (const graceMs of said) one.context!.kill(T, graceMs);
    const told: (number | undefined)[] = [];
    const { agents } = cluster.master.parts;
    const { send } = agents;
    agents.send = (agent, message, bytes) => {
      if (message.t === 'kill') told.push(message.graceMs);
      return send.call(agents, agent, message, bytes);
    };
    await cluster.clock.advance(100);
    told.length = 0; // those that found nobody
    await back();
    expect(told).toEqual(delivered);
    expect(one.states('t').at(-1)).toBe('KILLED');
  });

  it('of a task that nobody knows is answered, and so is one of a task whose books are closed', async () => {
    const { clock, world, raw, offer } = await rawStage();
    const answers = (id: string): string[] =>
      raw.heard('update').flatMap(({ uuid, status }) => (status.task === id && !uuid ? [status.state] : []));
    raw.say({ t: 'kill', task: 'nobody' });
    await clock.advance(50);
    expect(answers('nobody')).toEqual(['UNKNOWN']);
    world.end(T, FINISHED);
    await clock.advance(50);
    raw.say({ t: 'kill', task: T });
    await clock.advance(50);
    expect(answers(T), 'its end is on its way').toEqual([]);
    raw.say({ t: 'acknowledge', task: T, agent: offer.agent, uuid: raw.heard('update').at(-1)!.uuid });
    raw.say({ t: 'kill', task: T });
    await clock.advance(50);
    expect(answers(T)).toEqual(['FINISHED']);
  });
});

describe('what the master says of a task by itself', () => {
  it('has no uuid, and is not said again', async () => {
    const { clock, one, away } = await stage();
    await away();
    await clock.advance(10_000);
    expect(one.states('t')).toEqual(['RUNNING', 'UNREACHABLE']);
    await clock.advance(600_000);
    expect(one.states('t')).toEqual(['RUNNING', 'UNREACHABLE']);
    one.context!.accept(['gone' as never], [launch([task('late')])], 0);
    await clock.advance(600_000);
    expect(one.states('late')).toEqual(['DROPPED']);
  });
});

describe('the end of a task', () => {
  it('frees its resources when it is known, and closes its books when it is acknowledged', async () => {
    const { cluster, clock, world, raw, offer } = await rawStage();
    const before = raw.heard('offers').length;
    world.end(T, FINISHED);
    await clock.advance(100);
    const { tasks } = cluster.master.parts.log.state;
    expect(scalar(raw.heard('offers')[before]!.offers[0]!.resources, 'cpus')).toBe(4_000);
    expect(tasks.get(T)).toMatchObject({ state: 'FINISHED', closed: false });
    expect(world.things.has(T)).toBe(true);
    raw.say({ t: 'acknowledge', task: T, agent: offer.agent, uuid: 'another' });
    await clock.advance(100);
    expect(tasks.get(T)?.closed).toBe(false);
    raw.say({ t: 'acknowledge', task: T, agent: offer.agent, uuid: raw.heard('update').at(-1)!.uuid });
    await clock.advance(100);
    expect(tasks.get(T)?.closed).toBe(true);
    expect(world.things.has(T)).toBe(false);
  });
});
