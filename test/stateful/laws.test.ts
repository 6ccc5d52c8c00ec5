/**
 * Laws of what is decided for a database, over random histories: instances and commands that end in all ways, machines that
 * come and go, new specs, people who say what they want. Each decision is applied to a world of plain values.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NOTHING_REMEMBERED, type StatefulView } from '../../plugins/stateful/memory.ts';
import { reconcile } from '../../plugins/stateful/reconcile.ts';
import { type StatefulSpec, statefulSchema } from '../../plugins/stateful/spec.ts';
import { stateful } from '../../plugins/stateful/stateful.ts';
import type { AgentId, TaskId, TaskStatus } from '../../src/core/task.ts';
import { fills, type Instance, serves } from '../../src/framework/jobs/instance.ts';
import { nameOf, type Placing, type Plan } from '../../src/framework/jobs/kind.ts';
import type { AgentView } from '../../src/wire/messages/framework.ts';

const AGENTS = ['a', 'b', 'c', 'd'];
const STEPS = { before: [{ run: ['flush'], name: 'flush' }], after: [{ until: ['sync'], name: 'sync' }] };

const specOf = (release: number, count: number): StatefulSpec =>
  statefulSchema.parse({
    name: 'db',
    kind: 'stateful',
    count,
    command: ['serve'],
    data: 100,
    env: { RELEASE: release },
    runbook: { upgrade: STEPS, replace: STEPS, scaleUp: STEPS, scaleDown: { before: STEPS.before } },
  });

const agentOf = (id: string): AgentView =>
  ({ id, name: id, state: 'ready', attributes: {}, executors: [], total: [] }) as unknown as AgentView;

class World {
  view: StatefulView;
  #made = 0;
  /** Launches of commands that are run once, by step. */
  readonly ran = new Map<string, number>();
  readonly #goes = new Map<TaskId, string>();
  /** How often a person has had steps done again. */
  #again = 0;

  constructor(count: number) {
    const spec = specOf(1, count);
    this.view = {
      job: { spec, input: {}, version: 1, stopping: false, memory: NOTHING_REMEMBERED },
      instances: [],
      versions: new Map([[1, { spec, input: {}, at: 0 }]]),
      agents: new Map(AGENTS.map((id) => [id as AgentId, agentOf(id)])),
      unsettled: [],
      others: new Map(),
      now: 1_000,
    };
  }

  /** Decides once, checks the laws, and lets it come true. */
  decide(): Plan {
    const plan = reconcile(this.view);
    this.#remember(plan.memory);
    const again = reconcile(this.view);
    expect(again.memory).toBe(plan.memory); // written once
    this.#checkStops(plan);
    for (const { instance } of plan.stop) this.#change({ ...instance, state: 'KILLING' });
    for (const placing of plan.place) this.#place(placing);
    return plan;
  }

  #checkStops({ stop, memory }: ReturnType<typeof reconcile>): void {
    const byRunbook = stop.filter(({ why }) => ['upgrade', 'restart', 'scaleDown', 'drain'].includes(why));
    expect(byRunbook.length).toBeLessThanOrEqual(1);
    for (const { instance } of byRunbook) {
      if (instance.state === 'KILLING' || memory.procedure?.ending !== instance.task) continue;
      const isFirst = !this.ran.has(`ending ${instance.task}`);
      this.ran.set(`ending ${instance.task}`, 1);
      const others = Object.keys(memory.members).filter((index) => Number(index) !== instance.index);
      const up = this.view.instances
        .filter((one) => fills(one) && serves(one))
        .map(({ index }) => String(index));
      if (isFirst) expect(up).toEqual(expect.arrayContaining(others));
    }
  }

  #place(placing: Placing): void {
    const { index, home, act, note, beside, on } = placing;
    const agent = on ?? home?.agent ?? this.#roomiest();
    const { state, withdrawn } = this.view.agents.get(agent)!;
    if (state !== 'ready' || (withdrawn !== undefined && act !== 'visit')) return;
    const place = { agent, hostPorts: {} };
    this.#remember(stateful.placed!(this.view, placing, place));
    if (act === 'settle' || act === 'release') return this.#show(agent, home!.volume, act === 'settle');
    this.#show(agent, home!.volume, true);
    const same = this.view.instances.filter(
      (one) => JSON.stringify(one.note) === JSON.stringify(note) && one.index === index,
    );
    expect(same).toEqual([]); // nothing is started beside itself
    const name = nameOf('db', placing);
    const instance: Instance = {
      task: `${name}-${++this.#made}` as TaskId,
      name,
      job: 'db',
      index,
      agent,
      version: placing.version ?? this.view.job.version,
      launchedAt: this.view.now,
      checked: false,
      note,
      state: 'STAGING',
      healthy: undefined,
      message: '',
      since: this.view.now,
      servesSince: undefined,
      ...(beside !== undefined && { beside }),
    };
    this.view = { ...this.view, instances: [...this.view.instances, instance] };
    if (name.endsWith('flush')) this.#goesOnce(instance);
  }

  /** In one go of a step; one that was dropped does not count. */
  #goesOnce({ task, name }: Instance): void {
    const { kind, runbook, since } = this.view.job.memory.procedure!;
    const go = JSON.stringify([name, kind, runbook, since, this.#again]);
    expect(this.ran.has(go)).toBe(false);
    this.ran.set(go, 1);
    this.#goes.set(task, go);
  }

  #roomiest(): AgentId {
    const homes = Object.values(this.view.job.memory.homes).map(({ agent }) => agent as string);
    const isOpen = ({ state, withdrawn }: AgentView): boolean => state === 'ready' && !withdrawn;
    const ready = AGENTS.filter((id) => isOpen(this.view.agents.get(id as AgentId)!));
    return (ready.find((id) => !homes.includes(id)) ?? ready[0] ?? 'a') as AgentId;
  }

  #show(id: AgentId, volume: string, isThere: boolean): void {
    const agent = this.view.agents.get(id)!;
    const others = agent.total.filter(({ disk }) => disk?.volume?.id !== volume);
    const total = isThere
      ? [...others, { name: 'disk', role: 'stateful', scalar: 1, disk: { volume: { id: volume } } }]
      : others;
    this.#agent({ ...agent, total });
  }

  #agent(agent: AgentView): void {
    this.view = { ...this.view, agents: new Map(this.view.agents).set(agent.id, agent) };
  }

  #remember(memory: StatefulView['job']['memory']): void {
    this.view = { ...this.view, job: { ...this.view.job, memory } };
  }

  #change(instance: Instance): void {
    const instances = this.view.instances.map((one) => (one.task === instance.task ? instance : one));
    this.view = { ...this.view, instances };
  }

  /** One of them goes on: it starts, or ends in some way. */
  happen(which: number, how: 'starts' | 'ends well' | 'fails' | 'is dropped'): void {
    const { instances } = this.view;
    const one = instances[which % Math.max(1, instances.length)];
    if (!one || one.state === 'UNREACHABLE') return;
    if (one.state === 'STAGING' && how === 'starts') return this.#change({ ...one, state: 'RUNNING' });
    if (how === 'starts') return;
    if (how === 'is dropped' && one.state !== 'STAGING') return;
    const state =
      one.state === 'KILLING'
        ? 'KILLED'
        : how === 'ends well'
          ? 'FINISHED'
          : how === 'fails'
            ? 'FAILED'
            : 'DROPPED';
    if (state === 'DROPPED') this.ran.delete(`${this.#goes.get(one.task)}`);
    const status: TaskStatus = { task: one.task, state, reason: 'exited', message: '', at: this.view.now };
    this.#remember(stateful.ended!(this.view, one, status));
    this.view = { ...this.view, instances: instances.filter(({ task }) => task !== one.task) };
  }

  /** A machine goes out of reach, or is back with all that it had. */
  reach(which: number): void {
    const agent = this.view.agents.get(AGENTS[which % AGENTS.length] as AgentId)!;
    const isBack = agent.state !== 'ready';
    this.#agent({ ...agent, state: isBack ? 'ready' : 'unreachable' });
    for (const one of this.view.instances)
      if (one.agent === agent.id) this.#change({ ...one, state: isBack ? 'RUNNING' : 'UNREACHABLE' });
  }

  /** A person has its machine drained, or takes that back. */
  drain(which: number): void {
    const agent = this.view.agents.get(AGENTS[which % AGENTS.length] as AgentId)!;
    this.#agent({ ...agent, withdrawn: agent.withdrawn ? undefined : 'draining' });
  }

  submit(release: number, count: number): void {
    const spec = specOf(release, count);
    const memory = stateful.changed!(this.view, spec);
    const version = this.view.job.version + 1;
    const versions = new Map(this.view.versions).set(version, { spec, input: {}, at: 0 });
    this.view = { ...this.view, versions, job: { ...this.view.job, spec, version, memory } };
  }

  say(verb: string): void {
    if (['undo', 'retry', 'abort', 'replace'].includes(verb)) this.#again += 1;
    const lost = Object.values(this.view.job.memory.homes).find(({ awaySince }) => awaySince !== undefined);
    try {
      const change = stateful.verbs![verb]!.run(this.view, { name: `db.${lost?.index ?? 0}` });
      if (change.memory) this.#remember(change.memory);
    } catch {
      // it is not the time for that
    }
  }

  later(ms: number): void {
    this.view = { ...this.view, now: this.view.now + ms };
  }

  /** Who has not said when there will be something to do has nothing to do for ever. */
  #rest(): void {
    this.later(86_400_000);
    const { place, stop } = this.decide();
    expect({ place, stop }).toEqual({ place: [], stop: [] });
  }

  /** Until nothing is left to do, with all machines there and everything ending well. */
  calmDown(): void {
    for (const [i, id] of AGENTS.entries()) {
      if (this.view.agents.get(id as AgentId)?.state !== 'ready') this.reach(i);
      if (this.view.agents.get(id as AgentId)?.withdrawn) this.drain(i);
    }
    for (let round = 0; round < 600; round++) {
      if (this.view.job.memory.procedure?.hold) this.say('resume');
      const { place, stop, waitUntil } = this.decide();
      const goesOn = this.view.instances.some((one) => isOnItsWay(one));
      for (const [i, one] of [...this.view.instances.entries()].reverse())
        if (isOnItsWay(one))
          this.happen(i, one.beside !== undefined && one.state !== 'STAGING' ? 'ends well' : 'starts');
      for (const [i, one] of [...this.view.instances.entries()].reverse())
        if (one.state === 'KILLING') this.happen(i, 'ends well');
      if (place.length + stop.length > 0 || goesOn || this.view.job.memory.procedure?.hold) continue;
      if (waitUntil === undefined) return this.#rest();
      this.view = { ...this.view, now: Math.max(this.view.now, waitUntil) };
    }
  }
}

/** It will start or end, whatever is decided. */
const isOnItsWay = ({ state, beside }: Instance): boolean =>
  state === 'STAGING' || state === 'KILLING' || beside !== undefined;

const deed = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      is: fc.constant('happen' as const),
      which: fc.nat(20),
      how: fc.constantFrom(
        'starts' as const,
        'starts' as const,
        'ends well' as const,
        'fails' as const,
        'is dropped' as const,
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('reach' as const), which: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('drain' as const), which: fc.nat(3) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      is: fc.constant('submit' as const),
      release: fc.nat(5),
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      is: fc.constant('say' as const),
      verb: fc.constantFrom('pause', 'resume', 'retry', 'undo', 'abort', 'restart', 'replace', 'purge'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ is: fc.constant('later' as const), ms: fc.constantFrom(100, 5_000, 200_000) }),
  },
);

it('whatever happens: one member at a time, each command once, and in the end all is as the spec says', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(deed, { maxLength: 80 }), (count, deeds) => {
      const world = new World(count);
      for (const one of deeds) {
        world.decide();
        if (one.is === 'happen') world.happen(one.which, one.how);
        else if (one.is === 'reach') world.reach(one.which);
        else if (one.is === 'drain') world.drain(one.which);
        else if (one.is === 'submit') world.submit(one.release, one.count);
        else if (one.is === 'say') world.say(one.verb);
        else world.later(one.ms);
      }
      world.calmDown();
      const { job, instances, versions } = world.view;
      if (job.memory.aborted === job.version) return;
      expect(
        instances
          .filter(fills)
          .map(({ index }) => index)
          .sort(),
      ).toEqual(Array.from({ length: job.spec.count }, (_, index) => index));
      for (const { version } of instances) expect(versions.get(version)!.spec.env).toEqual(job.spec.env);
      expect(job.memory.procedure).toBeUndefined();
      const { place, stop, memory } = reconcile(world.view);
      expect({ place, stop }).toEqual({ place: [], stop: [] });
      expect(memory).toBe(job.memory);
    }),
    { numRuns: 2_000 },
  );
});
