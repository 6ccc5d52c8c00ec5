/** Whom to end so that a need finds room: by example, and as laws over random clusters. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Preemptible, propose, type Unit } from '../../src/core/preemption.ts';
import { covers, parseQuantities, type Quantities, quantitiesOf } from '../../src/core/quantities.ts';
import { sum } from '../../src/core/quota-rules.ts';
import { parseResources } from '../../src/core/resources-text.ts';
import type { AgentId, FrameworkId, TaskId } from '../../src/core/task.ts';

const A1 = 'a1' as AgentId;

function task(id: string, role: string, priority: number, resources: string): Preemptible {
  return {
    tasks: [id as TaskId],
    framework: 'f' as FrameworkId,
    role,
    agent: A1,
    resources: parseResources(resources),
    priority,
  };
}

/** What waits needs so much, and so much is free on a1. */
interface Wish {
  readonly unit: Unit;
  readonly free: Quantities;
}

const need = (needs: string, free = '', role = 'db'): Wish => ({
  unit: { role, needs: parseQuantities(needs), priority: 80 },
  free: parseQuantities(free),
});

const nobodyIsGuaranteed = (): Quantities => ({});
const victims = (
  { unit, free }: Wish,
  tasks: readonly Preemptible[],
  beyond: (role: string) => Quantities = nobodyIsGuaranteed,
): readonly string[] | undefined =>
  propose(unit, { agent: A1, free }, tasks, beyond)?.victims.flatMap(({ tasks: ids }) => ids);

describe('victims', () => {
  it.each([
    [
      'the lowest priority goes first',
      [
        ['low', 20, 'cpus:1'],
        ['lower', 10, 'cpus:1'],
      ],
      ['lower'],
    ],
    ['a priority less than 10 below is safe', [['near', 71, 'cpus:1']], undefined],
    ['10 below is enough', [['near', 70, 'cpus:1']], ['near']],
    [
      'of equal ones the nearest in size',
      [
        ['big', 20, 'cpus:4'],
        ['right', 20, 'cpus:1'],
        ['small', 20, 'cpus:0.5'],
      ],
      ['right'],
    ],
    [
      'several, if one is not enough',
      [
        ['a', 20, 'cpus:0.5'],
        ['b', 20, 'cpus:0.5'],
      ],
      ['a', 'b'],
    ],
    [
      'none, if all would not be enough',
      [
        ['a', 20, 'cpus:0.4'],
        ['b', 20, 'cpus:0.5'],
      ],
      undefined,
    ],
    [
      'none that holds nothing of what is lacking',
      [
        ['a', 20, 'mem:4096'],
        ['b', 30, 'cpus:1'],
      ],
      ['b'],
    ],
    [
      'none that is not needed after all',
      [
        ['small', 10, 'cpus:0.2'],
        ['big', 20, 'cpus:1'],
      ],
      ['big'],
    ],
  ] as [string, [string, number, string][], string[] | undefined][])('%s', (_, tasks, expected) => {
    const all = tasks.map(([id, priority, resources]) => task(id, 'web', priority, resources));
    expect(victims(need('cpus:1'), all)).toEqual(expected);
  });

  it('what is free counts: only the rest has to be made', () => {
    const tasks = [task('half', 'web', 20, 'cpus:0.5'), task('whole', 'web', 20, 'cpus:1')];
    expect(victims(need('cpus:1', 'cpus:0.5'), tasks)).toEqual(['half']);
  });

  it('no role loses what is guaranteed to it, or to one above it', () => {
    const tasks = [task('x', 'eng/web', 10, 'cpus:1'), task('y', 'eng/batch', 10, 'cpus:1')];
    const beyond = (role: string): Quantities => (role === 'eng' ? { cpus: 1000 } : {});
    expect(victims(need('cpus:1'), tasks, beyond)).toEqual(['x']);
    expect(victims(need('cpus:2'), tasks, beyond)).toBeUndefined();
  });

  it('what goes from one role to another below the same is no loss to the one above them', () => {
    const tasks = [task('x', 'eng/web', 10, 'cpus:1')];
    const beyond = (role: string): Quantities => (role === 'eng' ? { cpus: 0 } : {});
    expect(victims(need('cpus:1', '', 'eng/db'), tasks, beyond)).toEqual(['x']);
    expect(victims(need('cpus:1', '', 'db'), tasks, beyond)).toBeUndefined();
  });

  it('what ends as one has one priority and one size', () => {
    const group = { ...task('x', 'web', 60, 'cpus:2'), tasks: ['x', 'y'] as TaskId[] };
    const single = task('z', 'web', 70, 'cpus:1');
    expect(victims(need('cpus:1'), [group, single])).toEqual(['x', 'y']);
  });
});

describe('laws', () => {
  const amounts = fc.record({ cpus: fc.integer({ min: 0, max: 4 }), mem: fc.integer({ min: 0, max: 4 }) });
  const text = ({ cpus, mem }: { cpus: number; mem: number }): string => `cpus:${cpus};mem:${mem}`;
  const agent = fc.record({
    free: amounts,
    wants: amounts,
    tasks: fc.array(fc.record({ priority: fc.constantFrom(10, 20, 50, 75), size: amounts }), {
      maxLength: 8,
    }),
  });

  it('what is proposed makes room, needs every victim, and touches nobody important', () => {
    let proposed = 0;
    fc.assert(
      fc.property(agent, ({ free, wants, tasks: given }) => {
        const { unit, free: has } = need(text(wants), text(free));
        const tasks = given.map(({ priority, size }, i) => task(`t${i}`, 'web', priority, text(size)));
        const found = propose(unit, { agent: A1, free: has }, tasks, nobodyIsGuaranteed);
        if (!found) return;
        proposed++;
        const without = (one?: Preemptible): Quantities =>
          found.victims
            .filter((other) => other !== one)
            .map(({ resources }) => quantitiesOf(resources))
            .reduce(sum, has);
        expect(covers(without(), unit.needs)).toBe(true);
        for (const one of found.victims) {
          expect(one.priority).toBeLessThanOrEqual(70);
          expect(covers(without(one), unit.needs)).toBe(false);
        }
      }),
      { numRuns: 1000 },
    );
    expect(proposed).toBeGreaterThan(100);
  });
});
