/**
 * The one store behind the screen, outside React: the ui state, the rows, the open logs, and the frame made of them.
 * A frame is published only when a line of it is different, so an idle cluster costs no write; lines that stay the same
 * stay the same objects, so React skips them. Data is published at most ten times a second, a key at once; over a slow
 * line each frame is a part of what is different, that of the key first (link-pace.ts).
 */
import type { Change, Client } from '../client/client.ts';
import { isQuiet } from '../client/event-text.ts';
import { createHistory } from '../client/history.ts';
import type { Step } from './actions.ts';
import type { Context, Size } from './context.ts';
import { BINDINGS, type Binding } from './keys.ts';
import type { Line } from './line.ts';
import type { Link } from './link.ts';
import type { Hurry } from './link-pace.ts';
import { type LogSession, logKey, NO_LOGS, openLogs } from './log-session.ts';
import type { MouseEvent } from './mouse.ts';
import { contextOf, paint, type Scene } from './paint.ts';
import { differences, pieceOf } from './piece.ts';
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
  /** There may be room on the line again. */
  readonly proceed: () => void;
  readonly close: () => void;
}

export interface StoreOptions {
  readonly client: Client;
  readonly readOnly: boolean;
  /** @default the table as it is */
  readonly bindings?: readonly Binding[] | undefined;
  readonly contextName?: string | undefined;
  readonly contexts?: readonly string[] | undefined;
  /** Paths that begin so. */
  readonly files?: ((start: string) => readonly string[]) | undefined;
  /** How often changed data is drawn at most, ms. @default 100 */
  readonly refreshMs?: number | undefined;
  /** Something of it may have changed. */
  readonly remember?: ((ui: Ui) => void) | undefined;
  /** What is remembered of last time. */
  readonly start?: Partial<Ui> | undefined;
  readonly size: Size;
  readonly now: () => number;
  /** The way that frames take. */
  readonly link: Pick<Link, 'room' | 'isSlow' | 'begin'>;
  /** Resolves when it is done, and what came of it shows. */
  readonly perform: (effect: Effect) => Promise<void>;
  /** Told of each frame that is different, with the time (performance.now) at which its making began. */
  readonly published?: ((from: number) => void) | undefined;
}

const DATA_MS = 100;
const AGE_MS = 1000;

export function createScreenStore(options: StoreOptions): ScreenStore {
  const { client, link } = options;
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
  /** Places of lines that someone waits for. */
  let urgent: ReadonlySet<number> = new Set();
  /** Where the next part of a frame begins. */
  let begin = 0;
  /** What had no room. */
  let heldUp: Hurry | undefined;
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
        contexts: options.contexts,
        files: options.files,
        readOnly: options.readOnly,
        bindings: options.bindings ?? BINDINGS,
        now: options.now(),
        size,
      },
    };
  };

  const rest = (): void => {
    clearTimeout(waiting);
    waiting = undefined;
  };

  /** Draws what is different, as much of it as may go now. */
  const publish = (hurry: Hurry = 'data'): void => {
    if (hurry === 'data') rest();
    const isResized = size !== frame.size;
    const room = isResized ? Number.POSITIVE_INFINITY : link.room(hurry);
    if (room === 0) {
      if (heldUp !== 'key') heldUp = hurry;
      return;
    }
    heldUp = undefined;
    const from = performance.now();
    const { lines, sent, left } = pieceOf(frame.lines, paint(scene()), { room, urgent, from: begin });
    urgent = new Set(left.filter((place) => urgent.has(place)));
    published = options.now();
    rest();
    if (left.length > 0) publishSoon();
    if (sent.length === 0 && lines.length === frame.lines.length && !isResized) return;
    begin = (sent.at(-1) ?? -1) + 1;
    frame = { lines, size };
    link.begin(sent.length);
    for (const listener of listeners) listener();
    options.published?.(from);
  };

  const publishSoon = (): void => {
    waiting ??= setTimeout(publish, Math.max(0, Math.min(refresh, published + refresh - options.now())));
  };

  /** What someone waits for: the lines that it changes go before all others. */
  const hurried = (change: () => void): void => {
    const before = link.isSlow ? paint(scene()) : undefined;
    change();
    if (before) urgent = new Set([...urgent, ...differences(before, paint(scene()))]);
    publish('key');
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
      hurried(() => {
        for (const name of names) take(reduce(ui, name, context()));
      });
    },
    paste(text) {
      hurried(() => take({ ui: pasted(ui, text, context()) }));
    },
    mouse(event) {
      hurried(() => take(pointed(ui, event, frame.lines, context())));
    },
    resize(next) {
      size = next;
      publish();
    },
    inform(change) {
      hurried(() => {
        const { told } = ui;
        ui = change(ui);
        if (ui.told !== told) rows.heard({ kind: 'snapshot' });
        sync();
      });
    },
    proceed() {
      if (urgent.size > 0) publish('key');
      else if (heldUp) publish(heldUp);
    },
    close() {
      stop();
      history.close();
      clearInterval(ticking);
      rest();
      questions.close();
      logs?.close();
    },
  };
}
