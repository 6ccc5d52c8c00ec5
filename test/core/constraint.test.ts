/** Constraints: how a line is read, what is said of one that can't be, and which agents it lets through. */
import { describe, expect, it } from 'vitest';
import {
  type Constraint,
  holds,
  parseCondition,
  parseConstraint,
  wantsText,
} from '../../src/core/constraint.ts';
import { TenderError } from '../../src/core/errors.ts';

const matches = (pattern: string, text: string): boolean => pattern === text;

describe('a line is read as', () => {
  it.each<[string, Constraint]>([
    ['rack == r1', { is: '==', attribute: 'rack', value: 'r1' }],
    ['rack=r1', { is: '==', attribute: 'rack', value: 'r1' }],
    ['os == Debian GNU/Linux 12', { is: '==', attribute: 'os', value: 'Debian GNU/Linux 12' }],
    ['note == " a \\"b\\" "', { is: '==', attribute: 'note', value: ' a "b" ' }],
    ['rack!=r1', { is: '!=', attribute: 'rack', value: 'r1' }],
    ['cpu_cores >= 4', { is: '>=', attribute: 'cpu_cores', value: '4' }],
    ['cpu_cores<4', { is: '<', attribute: 'cpu_cores', value: '4' }],
    ['hostname ~ (nuc|pi)[1-3], .*', { is: '~', attribute: 'hostname', value: '(nuc|pi)[1-3], .*' }],
    ['hostname !~ pi.*', { is: '!~', attribute: 'hostname', value: 'pi.*' }],
    ['zone in [a, "b c",d]', { is: 'in', attribute: 'zone', values: ['a', 'b c', 'd'] }],
    ['zone  not  in [a]', { is: 'not in', attribute: 'zone', values: ['a'] }],
    ['gpu is_set', { is: 'is_set', attribute: 'gpu' }],
    ['gpu is_not_set', { is: 'is_not_set', attribute: 'gpu' }],
    ['topology.kubernetes.io/zone == a', { is: '==', attribute: 'topology.kubernetes.io/zone', value: 'a' }],
    [' distinct_hosts ', { is: 'distinct_hosts' }],
    ['max_per(rack, 2)', { is: 'max_per', attribute: 'rack', most: 2 }],
    ['spread(rack)', { is: 'spread', attribute: 'rack', targets: {}, weight: 50 }],
    [
      'spread(rack, {r1: 80, "r 2": 20%})',
      { is: 'spread', attribute: 'rack', targets: { r1: 80, 'r 2': 20 }, weight: 50 },
    ],
  ])('%s', (line, constraint) => expect(parseConstraint(line)).toEqual(constraint));
});

describe('a line that cannot be read is refused with the place and what belongs there', () => {
  it.each([
    ['', 'ATTRIBUTE == VALUE, or another rule'],
    ['== r1', 'ATTRIBUTE == VALUE, or another rule'],
    ['rack', '== != < <= > >= ~ !~, in, not in, is_set or is_not_set after rack'],
    ['rack like r1', '== != < <= > >= ~ !~, in, not in, is_set or is_not_set after rack'],
    ['rack is_sett', '== != < <= > >= ~ !~, in, not in, is_set or is_not_set after rack'],
    ['rack ==', 'a value after rack =='],
    ['zone in a, b', '[ after zone in'],
    ['zone in [a b]', '] after zone in [a'],
    ['zone in [', 'a word after zone in ['],
    ['gpu is_set too', 'nothing more after gpu is_set'],
    ['max_per(rack)', ', after max_per(rack'],
    ['max_per(rack, 0)', 'a whole number, at least 1 after max_per(rack, 0'],
    ['spread(rack, {r1: many})', 'a percentage after spread(rack, {r1:'],
    ['spread(rack, {r1: 80, r2: 30})', 'percentages of at most 100 together'],
    ['distinct_host', 'distinct_hosts'],
    ['maxper(rack, 2)', 'max_per(ATTRIBUTE, N)'],
  ])('%s', (line, expected) => {
    const error = new TenderError('constraint.syntax', { item: line, expected });
    expect(() => parseConstraint(line)).toThrow(error);
  });

  it('and so is a rule of another kind where a condition is wanted', () => {
    expect(() => parseCondition('distinct_hosts')).toThrow('a condition on an attribute');
    expect(() => parseCondition('spread(rack)')).toThrow('a condition on an attribute');
  });
});

describe('an agent passes', () => {
  it.each<[value: string | undefined, line: string, passes: boolean]>([
    ['r1', 'a == r1', true],
    ['r2', 'a == r1', false],
    ['1', 'a == 1.0', true],
    ['1.0.0', 'a == 1', false],
    ['1', 'a != 1.00', false],
    ['r2', 'a != r1', true],
    ['10', 'a > 9', true],
    ['9', 'a > 10', false],
    ['-1', 'a < 0.5', true],
    ['4', 'a >= 4.0', true],
    ['1.10.0', 'a > 1.9.3', true],
    ['6.8.0-45-generic', 'a >= 6.8', true],
    ['6.8.0-45-generic', 'a < 6.10.1', true],
    ['v2.0.0-rc1', 'a < 2.0.0-rc2', true],
    ['b', 'a > a', true],
    ['r1', 'a in [r1, r2]', true],
    ['r3', 'a in [r1, r2]', false],
    ['1', 'a in [1.0]', true],
    ['r3', 'a not in [r1, r2]', true],
    ['r1', 'a not in [r1, r2]', false],
    ['x', 'a ~ x', true],
    ['x', 'a !~ x', false],
    ['x', 'a is_set', true],
    ['x', 'a is_not_set', false],
    // What is not there is as it must not be, and nothing else.
    [undefined, 'a == r1', false],
    [undefined, 'a < 1', false],
    [undefined, 'a <= 1', false],
    [undefined, 'a > 1', false],
    [undefined, 'a >= 1', false],
    [undefined, 'a ~ .*', false],
    [undefined, 'a in [r1]', false],
    [undefined, 'a is_set', false],
    [undefined, 'a != r1', true],
    [undefined, 'a !~ .*', true],
    [undefined, 'a not in [r1]', true],
    [undefined, 'a is_not_set', true],
  ])('with %j, of "%s": %j', (value, line, passes) =>
    expect(holds(parseCondition(line), value, matches)).toBe(passes));
});

it.each([
  ['a == r1', 'r1'],
  ['a != r1', 'anything but r1'],
  ['a >= 4', 'at least 4'],
  ['a < 4', 'less than 4'],
  ['a ~ x.*', 'one like x.*'],
  ['a in [b, c]', 'b or c'],
  ['a not in [b, c]', 'none of b, c'],
])('%s: it wants %s', (line, text) => expect(wantsText(parseCondition(line))).toBe(text));
