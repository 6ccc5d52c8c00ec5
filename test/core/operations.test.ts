/**
 * Operations: each turns one side into the other and back, loses nothing and makes nothing, and is refused in words
 * where it would.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyOperation,
  type Operation,
  operationConversion,
  validateOperation,
} from '../../src/core/operations.ts';
import { quantitiesOf } from '../../src/core/quantities.ts';
import {
  add,
  canonical,
  contains,
  countRanges,
  type Resource,
  type Resources,
  reserved,
  subtract,
  UNRESERVED,
} from '../../src/core/resources.ts';
import { formatResources, parseResources as parse } from '../../src/core/resources-text.ts';
import { anyResources } from './any-resources.ts';

const operation = (kind: Operation['kind'], text: string): Operation =>
  kind === 'create' || kind === 'destroy' ? { kind, volumes: parse(text) } : { kind, resources: parse(text) };

const OPPOSITE = {
  reserve: 'unreserve',
  unreserve: 'reserve',
  create: 'destroy',
  destroy: 'create',
} as const;
const opposite = (one: Operation): Operation => ({ ...one, kind: OPPOSITE[one.kind] }) as Operation;

const WEB = '(reservations: [(DYNAMIC,web,alice)])';
const API = '(reservations: [(DYNAMIC,web,alice),(DYNAMIC,web/api)])';

const POSSIBLE: readonly (readonly [
  kind: 'reserve' | 'create',
  named: string,
  before: string,
  after: string,
])[] = [
  ['reserve', `cpus${WEB}:1`, 'cpus:3', `cpus:2;cpus${WEB}:1`],
  ['reserve', `cpus${WEB}:3`, 'cpus:3', `cpus${WEB}:3`],
  ['reserve', `cpus${WEB}:1`, `cpus:3;cpus${WEB}:1`, `cpus:2;cpus${WEB}:2`],
  [
    'reserve',
    `cpus${WEB}:1;ports${WEB}:[3-4]`,
    'cpus:1;ports:[1-9]',
    `cpus${WEB}:1;ports:[1-2,5-9];ports${WEB}:[3-4]`,
  ],
  ['reserve', `disk${WEB}[mount:/a]:9`, 'disk:1;disk[mount:/a]:9', `disk:1;disk${WEB}[mount:/a]:9`],
  ['reserve', `cpus${API}:1`, `cpus${WEB}:3`, `cpus${WEB}:2;cpus${API}:1`],
  [
    'reserve',
    'cpus(reservations: [(STATIC,web),(DYNAMIC,web/api)]):1',
    'cpus(web):3',
    'cpus(web):2;cpus(reservations: [(STATIC,web),(DYNAMIC,web/api)]):1',
  ],
  ['reserve', `cpus${WEB}:1;cpus${API}:1`, `cpus:1;cpus${WEB}:1`, `cpus${WEB}:1;cpus${API}:1`],
  ['create', `disk${WEB}[vol:db]:1`, `disk${WEB}:3`, `disk${WEB}:2;disk${WEB}[vol:db]:1`],
  ['create', 'disk(web)[vol:db,by:bob]<SHARED>:3', 'disk(web):3', 'disk(web)[vol:db,by:bob]<SHARED>:3'],
  [
    'create',
    'disk(web)[path:/a,vol:db]:1;disk(web)[mount:/b,vol:log]:9',
    'disk(web)[path:/a]:3;disk(web)[mount:/b]:9',
    'disk(web)[path:/a]:2;disk(web)[path:/a,vol:db]:1;disk(web)[mount:/b,vol:log]:9',
  ],
  [
    'create',
    'disk(web/api)[vol:db]:1',
    'disk(web)[vol:db]:1;disk(web/api):1',
    'disk(web)[vol:db]:1;disk(web/api)[vol:db]:1',
  ],
];

describe('what is possible', () => {
  it.each(POSSIBLE)('%s %s: %s becomes %s', (kind, named, before, after) => {
    expect(formatResources(applyOperation(parse(before), operation(kind, named)))).toBe(
      formatResources(parse(after)),
    );
  });

  it.each(POSSIBLE)('the opposite of %s %s: back to %s', (kind, named, before, after) => {
    const back = opposite(operation(kind, named));
    expect(formatResources(applyOperation(parse(after), back))).toBe(formatResources(parse(before)));
  });

  it('part of what is reserved is unreserved', () => {
    expect(
      formatResources(applyOperation(parse(`cpus${WEB}:3`), operation('unreserve', `cpus${WEB}:1`))),
    ).toBe(`cpus:1;cpus${WEB}:2`);
  });
});

describe('what is not possible', () => {
  const shortOf = (wanted: string, there: string): string => `it takes ${wanted}, and there is ${there}`;

  it.each<[Operation['kind'], string, string, string]>([
    ['reserve', `cpus${WEB}:4`, 'cpus:3', shortOf('cpus:4', 'cpus:3')],
    ['reserve', `cpus${WEB}:1`, 'cpus(web):3', shortOf('cpus:1', 'none')],
    ['reserve', `cpus${WEB}:1`, 'cpus{REV}:3', shortOf('cpus:1', 'none')],
    ['reserve', `ports${WEB}:[3-9]`, 'ports:[1-5]', shortOf('ports:[3-9]', 'ports:[1-5]')],
    ['reserve', `cpus${API}:1`, 'cpus:3', shortOf(`cpus${WEB}:1`, 'none')],
    [
      'reserve',
      `disk${WEB}[mount:/a]:5`,
      'disk[mount:/a]:9',
      shortOf('disk[mount:/a]:5', 'disk[mount:/a]:9'),
    ],
    [
      'reserve',
      `ports${WEB}:[1-5];ports(reservations: [(DYNAMIC,eng)]):[5-9]`,
      'ports:[1-9]',
      shortOf(`ports:[1-5]`, 'ports:[1-4]'),
    ],
    ['reserve', `cpus${WEB}:1;cpus${API}:1`, 'cpus:2', shortOf(`cpus${WEB}:1`, 'none')],
    ['unreserve', `cpus${WEB}:4`, `cpus:9;cpus${WEB}:3`, shortOf(`cpus${WEB}:4`, `cpus${WEB}:3`)],
    ['unreserve', `cpus${WEB}:1`, `cpus${API}:3`, shortOf(`cpus${WEB}:1`, 'none')],
    ['unreserve', `disk${WEB}:1`, `disk${WEB}[vol:db]:1`, shortOf(`disk${WEB}:1`, 'none')],
    ['create', 'disk(web)[vol:db]:4', 'disk(web):3', shortOf('disk(web):4', 'disk(web):3')],
    ['create', 'disk(web)[vol:db]:1', 'disk:3', shortOf('disk(web):1', 'none')],
    [
      'create',
      'disk(web)[mount:/a,vol:db]:5',
      'disk(web)[mount:/a]:9',
      shortOf('disk(web)[mount:/a]:5', 'disk(web)[mount:/a]:9'),
    ],
    [
      'create',
      'disk(web)[mount:/a,vol:db]:9;disk(web)[mount:/a,vol:log]:9',
      'disk(web)[mount:/a]:9',
      shortOf('disk(web)[mount:/a]:9', 'none'),
    ],
    [
      'create',
      'disk(web)[vol:db]:1',
      'disk(web):3;disk(web)[path:/a,vol:db]:1',
      'there is a volume web/db already',
    ],
    ['destroy', 'disk(web)[vol:db]:1', 'disk(web):3', shortOf('disk(web)[vol:db]:1', 'none')],
    [
      'destroy',
      'disk(web)[vol:db]:1',
      'disk(web)[vol:db]:3',
      shortOf('disk(web)[vol:db]:1', 'disk(web)[vol:db]:3'),
    ],
  ])('%s %s of %s: %s', (kind, named, there, cause) => {
    expect(() => applyOperation(parse(there), operation(kind, named))).toThrow(
      expect.objectContaining({ code: 'operation.invalid', fields: { operation: kind, cause } }),
    );
  });
});

describe('what makes no sense, whatever is there', () => {
  it.each<[Operation['kind'], string, string]>([
    ['reserve', '', 'it names nothing'],
    ['reserve', 'cpus:1', 'cpus:1: expected a dynamic layer as the innermost'],
    ['reserve', 'cpus(web):1', 'cpus(web):1: expected a dynamic layer as the innermost'],
    ['unreserve', 'cpus(web):1', 'cpus(web):1: expected a dynamic layer as the innermost'],
    [
      'unreserve',
      `disk${WEB}[vol:db]:1`,
      `disk${WEB}[vol:db]:1: expected no volume on it: destroy that first`,
    ],
    ['reserve', `disk${WEB}[vol:db]:1`, `disk${WEB}[vol:db]:1: expected no volume on it: destroy that first`],
    ['create', 'disk(web):1', 'disk(web):1: expected a volume'],
    ['destroy', 'disk(web)[mount:/a]:1', 'disk(web)[mount:/a]:1: expected a volume'],
    ['create', 'disk(web)[path:/a,vol:db]:1;disk(web)[path:/b,vol:db]:1', 'there is a volume web/db already'],
  ])('%s %s: %s', (kind, named, cause) => {
    expect(() => validateOperation(operation(kind, named))).toThrow(
      expect.objectContaining({ code: 'operation.invalid', fields: { operation: kind, cause } }),
    );
  });

  it.each<[string, Resource]>([
    [
      'revocable',
      {
        name: 'cpus',
        role: 'web',
        reservations: [{ role: 'web', kind: 'dynamic' }],
        revocable: true,
        scalar: 1,
      },
    ],
    ['of a role that its layers do not say', { name: 'cpus', role: 'web', reservations: [], scalar: 1 }],
    [
      'less than nothing',
      { name: 'cpus', role: 'web', reservations: [{ role: 'web', kind: 'dynamic' }], scalar: -1 },
    ],
  ])('reserve what is %s', (_, entry) => {
    expect(() => validateOperation({ kind: 'reserve', resources: [entry] })).toThrow(
      expect.objectContaining({ code: 'operation.invalid' }),
    );
  });
});

describe('laws', () => {
  /** A reservation for a role that has none yet, of a part of what can be reserved; and volumes on a part of that. */
  const someOperations = anyResources.chain((resources) => {
    const free = resources.filter(({ disk, revocable }) => !disk?.volume && !revocable);
    return fc.subarray(free, { minLength: Math.min(1, free.length) }).map((part) => {
      const layered = canonical(
        part.flatMap((entry) => {
          const role = entry.role === UNRESERVED ? 'own' : `${entry.role}/own`;
          return reserved([entry], { role, kind: 'dynamic', principal: 'bob', labels: { row: '9' } });
        }),
      );
      const volumes = layered
        .filter((entry) => entry.name === 'disk')
        .map((entry, i) => ({ ...entry, disk: { ...entry.disk, volume: { id: `new-${i}` } } }));
      return { resources, reserve: layered, create: volumes };
    });
  });

  const law = (check: (before: Resources, one: Operation, after: Resources) => void): void =>
    fc.assert(
      fc.property(someOperations, ({ resources, reserve, create }) => {
        fc.pre(reserve.length > 0);
        const first: Operation = { kind: 'reserve', resources: reserve };
        const between = applyOperation(resources, first);
        check(resources, first, between);
        if (create.length === 0) return;
        const second: Operation = { kind: 'create', volumes: create };
        check(between, second, applyOperation(between, second));
      }),
    );

  it('an operation and its opposite leave everything as it was', () =>
    law((before, one, after) => {
      expect(applyOperation(after, opposite(one))).toEqual(before);
    }));

  it('nothing is lost, and nothing made', () =>
    law((before, _, after) => {
      const ports = (all: Resources): number =>
        all.reduce((n, r) => n + ('ranges' in r ? countRanges(r.ranges) : 0), 0);
      expect(quantitiesOf(after)).toEqual(quantitiesOf(before));
      expect(ports(after)).toBe(ports(before));
    }));

  it('the conversion says what goes and what comes', () =>
    law((before, one, after) => {
      const { from, to } = operationConversion(one);
      expect(contains(before, from)).toBe(true);
      expect(add(subtract(before, from), to)).toEqual(after);
      expect(operationConversion(opposite(one))).toEqual({ from: to, to: from });
    }));
});
