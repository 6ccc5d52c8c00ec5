/**
 * The full screen as a command: resolves when the user has quit. Whatever goes wrong, the terminal is given back as it
 * was and the error is one line. Ink is only loaded here, after `NO_COLOR` was looked at (its chalk does not).
 */
import type { Client } from '../client/client.ts';
import { causeOf, TenderError } from '../core/errors.ts';
import type { ReplTools } from '../repl/create-repl.ts';
import { openMemory } from './memory.ts';
import { MOUSE_OFF } from './mouse.ts';
import { type ThemeName, themeOf } from './palette.ts';
import type { KnownSettings } from './settings.ts';
import type { Tui } from './start-tui.tsx';
import type { Failure, Ui } from './ui.ts';

export interface TuiOptions {
  readonly client: Client;
  /** Leaves out whatever changes the cluster. */
  readonly readOnly?: boolean;
  /** What this person calls the cluster. */
  readonly contextName?: string | undefined;
  /** The clusters that can be gone on to. */
  readonly contexts?: readonly string[];
  /** Before the settings. */
  readonly theme?: ThemeName | undefined;
  readonly settings?: KnownSettings | undefined;
  /** Where orders, columns and commands are remembered. */
  readonly memoryFile?: string;
  /** Said at the bottom once it is known, until the next key; empty: nothing. */
  readonly notice?: Promise<string>;
  /** What to begin with, as after a `:`. */
  readonly begin?: string;
  readonly repl?: () => Promise<ReplTools>;
  /** The cluster is there; when this rejects the screen ends, and so does what has opened it. */
  readonly ready?: Promise<void> | undefined;
  /** Called when the screen is gone. */
  readonly onQuit?: () => void | Promise<void>;
}

const RESTORE = `${MOUSE_OFF}\x1b[?1049l\x1b[?25h\x1b[?2004l\x1b[0m`;

/** @returns the cluster to go on to, where the user has asked for another one */
export async function runTui(options: TuiOptions): Promise<string | undefined> {
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY)
    throw new TenderError('usage', { cause: 'the screen needs a terminal on stdin and stdout' });
  const { settings, problem } = options.settings ?? { settings: {} };
  const theme = themeOf(process.env, options.theme ?? settings.theme, stdout.getColorDepth());
  const memory = openMemory(options.memoryFile);
  if (theme === 'none') process.env['FORCE_COLOR'] = '0';
  // Before the first frame: keys typed while Ink loads would be echoed into it.
  stdin.setRawMode(true);
  let tui: Tui | undefined;
  const crash = (error: unknown): void => {
    tui?.unmount();
    stdin.setRawMode(false);
    stdout.write(RESTORE);
    process.stderr.write(`tender: ${causeOf(error)}\n`);
    process.exit(1);
  };
  const end = (): void => void tui?.close();
  const handlers = {
    // Rejections, too, that nobody has seen to; but not what is thrown by what was typed at the prompt: Node's REPL says
    // that there, as long as nobody listens to rejections by themselves.
    uncaughtException: crash,
    SIGTERM: end,
    SIGHUP: end,
  } as const;
  for (const [event, handler] of Object.entries(handlers)) process.on(event, handler);
  let failure: { readonly error: unknown } | undefined;
  options.ready?.catch((error: unknown) => {
    failure = { error };
    void tui?.close();
  });
  try {
    const { startTui } = await import('./start-tui.tsx');
    tui = startTui({
      ...options,
      readOnly: options.readOnly || settings['read-only'],
      terminal: { stdin, stdout },
      theme,
      mouse: settings.mouse,
      refreshMs: settings.refresh,
      keys: settings.keys,
      start: {
        ...memory.start,
        columns: { ...settings.columns, ...memory.start.columns },
        ...saying(problem ?? memory.problem),
      },
      remember: (ui) => memory.keep(ui),
    });
    if (failure) void tui.close();
    const next = await tui.done;
    if (failure) throw failure.error;
    return next;
  } finally {
    for (const [event, handler] of Object.entries(handlers)) process.off(event, handler);
    stdin.setRawMode(false);
    memory.close();
    await options.onQuit?.();
  }
}

const saying = (problem: Failure | undefined): Pick<Ui, 'notice'> =>
  problem ? { notice: { tone: 'bad', text: `${problem.code}: ${problem.message}`, next: problem.next } } : {};
