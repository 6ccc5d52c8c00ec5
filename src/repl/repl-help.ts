/** `help()` and `help(x)`: what there is, from the same tables that make it. */
import { inspect } from 'node:util';
import { EVENT_NAMES } from './event-names.ts';
import { LISTS, type ListName } from './lists.ts';
import { methodsOf, methodUsage } from './methods.ts';
import { behind, verbOf } from './record-of.ts';
import type { Things } from './things.ts';
import { VERBS, type VerbName, verbsFor } from './verbs.ts';

/** A text that prints as itself, not as a quoted string. */
export class Page {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  [inspect.custom](): string {
    return this.text;
  }
}

export const NO_HELP = new Page('there is no help for that; help() lists what there is');

const EXAMPLE: Readonly<Record<ListName, string>> = {
  agents: 'agents.nuc1',
  jobs: 'jobs.web',
  tasks: "tasks['web.0']",
  frameworks: 'frameworks.service',
  offers: 'offers[0]',
  roles: 'roles.web',
};

/** All that is there by its name; verbs in a group are called like `quota.set`. */
function namesOf(globals: Readonly<Record<string, unknown>>): (readonly [string, unknown])[] {
  const grouped = Object.keys(VERBS).filter((name) => name.includes('.'));
  const valueAt = (name: string): unknown =>
    name.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], globals);
  return [...Object.entries(globals), ...grouped.map((name) => [name, valueAt(name)] as const)];
}

export function helpFor(
  globals: Readonly<Record<string, unknown>>,
  things: Things,
  readOnly: boolean,
): (thing?: unknown) => Page {
  const verbs = verbsFor(readOnly);
  const nameOf = (thing: unknown): string | undefined =>
    typeof thing === 'string' ? thing : namesOf(globals).find(([, value]) => value === thing)?.[0];
  const help = (thing?: unknown): Page => {
    if (thing === undefined || thing === help) return overview(verbs, readOnly);
    const method = verbOf(thing);
    if (method) return methodPage(method);
    const known = behind(thing);
    if (known) return thingPage(known.list, known.record(), things, readOnly);
    const name = nameOf(thing);
    if (name === 'events')
      return new Page('events, the last that were heard of, the latest first; on(NAME, …) hears them');
    const own = LISTS.find((one) => one === name);
    if (own) return thingPage(own, things.any(own), things, readOnly);
    const meant = verbs.filter(([one]) => one === name || one.startsWith(`${name}.`));
    if (meant.length === 0) return NO_HELP;
    const events = name === 'on' ? [`events: ${EVENT_NAMES.join(', ')}`] : [];
    return new Page([...meant.map(([one]) => verbText(one)), ...events].join('\n'));
  };
  return help;
}

function verbText(name: VerbName): string {
  const { usage, help } = VERBS[name];
  return `${usage}\n  ${help}`;
}

function methodPage(name: VerbName): Page {
  const { help } = VERBS[name];
  const all = LISTS.flatMap((list) => methodsOf(list).filter((method) => method.name === name));
  const usages = new Set(all.map(({ method }) => methodUsage(name, method)));
  return new Page(`${[...usages].join(', ')}\n  ${help}`);
}

/** A list, and what can be read and said of one in it. @param record one of them; undefined: there is none */
function thingPage(list: ListName, record: object | undefined, things: Things, readOnly: boolean): Page {
  const methods = methodsOf(list).filter(({ verb }) => !(readOnly && verb.changes));
  const one = EXAMPLE[list];
  const fields = [...Object.keys(record ?? {}), ...things.figuresOf(list)];
  return new Page(
    [
      `${list}, an array that is always now: ${list}.length, ${list}.filter(…), ${one}`,
      ...(fields.length > 0 ? [`each has: ${[...new Set(fields)].sort().join(', ')}`] : []),
      ...columns(methods.map(({ name, method }) => [methodUsage(name, method), VERBS[name].help])),
    ].join('\n'),
  );
}

function overview(verbs: ReturnType<typeof verbsFor>, readOnly: boolean): Page {
  const verb = readOnly ? 'why()' : 'scale(3)';
  return new Page(
    [
      `${LISTS.join(', ')}, events: the cluster, always now; no await needed`,
      ...columns(verbs.map(([name, { help }]) => [name, help])),
      `help(why), help(jobs.web), help(on) say more; jobs.web.${verb} and the like are the same as methods`,
      'state and client are what lies beneath; .view tasks goes to the screen; exit or ctrl-d leaves',
    ].join('\n'),
  );
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const wide = Math.min(40, Math.max(0, ...rows.map(([first]) => first.length)));
  return rows.map(([first, second]) => `  ${first.padEnd(wide)}  ${second}`);
}
