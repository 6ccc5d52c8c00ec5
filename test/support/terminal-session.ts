/** A program in a real pseudo terminal, and the screen that a person would see of it. */
import pty from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { launch } from './launch.ts';
import { until } from './until.ts';

export interface TerminalOptions {
  readonly cwd: string;
  readonly env?: Record<string, string>;
  /** @default 100x30 */
  readonly size?: { readonly cols: number; readonly rows: number };
}

const open = new Set<pty.IPty>();

/** For `afterEach`: whatever a failed test has left. */
export function closeTerminals(): void {
  for (const one of open) one.kill('SIGKILL');
  open.clear();
}

export class TerminalSession {
  readonly terminal: InstanceType<typeof xterm.Terminal>;
  readonly pty: pty.IPty;
  readonly exit: Promise<number>;
  /** Everything that was written to it. */
  raw = '';

  constructor(words: readonly string[], { cwd, env = {}, size = { cols: 100, rows: 30 } }: TerminalOptions) {
    // CI=true would make Ink draw nothing, and the colours are the test's own matter.
    const { CI: _, NO_COLOR: __, FORCE_COLOR: ___, ...inherited } = process.env;
    this.terminal = new xterm.Terminal({ ...size, allowProposedApi: true });
    const environment = { ...inherited, TERM: 'xterm-256color', COLORTERM: 'truecolor', ...env };
    const [command, ...args] = launch(words);
    this.pty = pty.spawn(command, args, {
      ...size,
      cwd,
      env: environment as Record<string, string>,
    });
    open.add(this.pty);
    // What is asked of a terminal it answers.
    this.terminal.onData((answer) => this.pty.write(answer));
    this.pty.onData((data) => {
      this.raw += data;
      this.terminal.write(data);
    });
    this.exit = new Promise((resolve) => {
      this.pty.onExit(({ exitCode }) => {
        open.delete(this.pty);
        resolve(exitCode);
      });
    });
  }

  text(): string {
    const { buffer, rows } = this.terminal;
    return Array.from({ length: rows }, (_, y) =>
      buffer.active.getLine(buffer.active.viewportY + y)?.translateToString(true),
    ).join('\n');
  }

  resize(cols: number, rows: number): void {
    this.terminal.resize(cols, rows);
    this.pty.resize(cols, rows);
  }

  async until(seen: string | RegExp | (() => Promise<boolean>), timeout = 10_000): Promise<void> {
    const isSeen = async (): Promise<boolean> => {
      if (typeof seen === 'function') return seen();
      return typeof seen === 'string' ? this.text().includes(seen) : seen.test(this.text());
    };
    for (const deadline = performance.now() + timeout; performance.now() < deadline; ) {
      if (await isSeen()) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`not seen: ${seen}\n${this.text()}`);
  }

  async type(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      this.pty.write(key);
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  }

  /** The main screen is back, and the cursor is visible: soon, for the last output is read after the end is heard of. */
  async expectRestored(): Promise<void> {
    const isCursorShown = (): boolean =>
      this.raw.lastIndexOf('\x1b[?25h') > this.raw.lastIndexOf('\x1b[?25l');
    await until(() => this.terminal.buffer.active.type === 'normal', { what: 'the main screen' });
    await until(isCursorShown, { what: 'the cursor' });
  }
}
