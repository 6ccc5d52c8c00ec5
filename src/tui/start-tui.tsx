/** Puts store, effects and Ink together on a given terminal. Tests come in here with a terminal of their own. */
import type { WriteStream } from 'node:tty';
import { render } from 'ink';
import type { Client } from '../client/client.ts';
import type { ReplTools } from '../repl/create-repl.ts';
import { App, type Lend } from './app.tsx';
import type { Size } from './context.ts';
import { perform } from './effects.ts';
import { filesFor } from './files-for.ts';
import { FrameTimes } from './frame-times.ts';
import { keysOf } from './key-names.ts';
import { createLastingPrompt } from './lasting-prompt.ts';
import { openLink } from './link.ts';
import { createMouse } from './mouse.ts';
import { type OwnKeys, withOwnKeys } from './own-keys.ts';
import { PALETTES, type ThemeName } from './palette.ts';
import { painter } from './row.tsx';
import { createScreenStore, type ScreenStore } from './screen-store.ts';
import type { Depth } from './sgr.ts';
import type { Terminal } from './shell.ts';
import type { Ui } from './ui.ts';

export interface StartOptions {
  readonly client: Client;
  readonly terminal: Terminal;
  readonly theme: ThemeName;
  readonly contextName?: string | undefined;
  /** The clusters that can be gone on to. */
  readonly contexts?: readonly string[] | undefined;
  readonly mouse?: boolean | undefined;
  readonly refreshMs?: number | undefined;
  /** What it begins with: orders, columns and history of last time, or something to be said. */
  readonly start?: Partial<Ui> | undefined;
  readonly remember?: ((ui: Ui) => void) | undefined;
  readonly readOnly?: boolean | undefined;
  /** Keys of this person in place of some of the table's. */
  readonly keys?: OwnKeys | undefined;
  /** Said at the bottom once it is known; empty: nothing. */
  readonly notice?: Promise<string> | undefined;
  /** What to begin with, as after a `:`. */
  readonly begin?: string | undefined;
  readonly repl?: (() => Promise<ReplTools>) | undefined;
  readonly now?: (() => number) | undefined;
}

export interface Tui {
  readonly store: ScreenStore;
  /** Settles when the screen is gone and the terminal restored; with the cluster to go on to, if there is one. */
  readonly done: Promise<string | undefined>;
  readonly close: () => Promise<void>;
  /** At once, whatever the terminal may still have to say. */
  readonly unmount: () => void;
}

const sizeOf = ({ stdout }: Terminal): Size => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 });

/** A terminal that does not say what it can is taken to be able to do everything. */
function depthOf({ stdout }: Terminal): Depth {
  const depth = (stdout as Partial<WriteStream>).getColorDepth?.() ?? 24;
  return depth === 1 || depth === 4 || depth === 8 ? depth : 24;
}

export function startTui(options: StartOptions): Tui {
  const { client, terminal } = options;
  const readOnly = options.readOnly ?? false;
  const framesFile = process.env['TENDER_FRAMES'];
  const frames = framesFile === undefined ? undefined : new FrameTimes();
  let left: string | undefined;
  let lend: Lend = async (use) => use();
  const prompt = createLastingPrompt({ client, terminal, readOnly, tools: options.repl });
  /** Whatever it has left behind: the screen begins where the cursor is, and that has to be the first column. */
  const endingLines = (use: () => Promise<void>): Promise<void> =>
    use().finally(() => void terminal.stdout.write('\r\n'));
  const link = openLink({
    terminal,
    now: () => performance.now(),
    heard: () => store.proceed(),
    term: process.env['TERM'],
  });
  const store: ScreenStore = createScreenStore({
    client,
    readOnly,
    bindings: options.keys && withOwnKeys(options.keys),
    contextName: options.contextName,
    contexts: options.contexts,
    files: filesFor,
    refreshMs: options.refreshMs,
    remember: options.remember,
    start: { ...options.start, mouse: options.mouse ?? false },
    size: sizeOf(terminal),
    link,
    now: options.now ?? Date.now,
    published: frames && ((from) => frames.published(from)),
    perform: (effect) =>
      perform(effect, {
        client,
        terminal,
        prompt,
        now: options.now ?? Date.now,
        repl: options.repl,
        store: () => store,
        lend: (use) => link.lend(() => mouse.lend(() => lend(() => endingLines(use)))),
        mouse: (on) => mouse.set(on),
        quit: (next) => {
          left = next;
          void close();
        },
      }),
  });
  const mouse = createMouse(terminal, (event) => store.mouse(event));
  if (options.begin) store.keys(keysOf(`:${options.begin}`));
  void options.notice?.then((text) => {
    // What is wrong is of more weight than what is good to know.
    if (text)
      store.inform((ui) => (ui.notice?.tone === 'bad' ? ui : { ...ui, notice: { tone: 'plain', text } }));
  });
  const resize = (): void => store.resize(sizeOf(terminal));
  // Before Ink's own listener, so that its first frame at the new size is already the right one.
  terminal.stdout.on('resize', resize);
  const instance = render(
    <App
      store={store}
      paint={painter(PALETTES[options.theme], depthOf(terminal))}
      onLend={(given) => {
        lend = given;
      }}
    />,
    {
      stdin: link.stdin,
      stdout: terminal.stdout,
      alternateScreen: true,
      incrementalRendering: true,
      interactive: true,
      // Keys echo at once; it is the data that is throttled, in the store.
      maxFps: 60,
      exitOnCtrlC: false,
      patchConsole: false,
      onRender: ({ renderTime }) => {
        frames?.drawn(renderTime);
        link.end();
      },
      isScreenReaderEnabled: false,
    },
  );
  // The terminal is given back when no answer to us is to come: it would be typed at whoever has it next.
  const close = async (): Promise<void> => {
    await link.close();
    instance.unmount();
  };
  const done = instance
    .waitUntilExit()
    .finally(async () => {
      tidy();
      await prompt.close();
    })
    .then(() => left);
  if (options.mouse) mouse.set(true);
  const tidy = (): void => {
    mouse.set(false);
    store.close();
    if (framesFile !== undefined) frames?.save(framesFile);
    terminal.stdout.off('resize', resize);
  };
  return { store, done, close, unmount: () => instance.unmount() };
}
