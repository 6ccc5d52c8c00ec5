/**
 * Where a job may run, as people write it, one rule a line:
 *
 *   rack == r1   rack != r1   cpu_cores >= 4   hostname ~ nuc.*   hostname !~ pi\d   zone in [a, b]   zone not in [c]
 *   gpu is_set   gpu is_not_set   distinct_hosts   max_per(rack, 2)   spread(rack)   spread(rack, {r1: 80, r2: 20})
 *
 * A value is the rest of the line, or stands in quotes as in JSON. An agent without the attribute is refused, except by
 * what says how it must not be.
 */

import { ItemReader, unquote } from './item-reader.ts';
import { nearest } from './nearest.ts';
import { compareValues, sameValue } from './values.ts';

/** About one attribute of an agent. */
export type Condition =
  | { readonly is: Comparison; readonly attribute: string; readonly value: string }
  /** Pattern of RE2, for the whole value. */
  | { readonly is: '~' | '!~'; readonly attribute: string; readonly value: string }
  | { readonly is: 'in' | 'not in'; readonly attribute: string; readonly values: readonly string[] }
  | { readonly is: 'is_set' | 'is_not_set'; readonly attribute: string };
type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** About how many instances of the job there are where: on one agent, or on all with the same value together. */
export type Limit =
  | { readonly is: 'distinct_hosts' }
  | { readonly is: 'max_per'; readonly attribute: string; readonly most: number };

/** No condition, but a wish: so much of all instances for each value; without targets, the same for all. */
export interface Spread {
  readonly attribute: string;
  /** Percent by value; what is left of 100 is for each other value. */
  readonly targets: Readonly<Record<string, number>>;
  /** 1 to 100: of several spreads, how much this one counts. */
  readonly weight: number;
}

export type Constraint = Condition | Limit | ({ readonly is: 'spread' } & Spread);

/** Whether the pattern (RE2) describes the whole text. */
export type Matches = (pattern: string, text: string) => boolean;

const ATTRIBUTE = /\s*[A-Za-z_][\w./-]*/y;
const OPERATORS = ['==', '!=', '<=', '>=', '!~', '~', '<', '>'] as const;
const WORDS = /\s*(?:is_set|is_not_set|in|not\s+in)(?![\w./-])/y;
const RULES = ['distinct_hosts', 'max_per(ATTRIBUTE, N)', 'spread(ATTRIBUTE)'];
const EXPECTED = '== != < <= > >= ~ !~, in, not in, is_set or is_not_set';
const WHOLE = /\s*\d+/y;
const PERCENT = /\s*\d+(?:\.\d+)?/y;

/** @throws TenderError `constraint.syntax`, with what was expected where */
export function parseConstraint(line: string): Constraint {
  const reader = new ItemReader(line, 'constraint.syntax');
  const name = reader.match(ATTRIBUTE) ?? reader.fail('ATTRIBUTE == VALUE, or another rule');
  const constraint = ruleCalled(name, reader) ?? conditionOn(name, reader);
  if (reader.rest() !== '') reader.failHere('nothing more');
  return constraint;
}

/** @throws TenderError `constraint.syntax` */
export function parseCondition(line: string): Condition {
  const constraint = parseConstraint(line);
  if (isCondition(constraint)) return constraint;
  return new ItemReader(line, 'constraint.syntax').fail('a condition on an attribute, such as "ssd is_set"');
}

/** @throws TenderError `constraint.syntax` */
export function parseSpread(line: string): Spread {
  const constraint = parseConstraint(line);
  if (constraint.is === 'spread') return spreadOf(constraint);
  return new ItemReader(line, 'constraint.syntax').fail(
    'spread(ATTRIBUTE) or spread(ATTRIBUTE, {VALUE: PERCENT})',
  );
}

export const isCondition = (constraint: Constraint): constraint is Condition =>
  constraint.is !== 'distinct_hosts' && constraint.is !== 'max_per' && constraint.is !== 'spread';

export const isLimit = (constraint: Constraint): constraint is Limit =>
  constraint.is === 'distinct_hosts' || constraint.is === 'max_per';

export const spreadOf = ({ attribute, targets, weight }: Spread): Spread => ({ attribute, targets, weight });

function ruleCalled(name: string, reader: ItemReader): Constraint | undefined {
  if (name === 'distinct_hosts') return { is: 'distinct_hosts' };
  const isCalled = reader.takes('(');
  if (!isCalled && reader.rest() !== '') return undefined;
  if (isCalled && name === 'max_per') return maxPer(reader);
  if (isCalled && name === 'spread') return spread(reader);
  const meant = nearest(name, RULES.map(wordOf));
  return meant === undefined ? undefined : reader.fail(RULES.find((rule) => wordOf(rule) === meant)!);
}

const wordOf = (rule: string): string => rule.replace(/\(.*/, '');

function maxPer(reader: ItemReader): Constraint {
  const attribute = reader.match(ATTRIBUTE) ?? reader.failHere('an attribute');
  reader.need(',');
  const most = Number(reader.match(WHOLE));
  if (!Number.isSafeInteger(most) || most < 1) reader.failHere('a whole number, at least 1');
  reader.need(')');
  return { is: 'max_per', attribute, most };
}

function spread(reader: ItemReader): Constraint {
  const attribute = reader.match(ATTRIBUTE) ?? reader.failHere('an attribute');
  const targets: [value: string, percent: number][] = [];
  if (reader.takes(',')) {
    reader.need('{');
    do {
      const value = reader.word();
      reader.need(':');
      const percent = Number(reader.match(PERCENT) ?? reader.failHere('a percentage'));
      reader.takes('%');
      targets.push([value, percent]);
    } while (reader.takes(','));
    reader.need('}');
  }
  reader.need(')');
  if (sum(targets.map(([, percent]) => percent)) > 100) reader.fail('percentages of at most 100 together');
  return { is: 'spread', attribute, targets: Object.fromEntries(targets), weight: 50 };
}

export const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

function conditionOn(attribute: string, reader: ItemReader): Condition {
  const sign = OPERATORS.find((operator) => reader.takes(operator)) ?? (reader.takes('=') ? '==' : undefined);
  if (sign !== undefined) return { is: sign, attribute, value: restOf(reader) };
  const word = reader.match(WORDS)?.replace(/\s+/, ' ');
  if (word === 'is_set' || word === 'is_not_set') return { is: word, attribute };
  if (word === 'in' || word === 'not in') return { is: word, attribute, values: listOf(reader) };
  return reader.failHere(EXPECTED);
}

function restOf(reader: ItemReader): string {
  const value = reader.match(/.*/sy) ?? '';
  return value === '' ? reader.failHere('a value') : unquote(value);
}

function listOf(reader: ItemReader): string[] {
  const values: string[] = [];
  reader.need('[');
  do values.push(reader.word());
  while (reader.takes(','));
  reader.need(']');
  return values;
}

/** They say how it must not be: what is not there is not so. */
const NEGATIVE: ReadonlySet<Condition['is']> = new Set(['!=', '!~', 'not in', 'is_not_set']);

/** @param value that the agent has; undefined: it has none */
export function holds(condition: Condition, value: string | undefined, matches: Matches): boolean {
  if (value === undefined) return NEGATIVE.has(condition.is);
  switch (condition.is) {
    case '==':
      return sameValue(value, condition.value);
    case '!=':
      return !sameValue(value, condition.value);
    case '<':
      return compareValues(value, condition.value) < 0;
    case '<=':
      return compareValues(value, condition.value) <= 0;
    case '>':
      return compareValues(value, condition.value) > 0;
    case '>=':
      return compareValues(value, condition.value) >= 0;
    case '~':
      return matches(condition.value, value);
    case '!~':
      return !matches(condition.value, value);
    case 'in':
      return condition.values.some((one) => sameValue(value, one));
    case 'not in':
      return !condition.values.some((one) => sameValue(value, one));
    case 'is_set':
      return true;
    case 'is_not_set':
      return false;
  }
}

/** What the condition wants of the attribute, to be read after it: `rack is r2, wants r1`. */
export function wantsText(condition: Condition): string {
  switch (condition.is) {
    case '==':
      return condition.value;
    case '!=':
      return `anything but ${condition.value}`;
    case '<':
      return `less than ${condition.value}`;
    case '<=':
      return `at most ${condition.value}`;
    case '>':
      return `more than ${condition.value}`;
    case '>=':
      return `at least ${condition.value}`;
    case '~':
      return `one like ${condition.value}`;
    case '!~':
      return `none like ${condition.value}`;
    case 'in':
      return condition.values.join(' or ');
    case 'not in':
      return `none of ${condition.values.join(', ')}`;
    case 'is_set':
      return 'any';
    case 'is_not_set':
      return 'none';
  }
}
