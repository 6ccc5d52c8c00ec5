/**
 * What `tender replay` says of a file: what went otherwise, what the allocator does, what is wrong in the
 * file.
 */
import { describe, expect, it } from 'vitest';
import { replayCases } from '../../../src/core/allocator/replay.ts';
import { gateText } from '../../../src/core/gate-text.ts';
import { PlainAllocator } from './plain-allocator.ts';

const AGENT = { op: 'agent', id: 'a', resources: 'cpus:2;mem:1024' };
const FRAMEWORK = { op: 'framework', id: 'f', roles: ['r'] };
const replay = (...steps: readonly unknown[]): ReturnType<typeof replayCases> =>
  replayCases([{ name: 'mine', steps }], () => new PlainAllocator());
const offer = (resources: string): object => ({ framework: 'f', role: 'r', agent: 'a', resources });

describe('a step that expects an answer', () => {
  it('passes if the offers are the same, in whatever order and words', () => {
    const two = { ...AGENT, id: 'b' };
    const expected = [{ ...offer('mem:1024;cpus:1;cpus:1'), agent: 'b' }, offer('cpus:2;mem:1024')];
    expect(replay(AGENT, two, FRAMEWORK, { op: 'allocate', expect: expected })).toEqual({
      problems: [],
      said: [],
      total: 1,
      passed: 1,
    });
  });

  it('is told beside what came, if that was something else; the case goes on', () => {
    const result = replay(
      AGENT,
      FRAMEWORK,
      { op: 'allocate', expect: [offer('cpus:1')] },
      { op: 'order', expect: ['r'] },
      { op: 'allocate', expect: [offer('cpus:1')] },
    );
    expect(result).toMatchObject({ total: 1, passed: 0 });
    expect(result.problems).toEqual([
      { case: 'mine', step: 3, op: 'allocate', expected: 'f r a cpus:1', got: 'f r a cpus:2;mem:1024' },
      { case: 'mine', step: 5, op: 'allocate', expected: 'f r a cpus:1', got: 'nothing' },
    ]);
  });

  it('knows how the amounts and the reasons stand, too', () => {
    const result = replay(
      AGENT,
      FRAMEWORK,
      { op: 'quota', role: 'r', guarantee: '', limit: 'cpus:0;mem:0' },
      { op: 'consumption', expect: { r: 'cpus:1' } },
      { op: 'explain', expect: [{ framework: 'f', role: 'r', agent: 'a', gates: ['filter'] }] },
    );
    expect(result.problems.map(({ expected, got }) => [expected, got])).toEqual([
      ['r cpus:1', 'r '],
      ['f r a filter', 'f r a limit limit'],
    ]);
  });
});

it('a step that expects nothing tells what the allocator does', () => {
  const { said } = replay(
    AGENT,
    FRAMEWORK,
    { op: 'allocate' },
    { op: 'decline', ...offer('cpus:2;mem:1024'), refuseSeconds: 5 },
    { op: 'advance', seconds: 2 },
    { op: 'explain' },
    { op: 'order' },
    { op: 'consumption' },
  );
  expect(said.map(({ step, text }) => `${step}: ${text}`)).toEqual([
    '3: f r a cpus:2;mem:1024',
    `6: f r a: ${gateText({ kind: 'filter', until: 5000 }, 2000)}`,
    '7: r',
    '8: nothing',
  ]);
});

it('counts the cases and those that passed', () => {
  const good = { name: 'good', steps: [AGENT] };
  const bad = { name: 'bad', steps: [{ op: 'order', expect: ['r'] }] };
  const { total, passed } = replayCases([good, bad, good], () => new PlainAllocator());
  expect([total, passed]).toEqual([3, 2]);
});

it('every case begins anew', () => {
  const steps = [AGENT, FRAMEWORK, { op: 'allocate', expect: [offer('cpus:2;mem:1024')] }];
  const twice = [
    { name: 'one', steps },
    { name: 'two', steps },
  ];
  expect(replayCases(twice, () => new PlainAllocator()).passed).toBe(2);
});

describe('a file that is none', () => {
  it.each([
    ['no list', {}, 'the file: expected a list, found {}'],
    ['a case without steps', [{ name: 'x' }], 'case 1: steps: expected a list, found nothing'],
  ])('%s', (_, input, message) => {
    expect(() => replayCases(input, () => new PlainAllocator())).toThrow(message);
  });

  it.each([
    ['an unknown op', { op: 'agnet' }, 'op: expected one of agent, '],
    ['a missing field', { op: 'agent', id: 'a' }, 'resources: expected a text, found nothing'],
    [
      'a misspelt field',
      { ...AGENT, resorces: 'cpus:1', resources: '' },
      'resorces: expected "resources", found "resorces" (did you mean "resources"?)',
    ],
    ['resources that are none', { ...AGENT, resources: 'cpus=1' }, '"cpus=1" is no resource'],
    ['an impossible amount', { op: 'weight', role: 'r', weight: 0 }, 'weight: expected more than 0, found 0'],
    [
      'terms that are none',
      { ...FRAMEWORK, terms: { r: { minimum: 'cpus:1' } } },
      'terms.r.minimum: expected a list, found "cpus:1"',
    ],
    [
      'one name as two kinds',
      { op: 'use', ...offer('cpus:1;cpus:[1-2]') },
      '"cpus" is a number in one place and ranges or a set in another',
    ],
  ])('%s, named with its case and step', (_, step, message) => {
    expect(() => replay(AGENT, step)).toThrow(`case "mine", step 2: ${message}`);
  });
});
