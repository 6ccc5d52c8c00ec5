/** Names of roles: which are legal, and which role is below which. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TenderError } from '../../src/core/errors.ts';
import { ancestorsOf, checkRole, isBelow, isRole } from '../../src/core/roles.ts';

const LONGEST = 'r'.repeat(256);

it.each([
  '*',
  'web',
  'web/api',
  'a/b/c/d',
  '...',
  'a.b',
  'a-b/c-',
  'a*',
  '日本/東京',
  LONGEST,
])('%s is a role', (name) => {
  expect(isRole(name)).toBe(true);
  expect(() => checkRole(name)).not.toThrow();
});

describe.each([
  ['it is empty', ['']],
  ['it is longer than 256 characters', [`${LONGEST}r`]],
  [
    'it has white space or control characters',
    [' ', 'a b', 'a\t', 'a\nb', '\u00a0', 'a\u007f', '\u0000', 'a/\u001b[2J'],
  ],
  ['it begins or ends with "/"', ['/', '/a', 'a/', '//']],
  ['there is nothing between two "/"', ['a//b']],
  ['"." is a folder, not a name', ['.', 'a/.', './a', 'a/./b']],
  ['".." is a folder, not a name', ['..', 'a/..', '../a']],
  ['"*" stands alone, never in a path', ['*/a', 'a/*', 'a/*/b']],
  ['"-a" begins with "-"', ['-a', 'b/-a', '-a/b']],
])('%s', (cause, names) => {
  it.each(names)('%j is no role', (name) => {
    expect(isRole(name)).toBe(false);
    let thrown: unknown;
    try {
      checkRole(name);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TenderError);
    expect(thrown).toMatchObject({ code: 'role.name', fields: { name, cause } });
  });
});

it.each([
  ['*', []],
  ['web', []],
  ['web/api', ['web']],
  ['a/b/c/d', ['a', 'a/b', 'a/b/c']],
])('%s is below %j', (role, ancestors) => {
  expect(ancestorsOf(role)).toEqual(ancestors);
});

it.each([
  ['a/b', 'a', true],
  ['a/b/c', 'a', true],
  ['a/b/c', 'a/b', true],
  ['a', 'a', false],
  ['a', 'a/b', false],
  ['ab', 'a', false],
  ['a/bc', 'a/b', false],
  ['a', '*', false],
])('%s below %s: %s', (role, ancestor, below) => {
  expect(isBelow(role, ancestor)).toBe(below);
});

it('a role is below its ancestors, and nothing else', () => {
  const role = fc
    .array(fc.constantFrom('a', 'b', 'ab'), { minLength: 1, maxLength: 4 })
    .map((names) => names.join('/'));
  fc.assert(
    fc.property(role, role, (one, other) => {
      expect(isRole(one)).toBe(true);
      expect(isBelow(one, other)).toBe(ancestorsOf(one).includes(other));
    }),
  );
});
