/**
 * `x`: everything that can be done here, to be found by typing and run with enter. Made from the tables that dispatch
 * keys and commands, so that it can't promise what does not work.
 */
import { ACTIONS, type Step } from './actions.ts';
import { attempt } from './attempt.ts';
import { COMMANDS } from './commands.ts';
import type { Context } from './context.ts';
import { doableOn } from './doable.ts';
import { filterOf } from './filter.ts';
import { typed } from './key-names.ts';
import { type Binding, bindingsAt, nameOf, placeOf } from './keys.ts';
import { chosenOn } from './subject.ts';
import { type Menu, pageOf, type Ui } from './ui.ts';
import { sayTo } from './verb-actions.ts';

export interface Entry {
  /** The key that does the same; none for most verbs. */
  readonly key: string;
  readonly name: string;
  readonly help: string;
  run(): Step;
}

/** Not worth a line of its own: moving, and what one only sees by its key. */
const UNLISTED: readonly Binding['action'][] = ['menu', 'view', 'verb', 'back', 'leave'];

/** Verbs first, then what one can look at, then what works everywhere. */
export function entriesOf(ui: Ui, context: Context): readonly Entry[] {
  const page = pageOf(ui);
  const doable = doableOn(ui, context);
  const bindings = bindingsAt(placeOf(page), context).filter((b) => doable.can(b));
  const closed: Ui = { ...ui, menu: undefined };
  const chosen = chosenOn(page, context);
  const verbs = chosen
    ? doable.verbs.map(
        (verb): Entry => ({
          key: keyOf(verb.name, bindings),
          name: verb.takes && !verb.takes.isOptional ? `${verb.name} …` : verb.name,
          help: verb.help,
          run: () => sayTo(closed, verb, chosen, context),
        }),
      )
    : [];
  const keys = (['act', 'look', 'mark', 'sort', 'screen'] as const).flatMap((group) =>
    bindings
      .filter((b) => b.group === group && !UNLISTED.includes(b.action))
      .map(
        (b): Entry => ({
          key: b.keys[0]!,
          name: b.action === 'sort' ? `sort by ${b.with}` : nameOf(b).replaceAll('-', ' '),
          help: b.help,
          run: () => ACTIONS[b.action](closed, context, b.with ?? ''),
        }),
      ),
  );
  const bound = new Set<string>(context.bindings.map((b) => b.action));
  const commands = COMMANDS.filter(
    (c) =>
      c.takes === undefined &&
      !(context.readOnly && c.changes) &&
      !bound.has(c.names[0]!) &&
      (c.fits?.(page) ?? true),
  ).map(
    (c): Entry => ({
      key: '',
      name: `:${c.names[0]}`,
      help: c.help,
      run: () => c.run(closed, context, []),
    }),
  );
  return [...verbs, ...keys, ...commands];
}

const keyOf = (verb: string, bindings: readonly Binding[]): string =>
  bindings.find((b) => b.action === 'verb' && b.with?.split(' ').includes(verb))?.keys[0] ?? '';

export function entriesShown(ui: Ui, menu: Menu, context: Context): readonly Entry[] {
  const matches = filterOf(menu.filter);
  const all = entriesOf(ui, context);
  return matches ? all.filter(({ name, help }) => matches(`${name} ${help}`)) : all;
}

export function menuKey(ui: Ui, menu: Menu, key: string, context: Context): Step {
  const entries = entriesShown(ui, menu, context);
  const to = (at: number): Step => ({
    ui: { ...ui, menu: { ...menu, at: Math.max(0, Math.min(entries.length - 1, at)) } },
  });
  const search = (filter: string): Step => ({ ui: { ...ui, menu: { filter, at: 0 } } });
  switch (key) {
    case 'esc':
      return menu.filter === '' ? { ui: { ...ui, menu: undefined } } : search('');
    case 'enter':
      return attempt({ ...ui, menu: undefined }, () => entries[menu.at]?.run() ?? { ui });
    case 'down':
    case 'tab':
    case 'ctrl-n':
      return to(menu.at + 1);
    case 'up':
    case 'shift-tab':
    case 'ctrl-p':
      return to(menu.at - 1);
    case 'pgdn':
      return to(menu.at + 10);
    case 'pgup':
      return to(menu.at - 10);
    case 'backspace':
      return menu.filter === '' ? { ui: { ...ui, menu: undefined } } : search(menu.filter.slice(0, -1));
    case 'ctrl-u':
      return search('');
    default: {
      const character = typed(key);
      return character === undefined ? { ui } : search(menu.filter + character);
    }
  }
}
