/** Laws of what a batch job decides, whatever happens to it: random lives in a world in which all that is planned comes true. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countersOf } from '../../src/framework/jobs/kind.ts';
import { BatchWorld } from '../support/batch-view.ts';

type Deed = { readonly what: (typeof DEEDS)[number]; readonly which: number };
const DEEDS = [
  'end',
  'end',
  'end',
  'fail',
  'lose',
  'preempt',
  'away',
  'back',
  'pass',
  'run-now',
  'pause',
  'resume',
  'change',
  'cancel',
] as const;

const jobs = fc.record({
  count: fc.integer({ min: 1, max: 12 }),
  parallelism: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  timeout: fc.option(fc.constant('90s'), { nil: undefined }),
  schedule: fc.option(fc.constant('* * * * *'), { nil: undefined }),
  overlap: fc.option(fc.constantFrom('skip', 'queue', 'allow', 'replace'), { nil: undefined }),
  onLost: fc.constantFrom('replace', 'wait'),
});
const lives = fc.array(fc.record({ what: fc.constantFrom(...DEEDS), which: fc.nat({ max: 1_000 }) }), {
  maxLength: 60,
});

function does(world: BatchWorld, { what, which }: Deed): void {
  const live = [...world.instances.values()];
  const one = live[which % Math.max(1, live.length)];
  const isKnown = one && one.state !== 'UNREACHABLE';
  if (what === 'pass') world.now += which * 200;
  else if (what === 'change')
    world.change({ ...(world.view.job.input as object), env: { N: String(which % 3) } });
  else if (what === 'cancel') cancelFirst(world);
  else if (what === 'run-now' || what === 'pause' || what === 'resume') world.call(what);
  else if (!one) return;
  else if (what === 'back')
    world.instances.set(one.task, { ...one, state: one.state === 'UNREACHABLE' ? 'RUNNING' : one.state });
  else if (what === 'away') world.instances.set(one.task, { ...one, state: 'UNREACHABLE' });
  else if (what === 'lose') world.ends(one.name, 'GONE', { task: one.task });
  else if (!isKnown) return;
  else if (one.state === 'KILLING') world.ends(one.name, 'KILLED', { reason: 'killed', task: one.task });
  else if (what === 'end') world.ends(one.name, 'FINISHED', { task: one.task });
  else if (what === 'fail') world.fails(one.name, 1, { task: one.task });
  else world.ends(one.name, 'KILLED', { reason: 'preempted', task: one.task });
}

function cancelFirst(world: BatchWorld): void {
  const open = Object.values(world.memory.runs).find(({ endedAt }) => endedAt === undefined);
  if (open) world.call('cancel', { run: open.number });
}

const inAllLives = (check: (world: BatchWorld) => void, but: readonly string[] = []): void =>
  fc.assert(
    fc.property(jobs, lives, (job, deeds) => {
      const given = Object.fromEntries(Object.entries(job).filter(([, value]) => value !== undefined));
      const world = new BatchWorld(given as never);
      for (const deed of deeds.filter(({ what }) => !but.includes(what))) {
        world.settle();
        check(world);
        does(world, deed);
      }
      world.settle();
      check(world);
    }),
    { numRuns: 200 },
  );

describe('whatever happens to a batch job', () => {
  it('applied, a plan has nothing more to say', () => {
    inAllLives((world) => {
      const plan = world.plan();
      expect(countersOf(plan)).toEqual({});
      expect(plan.memory).toBe(world.memory);
      expect(plan.more).toBe(0);
    });
  });

  it('no index of a run has two live instances', () => {
    inAllLives((world) => {
      const live = [...world.instances.values()].filter(({ state }) => state === 'RUNNING');
      const slots = live.map(({ index, note }) => `${(note as { run: number }).run}.${index}`);
      expect(new Set(slots).size).toBe(slots.length);
    });
  });

  it('no more of a run are there than may be at a time', () => {
    inAllLives(
      (world) => {
        const { parallelism = Number.POSITIVE_INFINITY } = world.view.job.spec;
        const present = [...world.instances.values()].filter(({ state }) => state !== 'UNREACHABLE');
        const runs = Map.groupBy(present, ({ note }) => (note as { run: number }).run);
        for (const ofRun of runs.values()) expect(ofRun.length).toBeLessThanOrEqual(parallelism);
      },
      ['back'],
    );
  });

  it('no index of a run is done twice unless its machine was given up', () => {
    fc.assert(
      fc.property(jobs, lives, (job, deeds) => {
        const given = Object.fromEntries(
          Object.entries({ ...job, onLost: 'wait' }).filter(([, value]) => value !== undefined),
        );
        const world = new BatchWorld(given as never);
        for (const deed of deeds.filter(({ what }) => what !== 'lose')) {
          world.settle();
          does(world, deed);
        }
        expect([...world.successes.values()].filter((times) => times > 1)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('left alone, all that it has begun is over in the end, and all of it done', () => {
    fc.assert(
      fc.property(jobs, lives, (job, deeds) => {
        const { schedule: _, ...plain } = job;
        const world = new BatchWorld(
          Object.fromEntries(Object.entries(plain).filter(([, one]) => one !== undefined)) as never,
        );
        for (const deed of deeds) {
          world.settle();
          does(world, deed);
        }
        world.call('resume');
        for (
          let i = 0;
          i < 500 &&
          world.status() !== 'complete' &&
          world.status() !== 'failed' &&
          world.status() !== 'stopped';
          i++
        ) {
          world.pass(10_000);
          for (const { task, state, name } of [...world.instances.values()]) {
            if (state === 'UNREACHABLE') world.instances.delete(task);
            else world.ends(name, state === 'KILLING' ? 'KILLED' : 'FINISHED', { task });
          }
        }
        expect(
          Object.values(world.results()).filter(
            (state) => !['complete', 'failed', 'stopped'].includes(state),
          ),
        ).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});

describe('a large array', () => {
  it('is remembered in a few words, and looked at in a moment, however much of it is done', () => {
    const world = new BatchWorld({ count: 10_000, parallelism: 50 });
    world.settle();
    let longest = 0;
    for (let done = 0; done < 3_000; done++) {
      // Never the oldest first: holes come and go.
      world.ends(world.live().at(done % 50)!);
      world.settle();
      longest = Math.max(longest, JSON.stringify(world.memory).length);
    }
    expect(longest).toBeLessThan(2_000);
    const begin = performance.now();
    for (let i = 0; i < 100; i++) world.plan();
    expect((performance.now() - begin) / 100).toBeLessThan(5);
  });

  it('of which all fails is remembered in not many more, with the first hundred failures', () => {
    const world = new BatchWorld({ count: 10_000, parallelism: 500, retry: { attempts: 0 } });
    world.settle();
    for (let round = 0; round < 20; round++) {
      for (const name of world.live()) world.fails(name);
      world.settle();
    }
    expect(world.status()).toBe('failed');
    expect(world.memory.runs[1]!.failures).toHaveLength(100);
    expect(JSON.stringify(world.memory).length).toBeLessThan(20_000);
  });
});
