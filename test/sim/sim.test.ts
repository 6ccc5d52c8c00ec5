/**
 * The simulator itself: some seeds without a violation, the same run twice, and known defects that it finds. The long
 * runs are `npm run sim`.
 */
import { transformSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { memoryNetwork } from '../../src/wire/memory.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import { chanceOf } from './chance.ts';
import { Disk } from './disk.ts';
import { findMutants } from './find-mutants.ts';
import { MUTANTS } from './mutants.ts';
import { checkPlace } from './mutate.ts';
import { planOf, type Step } from './plan.ts';
import { shrink } from './shrink.ts';
import { SimProcess } from './sim-process.ts';
import { type Outcome, simulate } from './simulate.ts';

const MINUTE = 60_000;

const run = (seed: number, length: number, plan: readonly Step[] = planOf(seed, length)): Promise<Outcome> =>
  simulate({ seed, plan, length, agents: 5 });

describe('whatever breaks, nothing is violated', () => {
  it.each(Array.from({ length: 25 }, (_, n) => n + 1))('in ten minutes of seed %i', async (seed) => {
    const { violations, quietAfter, counts } = await run(seed, 10 * MINUTE);
    expect(violations).toEqual([]);
    expect(quietAfter).toBeDefined();
    expect(counts['acknowledged commands']).toBeGreaterThan(0);
  });
});

describe('a seed determines everything', () => {
  it('the same seed gives the same trace', async () => {
    const [once, again] = [await run(7, 5 * MINUTE), await run(7, 5 * MINUTE)];
    expect(again.hash).toBe(once.hash);
    expect(again.counts).toEqual(once.counts);
  });

  it('another seed another one, and so does a plan with a step less', async () => {
    const { hash } = await run(7, 2 * MINUTE);
    expect((await run(8, 2 * MINUTE)).hash).not.toBe(hash);
    expect((await run(7, 2 * MINUTE, planOf(7, 2 * MINUTE).slice(1))).hash).not.toBe(hash);
  });
});

describe('a simulated disk', () => {
  it('takes nothing from a dead process, and lets none that comes after wait for that (seed 38)', async () => {
    const clock = virtualClock(1);
    const disk = new Disk('d', clock, chanceOf(1, 'd'));
    const { transport } = memoryNetwork({ clock, random: () => 0, delay: () => 0 });
    const [dead, alive] = ['d#1', 'd#2'].map(
      (name) => new SimProcess({ name, clock, transport: transport('d'), threw: () => {} }),
    ) as [SimProcess, SimProcess];
    const [late, store] = [disk.open(dead), disk.open(alive)];
    const write = (value: string) => [{ space: 's', key: 'k', value }];
    dead.kill();
    void late.commit(write('of the dead'));
    let isDone = false;
    void store.commit(write('of the living')).then(() => {
      isDone = true;
    });
    await clock.advance(1_000);
    expect([isDone, disk.get('s', 'k')]).toEqual([true, 'of the living']);
  });
});

describe('known defects', () => {
  it.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))('%s has its place', (_, mutant) => {
    // What is no program would seem to be found by any run.
    expect(() => transformSync(checkPlace(mutant), { loader: 'ts' })).not.toThrow();
  });

  it('three of them are found', async () => {
    const names = ['resources are given back twice', 'away is gone', 'the epoch check is forgotten'];
    const said: string[] = [];
    const say = (line: string): void => void said.push(line);
    expect(
      await findMutants({ agents: 5, length: 10 * MINUTE, seeds: 40, names, say }),
      said.join('\n'),
    ).toBe(0);
    expect(said).toHaveLength(3);
  }, 120_000);
});

describe('what led to a violation', () => {
  it('is cut down to the steps that have a part in it', async () => {
    const plan = planOf(1, 30 * MINUTE);
    const guilty = [3, 17, 40];
    let tries = 0;
    const fails = async (subset: readonly number[]): Promise<boolean> => {
      tries += 1;
      return guilty.every((place) => subset.includes(place));
    };
    expect(plan.length).toBeGreaterThan(100);
    expect(await shrink(plan, fails, () => true)).toEqual(guilty);
    expect(tries).toBeLessThan(plan.length);
  });
});
