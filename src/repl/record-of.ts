/** What is known of things and methods from outside: which record and which verb is behind them. */
import type { Records } from '../client/tables.ts';
import type { ListName } from './lists.ts';
import type { VerbName } from './verbs.ts';

interface Behind {
  readonly list: ListName;
  /** As it is now. */
  record(): Records[ListName];
}

const THINGS = new WeakMap<object, Behind>();
const METHODS = new WeakMap<object, VerbName>();

export function markThing(thing: object, behind: Behind): void {
  THINGS.set(thing, behind);
}

export function markMethod<F extends object>(method: F, verb: VerbName): F {
  METHODS.set(method, verb);
  return method;
}

export const behind = (value: unknown): Behind | undefined =>
  typeof value === 'object' && value !== null ? THINGS.get(value) : undefined;

/** What is no thing is itself. */
export const recordOf = <R>(value: R): R => (behind(value)?.record() as R | undefined) ?? value;

export const verbOf = (value: unknown): VerbName | undefined =>
  typeof value === 'function' ? METHODS.get(value) : undefined;
