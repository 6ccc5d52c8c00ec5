/**
 * The one table of keys: dispatch, the help page and the hints at the bottom are all made from it, with a person's own
 * keys in it (own-keys.ts). What `changes` the cluster is not bound at all in read-only mode. Keys are named as `keyNames`
 * in key-names.ts gives them.
 */
import { TABLES, type TableName } from '../client/tables.ts';
import { emptyCluster } from '../core/cluster.ts';
import type { ActionName } from './actions.ts';
import { LOG_BINDINGS } from './log-keys.ts';
import type { Page } from './ui.ts';
import { VIEWS } from './views.ts';

export type Place =
  | 'overview'
  | TableName
  | `${TableName} detail`
  | 'why'
  | 'logs'
  | 'help'
  | 'plan'
  | 'token';

export interface Binding {
  readonly keys: readonly string[];
  readonly action: ActionName;
  /** What the action is told: the digit's view, the letter's column. */
  readonly with?: string;
  readonly help: string;
  /** What the settings call it. @default made of the action */
  readonly name?: string;
  readonly group: 'move' | 'look' | 'act' | 'mark' | 'sort' | 'screen';
  /** Where it works; everywhere when not said. */
  readonly on?: readonly Place[];
  readonly changes?: true;
  /** Two or three words at the bottom of the screen. */
  readonly hint?: string;
  /** What its place is there for: its hint goes before those that every list has. */
  readonly own?: true;
}

const TABLE_PLACES: readonly Place[] = VIEWS.map(({ name }) => name).filter((name) => name !== 'overview');
const LISTS: readonly Place[] = ['overview', ...TABLE_PLACES];
const WORK: readonly Place[] = [
  'overview',
  'jobs',
  'tasks',
  'updates',
  'schedule',
  'jobs detail',
  'tasks detail',
];
const EXPLAINED: readonly Place[] = [
  ...WORK,
  ...(['frameworks', 'roles', 'offers'] as const).flatMap((name): Place[] => [name, `${name} detail`]),
];
const JOBS: readonly Place[] = ['overview', 'jobs', 'updates', 'schedule', 'jobs detail'];
const CHANGES: readonly Place[] = ['updates', 'jobs detail'];
const AGENTS: readonly Place[] = ['overview', 'agents', 'agents detail'];
const DETAILS = TABLE_PLACES.map((name) => `${name} detail` as Place);
const TEXTS: readonly Place[] = [...DETAILS, 'why', 'help', 'plan', 'token'];
export const PLACES: readonly Place[] = [...LISTS, ...TEXTS, 'logs'];

/** Where ctrl-d, which stops a job elsewhere, is what it is in less and vi. */
const READ: readonly Place[] = ['why', 'logs', 'help', 'plan', 'token'];

/** A key that says a verb: the first of these words that makes sense. It changes something, and asks where that hurts. */
const saying = (key: string, verbs: string, help: string, on: readonly Place[], hint?: string): Binding => ({
  keys: [key],
  action: 'verb',
  with: verbs,
  help,
  group: 'act',
  on,
  changes: true,
  ...(hint === undefined ? {} : { hint }),
});

export const BINDINGS: readonly Binding[] = [
  {
    keys: ['enter'],
    action: 'open',
    help: 'open: what is inside it',
    group: 'look',
    on: LISTS,
    hint: 'open',
  },
  {
    keys: ['d'],
    action: 'face',
    with: 'describe',
    help: 'all that is known of it',
    group: 'look',
    on: [...LISTS, ...DETAILS],
    hint: 'describe',
  },
  {
    keys: ['y'],
    action: 'face',
    with: 'raw',
    help: 'raw: the record as YAML; of a job, its spec',
    group: 'look',
    on: [...LISTS, ...DETAILS],
  },
  {
    keys: ['e'],
    action: 'face',
    with: 'events',
    help: 'what happened to it',
    group: 'look',
    on: [...LISTS, ...DETAILS],
  },
  {
    keys: ['enter'],
    action: 'apply',
    help: 'do what the plan says',
    group: 'act',
    on: ['plan'],
    changes: true,
    hint: 'apply',
  },
  {
    keys: ['c'],
    action: 'copyCommand',
    help: 'copy the command, with its token',
    group: 'look',
    on: ['token'],
    hint: 'copy the command',
  },
  { keys: ['l'], action: 'logs', help: 'logs, as they come', group: 'look', on: WORK, hint: 'logs' },
  { keys: ['w'], action: 'why', help: 'why it is as it is', group: 'look', on: EXPLAINED, hint: 'why' },
  {
    keys: ['/'],
    action: 'filter',
    help: 'filter: regex, !not, -f fuzzy, -l key=value',
    group: 'look',
    on: TABLE_PLACES,
    hint: 'filter',
  },
  { keys: ['/'], action: 'find', help: 'find in the text', group: 'look', on: TEXTS, hint: 'find' },
  { keys: ['n'], action: 'nextMatch', help: 'the next one found', group: 'look', on: TEXTS },
  { keys: ['N'], action: 'previousMatch', help: 'the one found before', group: 'look', on: TEXTS },
  {
    keys: ['c'],
    action: 'copyName',
    help: 'copy the name (of marked ones: all)',
    group: 'look',
    on: [...LISTS, ...DETAILS],
  },

  {
    keys: ['s'],
    action: 'shell',
    help: 'a shell in it; ctrl-] leaves',
    group: 'act',
    on: ['tasks', 'tasks detail'],
    changes: true,
    hint: 'shell',
  },
  {
    keys: ['a'],
    action: 'attach',
    help: 'what it writes and reads itself; ctrl-] leaves',
    group: 'act',
    on: ['tasks', 'tasks detail'],
    changes: true,
  },
  {
    keys: ['+', '='],
    action: 'more',
    help: 'one more instance',
    group: 'act',
    on: JOBS,
    changes: true,
    hint: 'more',
  },
  {
    keys: ['_'],
    action: 'fewer',
    help: 'one instance fewer',
    group: 'act',
    on: JOBS,
    changes: true,
    hint: 'fewer',
  },
  saying('ctrl-d', 'stop', 'stop it', JOBS, 'stop'),
  saying('r', 'restart', 'start it anew', ['jobs', 'updates', 'jobs detail']),
  { ...saying('r', 'run-now', 'a run of it now', ['schedule'], 'run now'), own: true },
  { ...saying('n', 'skip', 'let its next time pass', ['schedule'], 'skip'), own: true },
  { ...saying('m', 'promote', 'let all follow the canaries', CHANGES, 'promote'), own: true },
  { ...saying('t', 'retry', 'do the step again that it is held at', CHANGES, 'retry'), own: true },
  { ...saying('z', 'undo', 'put the instance back that it is held at', CHANGES, 'undo'), own: true },
  { ...saying('ctrl-x', 'abort', 'give the change up', CHANGES, 'abort'), own: true },
  saying('b', 'rollback', 'back to the version before', ['jobs', 'updates', 'jobs detail']),
  saying(
    'p',
    'pause resume',
    'hold it, or let it go on',
    ['jobs', 'updates', 'schedule', 'jobs detail'],
    'pause',
  ),
  saying('ctrl-k', 'kill', 'kill it; its job starts another', ['tasks', 'tasks detail'], 'kill'),
  saying('r', 'drain', 'drain it', ['agents', 'agents detail'], 'drain'),
  saying('u', 'deactivate activate', 'no new work for it, or again', AGENTS, 'deactivate'),

  ...LOG_BINDINGS,

  { keys: ['j', 'down'], action: 'down', help: 'down', group: 'move' },
  { keys: ['k', 'up'], action: 'up', help: 'up', group: 'move' },
  { keys: ['g', 'home'], action: 'first', help: 'to the top', group: 'move' },
  { keys: ['G', 'end'], action: 'last', help: 'to the end', group: 'move' },
  { keys: ['ctrl-f', 'pgdn'], action: 'pageDown', help: 'a page down', group: 'move' },
  {
    keys: ['space'],
    action: 'pageDown',
    name: 'next-page',
    help: 'a page down',
    group: 'move',
    on: [...TEXTS, 'logs'],
  },
  { keys: ['ctrl-b', 'pgup'], action: 'pageUp', help: 'a page up', group: 'move' },
  { keys: ['ctrl-d'], action: 'halfDown', help: 'half a page down', group: 'move', on: READ },
  { keys: ['ctrl-u'], action: 'halfUp', help: 'half a page up', group: 'move', on: READ },
  {
    keys: ['space'],
    action: 'markRow',
    help: 'mark this row, or no longer',
    group: 'mark',
    on: TABLE_PLACES,
  },
  {
    keys: ['ctrl-space'],
    action: 'markRange',
    help: 'mark all from the last mark',
    group: 'mark',
    on: TABLE_PLACES,
  },
  { keys: ['ctrl-\\'], action: 'clearMarks', help: 'clear the marks', group: 'mark', on: TABLE_PLACES },
  ...VIEWS.filter(({ digit }) => digit !== undefined).map(
    (view): Binding => ({
      keys: [view.digit!],
      action: 'view',
      with: view.name,
      help: view.name,
      group: 'screen',
    }),
  ),
  ...sortBindings(),
  {
    keys: ['shift-left'],
    action: 'pickLeft',
    help: 'pick the column to the left',
    group: 'sort',
    on: TABLE_PLACES,
  },
  {
    keys: ['shift-right'],
    action: 'pickRight',
    help: 'pick the column to the right',
    group: 'sort',
    on: TABLE_PLACES,
  },
  { keys: ['O'], action: 'sortPicked', help: 'by the column picked', group: 'sort', on: TABLE_PLACES },
  { keys: ['v'], action: 'columns', help: 'choose the columns', group: 'sort', on: TABLE_PLACES },
  {
    keys: ['x'],
    action: 'menu',
    help: 'all that can be done here, to run by name',
    group: 'screen',
    hint: 'menu',
  },
  {
    keys: [':'],
    action: 'command',
    help: 'a command',
    group: 'screen',
    hint: 'command',
  },
  { keys: ['?'], action: 'help', help: 'this page', group: 'screen', hint: 'help' },
  { keys: ['`'], action: 'repl', help: 'the REPL; ctrl-d comes back', group: 'screen' },
  { keys: ['['], action: 'earlier', help: 'the view before; of a detail: its other face', group: 'screen' },
  { keys: [']'], action: 'later', help: 'the view after it', group: 'screen' },
  { keys: ['-'], action: 'lastView', help: 'the view one was on last', group: 'screen' },
  { keys: ['ctrl-p'], action: 'mouse', help: 'the mouse on or off', group: 'screen' },
  { keys: ['ctrl-z'], action: 'suspend', help: 'to the shell; fg comes back', group: 'screen' },
  { keys: ['esc'], action: 'back', help: 'clear filter or marks, or go back', group: 'screen' },
  { keys: ['q'], action: 'leave', help: 'back; at the overview: quit', group: 'screen' },
  { keys: ['ctrl-c'], action: 'quit', help: 'quit', group: 'screen' },
];

/** One binding per letter and column: the columns name their letters themselves. */
function sortBindings(): Binding[] {
  const nothing = emptyCluster({ cluster: '', version: '', epoch: 0, startedAt: 0, address: '' });
  const byKey = new Map<string, { letter: string; column: string; on: Place[] }>();
  for (const table of Object.values(TABLES))
    for (const c of table.columns(nothing)) {
      if (c.letter === undefined) continue;
      const known = byKey.get(`${c.letter} ${c.key}`);
      if (known) known.on.push(table.name);
      else
        byKey.set(`${c.letter} ${c.key}`, {
          letter: c.letter,
          column: c.key,
          on: [table.name],
        });
    }
  return [...byKey.values()].map(({ letter, column, on }) => ({
    keys: [letter],
    action: 'sort',
    with: column,
    help: `by ${column}`,
    group: 'sort',
    on,
  }));
}

export function placeOf(page: Page): Place {
  if (page.kind === 'table') return page.table;
  return page.kind === 'detail' ? `${page.table} detail` : page.kind;
}

export const worksAt = ({ on }: Binding, place: Place): boolean => !on || on.includes(place);

/** What the settings call it: `copy-name`, `stop`, `sort-agent`, `view-jobs`. Of a key with several verbs the first. */
export function nameOf({ action, with: word = '', name: own }: Binding): string {
  if (own !== undefined) return own;
  if (action === 'verb') return word.split(' ')[0]!;
  if (action === 'face') return word;
  const name = action.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return word === '' ? name : `${name}-${word}`;
}

/** The table of this person, and whether it may change anything. */
export interface Keys {
  readonly bindings: readonly Binding[];
  readonly readOnly: boolean;
}

/** A key that a place has a use of its own for means that there, and nothing else. */
export function bindingsAt(place: Place, { bindings, readOnly }: Keys): readonly Binding[] {
  const taken = new Set<string>();
  return bindings
    .filter((b) => worksAt(b, place) && !(readOnly && b.changes))
    .flatMap((b) => {
      const keys = b.keys.filter((key) => !taken.has(key));
      for (const key of keys) taken.add(key);
      return keys.length === 0 ? [] : [keys.length === b.keys.length ? b : { ...b, keys }];
    });
}

export const bindingFor = (key: string, place: Place, keys: Keys): Binding | undefined =>
  bindingsAt(place, keys).find((b) => b.keys.includes(key));

/** For sentences that name a key: `undefined` where this person has none for it. @param name as in the settings */
export const keyOf = (name: string, { bindings }: Pick<Keys, 'bindings'>): string | undefined =>
  bindings.find((b) => nameOf(b) === name)?.keys[0];
