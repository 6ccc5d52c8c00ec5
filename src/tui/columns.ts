/** Which columns a table shows: chosen with space, ordered with < and >, kept for each table. */
import { type AnyRecord, type Column, type TableName, tableOf } from '../client/tables.ts';
import type { ClusterState } from '../core/cluster.ts';
import type { Step } from './actions.ts';
import type { Chooser, Ui } from './ui.ts';

/** In the order chosen. Columns that came since (a framework's own) stay away until they are chosen. */
export function columnsOf(ui: Ui, name: TableName, state: ClusterState): readonly Column<AnyRecord>[] {
  const all = tableOf(name).columns(state);
  const chosen = ui.columns[name];
  if (!chosen) return all;
  const found = chosen.map((key) => all.find((c) => c.key === key)).filter((c) => c !== undefined);
  // What was chosen is of another time: a table without columns helps nobody.
  return found.length > 0 ? found : all;
}

export function openChooser(ui: Ui, table: TableName, state: ClusterState): Ui {
  const shown = columnsOf(ui, table, state);
  const keys = new Set(shown.map((c) => c.key));
  const hidden = tableOf(table)
    .columns(state)
    .filter((c) => !keys.has(c.key));
  const columns = [
    ...shown.map(({ key, title }) => ({ key, title, shown: true })),
    ...hidden.map(({ key, title }) => ({ key, title, shown: false })),
  ];
  return { ...ui, chooser: { table, columns, at: 0 } };
}

export function chooserKey(ui: Ui, chooser: Chooser, key: string): Step {
  const { table, columns, at } = chooser;
  const change = (more: Partial<Chooser>): Step => ({ ui: { ...ui, chooser: { ...chooser, ...more } } });
  const closed: Ui = { ...ui, chooser: undefined };
  const clamp = (n: number): number => Math.max(0, Math.min(columns.length - 1, n));
  switch (key) {
    case 'esc':
    case 'q':
      return { ui: closed };
    case 'j':
    case 'down':
      return change({ at: clamp(at + 1) });
    case 'k':
    case 'up':
      return change({ at: clamp(at - 1) });
    case 'space':
      return change({
        columns: columns.map((c, i) => (i === at ? { ...c, shown: !c.shown } : c)),
        at: clamp(at + 1),
      });
    case '<':
    case 'left':
    case 'K':
      return change({ columns: swapped(columns, at, clamp(at - 1)), at: clamp(at - 1) });
    case '>':
    case 'right':
    case 'J':
      return change({ columns: swapped(columns, at, clamp(at + 1)), at: clamp(at + 1) });
    case 'r': {
      const { [table]: _, ...others } = ui.columns;
      return { ui: { ...closed, columns: others } };
    }
    case 'enter': {
      const keys = columns.filter((c) => c.shown).map((c) => c.key);
      if (keys.length === 0)
        return { ui: { ...ui, notice: { tone: 'bad', text: 'one column at least has to stay' } } };
      return { ui: { ...closed, columns: { ...ui.columns, [table]: keys } } };
    }
    default:
      return { ui };
  }
}

function swapped<T>(items: readonly T[], a: number, b: number): T[] {
  const out = [...items];
  [out[a], out[b]] = [out[b]!, out[a]!];
  return out;
}
