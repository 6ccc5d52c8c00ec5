/**
 * Cluster state is what its events make of it, and nothing else: the same in a master, in a replica that joined late,
 * and in a test. Random histories over a few names look for an event that breaks this.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apply, restore, snapshotOf } from '../../src/core/apply.ts';
import {
  CLOSED_KEPT,
  type ClusterState,
  defaultRole,
  ENDED_KEPT,
  emptyCluster,
  type MasterInfo,
  type OfferEnd,
  type OfferOutcome,
} from '../../src/core/cluster.ts';
import type { Event } from '../../src/core/events.ts';
import { resourcesOf } from '../../src/core/resources.ts';
import type { AgentId, FrameworkId, OfferId, Task, TaskId, TaskStatus } from '../../src/core/task.ts';
import { TASK_STATES, type TaskState } from '../../src/core/task-state.ts';
import { agent, job, task, usage } from '../support/cluster-fixture.ts';

const master: MasterInfo = {
  cluster: 'home',
  version: '0.1.0',
  epoch: 1,
  startedAt: 0,
  address: 'tcp://10.0.0.2:5050',
};
const AT = 1_000;

/** Records are shared with readers: whoever edits one is caught. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}

const history = (events: readonly Event[], state = emptyCluster(master)): ClusterState => {
  for (const event of events) apply(state, frozen(event));
  return state;
};

const launched = (id: string): Event => ({
  type: 'task.launched',
  at: AT,
  task: task(id, 'nuc1', 'STAGING', { id: id as TaskId }),
});
const closed = (id: string): Event => ({ type: 'task.closed', at: AT, task: id as TaskId });
const status = (id: string, state: TaskState, more: Partial<TaskStatus> = {}): Event => ({
  type: 'task.status',
  at: AT,
  status: { task: id as TaskId, state, reason: 'started', message: '', at: AT, ...more },
});

const name = fc.constantFrom('a', 'b', 'c');
const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  name.map((id): Event => ({ type: 'agent.registered', at: AT, agent: agent(id, 4, 8) })),
  name.map(
    (id): Event => ({
      type: 'agent.state',
      at: AT,
      agent: `agent-${id}` as AgentId,
      state: 'unreachable',
      why: 'silent',
    }),
  ),
  name.map(
    (id): Event => ({
      type: 'agent.total',
      at: AT,
      agent: `agent-${id}` as AgentId,
      total: resourcesOf({ cpus: 2 }),
      why: 'reserved',
    }),
  ),
  name.map(
    (id): Event => ({
      type: 'agent.usage',
      at: AT,
      agent: `agent-${id}` as AgentId,
      usage: usage(100, 1, 1),
    }),
  ),
  name.map(
    (id): Event => ({
      type: 'framework.subscribed',
      at: AT,
      framework: {
        id: id as FrameworkId,
        roles: ['*'],
        state: 'connected',
        suppressed: [],
        kinds: [],
        verbs: [],
        columns: [],
        failoverMs: 1000,
        since: AT,
      },
    }),
  ),
  name.map(
    (id): Event => ({ type: 'framework.disconnected', at: AT, framework: id as FrameworkId, why: 'silent' }),
  ),
  fc.tuple(name, fc.subarray(['*', 'web'])).map(
    ([id, roles]): Event => ({
      type: 'framework.suppressed',
      at: AT,
      framework: id as FrameworkId,
      roles,
    }),
  ),
  name.map(
    (id): Event => ({ type: 'framework.error', at: AT, framework: id as FrameworkId, message: 'oops' }),
  ),
  name.map(
    (id): Event => ({
      type: 'offer.made',
      at: AT,
      offer: {
        id: id as OfferId,
        framework: 'a' as FrameworkId,
        role: '*',
        agent: 'agent-a' as AgentId,
        resources: resourcesOf({ cpus: 1 }),
        at: AT,
        expiresAt: AT,
      },
    }),
  ),
  name.map(
    (id): Event => ({ type: 'offer.ended', at: AT, offer: id as OfferId, outcome: 'declined', why: '' }),
  ),
  name.map(launched),
  fc.tuple(name, fc.constantFrom(...TASK_STATES)).map(([id, state]) => status(id, state)),
  name.map(closed),
  name.map((id): Event => ({ type: 'job.changed', at: AT, job: job(id, 1, 1) })),
  name.map((id): Event => ({ type: 'job.removed', at: AT, job: id })),
  fc
    .tuple(name, fc.integer({ min: 2, max: 9 }))
    .map(([id, weight]): Event => ({ type: 'role.changed', at: AT, role: { ...defaultRole(id), weight } })),
  name.map((id): Event => ({ type: 'role.removed', at: AT, role: id })),
  name.map(
    (id): Event => ({
      type: 'member.admitted',
      at: AT,
      member: { name: id, role: 'agent', publicKey: id, since: AT },
    }),
  ),
  name.map((id): Event => ({ type: 'member.revoked', at: AT, name: id })),
  fc.constant<Event>({ type: 'peer.refused', at: AT, address: '10.0.0.9', why: 'its key is not admitted' }),
  fc.constant<Event>({ type: 'master.warning', at: AT, message: 'slow disk' }),
);
const anyHistory = fc.array(anyEvent, { maxLength: 60 });

describe('any history', () => {
  it('gives the same state twice, and edits no record', () => {
    fc.assert(
      fc.property(anyHistory, (events) => {
        expect(history(events)).toEqual(history(events));
      }),
    );
  });

  it('may be cut anywhere: a replica made from a snapshot goes on like the master', () => {
    fc.assert(
      fc.property(anyHistory, anyHistory, (before, after) => {
        const whole = history(before);
        const replica = restore(JSON.parse(JSON.stringify(snapshotOf(whole))));
        expect(history(after, replica)).toEqual(history(after, whole));
      }),
    );
  });

  it('leaves an ended task ended', () => {
    fc.assert(
      fc.property(anyHistory, (events) => {
        const state = history([launched('x'), status('x', 'FAILED'), ...events]);
        expect(state.tasks.get('x' as TaskId)?.state).toBe('FAILED');
      }),
    );
  });
});

it('a task that is launched anew after its end is an open one, in a replica as in the master', () => {
  const whole = history([launched('x'), status('x', 'FAILED'), closed('x'), launched('x')]);
  expect(whole.closed).toEqual([]);
  expect(restore(snapshotOf(whole))).toEqual(whole);
});

describe('an offer that has ended', () => {
  const offered = (id: string): Event => ({
    type: 'offer.made',
    at: AT,
    offer: {
      id: id as OfferId,
      framework: 'web' as FrameworkId,
      role: '*',
      agent: 'agent-a' as AgentId,
      resources: resourcesOf({ cpus: 1 }),
      at: AT,
      expiresAt: AT + 60_000,
    },
  });
  const ended = (id: string, outcome: OfferOutcome, more: Partial<OfferEnd> = {}): Event => ({
    type: 'offer.ended',
    at: AT + 5,
    offer: id as OfferId,
    outcome,
    why: '',
    ...more,
  });

  it('stays readable, with what became of it', () => {
    const state = history([
      offered('o1'),
      ended('o1', 'accepted', { tasks: ['t' as TaskId], until: AT + 99 }),
    ]);
    expect(state.offers.size).toBe(0);
    expect(state.endedOffers).toMatchObject([
      {
        id: 'o1',
        framework: 'web',
        at: AT,
        ended: { outcome: 'accepted', at: AT + 5, tasks: ['t'], until: AT + 99 },
      },
    ]);
  });

  it('is forgotten for later ones of the same outcome, and only for those', () => {
    const many = Array.from({ length: ENDED_KEPT + 10 }, (_, i) => `d${i}`);
    const state = history([
      ...['a', ...many].map(offered),
      ended('a', 'accepted'),
      ...many.map((id) => ended(id, 'declined')),
    ]);
    const ids = state.endedOffers.map(({ id }) => id);
    expect(ids).toEqual(['a', ...many.slice(10)]);
  });
});

describe('events about what is not there', () => {
  const about = (event: Event): boolean =>
    ![
      'agent.registered',
      'framework.subscribed',
      'offer.made',
      'task.launched',
      'job.changed',
      'member.admitted',
      'role.changed',
    ].includes(event.type);

  it('change nothing', () => {
    fc.assert(
      fc.property(anyEvent.filter(about), (event) => {
        expect(history([event])).toEqual(emptyCluster(master));
      }),
    );
  });
});

describe('a status', () => {
  const after = (...events: Event[]): Task =>
    history([launched('x'), ...events]).tasks.get('x' as TaskId) as Task;

  it('moves the task on, with its reason, words and exit code', () => {
    expect(
      after(status('x', 'FAILED', { reason: 'exited', message: 'exited with 3', exitCode: 3, at: 2_000 })),
    ).toMatchObject({
      state: 'FAILED',
      reason: 'exited',
      message: 'exited with 3',
      exitCode: 3,
      since: 2_000,
      name: 'x',
    });
  });

  it('of the same state keeps the time since when it is so', () => {
    const running = after(
      status('x', 'RUNNING', { at: 2_000 }),
      status('x', 'RUNNING', { at: 3_000, healthy: true }),
    );
    expect([running.since, running.healthy]).toEqual([2_000, true]);
  });

  it('that goes backwards is ignored', () => {
    expect(after(status('x', 'RUNNING'), status('x', 'STAGING')).state).toBe('RUNNING');
    expect(after(status('x', 'KILLED'), status('x', 'RUNNING')).state).toBe('KILLED');
    expect(after(status('x', 'UNREACHABLE'), status('x', 'RUNNING')).state).toBe('RUNNING');
  });
});

describe('closed tasks', () => {
  const ids = Array.from({ length: CLOSED_KEPT + 10 }, (_, i) => `t${i}`);

  it(`the last ${CLOSED_KEPT} stay readable, live ones always`, () => {
    const state = history([launched('live'), ...ids.map(launched), ...ids.map(closed), ...ids.map(closed)]);
    expect(state.closed).toEqual(ids.slice(10));
    expect([...state.tasks.keys()].sort()).toEqual(['live', ...ids.slice(10)].sort());
  });

  it('go in the order of their closing, in a replica too', () => {
    const order = [...ids].reverse();
    const half = history([...ids.map(launched), ...order.slice(0, 300).map(closed)]);
    const replica = restore(snapshotOf(half));
    const rest = order.slice(300).map(closed);
    expect(history(rest, replica)).toEqual(history(rest, half));
    expect(replica.closed).toEqual(order.slice(10));
  });
});
