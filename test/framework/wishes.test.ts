/** What a framework tells the master of what waits: all that the master needs, and no word twice. */
import { describe, expect, it } from 'vitest';
import type { Demand, RoleTerms } from '../../src/core/allocator.ts';
import { parseConstraint } from '../../src/core/constraint.ts';
import { resourcesOf } from '../../src/core/resources.ts';
import type { AgentId } from '../../src/core/task.ts';
import type { Wanted } from '../../src/framework/place.ts';
import { Wishes } from '../../src/framework/wishes.ts';

function stage() {
  const demands: (readonly Demand[])[] = [];
  const terms: RoleTerms[] = [];
  const wishes = new Wishes(
    {
      demand: (list, role) => void (role === 'team' && demands.push(list)),
      terms: (role, one) => void (role === 'team' && terms.push(one)),
    },
    'team',
  );
  return { wishes, demands, terms };
}

const wanted = (job: string, index: number, ports: Wanted['ports'] = {}): Wanted => ({
  key: `${job}.${index}`,
  job,
  executor: 'docker',
  demand: resourcesOf({ cpus: 500, mem: 64_000 }),
  ports,
});
const needs = { cpus: 500, mem: 64_000 };

describe('demands', () => {
  it('are one for each job, with the number of its instances that wait', () => {
    const { wishes, demands } = stage();
    wishes.tell([wanted('web', 0), wanted('db', 0), wanted('web', 2)]);
    expect(demands).toEqual([
      [
        { name: 'web', needs, count: 2, executor: 'docker' },
        { name: 'db', needs, count: 1, executor: 'docker' },
      ],
    ]);
  });

  it('have the priority of the job; of one that has none it is the role that counts', () => {
    const { wishes, demands } = stage();
    wishes.tell([{ ...wanted('web', 0), priority: 80 }, wanted('db', 0)]);
    expect(demands.flat().map(({ priority }) => priority)).toEqual([80, undefined]);
  });

  it('say where alone room would be of use', () => {
    const { wishes, demands } = stage();
    const [n1, n2] = ['n1', 'n2'] as [AgentId, AgentId];
    const constraints = ['rack == r1', 'distinct_hosts'].map(parseConstraint);
    const rack = { is: '==', attribute: 'rack', value: 'r1' };
    const agents = { is: 'in', attribute: 'agent', values: ['n1', 'n2'] };
    const platform = { is: '==', attribute: 'platform', value: 'linux/arm' };
    wishes.tell([
      { ...wanted('web', 0), constraints, on: n2 },
      { ...wanted('web', 1), constraints, on: n1 },
      { ...wanted('db', 0), on: n1 },
      wanted('db', 1),
      { ...wanted('arm', 1), platform: 'linux/arm/v7' },
    ]);
    expect(demands.flat().map(({ where }) => where)).toEqual([[rack, agents], undefined, [platform]]);
  });

  it('are told when they change, to the last one that found its place, and only then', () => {
    const { wishes, demands } = stage();
    for (const count of [2, 2, 1, 0, 0]) wishes.tell([wanted('web', 0), wanted('web', 1)].slice(0, count));
    expect(demands.map((list) => list.map(({ count }) => count))).toEqual([[2], [1], []]);
  });

  it('of thousands are told in round numbers, and to the last one in the end', () => {
    const { wishes, demands } = stage();
    for (const also of [9_998, 9_950, 9_899, 9_850, 120, 98, 97])
      wishes.tell([{ ...wanted('web', 0), also }]);
    expect(demands.flat().map(({ count }) => count)).toEqual([9_900, 9_800, 120, 99, 98]);
  });

  it('are told anew after a new subscription', () => {
    const { wishes, demands } = stage();
    wishes.tell([]);
    wishes.forget();
    wishes.tell([]);
    expect(demands).toEqual([[], []]);
  });
});

describe('ports', () => {
  it('are asked for as many as wait, with some to choose from, and those that are named', () => {
    const { wishes, terms } = stage();
    wishes.tell([
      wanted('web', 0, { http: undefined, admin: 8080 }),
      wanted('web', 1, { http: undefined, admin: 8081 }),
    ]);
    expect(terms).toEqual([{ ports: { count: 36, numbers: [[8080, 8081]] } }]);
  });

  it('are not asked for less while something waits: new terms would bring all that was refused', () => {
    const { wishes, terms } = stage();
    const [some, more] = [wanted('web', 0, { http: undefined }), wanted('db', 0, { sql: 5432 })];
    wishes.tell([some]);
    wishes.tell([some, more]);
    wishes.tell([some]);
    wishes.tell([more]);
    expect(terms.map(({ ports }) => ports)).toEqual([
      { count: 33, numbers: [] },
      { count: 34, numbers: [[5432, 5432]] },
    ]);
  });

  it('are asked for afresh when nothing has waited in between, and not at all while nothing waits', () => {
    const { wishes, terms } = stage();
    wishes.tell([wanted('web', 0, { http: 80 })]);
    wishes.tell([]);
    expect(terms).toHaveLength(1);
    wishes.tell([wanted('web', 0, { http: undefined })]);
    expect(terms.at(-1)).toEqual({ ports: { count: 33, numbers: [] } });
  });
});
