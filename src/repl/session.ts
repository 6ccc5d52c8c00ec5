/**
 * What the prompt and scripts have in common: the globals, made from the table of verbs and bound to one client, and
 * all that has to end when the session does.
 */
import { inspect } from 'node:util';
import type { Client } from '../client/client.ts';
import { readOnly as onlyReading } from '../client/read-only.ts';
import type { Clock } from '../core/clock.ts';
import { causeOf, TenderError } from '../core/errors.ts';
import { systemClock } from '../wire/system-clock.ts';
import { withKnownOptions } from './known-options.ts';
import { LISTS } from './lists.ts';
import { liveEvents, liveList } from './live-list.ts';
import { helpFor, NO_HELP } from './repl-help.ts';
import { isShowing, type Look, SHOW } from './shown.ts';
import { Things } from './things.ts';
import type { Verb, VerbContext } from './verb.ts';
import { VERBS } from './verbs.ts';

export interface SessionOptions
  extends Partial<Pick<VerbContext, 'clock' | 'readJobs' | 'startFramework' | 'complain'>> {
  readonly client: Client;
  readonly write: VerbContext['write'];
  readonly width: () => number;
  readonly colors: boolean;
  /** Refuses what changes the cluster, whichever way it is asked. */
  readonly readOnly?: boolean | undefined;
  readonly now?: (() => number) | undefined;
}

export interface Session {
  /** As given to `Object.defineProperties`. */
  readonly globals: PropertyDescriptorMap;
  readonly client: Client;
  readonly clock: Clock;
  readonly readOnly: boolean;
  readonly things: Things;
  /** What to stop on Ctrl-C; emptied after each statement. */
  readonly interrupts: Set<() => void>;
  /** A value as text. */
  text(value: unknown): string;
  /** Writes what takes time to show. @returns what is left to print */
  show(value: unknown): Promise<unknown>;
  /** Resolves when nothing is listened to any more. */
  quiet(): Promise<void>;
  /** Ends all that the session has begun. */
  close(): Promise<void>;
}

const missing = (what: string) => (): never => {
  throw new TenderError('usage', { cause: `${what} is not to be had here` });
};

export function createSession(options: SessionOptions): Session {
  const { write, width, colors, readOnly = false } = options;
  const client = readOnly ? onlyReading(options.client) : options.client;
  const look: Look = { source: client, width, colors, now: options.now ?? Date.now };
  const interrupts = new Set<() => void>();
  const ends = new Map<() => void | Promise<void>, 'listens' | undefined>();
  let quieted = Promise.withResolvers<void>();
  const listens = (): boolean => [...ends.values()].includes('listens');
  const context: VerbContext = {
    client,
    look,
    clock: options.clock ?? systemClock,
    write,
    onInterrupt: (stop) => interrupts.add(stop),
    readJobs: options.readJobs ?? missing('a file of jobs'),
    startFramework: options.startFramework ?? missing('a framework by hand'),
    complain: options.complain ?? ((error) => write(`${inspect(error)}\n`)),
    onEnd: (end, what) => {
      ends.set(end, what);
      return () => {
        ends.delete(end);
        if (!listens()) quieted.resolve();
      };
    },
    things: () => things,
  };
  const things = new Things(context);
  const globals = globalsOf(context, things, readOnly);
  const help = globals['help']!.value as ReturnType<typeof helpFor>;
  const text = (value: unknown): string => {
    try {
      // A command that was named and not called: how it is called, no `[Function]`.
      const page = typeof value === 'function' ? help(value) : NO_HELP;
      return inspect(page === NO_HELP ? value : page, { colors, depth: 4, compact: 3, breakLength: width() });
    } catch (error) {
      return `this value could not be printed: ${causeOf(error)}`; // a fault of its own must not end the prompt
    }
  };
  return {
    globals,
    client,
    clock: context.clock,
    readOnly,
    things,
    interrupts,
    text,
    show: async (value) => (isShowing(value) ? value[SHOW]() : value),
    async quiet() {
      if (!listens()) return;
      quieted = Promise.withResolvers();
      await quieted.promise;
    },
    async close() {
      for (const stop of interrupts) stop();
      interrupts.clear();
      await Promise.allSettled([...ends.keys()].map((end) => end()));
      ends.clear();
      quieted.resolve();
    },
  };
}

function globalsOf(context: VerbContext, things: Things, readOnly: boolean): PropertyDescriptorMap {
  const { client, look } = context;
  const values: Record<string, unknown> = { events: liveEvents(look), client };
  for (const name of LISTS) values[name] = liveList(name, look, things);
  for (const [name, verb] of Object.entries(VERBS) as [string, Verb][]) {
    const [group, own] = name.split('.') as [string, string?];
    const made = withKnownOptions(verb, verb.make(context));
    if (own === undefined) values[name] = made;
    else values[group] = { ...(values[group] as object | undefined), [own]: made };
  }
  values['help'] = helpFor(values, things, readOnly);
  return {
    ...Object.getOwnPropertyDescriptors(values),
    // A snapshot brings a new state object: always the current one.
    state: { get: () => client.state, enumerable: true, configurable: true },
  };
}
