/** `help()` and `help(x)`: what there is, from the same tables that make it. */
import { inspect } from 'node:util';
import { LISTS } from './live-list.ts';
import { verbsFor } from './verbs.ts';

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

/** All that is there by its name; verbs in a group are called like `quota.set`. */
function namesOf(
  globals: Readonly<Record<string, unknown>>,
  verbs: readonly string[],
): (readonly [string, unknown])[] {
  const grouped = verbs.filter((name) => name.includes('.'));
  const valueAt = (name: string): unknown =>
    name.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], globals);
  return [...Object.entries(globals), ...grouped.map((name) => [name, valueAt(name)] as const)];
}

export function helpFor(
  globals: Readonly<Record<string, unknown>>,
  readOnly: boolean,
): (thing?: unknown) => Page {
  const verbs = verbsFor(readOnly);
  const verbNames = verbs.map(([own]) => own);
  const wide = Math.max(...verbNames.map((own) => own.length)) + 2;
  return (thing) => {
    const name =
      typeof thing === 'string'
        ? thing
        : namesOf(globals, verbNames).find(([, value]) => value === thing)?.[0];
    const meant = verbs.filter(([own]) => own === name || own.startsWith(`${name}.`));
    if (meant.length > 0)
      return new Page(meant.map(([, verb]) => `${verb.usage}\n  ${verb.help}`).join('\n'));
    const list = LISTS.find((own) => own === name);
    if (list) {
      const one = list === 'tasks' ? "tasks['web.0']" : list === 'jobs' ? 'jobs.web' : `${list}[0]`;
      return new Page(`${list}, an array that is always now: ${list}.length, ${list}.filter(…), ${one}`);
    }
    if (thing !== undefined) return new Page('there is no help for that; help() lists what there is');
    return new Page(
      [
        `${LISTS.join(', ')}: the cluster, always now; no await needed`,
        ...verbs.map(([own, { help }]) => `  ${own.padEnd(wide)}${help}`),
        'help(scale) shows how; state and client are what lies beneath; .exit or ctrl-d leaves',
      ].join('\n'),
    );
  };
}
