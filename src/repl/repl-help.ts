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

export function helpFor(
  globals: Readonly<Record<string, unknown>>,
  readOnly: boolean,
): (thing?: unknown) => Page {
  const verbs = verbsFor(readOnly);
  return (thing) => {
    const name =
      typeof thing === 'string' ? thing : Object.entries(globals).find(([, value]) => value === thing)?.[0];
    const verb = verbs.find(([own]) => own === name)?.[1];
    if (verb) return new Page(`${verb.usage}\n  ${verb.help}`);
    const list = LISTS.find((own) => own === name);
    if (list) {
      const one = list === 'tasks' ? "tasks['web.0']" : list === 'jobs' ? 'jobs.web' : `${list}[0]`;
      return new Page(`${list}, an array that is always now: ${list}.length, ${list}.filter(…), ${one}`);
    }
    if (thing !== undefined) return new Page('there is no help for that; help() lists what there is');
    return new Page(
      [
        `${LISTS.join(', ')}: the cluster, always now; no await needed`,
        ...verbs.map(([own, { help }]) => `  ${own.padEnd(8)}${help}`),
        'help(scale) shows how; state and client are what lies beneath; .exit or ctrl-d leaves',
      ].join('\n'),
    );
  };
}
