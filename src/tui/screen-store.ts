/**
 * The one store behind the screen, outside React: the ui state, the rows, the open logs, and the frame made of them.
 * A frame is published only when a line of it is different, so an idle cluster costs no write; lines that stay the same
 * stay the same objects, so React skips them. Data is published at most ten times a second, a key at once.
 */
import type { Change, Client } from '../client/client.ts';
import { isQuiet } from '../client/event-text.ts';
import { createHistory } from '../client/history.ts';
import type { Step } from './actions.ts';
import type { Context, Size } from './context.ts';
import { BINDINGS, type Binding } from './keys.ts';
import { type Line, sameLine } from './line.ts';
import { type LogSession, logKey, NO_LOGS, openLogs } from './log-session.ts';
import type { MouseEvent } from './mouse.ts';
import { contextOf, paint, type Scene } from './paint.ts';
import { pointed } from './pointed.ts';
import { pasted } from './prompt.ts';
import { createQuestions } from './questions.ts';
import { reduce } from './reduce.ts';
import { createRows, type Rows } from './rows.ts';
import { type Effect, pageOf, startUi, type TablePage, type Ui, withPage } from './ui.ts';

export interface Frame {
  readonly lines: readonly Line[];
  readonly size: Size;
}

export interface ScreenStore {
  readonly frame: () => Frame;
  readonly subscribe: (listener: () => void) => () => void;
  readonly ui: () => Ui;
  /** Of the logs page, while there is one. */
  readonly log: () => LogSession | undefined;
  readonly keys: (names: readonly string[]) => void;
  /** Text that was pasted: no keys. */
  readonly paste: (text: string) => void;
  readonly mouse: (event: MouseEvent) => void;
  readonly resize: (size: Size) => void;
  /** An answer from the world. */
  readonly inform: (change: (ui: Ui) => Ui) => void;
  readonly close: () => void;
}

export interface StoreOptions {
  readonly client: Client;
  readonly readOnly: boolean;
  /** @default the table as it is */
  readonly bindings?: readonly Binding[] | undefined;
  readonly contextName?: string | undefined;
  /** How often changed data is drawn at most, ms. @default 100 */
  readonly refreshMs?: number | undefined;
  /** Something of it may have changed. */
  readonly remember?: ((ui: Ui) => void) | undefined;
  /** What is remembered of last time. */
  readonly start?: Partial<Ui> | undefined;
  readonly size: Size;
  readonly now: () => number;
  /** Resolves when it is done, and what came of it shows. */
  readonly perform: (effect: Effect) => Promise<void>;
  /** Told of each frame that is different, with the time (performance.now) at which its making began. */
  readonly published?: ((from: number) => void) | undefined;
}

const DATA_MS = 100;
const AGE_MS = 1000;

export function createScreenStore(options: StoreOptions): ScreenStore {
  const { client } = options;
  const refresh = options.refreshMs ?? DATA_MS;
  const listeners = new Set<() => void>();
  const source = {
    get state() {
      return client.state;
    },
    get status() {
      return client.status;
    },
    get recent() {
      return client.recent;
    },
    get told() {
      return ui.told;
    },
  };
  const rows = createRows(source);
  const history = createHistory(client);
  const widths = new Map<string, Map<string, number>>();
  let ui = startUi(options.start);
  let size = options.size;
  let logs: LogSession | undefined;
  const questions = createQuestions({ ask: options.perform, now: options.now });
  let frame: Frame = { lines: [], size };
  let published = 0;
  let waiting: NodeJS.Timeout | undefined;

  const rowsOf = (page: TablePage): Rows => rows.rows(page, ui.orders[page.table]);

  const widthsOf = (page: TablePage): Map<string, number> => {
    const key = `${page.table} ${page.of?.id ?? ''} ${page.filter} ${size.columns}`;
    const known = widths.get(key);
    if (known) return known;
    widths.clear();
    const made = new Map<string, number>();
    widths.set(key, made);
    return made;
  };

  const scene = (): Scene => {
    const page = pageOf(ui);
    return {
      ui,
      rows: page.kind === 'table' ? rowsOf(page) : undefined,
      logs: page.kind === 'logs' && logs ? logs.view(page) : NO_LOGS,
      widths: page.kind === 'table' ? widthsOf(page) : new Map(),
      base: {
        client: source,
        history,
        contextName: options.contextName,
        readOnly: options.readOnly,
        bindings: options.bindings ?? BINDINGS,
        now: options.now(),
        size,
      },
    };
  };

  const publish = (): void => {
    clearTimeout(waiting);
    waiting = undefined;
    published = options.now();
    const from = performance.now();
    const lines = paint(scene()).map((l, i) =>
      frame.lines[i] && sameLine(frame.lines[i], l) ? frame.lines[i] : l,
    );
    const same = lines.length === frame.lines.length && lines.every((l, i) => l === frame.lines[i]);
    if (same && size === frame.size) return;
    frame = { lines, size };
    for (const listener of listeners) listener();
    options.published?.(from);
  };

  const publishSoon = (): void => {
    waiting ??= setTimeout(publish, Math.max(0, Math.min(refresh, published + refresh - options.now())));
  };

  /** What the pages ask for is asked for, and nothing else. */
  const sync = (): void => {
    questions.show(pageOf(ui));
    const page = ui.pages.findLast((p) => p.kind === 'logs');
    // While one still types a filter, what that one will be is not asked for.
    if (page && (logKey(page) === logs?.key || (logs && ui.prompt?.kind === 'filter'))) return;
    logs?.close();
    logs = page && openLogs(page, { client, now: options.now, changed: logGrew });
  };

  /** New lines push what one reads upwards, unless one follows the end. */
  const logGrew = (added: number): void => {
    const page = pageOf(ui);
    if (page.kind === 'logs' && !page.follow && added > 0)
      ui = withPage(ui, { ...page, up: page.up + added });
    publishSoon();
  };

  const noted = (change: Change): void => {
    rows.heard(change);
    if (change.kind === 'event') logs?.heard(change.numbered.event);
    if (change.kind === 'snapshot' || (change.kind === 'event' && !isQuiet(change.numbered.event)))
      questions.changed();
    publishSoon();
  };

  const context = (): Context => contextOf(scene());

  const take = (step: Step): void => {
    const { orders, columns, history } = ui;
    ui = step.ui;
    sync();
    if (orders !== ui.orders || columns !== ui.columns || history !== ui.history) options.remember?.(ui);
    if (step.effect) void options.perform(step.effect);
  };
  const stop = client.subscribe(noted);
  const ticking = setInterval(publish, AGE_MS);
  publish();

  return {
    frame: () => frame,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ui: () => ui,
    log: () => logs,
    keys(names) {
      for (const name of names) take(reduce(ui, name, context()));
      publish();
    },
    paste(text) {
      take({ ui: pasted(ui, text, context()) });
      publish();
    },
    mouse(event) {
      take(pointed(ui, event, frame.lines, context()));
      publish();
    },
    resize(next) {
      size = next;
      publish();
    },
    inform(change) {
      const { told } = ui;
      ui = change(ui);
      if (ui.told !== told) rows.heard({ kind: 'snapshot' });
      sync();
      publish();
    },
    close() {
      stop();
      history.close();
      clearInterval(ticking);
      clearTimeout(waiting);
      questions.close();
      logs?.close();
    },
  };
}
