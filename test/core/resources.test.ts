/**
 * Arithmetic of resources: fixed point (table R2 of Mesos' resources_tests.cpp), what is one resource and what are two,
 * and the laws that the allocator, the offers and the placement all lean on.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  add,
  canonical,
  contains,
  equals,
  isEmpty,
  isIndivisible,
  layersOf,
  NOTHING,
  type Resource,
  type Resources,
  rangesOf,
  reserved,
  resourcesOf,
  sameResource,
  scalar,
  subtract,
  toMilli,
  usableBy,
  withLayers,
} from '../../src/core/resources.ts';
import { formatResources, parseResources as parse } from '../../src/core/resources-text.ts';
import { anyEntry, anyResources } from './any-resources.ts';

describe('fixed point', () => {
  it.each([
    [1.5011, 1501],
    [1.5014, 1501],
    [1.5015, 1502],
    [0.0005, 1],
    [0.0004, 0],
    [-1.5015, -1502],
  ])('%d is %d thousandths', (value, milli) => {
    expect(toMilli(value)).toBe(milli);
  });

  it('does not drift: 100,000 times + 1.001 and − 1.001', () => {
    const one = parse('cpus:1.001');
    let sum = one;
    for (let i = 0; i < 100_000; i++) sum = add(sum, one);
    expect(scalar(sum, 'cpus')).toBe(100_001 * 1001);
    for (let i = 0; i < 100_000; i++) sum = subtract(sum, one);
    expect(formatResources(sum)).toBe('cpus:1.001');
  });
});

describe('laws', () => {
  const pair = (law: (a: Resources, b: Resources) => void): void =>
    fc.assert(fc.property(anyResources, anyResources, (a, b) => void law(a, b)));

  it('a + b = b + a', () => pair((a, b) => expect(add(a, b)).toEqual(add(b, a))));

  it('(a + b) + c = a + (b + c)', () => {
    fc.assert(
      fc.property(anyResources, anyResources, anyResources, (a, b, c) => {
        expect(add(add(a, b), c)).toEqual(add(a, add(b, c)));
      }),
    );
  });

  it('nothing is neutral', () =>
    pair((a) => expect([add(a, NOTHING), subtract(a, NOTHING)]).toEqual([a, a])));

  it('a + b holds a and b', () =>
    pair((a, b) => expect([contains(add(a, b), a), contains(add(a, b), b)]).toEqual([true, true])));

  it('(a + b) − b = a, where a and b share no port, no name of a set and nothing indivisible', () =>
    pair((a, b) => {
      const apart = subtract(
        a,
        b.filter((r) => !('scalar' in r) || isIndivisible(r)),
      );
      expect(subtract(add(apart, b), b)).toEqual(apart);
    }));

  it('a − b is within a, never negative, and canonical', () =>
    pair((a, b) => {
      const rest = subtract(a, b);
      expect(contains(a, rest)).toBe(true);
      expect(rest.every((r) => !('scalar' in r) || r.scalar > 0)).toBe(true);
      expect(canonical(rest)).toEqual(rest);
    }));

  it('a − a = nothing', () => pair((a) => expect(isEmpty(subtract(a, a))).toBe(true)));

  it('what holds b gives b and the rest: (a − b) + b = a', () =>
    pair((a, b) => {
      const part = subtract(a, subtract(a, b));
      expect(contains(a, part)).toBe(true);
      expect(add(subtract(a, part), part)).toEqual(a);
    }));

  it('a holds b exactly if nothing is left of b without a', () =>
    pair((a, b) => expect(contains(a, b)).toBe(isEmpty(subtract(b, a)))));

  it('equal resources are equal lists', () =>
    pair((a, b) => expect(equals(a, b)).toBe(formatResources(a) === formatResources(b))));

  it('canonical form is reached at once, from any order, with one entry for each resource', () => {
    fc.assert(
      fc.property(fc.array(anyEntry, { maxLength: 8 }), (entries) => {
        const once = canonical(entries);
        expect(canonical(once)).toEqual(once);
        expect(canonical([...entries].reverse())).toEqual(once);
        expect(once.every((a, i) => once.every((b, j) => i === j || !sameResource(a, b)))).toBe(true);
      }),
    );
  });

  it('the order of a list does not matter to what is taken from it or asked of it', () =>
    pair((a, b) => {
      const [x, y] = [[...a].reverse(), [...b].reverse()];
      expect(canonical(subtract(x, y))).toEqual(subtract(a, b));
      expect(contains(x, y)).toBe(contains(a, b));
    }));
});

describe('what is one resource', () => {
  /** In canonical order. */
  const different = parse(
    [
      'cpus',
      'cpus{REV}',
      'cpus(web)',
      'cpus(web){REV}',
      'cpus(reservations: [(DYNAMIC,web)])',
      'cpus(reservations: [(DYNAMIC,web,{rack: a})])',
      'cpus(reservations: [(DYNAMIC,web,{rack: b})])',
      'cpus(reservations: [(DYNAMIC,web,{row: a})])',
      'cpus(reservations: [(DYNAMIC,web,alice)])',
      'cpus(reservations: [(DYNAMIC,web,alice,{rack: a})])',
      'cpus(reservations: [(DYNAMIC,web,bob)])',
      'cpus(reservations: [(STATIC,web,alice)])',
      'cpus(web/api)',
      'cpus(reservations: [(DYNAMIC,web),(DYNAMIC,web/api)])',
      'cpus(reservations: [(DYNAMIC,web/api)])',
      'cpus(reservations: [(STATIC,web),(DYNAMIC,web/api)])',
      'disk',
      'disk[mount:/a]',
      'disk[mount:/b]',
      'disk[path:/a]',
      'disk(web)[vol:a]',
      'disk(web)[vol:a]<SHARED>',
      'disk(web)[vol:a,by:alice]',
      'disk(web)[vol:b]',
      'disk(web)[mount:/a,vol:a]',
    ]
      .map((head) => `${head}:1`)
      .join(';'),
  );

  it('different names, roles, layers, principals, labels, disks, volumes and flags do not merge', () => {
    expect(different).toHaveLength(25);
    for (const one of different)
      for (const other of different) {
        expect(sameResource(one, other)).toBe(one === other);
        if (one !== other) {
          expect(contains([one], [other])).toBe(false);
          expect(subtract([one], [other])).toEqual([one]);
          expect(add([one], [other])).toHaveLength(2);
        }
      }
  });

  it('what is equal in all that, merges', () => {
    const copies = different.map((one) => structuredClone(one));
    expect(equals(different, copies)).toBe(true);
    expect(subtract(different, copies)).toEqual(NOTHING);
  });

  it('labels have no order, and what is absent may be said to be', () => {
    const layer = (labels: Record<string, string> | undefined): Resource =>
      withLayers({ name: 'cpus', role: '*', scalar: 1000 }, [{ role: 'web', kind: 'dynamic', labels }]);
    expect(sameResource(layer({ a: '1', b: '2' }), layer({ b: '2', a: '1' }))).toBe(true);
    expect(sameResource(layer({}), layer(undefined))).toBe(true);
    expect(sameResource(layer({ a: '1' }), layer({ b: '1' }))).toBe(false);
    expect(sameResource({ ...layer({}), disk: {} }, layer({}))).toBe(true);
  });

  it('the plain entries of a name come first', () => {
    expect(canonical(different.toReversed())).toEqual(different);
    expect(formatResources(parse('disk[mount:/a]:1;disk:1;cpus{REV}:1;cpus:1'))).toBe(
      'cpus:1;cpus{REV}:1;disk:1;disk[mount:/a]:1',
    );
  });
});

describe('what is indivisible', () => {
  const whole = parse('disk[mount:/a]:100;disk(web)[vol:db]:64;disk(web)[vol:log]<SHARED>:10');

  it('is a volume or a whole disk, not a folder', () => {
    expect(whole.every(isIndivisible)).toBe(true);
    expect(parse('disk:1;disk[path:/a]:1;disk(web):1;cpus{REV}:1').some(isIndivisible)).toBe(false);
  });

  it('is there once, however often it is added', () => {
    expect(add(whole, whole)).toEqual(whole);
    expect(canonical([...whole, ...whole])).toEqual(whole);
    expect(subtract(add(whole, whole), whole)).toEqual(NOTHING);
  });

  it('is held only as the whole that it is', () => {
    expect(contains(whole, whole)).toBe(true);
    expect(contains(whole, parse('disk[mount:/a]:99'))).toBe(false);
    expect(contains(whole, parse('disk[mount:/a]:101'))).toBe(false);
    expect(contains(whole, parse('disk(web)[vol:db]:1'))).toBe(false);
  });

  it('goes as a whole, also where it has another size by now: nobody else may get what is left', () => {
    expect(subtract(parse('disk[mount:/a]:120'), parse('disk[mount:/a]:100'))).toEqual(NOTHING);
    expect(formatResources(add(parse('disk[mount:/a]:120'), parse('disk[mount:/a]:100')))).toBe(
      'disk[mount:/a]:120',
    );
  });
});

describe('roles', () => {
  it('a reservation does not stand for unreserved resources, nor they for it', () => {
    expect(contains(parse('cpus(web):4'), parse('cpus:1'))).toBe(false);
    expect(contains(parse('cpus:4'), parse('cpus(web):1'))).toBe(false);
    expect(formatResources(subtract(parse('cpus:2;cpus(web):2'), parse('cpus(web):1')))).toBe(
      'cpus:2;cpus(web):1',
    );
    expect(equals(parse('cpus:1'), parse('cpus(web):1'))).toBe(false);
  });

  it.each([
    ['web/api', 'cpus:1;cpus(web):2;cpus(web/api):3'],
    ['web', 'cpus:1;cpus(web):2'],
    ['website', 'cpus:1'],
    ['batch', 'cpus:1;cpus(batch):4'],
  ])('%s may use unreserved resources, its own and its ancestors’', (name, usable) => {
    const all = parse('cpus:1;cpus(web):2;cpus(web/api):3;cpus(batch):4');
    expect(formatResources(usableBy(all, name))).toBe(formatResources(parse(usable)));
  });

  it('of several layers the innermost says who may use it', () => {
    const refined = parse('cpus(reservations: [(STATIC,web),(DYNAMIC,web/api)]):1');
    expect(usableBy(refined, 'web')).toEqual(NOTHING);
    expect(usableBy(refined, 'web/api')).toEqual(refined);
    expect(usableBy(refined, 'web/api/v2')).toEqual(refined);
  });

  it('a name’s amount counts over all roles', () => {
    expect(scalar(parse('cpus:1;cpus(web):2;mem:5'), 'cpus')).toBe(3000);
    expect(rangesOf(parse('ports:[1-2];ports(web):[3-4]'), 'ports')).toEqual([[1, 4]]);
    expect(formatResources(resourcesOf({ cpus: 500, mem: 0 }, { ports: [[80, 80]] }))).toBe(
      'cpus:0.5;ports:[80-80]',
    );
  });
});

describe('layers of a reservation', () => {
  const cpus: Resource = { name: 'cpus', role: '*', scalar: 1000 };
  const web = { role: 'web', kind: 'static' } as const;
  const api = { role: 'web/api', kind: 'dynamic', principal: 'alice' } as const;

  it('are put on and read off again; the role is that of the innermost', () => {
    for (const layers of [[], [web], [web, api], [api], [{ ...web, principal: 'alice' }]]) {
      const entry = withLayers(cpus, layers);
      expect(layersOf(entry)).toEqual(layers);
      expect(entry.role).toBe(layers.at(-1)?.role ?? '*');
      expect(withLayers(entry, [])).toEqual(cpus);
    }
  });

  it('a single static one is said by the role alone', () => {
    const said = { ...cpus, role: 'web' };
    expect(withLayers(cpus, [web])).toEqual(said);
    expect(canonical([{ ...said, reservations: [web] }])).toEqual([said]);
    expect(add([said], canonical([{ ...said, reservations: [web] }]))).toEqual([{ ...said, scalar: 2000 }]);
  });

  it('one more goes inside', () => {
    expect(formatResources(reserved(parse('cpus(web):1;mem(web):2'), api))).toBe(
      'cpus(reservations: [(STATIC,web),(DYNAMIC,web/api,alice)]):1;' +
        'mem(reservations: [(STATIC,web),(DYNAMIC,web/api,alice)]):2',
    );
  });
});
