/** Tab in the REPL: names of the cluster's things after `jobs.`, `tasks['`, `scale('`; all else is Node's own. */
import type { Source } from '../client/tables.ts';
import { LISTS, namesIn } from './live-list.ts';
import { verbsFor } from './verbs.ts';

export type Completion = readonly [matches: string[], completed: string];

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const METHODS = [
  'length',
  'filter',
  'find',
  'map',
  'forEach',
  'some',
  'every',
  'slice',
  'toSorted',
  'reduce',
  'at',
];

const NAMED = {
  jobs: ['jobs'],
  tasks: ['jobs', 'tasks'],
  roles: ['roles'],
  agents: ['agents'],
  anything: ['jobs', 'tasks', 'frameworks', 'roles'],
} as const;

/** Undefined where Node's completion knows better. */
export function completeNames(line: string, source: Source, readOnly: boolean): Completion | undefined {
  const dotted = new RegExp(`\\b(${LISTS.join('|')})\\.([\\w$]*)$`).exec(line);
  if (dotted) {
    const list = LISTS.find((own) => own === dotted[1])!;
    const names = namesIn(list, source).filter((name) => IDENTIFIER.test(name));
    return among([...names, ...METHODS], `${list}.`, dotted[2]!, '');
  }
  const indexed = new RegExp(`\\b(${LISTS.join('|')})\\[(['"]?)([^'"\\]]*)$`).exec(line);
  if (indexed) {
    const list = LISTS.find((own) => own === indexed[1])!;
    const quote = indexed[2] || "'";
    return among(
      namesIn(list, source),
      `${list}[${indexed[2]}`,
      indexed[3]!,
      `${quote}]`,
      indexed[2] ? '' : quote,
    );
  }
  const verbs = verbsFor(readOnly).filter(([, verb]) => verb.completes);
  const verbNames = verbs.map(([name]) => name.replace('.', '\\.')).join('|');
  const called = new RegExp(`\\b(${verbNames})\\((['"]?)([^'"),]*)$`).exec(line);
  if (!called) return undefined;
  const verb = verbs.find(([name]) => name === called[1])![1];
  const names = NAMED[verb.completes!].flatMap((list) => namesIn(list, source));
  const quote = called[2] || "'";
  return among(names, `${called[1]}(${called[2]}`, called[3]!, quote, called[2] ? '' : quote);
}

function among(
  names: readonly string[],
  before: string,
  start: string,
  after: string,
  quote = '',
): Completion {
  const fitting = names.filter((name) => name.startsWith(start)).sort();
  return [fitting.map((name) => `${before}${quote}${name}${after}`), before + start];
}
