/** Resources as text: Mesos' own forms and what is new in them, both ways; and what is said of anything else. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical, NOTHING, type Resource, UNRESERVED } from '../../src/core/resources.ts';
import { formatResources, parseResources as parse } from '../../src/core/resources-text.ts';
import { isRole } from '../../src/core/roles.ts';
import { anyResources } from './any-resources.ts';

it('reads what Mesos writes', () => {
  expect(parse(' cpus:2; mem:1024 ;cpus(web):4;ports:[31000-32000];disks:{b,a};; ')).toEqual([
    { name: 'cpus', role: '*', scalar: 2000 },
    { name: 'cpus', role: 'web', scalar: 4000 },
    { name: 'disks', role: '*', set: ['a', 'b'] },
    { name: 'mem', role: '*', scalar: 1_024_000 },
    { name: 'ports', role: '*', ranges: [[31000, 32000]] },
  ]);
  expect(parse('')).toEqual(NOTHING);
  expect(parse('cpus(*):2')).toEqual(parse('cpus:2'));
  expect(formatResources(parse('cpus:.5;cpus:1'))).toBe('cpus:1.5');
});

const disk = { name: 'disk', role: '*', scalar: 64_000 };
it.each<[string, Resource]>([
  ['cpus{REV}:2', { name: 'cpus', role: '*', scalar: 2000, revocable: true }],
  ['disk[mount:/mnt/data]:64', { ...disk, disk: { source: { kind: 'mount', root: '/mnt/data' } } }],
  ['disk[path:"/mnt/my disk"]:64', { ...disk, disk: { source: { kind: 'path', root: '/mnt/my disk' } } }],
  ['disk(web)[vol:db]:64', { ...disk, role: 'web', disk: { volume: { id: 'db' } } }],
  [
    'disk(web)[mount:/mnt/data,vol:db,by:alice]<SHARED>:64',
    {
      ...disk,
      role: 'web',
      disk: { source: { kind: 'mount', root: '/mnt/data' }, volume: { id: 'db', principal: 'alice' } },
      shared: true,
    },
  ],
  [
    'cpus(reservations: [(DYNAMIC,web)]):1',
    { name: 'cpus', role: 'web', reservations: [{ role: 'web', kind: 'dynamic' }], scalar: 1000 },
  ],
  [
    'cpus(reservations: [(STATIC,eng),(DYNAMIC,eng/web,alice,{rack: a, row: "7;8"})]):1',
    {
      name: 'cpus',
      role: 'eng/web',
      reservations: [
        { role: 'eng', kind: 'static' },
        { role: 'eng/web', kind: 'dynamic', principal: 'alice', labels: { rack: 'a', row: '7;8' } },
      ],
      scalar: 1000,
    },
  ],
  [
    'cpus(reservations: [(DYNAMIC,web,{rack: a})]):1',
    {
      name: 'cpus',
      role: 'web',
      reservations: [{ role: 'web', kind: 'dynamic', labels: { rack: 'a' } }],
      scalar: 1000,
    },
  ],
])('%s', (text, entry) => {
  expect(parse(text)).toEqual([entry]);
  expect(formatResources([entry])).toBe(text);
});

it('a single static layer is written short, and blanks do not count', () => {
  expect(formatResources(parse('cpus( reservations:[ (STATIC , web) ] ) :1'))).toBe('cpus(web):1');
});

describe('what it cannot read', () => {
  it.each([
    ['cpus', 'NAME:VALUE or NAME(ROLE):VALUE'],
    [':2', 'NAME:VALUE or NAME(ROLE):VALUE'],
    ['cpus:', 'a number, [FROM-TO,…] or {a,b}'],
    ['cpus():2', 'a word after cpus('],
    ['cpus(web:2', ') after cpus(web'],
    ['cpus:two', 'a number, [FROM-TO,…] or {a,b}'],
    ['cpus:-1', 'a number, [FROM-TO,…] or {a,b}'],
    ['cpus:1e3', 'a number, [FROM-TO,…] or {a,b}'],
    ['cpus:99999999999999999999', 'a number, [FROM-TO,…] or {a,b}'],
    ['cpus:0.00001', 'at least 0.001'],
    ['ports:[1-2', 'a closing ]'],
    ['ports:[5]', 'FROM-TO with FROM ≤ TO'],
    ['ports:[9-1]', 'FROM-TO with FROM ≤ TO'],
    ['disks:{a', 'a closing }'],
    ['cpus{REVOKED}:2', 'NAME:VALUE or NAME(ROLE):VALUE'],
    ['ports[1-2]', 'mount:FOLDER or path:FOLDER, and vol:ID, in the brackets of a disk'],
    ['disk[mount:/a,path:/b]:1', 'mount:FOLDER or path:FOLDER, and vol:ID, in the brackets of a disk'],
    ['disk[mount:/a,by:alice]:1', 'mount:FOLDER or path:FOLDER, and vol:ID, in the brackets of a disk'],
    ['disk[mount:/a:1', '] after disk[mount:/a'],
    ['cpus(reservations: [(FIXED,web)]):1', 'STATIC or DYNAMIC in each layer of a reservation'],
    ['cpus(reservations: [(DYNAMIC,web,{rack})]):1', ': after cpus(reservations: [(DYNAMIC,web,{rack'],
  ])('%s: expected %s', (item, expected) => {
    expect(() => parse(`mem:1;${item}`)).toThrow(
      expect.objectContaining({ code: 'resources.syntax', fields: { item, expected } }),
    );
  });

  it('one name is either a number or ranges or a set', () => {
    expect(() => parse('cpus:1;cpus:[1-2]')).toThrow(expect.objectContaining({ code: 'resources.kind' }));
  });
});

describe('rules of an entry', () => {
  it.each([
    ['cpus(-web):1', 'a role, like web/api'],
    ['cpus(reservations: [(STATIC,a//b),(DYNAMIC,a//b/c)]):1', 'a role, like web/api'],
    ['cpus(reservations: [(DYNAMIC,*)]):1', 'each layer for a role below the one before'],
    ['cpus(reservations: [(STATIC,a),(DYNAMIC,b)]):1', 'each layer for a role below the one before'],
    ['cpus(reservations: [(DYNAMIC,a),(DYNAMIC,a)]):1', 'each layer for a role below the one before'],
    ['cpus(reservations: [(DYNAMIC,a),(DYNAMIC,ab)]):1', 'each layer for a role below the one before'],
    ['cpus(reservations: [(DYNAMIC,a),(STATIC,a/b)]):1', 'no layer but the outermost to be static'],
    [
      'cpus(reservations: [(DYNAMIC,a)]){REV}:1',
      'nothing revocable under a dynamic reservation, or as a volume',
    ],
    ['disk(a)[vol:x]{REV}:1', 'nothing revocable under a dynamic reservation, or as a volume'],
    ['mem[mount:/a]:1', 'facts of a disk only on a number of disk, and there a folder or a volume'],
    ['disk[mount:/a]:{x}', 'facts of a disk only on a number of disk, and there a folder or a volume'],
    ['disk[mount:data]:1', 'an absolute path as the folder of a disk'],
    ['disk[vol:x]:1', 'a reservation under a volume'],
    ['disk(a)<SHARED>:1', 'nothing but volumes to be shared'],
  ])('%s: expected %s', (item, expected) => {
    expect(() => parse(item)).toThrow(
      expect.objectContaining({ code: 'resources.syntax', fields: { item, expected } }),
    );
  });

  const id = (text: string) => () => parse(`disk(a)[vol:"${text}"]:1`);
  it.each(['x', 'db.1', '..a', '-', 'a'.repeat(63)])('%s is an id of a volume', (text) => {
    expect(id(text)).not.toThrow();
  });
  it.each(['', '.', '..', 'a/b', 'a b', 'ä', 'a'.repeat(64)])('"%s" is none', (text) => {
    expect(id(text)).toThrow(expect.objectContaining({ code: 'resources.syntax' }));
  });
});

describe('parse(format(r)) = r', () => {
  it('for all kinds of resources', () => {
    fc.assert(fc.property(anyResources, (r) => void expect(parse(formatResources(r))).toEqual(r)));
  });

  it('for any words in them', () => {
    const word = fc.string({ unit: 'grapheme', maxLength: 12 });
    const words = fc.record({
      role: fc
        .oneof(word, fc.constantFrom('reservations:[x]', 'a"b', '{REV}'))
        .filter((one) => isRole(one) && one !== UNRESERVED),
      principal: word,
      labels: fc.dictionary(word, word, { minKeys: 1, maxKeys: 3 }),
      root: word.map((name) => `/${name}`),
      set: fc.array(word, { minLength: 1, maxLength: 3 }),
    });
    fc.assert(
      fc.property(words, ({ role, principal, labels, root, set }) => {
        const r = canonical([
          { name: 'cpus', role, scalar: 1000 },
          { name: 'items', role, set },
          {
            name: 'disk',
            role,
            reservations: [{ role, kind: 'dynamic', principal, labels }],
            disk: { source: { kind: 'path', root }, volume: { id: 'x', principal } },
            scalar: 1000,
          },
        ]);
        expect(parse(formatResources(r))).toEqual(r);
      }),
    );
  });
});
