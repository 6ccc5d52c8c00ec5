/** What may be said of a role, and whether the quotas of a tree of roles can all hold at once. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultRole, type RoleRecord } from '../../src/core/cluster.ts';
import { parseQuantities } from '../../src/core/quantities.ts';
import {
  bottomUp,
  changedRole,
  isDefaultRole,
  promisedBy,
  type RoleChange,
} from '../../src/core/quota-rules.ts';

/** `{eng: 'cpus:4 | cpus:8'}`: guarantee, then limit. */
function quotas(texts: Record<string, string>): Map<string, RoleRecord> {
  return new Map(
    Object.entries(texts).map(([role, text]) => {
      const [guarantee = '', limit = ''] = text.split('|');
      const quota = { guarantee: parseQuantities(guarantee), limit: parseQuantities(limit) };
      return [role, { ...defaultRole(role), quota }];
    }),
  );
}

function holdTogether(roles: ReadonlyMap<string, RoleRecord>): boolean {
  try {
    promisedBy(roles);
    return true;
  } catch {
    return false;
  }
}

describe('a change of a role', () => {
  const known: RoleRecord = {
    ...defaultRole('web'),
    weight: 3,
    quota: { guarantee: { cpus: 1000 }, limit: { cpus: 2000 } },
  };

  it.each<[string, Omit<RoleChange, 'role'>, Partial<RoleRecord>]>([
    ['the weight', { weight: 0.5 }, { weight: 0.5 }],
    ['the priority', { priority: 0 }, { priority: 0 }],
    ['preemption', { preemption: true }, { preemption: true }],
    ['the limit', { quota: { limit: {} } }, { quota: { guarantee: { cpus: 1000 }, limit: {} } }],
    [
      'the guarantee, by which 0 is none',
      { quota: { guarantee: { mem: 5, cpus: 0 } } },
      { quota: { guarantee: { mem: 5 }, limit: { cpus: 2000 } } },
    ],
  ])('of %s leaves the rest', (_, change, result) => {
    expect(changedRole(known, { role: 'web', ...change })).toEqual({ ...known, ...result });
  });

  it('to no quota, or to a quota of nothing, leaves none; a limit of 0 is a limit', () => {
    expect(changedRole(known, { role: 'web', quota: null })).not.toHaveProperty('quota');
    const none = { guarantee: { cpus: 0 }, limit: {} };
    expect(changedRole(known, { role: 'web', quota: none })).not.toHaveProperty('quota');
    expect(changedRole(undefined, { role: 'web', quota: { limit: { cpus: 0 } } }).quota).toEqual({
      guarantee: {},
      limit: { cpus: 0 },
    });
  });

  it('of a role that nobody spoke of starts from the defaults, and back to them is no record', () => {
    const record = changedRole(undefined, { role: 'new', weight: 2 });
    expect(record).toEqual({ role: 'new', weight: 2, priority: 50, preemption: false });
    expect(isDefaultRole(record)).toBe(false);
    expect(isDefaultRole(changedRole(record, { role: 'new', weight: 1 }))).toBe(true);
  });

  it.each([
    { weight: 0 },
    { weight: -1 },
    { weight: 1e308 },
    { weight: 1e-300 },
    { weight: Number.NaN },
  ])('to %j is refused', (change) => {
    expect(() => changedRole(known, { role: 'web', ...change })).toThrow(/the weight of role web: expected/);
  });

  it.each([{ priority: -1 }, { priority: 101 }, { priority: 1.5 }])('to %j is refused', (change) => {
    expect(() => changedRole(known, { role: 'web', ...change })).toThrow(
      /the priority of role web: expected/,
    );
  });
});

describe('quotas', () => {
  it.each<[string, Record<string, string>, string]>([
    ['of two trees add up', { a: 'cpus:2', b: 'cpus:3;mem:1' }, 'cpus:5;mem:1'],
    ['below a guarantee are a part of it', { a: 'cpus:4', 'a/b': 'cpus:3', 'a/c': 'cpus:1' }, 'cpus:4'],
    ['below none are promises of their own', { 'a/b': 'cpus:3', 'a/c': 'cpus:1' }, 'cpus:4'],
    ['count through a role without any', { a: 'cpus:4', 'a/b/c': 'cpus:4' }, 'cpus:4'],
    ['below a smaller limit are legal', { a: '|cpus:1', 'a/b': '|cpus:5' }, ''],
    ['of the role * are a tree of their own', { '*': 'cpus:1', a: 'cpus:1' }, 'cpus:2'],
  ])('%s', (_, texts, promised) => {
    expect(promisedBy(quotas(texts))).toEqual(parseQuantities(promised));
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'more guaranteed than its limit',
      { a: 'cpus:3|cpus:2' },
      'the quota of role a cannot be: it is guaranteed 3 cpus, its limit is 2 cpus',
    ],
    [
      'more guaranteed below it than to itself',
      { a: 'cpus:3', 'a/b': 'cpus:2', 'a/c': 'cpus:2' },
      'the quota of role a cannot be: the roles below it are guaranteed 4 cpus, it is guaranteed 3 cpus itself',
    ],
    [
      'another name guaranteed below it than to itself',
      { a: 'cpus:3', 'a/b': 'mem:1024' },
      'the quota of role a cannot be: the roles below it are guaranteed 1 GiB of memory, it is guaranteed 0 MiB of memory itself',
    ],
    [
      'more guaranteed below it than its limit',
      { a: '|cpus:3', 'a/b': 'cpus:2', 'a/c': 'cpus:2' },
      'the quota of role a cannot be: the roles below it are guaranteed 4 cpus, its limit is 3 cpus',
    ],
    [
      'more guaranteed far below it',
      { a: 'cpus:3', 'a/b/c': 'cpus:4' },
      'the quota of role a cannot be: the roles below it are guaranteed 4 cpus, it is guaranteed 3 cpus itself',
    ],
  ])('are refused with %s', (_, texts, words) => {
    expect(() => promisedBy(quotas(texts))).toThrow(words);
  });

  it('below a guarantee change nothing in what is promised in all', () => {
    const cpus = fc.integer({ min: 0, max: 8 });
    const names = ['a', 'a/b', 'a/c', 'a/b/d', 'e'] as const;
    fc.assert(
      fc.property(fc.tuple(...names.map(() => cpus)), (amounts) => {
        const guaranteed = names.flatMap((role, i) => (amounts[i] ? [[role, `cpus:${amounts[i]}`]] : []));
        const roles = quotas(Object.fromEntries(guaranteed));
        fc.pre(roles.has('a') && holdTogether(roles));
        const before = promisedBy(roles);
        for (const below of ['a/b', 'a/c', 'a/b/d']) roles.delete(below);
        expect(promisedBy(roles)).toEqual(before);
      }),
    );
  });

  it('are looked at from the leaves up', () => {
    expect(bottomUp(['a/b/c', 'd'])).toEqual(['a/b/c', 'a/b', 'a', 'd']);
  });
});
