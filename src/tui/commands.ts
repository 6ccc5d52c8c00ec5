/**
 * The `:` commands: the views, the verbs (verbs/all-verbs.ts), and those in the table here. Completion, help and the
 * suggestion for a mistyped word are made from the same three.
 */
import { findTasks, meant } from '../client/names.ts';
import type { ClusterState, MemberRole } from '../core/cluster.ts';
import { TenderError } from '../core/errors.ts';
import { ACTIONS, askWhy, type Step } from './actions.ts';
import { attempt } from './attempt.ts';
import { openChooser } from './columns.ts';
import type { Context } from './context.ts';
import { logsPage } from './log-actions.ts';
import type { NameKind } from './names-for.ts';
import { goTo, type Page, pageOf, pushPage, type Ui } from './ui.ts';
import { sayByName } from './verb-actions.ts';
import { type AnyVerb, verbsIn } from './verbs/all-verbs.ts';
import { findView, pageOfView, VIEWS } from './views.ts';

export interface Command {
  readonly names: readonly string[];
  /** What follows the name, for completion. */
  readonly takes?: NameKind | 'file';
  /** As the help writes it: `JOB COUNT`. */
  readonly words?: string;
  readonly help: string;
  readonly changes?: true;
  /** Absent: on any page. */
  fits?(page: Page): boolean;
  run(ui: Ui, context: Context, words: readonly string[]): Step;
}

const isRole = (text: string): text is MemberRole =>
  text === 'agent' || text === 'client' || text === 'framework';

export const COMMANDS: readonly Command[] = [
  {
    names: ['logs', 'log'],
    takes: 'job or task',
    words: 'NAME',
    help: 'logs, as they come',
    run: (ui, { client }, [name = '']) => {
      findTasks(client.state, name);
      return { ui: pushPage(ui, logsPage(name)) };
    },
  },
  {
    names: ['up', 'plan', 'apply'],
    takes: 'file',
    words: 'FILE',
    help: 'what a file would do; enter does it',
    run: (ui, _, words) => {
      const file = words.join(' ');
      if (file === '') throw new TenderError('usage', { cause: 'up needs a file, as in: up web.yaml' });
      return { ui: pushPage(ui, { kind: 'plan', file, top: 0, find: '' }) };
    },
  },
  {
    names: ['why'],
    takes: 'name',
    words: 'NAME',
    help: 'why it is as it is; of nothing: all that waits',
    run: (ui, _, [name = '']) => askWhy(ui, name),
  },
  {
    names: ['shell', 'sh'],
    takes: 'task',
    words: 'TASK',
    help: 'a shell in the task',
    changes: true,
    run: (ui, { client }, [name = '']) => ({
      ui,
      effect: { kind: 'shell', task: findTasks(client.state, name)[0]!.id },
    }),
  },
  {
    names: ['columns', 'cols'],
    help: 'which columns this list shows',
    fits: (page) => page.kind === 'table',
    run: (ui, { client }) => {
      const page = pageOf(ui);
      if (page.kind !== 'table')
        throw new TenderError('usage', { cause: 'columns are chosen on a list, such as :tasks' });
      return { ui: openChooser(ui, page.table, client.state) };
    },
  },
  {
    names: ['mouse'],
    help: 'clicks and the wheel on, or off again',
    run: (ui) => ACTIONS.mouse(ui),
  },
  {
    names: ['attach'],
    takes: 'task',
    words: 'TASK',
    help: 'what the task writes and reads itself',
    changes: true,
    run: (ui, { client }, [name = '']) => ({
      ui,
      effect: { kind: 'attach', task: findTasks(client.state, name)[0]!.id },
    }),
  },
  {
    names: ['token'],
    words: '[agent|client|framework]',
    help: 'a token for one more machine, person or framework, with its command',
    changes: true,
    run: (ui, _, [role = 'agent']) => {
      if (!isRole(role))
        throw new TenderError('usage', {
          cause: `token takes agent, client or framework, found "${role}"`,
        });
      const page = pushPage(ui, { kind: 'token', role, top: 0, find: '' });
      return { ui: page, effect: { kind: 'token', role } };
    },
  },
  {
    names: ['context', 'contexts', 'ctx'],
    takes: 'context',
    words: '[NAME]',
    help: 'another cluster that this machine knows',
    run: (ui, { contexts, contextName = '' }, [name]) => {
      if (!contexts)
        throw new TenderError('usage', { cause: 'another cluster is opened with: tender --context NAME' });
      const others = contexts.filter((one) => one !== contextName);
      if (name !== undefined && !contexts.includes(name))
        throw new TenderError('client.context_unknown', { name });
      if (name !== undefined && name !== contextName) return { ui, effect: { kind: 'context', name } };
      if (name === undefined && others.length > 0)
        return { ui: { ...ui, prompt: { kind: 'command', text: 'context ', before: '', back: 0 } } };
      const text = name === undefined ? 'this machine knows no other cluster' : `this is ${name}`;
      return {
        ui: { ...ui, notice: { tone: 'plain', text, next: 'tender context add TOKEN makes one known' } },
      };
    },
  },
  { names: ['repl'], help: 'the REPL', run: (ui) => ({ ui, effect: { kind: 'repl' } }) },
  {
    names: ['suspend'],
    help: 'back to the shell; fg comes back',
    run: (ui) => ({ ui, effect: { kind: 'suspend' } }),
  },
  { names: ['help', 'h', 'aliases'], help: 'keys and commands', run: (ui) => ACTIONS.help(ui) },
  { names: ['quit', 'q', 'q!', 'exit'], help: 'quit', run: (ui) => ({ ui, effect: { kind: 'quit' } }) },
];

export const commandsIn = (readOnly: boolean): readonly Command[] =>
  COMMANDS.filter((c) => !(readOnly && c.changes));

export const wordsOfVerb = ({ on, takes }: AnyVerb): string => {
  const argument = takes ? ` ${takes.isOptional ? `[${takes.word}]` : takes.word}` : '';
  return `${on.slice(0, -1).toUpperCase()}${argument}`;
};

export const verbsAllowed = (readOnly: boolean, state: ClusterState): readonly AnyVerb[] =>
  readOnly ? [] : verbsIn(state);

export function runCommand(ui: Ui, text: string, context: Context): Step {
  const [word = '', ...rest] = text.split(/\s+/);
  return attempt(ui, () => run(ui, word, rest, context));
}

function run(ui: Ui, word: string, rest: readonly string[], context: Context): Step {
  const { readOnly, client } = context;
  if (word === '-') return ACTIONS.lastView(ui);
  const command = commandsIn(readOnly).find((c) => c.names.includes(word));
  if (command) return command.run(ui, context, rest);
  const verb = verbsAllowed(readOnly, client.state).find(({ name }) => name === word);
  if (verb) return sayByName(ui, verb, rest, context);
  const view = findView(word);
  if (view) {
    const page = pageOfView(view);
    const filter = rest.join(' ').replace(/^\//, '');
    return { ui: goTo(ui, page.kind === 'table' ? { ...page, filter } : page) };
  }
  // What there is, but not here.
  const isKnown =
    COMMANDS.some((c) => c.names.includes(word)) || verbsIn(client.state).some((v) => v.name === word);
  if (isKnown) throw new TenderError('client.read_only', { what: word });
  const names = [
    ...VIEWS.flatMap(({ name, aliases }) => [name, ...aliases]),
    ...commandsIn(readOnly).flatMap((c) => c.names),
    ...verbsAllowed(readOnly, client.state).map(({ name }) => name),
  ].filter((name) => name.length > 2);
  throw new TenderError('usage', { cause: `there is no command or view "${word}"${meant(word, names)}` });
}
