/**
 * The `:` commands in one table: what they take, whether they change anything, what they do. Views and their aliases
 * come from views.ts. Completion gives whole command lines, the likeliest first.
 */
import { findJob, findTasks } from '../client/names.ts';
import { rolesIn } from '../client/table/roles.ts';
import { naturalKey } from '../client/tables.ts';
import { causeOf, TenderError } from '../core/errors.ts';
import { isTerminal } from '../core/task-state.ts';
import { ACTIONS, askWhy, type Step } from './actions.ts';
import type { Context } from './context.ts';
import { askStop, scaleTo } from './job-actions.ts';
import { logsPage } from './log-actions.ts';
import { MACHINE_COMMANDS } from './machine-commands.ts';
import { ROLE_COMMANDS } from './role-commands.ts';
import { goTo, pushPage, type Ui } from './ui.ts';
import { findView, pageOfView, VIEWS } from './views.ts';

export interface Command {
  readonly names: readonly string[];
  /** What follows the name, for help and completion. */
  readonly takes?:
    | 'agent'
    | 'framework'
    | 'job'
    | 'job or task'
    | 'task'
    | 'job COUNT'
    | 'name'
    | 'role N'
    | 'role AMOUNTS';
  readonly help: string;
  readonly changes?: true;
  run(ui: Ui, context: Context, words: readonly string[]): Step;
}

export const COMMANDS: readonly Command[] = [
  {
    names: ['logs', 'log'],
    takes: 'job or task',
    help: 'logs, as they come',
    run: (ui, { client }, [name = '']) => {
      findTasks(client.state, name);
      return { ui: pushPage(ui, logsPage(name)) };
    },
  },
  {
    names: ['why'],
    takes: 'name',
    help: 'why it is as it is; of nothing: all that waits',
    run: (ui, _, [name = '']) => askWhy(ui, name),
  },
  {
    names: ['scale'],
    takes: 'job COUNT',
    help: 'run so many instances',
    changes: true,
    run: (ui, { client }, [name = '', count = '']) => {
      if (!/^\d{1,6}$/.test(count))
        throw new TenderError('usage', { cause: `scale needs a job and a count, as in: scale web 3` });
      return scaleTo(ui, findJob(client.state, name), Number(count));
    },
  },
  {
    names: ['stop'],
    takes: 'job',
    help: 'stop it; asks first',
    changes: true,
    run: (ui, { client }, [name = '']) => askStop(ui, findJob(client.state, name), client.state),
  },
  {
    names: ['shell', 'sh'],
    takes: 'task',
    help: 'a shell in the task',
    changes: true,
    run: (ui, { client }, [name = '']) => ({
      ui,
      effect: { kind: 'shell', task: findTasks(client.state, name)[0]!.id },
    }),
  },
  ...MACHINE_COMMANDS,
  ...ROLE_COMMANDS,
  { names: ['repl'], help: 'the REPL', run: (ui) => ({ ui, effect: { kind: 'repl' } }) },
  { names: ['help', 'h'], help: 'the keys', run: (ui) => ACTIONS.help(ui) },
  { names: ['quit', 'q', 'q!'], help: 'quit', run: (ui) => ({ ui, effect: { kind: 'quit' } }) },
];

const allowed = (context: Context): readonly Command[] =>
  COMMANDS.filter((c) => !(context.readOnly && c.changes));

export function runCommand(ui: Ui, text: string, context: Context): Step {
  const [word = '', ...rest] = text.split(/\s+/);
  try {
    const command = allowed(context).find((c) => c.names.includes(word));
    if (command) return command.run(ui, context, rest);
    const view = findView(word);
    if (!view) throw new TenderError('usage', { cause: `there is no command or view "${word}"` });
    const page = pageOfView(view);
    const filter = rest.join(' ').replace(/^\//, '');
    return { ui: goTo(ui, page.kind === 'table' ? { ...page, filter } : page) };
  } catch (error) {
    const known = error instanceof TenderError;
    const next = known && error.code !== 'usage' ? error.next : '? shows keys and commands';
    return {
      ui: {
        ...ui,
        notice: { tone: 'bad', text: known ? `${error.code}: ${error.message}` : causeOf(error), next },
      },
    };
  }
}

/** Whole command lines that begin with `text`. */
export function complete(text: string, context: Context): readonly string[] {
  const space = text.indexOf(' ');
  if (space < 0) {
    const names = [...VIEWS.map((v) => v.name), ...allowed(context).map((c) => c.names[0]!)];
    const full = names.filter((name) => name.startsWith(text) && text !== '');
    const alias = text === '' ? undefined : findView(text)?.name;
    return alias && !full.includes(alias) ? [...full, alias] : full;
  }
  const command = allowed(context).find((c) => c.names.includes(text.slice(0, space)));
  const start = text.slice(space + 1);
  if (!command?.takes || start.includes(' ')) return [];
  return namesFor(command.takes, context)
    .filter((name) => name.startsWith(start) && name !== start)
    .map((name) => `${text.slice(0, space)} ${name}`);
}

function namesFor(takes: NonNullable<Command['takes']>, { client }: Context): string[] {
  const { state } = client;
  const roles = rolesIn(state).map(({ role }) => role);
  if (takes === 'role N' || takes === 'role AMOUNTS') return roles.sort();
  if (takes === 'agent') return [...state.agents.values()].map(({ name }) => name).sort();
  if (takes === 'framework') return [...state.frameworks.keys()].sort();
  const jobs = takes === 'task' ? [] : [...state.jobs.keys()];
  const tasks =
    takes === 'task' || takes === 'job or task' || takes === 'name'
      ? [...client.state.tasks.values()].filter((t) => !isTerminal(t.state)).map((t) => t.name)
      : [];
  const sorted = (names: string[]): string[] =>
    [...new Set(names)].sort((a, b) => (naturalKey(a) < naturalKey(b) ? -1 : 1));
  const others = takes === 'name' ? [...state.frameworks.keys(), ...roles] : [];
  return [...sorted(jobs), ...sorted(tasks), ...sorted(others)];
}
