/** Keys on the screen's reducer, without a terminal: where they lead, and what they ask of the world. */
import { BINDINGS } from '../../src/tui/keys.ts';
import { textOf } from '../../src/tui/line.ts';
import { NO_LOGS } from '../../src/tui/log-session.ts';
import { contextOf, paint, type Scene } from '../../src/tui/paint.ts';
import { reduce } from '../../src/tui/reduce.ts';
import { createRows } from '../../src/tui/rows.ts';
import { type Effect, pageOf, startUi, type Ui } from '../../src/tui/ui.ts';
import { NOW } from './cluster-fixture.ts';
import type { FakeClient } from './fake-client.ts';

export interface Played {
  readonly ui: Ui;
  readonly effects: readonly Effect[];
}

export const sceneOf = (
  client: FakeClient,
  ui: Ui,
  readOnly = false,
  size = { columns: 120, rows: 40 },
): Scene => {
  const page = pageOf(ui);
  return {
    ui,
    rows: page.kind === 'table' ? createRows(client).rows(page, ui.orders[page.table]) : undefined,
    logs: NO_LOGS,
    widths: new Map(),
    base: { client, readOnly, bindings: BINDINGS, now: NOW, size },
  };
};

export function play(
  client: FakeClient,
  keys: readonly string[],
  readOnly = false,
  start = startUi(),
): Played {
  let ui = start;
  const effects: Effect[] = [];
  for (const key of keys) {
    const step = reduce(ui, key, contextOf(sceneOf(client, ui, readOnly)));
    ui = step.ui;
    if (step.effect) effects.push(step.effect);
  }
  return { ui, effects };
}

export const typing = (text: string): string[] => [...text].map((c) => (c === ' ' ? 'space' : c));

export const screenText = (client: FakeClient, ui: Ui): string =>
  paint(sceneOf(client, ui)).map(textOf).join('\n');

export const where = ({ ui }: Played): string[] =>
  ui.pages.map((p) => (p.kind === 'table' ? p.table : p.kind));
