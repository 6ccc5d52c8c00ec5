/**
 * Tab in the REPL: names of the cluster's things after `jobs.`, `tasks['`, `scale('`; fields and methods after
 * `jobs.web.`; names of options after `logs('web', {` (fields of jobs: field-completion.ts); and where nothing can be completed, how a verb is used. Nothing
 * is run for it: names come from the replica and from the tables. All else is Node's own.
 */
import type { Source } from '../client/tables.ts';
import { EVENT_NAMES } from './event-names.ts';
import { LISTS, type ListName, namesIn, recordNamed } from './lists.ts';
import { listsFor, methodsOf, methodUsage } from './methods.ts';
import { behind } from './record-of.ts';
import type { Session } from './session.ts';
import type { Verb } from './verb.ts';
import { VERBS, type VerbName, verbsFor } from './verbs.ts';

export interface Completion {
  readonly matches: string[];
  readonly completed: string;
  /** Shown above the line where there is nothing to choose from. */
  readonly hint?: string;
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const ARRAY_METHODS = [
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

const LIST = `\\b(${LISTS.join('|')})`;
/** One thing of a list, as it is written. */
export const ONE = `${LIST}(?:\\.([\\w$]+)|\\[(\\d+)\\]|\\[(['"])([^'"\\]]*)\\4\\])`;
const MEMBER = new RegExp(`${ONE}\\.([\\w$]*)$`);
const METHOD = new RegExp(`${ONE}\\.([\\w$]+)\\(([^()]*)$`);
const DOTTED = new RegExp(`${LIST}\\.([\\w$-]*)$`);
const INDEXED = new RegExp(`${LIST}\\[(['"]?)([^'"\\]]*)$`);
const VARIABLE = /(?:^|[^\w$.])([A-Za-z_$][\w$]*)\.([\w$]*)$/;
const OPTION = /\{(?:[^{}]*,)?\s*([\w$]*)$/;

type Names = Pick<Session, 'client' | 'things' | 'readOnly'>;

/** @param variable what a variable of the session is @returns undefined where Node's completion knows better */
export function completeNames(
  line: string,
  session: Names,
  variable: (name: string) => unknown = () => undefined,
): Completion | undefined {
  return (
    ofMember(line, session) ??
    ofMethod(line, session) ??
    ofList(line, session.client) ??
    ofVariable(line, session, variable) ??
    ofVerb(line, session) ??
    ofEvent(line)
  );
}

function ofMember(line: string, session: Names): Completion | undefined {
  const found = MEMBER.exec(line);
  if (!found) return undefined;
  const [whole, list] = found as unknown as [string, ListName];
  const record = recordWritten(found, session.client);
  const start = found[6]!;
  return (
    record &&
    among(
      session.things.membersOf(list, record, session.readOnly),
      whole.slice(0, whole.length - start.length),
      start,
      '',
    )
  );
}

function ofMethod(line: string, { client, readOnly }: Names): Completion | undefined {
  const found = METHOD.exec(line);
  if (!found || !recordWritten(found, client)) return undefined;
  const method = methodsOf(found[1] as ListName).find((one) => one.method === found[6]);
  if (!method || (readOnly && method.verb.changes)) return undefined;
  return ofOptions(line, method.verb) ?? nothing(line, methodUsage(method.name, method.method), method.verb);
}

/** The record that is written as `jobs.web`, `tasks[3]` or `tasks['web.0']`. */
export function recordWritten([, list, dotted, index, , named]: RegExpMatchArray, client: Source) {
  const name = list as ListName;
  if (index === undefined) return recordNamed(name, client, dotted ?? named ?? '');
  return recordNamed(name, client, namesIn(name, client)[Number(index)] ?? '');
}

function ofList(line: string, source: Source): Completion | undefined {
  const dotted = DOTTED.exec(line);
  if (dotted) {
    const [, list, start] = dotted as unknown as [string, ListName, string];
    const written = (name: string): string =>
      IDENTIFIER.test(name) ? `${list}.${name}` : `${list}['${name}']`;
    const names = namesIn(list, source).filter((name) => name.startsWith(start));
    const methods = ARRAY_METHODS.filter((name) => name.startsWith(start));
    if (start.includes('-') && names.length === 0) return undefined;
    return { matches: [...names, ...methods].sort().map(written), completed: dotted[0] };
  }
  const indexed = INDEXED.exec(line);
  if (!indexed) return undefined;
  const [, list, quote, start] = indexed as unknown as [string, ListName, string, string];
  return among(namesIn(list, source), `${list}[${quote}`, start, `${quote || "'"}]`, quote ? '' : "'");
}

/** `const w = jobs.web` and then `w.`: Node does not look through a proxy. */
function ofVariable(
  line: string,
  { things, readOnly }: Names,
  variable: (name: string) => unknown,
): Completion | undefined {
  const [, name, start = ''] = VARIABLE.exec(line) ?? [];
  const known = name === undefined ? undefined : behind(variable(name));
  return known && among(things.membersOf(known.list, known.record(), readOnly), `${name}.`, start, '');
}

function ofVerb(line: string, { client, readOnly }: Names): Completion | undefined {
  const verbs = verbsFor(readOnly);
  const names = verbs.map(([name]) => name.replace('.', '\\.')).join('|');
  const called = new RegExp(`(?<![\\w$.])(${names})\\(([^()]*)$`).exec(line);
  if (!called) return undefined;
  const [, name, args] = called as unknown as [string, VerbName, string];
  const verb: Verb = VERBS[name];
  const first = /^(['"]?)([^'"),]*)$/.exec(args);
  if (verb.completes && first) {
    const [, quote = '', start = ''] = first;
    const all = [...new Set(listsFor(verb.completes).flatMap((list) => namesIn(list, client)))];
    const completion = among(all, `${name}(${quote}`, start, quote || "'", quote ? '' : "'");
    if (completion.matches.length > 0) return completion;
  }
  if (name === 'on' && first) return undefined;
  return ofOptions(line, verb) ?? (/['"`]$/.test(args) ? undefined : nothing(line, verb.usage, verb));
}

function ofEvent(line: string): Completion | undefined {
  const [, quote = '', start = ''] = /\bon\((['"]?)([\w.]*)$/.exec(line) ?? [];
  if (!/\bon\(['"]?[\w.]*$/.test(line)) return undefined;
  return among(EVENT_NAMES, `on(${quote}`, start, quote || "'", quote ? '' : "'");
}

function ofOptions(line: string, { options }: Verb): Completion | undefined {
  const [, start] = OPTION.exec(line) ?? [];
  return options && start !== undefined ? among(options, '', start, ': ') : undefined;
}

const nothing = (line: string, usage: string, { help }: Verb): Completion => ({
  matches: [],
  completed: line,
  hint: `${usage}\n  ${help}`,
});

function among(
  names: readonly string[],
  before: string,
  start: string,
  after: string,
  quote = '',
): Completion {
  const fitting = names.filter((name) => name.startsWith(start)).sort();
  return { matches: fitting.map((name) => `${before}${quote}${name}${after}`), completed: before + start };
}
