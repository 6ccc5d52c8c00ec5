/** The verbs as methods: those that name a thing first are there on that thing, with its name said already. */
import type { Records } from '../client/tables.ts';
import { withKnownOptions } from './known-options.ts';
import type { ListName } from './lists.ts';
import type { Verb, VerbContext } from './verb.ts';
import { VERBS, type VerbName } from './verbs.ts';

export interface Method {
  readonly name: VerbName;
  readonly method: string;
  readonly verb: Verb;
  /** Bound to the thing. */
  call(context: VerbContext, record: Records[ListName]): (...args: never[]) => unknown;
}

const LISTS_OF: Readonly<Record<NonNullable<Verb['completes']>, readonly ListName[]>> = {
  agents: ['agents'],
  jobs: ['jobs'],
  tasks: ['jobs', 'tasks'],
  instances: ['tasks'],
  roles: ['roles'],
  frameworks: ['frameworks'],
  anything: ['jobs', 'tasks', 'frameworks', 'roles', 'agents'],
};

/** Whose names complete the first argument. */
export const listsFor = (completes: NonNullable<Verb['completes']>): readonly ListName[] =>
  LISTS_OF[completes];

/** What a verb is to be told to mean this record. */
const NAME_OF: { readonly [N in ListName]: (record: Records[N]) => string } = {
  agents: ({ name }) => name,
  jobs: ({ name }) => name,
  // An instance's name goes to its replacement: a thing stays the same task.
  tasks: ({ id }) => id,
  frameworks: ({ id }) => id,
  offers: ({ id }) => id,
  roles: ({ role }) => role,
};

const known = new Map<ListName, readonly Method[]>();

export function methodsOf(list: ListName): readonly Method[] {
  const there = known.get(list);
  if (there) return there;
  const methods = (Object.entries(VERBS) as [VerbName, Verb][]).flatMap(([name, verb]): Method[] => {
    if (!verb.completes || verb.method === null || !listsFor(verb.completes).includes(list)) return [];
    const call: Method['call'] = (context, record) => {
      const whole = withKnownOptions(verb, verb.make(context)) as (...args: unknown[]) => unknown;
      const nameOf = NAME_OF[list] as (record: Records[ListName]) => string;
      return (...args: unknown[]) => whole(nameOf(record), ...args);
    };
    return [{ name, method: verb.method ?? name, verb, call }];
  });
  known.set(list, methods);
  return methods;
}

/** `scale('web', 3)` as it is said of the thing itself: `.scale(3)`. */
export function methodUsage(name: VerbName, method: string): string {
  const called = new RegExp(`\\b${name.replace('.', '\\.')}\\((?:'[^']*')?(?:, )?`, 'g');
  return VERBS[name].usage.replaceAll(called, `.${method}(`);
}
