/**
 * Completion of `:` commands: whole lines that begin with what was typed, the likeliest first. Words are views, commands
 * and verbs; then the names that the command takes (several with commas, for verbs); then what was typed before.
 */
import { commandsIn, verbsAllowed } from './commands.ts';
import type { Context } from './context.ts';
import { type NameKind, namesFor } from './names-for.ts';
import type { AnyVerb } from './verbs/all-verbs.ts';
import { findView, VIEWS } from './views.ts';

const KIND_OF: Partial<Readonly<Record<AnyVerb['on'], NameKind>>> = {
  jobs: 'job',
  tasks: 'task',
  agents: 'agent',
  frameworks: 'framework',
  roles: 'role',
};

type World = Pick<Context, 'client' | 'readOnly' | 'contexts' | 'contextName' | 'files'>;

export function complete(text: string, context: World, history: readonly string[] = []): readonly string[] {
  if (text === '') return [];
  const before = history.findLast((old) => old.startsWith(text) && old !== text);
  const own = text.includes(' ') ? completeNames(text, context) : completeWord(text, context);
  return before === undefined || own.includes(before) ? own : [...own, before];
}

function completeWord(text: string, { readOnly, client }: World): string[] {
  const names = [
    ...VIEWS.map((v) => v.name),
    ...commandsIn(readOnly).map((c) => c.names[0]!),
    ...verbsAllowed(readOnly, client.state).map((v) => v.name),
  ];
  const full = names.filter((name) => name.startsWith(text));
  const alias = findView(text)?.name;
  return alias && !full.includes(alias) ? [...full, alias] : full;
}

function completeNames(text: string, context: World): string[] {
  const space = text.indexOf(' ');
  const word = text.slice(0, space);
  const given = text.slice(space + 1);
  if (given.includes(' ')) return [];
  const verb = verbsAllowed(context.readOnly, context.client.state).find(({ name }) => name === word);
  const kind = verb
    ? KIND_OF[verb.on]
    : commandsIn(context.readOnly).find((c) => c.names.includes(word))?.takes;
  if (!kind) return [];
  if (kind === 'file') return (context.files?.(given) ?? []).map((path) => `${word} ${path}`);
  const comma = verb ? given.lastIndexOf(',') + 1 : 0;
  const start = given.slice(comma);
  const used = given.slice(0, comma).split(',');
  return namesFor(kind, context)
    .filter((name) => name.startsWith(start) && name !== start && !used.includes(name))
    .map((name) => `${word} ${given.slice(0, comma)}${name}`);
}
