/**
 * A program in a pseudo terminal as a person at it sees it: what it shows, and how long after a key that changes. With
 * `rate` it is at the end of a slow line. Then the kernel's own small buffer is full before the program's is, as with a
 * serial line; with `buffers`, much waits on the way where the program sees nothing of it, as with ssh.
 */
import pty from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { SlowLine } from './slow-line.ts';

export interface ScreenOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly columns?: number;
  readonly rows?: number;
  /** Bytes a second. */
  readonly rate?: number;
  readonly buffers?: boolean;
  /** Answers what the program asks it. @default true */
  readonly answers?: boolean;
}

const PATIENCE = 30_000;

export class Screen {
  readonly startedAt = performance.now();
  readonly pid: number;
  readonly exit: Promise<number>;
  /** What has come so far. */
  bytes = 0;
  writes = 0;
  readonly #pty: pty.IPty;
  readonly #terminal: InstanceType<typeof xterm.Terminal>;
  readonly #listeners = new Set<() => void>();
  readonly #line: SlowLine | undefined;

  constructor(program: string, args: readonly string[], options: ScreenOptions = {}) {
    const { columns = 200, rows = 50, rate, buffers = false, answers = true, env = {} } = options;
    // CI=true would make Ink draw nothing.
    const { CI: _, NO_COLOR: __, ...inherited } = process.env;
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    this.#pty = pty.spawn(program, [...args], {
      cols: columns,
      rows,
      env: {
        ...(inherited as Record<string, string>),
        TERM: 'xterm-256color',
        COLORTERM: 'truecolor',
        ...env,
      },
    });
    this.pid = this.#pty.pid;
    this.exit = new Promise((resolve) => this.#pty.onExit(({ exitCode }) => resolve(exitCode)));
    if (answers) this.#terminal.onData((answer) => this.#pty.write(answer));
    if (rate !== undefined)
      this.#line = new SlowLine(
        rate,
        (bytes) => this.#show(bytes),
        () => this.#pty.resume(),
      );
    this.#pty.onData((data) => {
      const bytes = Buffer.from(data);
      this.bytes += bytes.length;
      this.writes += 1;
      if (!this.#line) return this.#show(bytes);
      if (!buffers) this.#pty.pause();
      this.#line.send(bytes);
    });
  }

  #show(bytes: Uint8Array): void {
    this.#terminal.write(bytes, () => {
      for (const listener of this.#listeners) listener();
    });
  }

  lines(): string[] {
    const { buffer, rows } = this.#terminal;
    const { active } = buffer;
    return Array.from(
      { length: rows },
      (_, y) => active.getLine(active.viewportY + y)?.translateToString(true) ?? '',
    );
  }

  /** The row of the cursor's mark and the name in it, or nothing where there is none. */
  place(): string {
    const lines = this.lines();
    const row = lines.findIndex((line) => line.startsWith('> '));
    return row < 0 ? '' : `${row} ${lines[row]!.slice(2).split(' ')[0]}`;
  }

  /** ms until the screen is as `test` wants it, from now on. */
  until(test: () => boolean, what: string): Promise<number> {
    const from = performance.now();
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!test()) return;
        done();
        resolve(performance.now() - from);
      };
      const timer = setTimeout(() => {
        done();
        reject(new Error(`not seen: ${what}\n${this.lines().join('\n')}`));
      }, PATIENCE);
      const done = (): void => {
        clearTimeout(timer);
        this.#listeners.delete(look);
      };
      this.#listeners.add(look);
      look();
    });
  }

  type(keys: string): void {
    this.#pty.write(keys);
  }

  /** ms from a key to what it changes on the screen. */
  async key(key: string, seen: () => string): Promise<number> {
    const before = seen();
    this.type(key);
    return this.until(() => seen() !== before, `an answer to ${JSON.stringify(key)}`);
  }

  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    this.#line?.end();
    this.#pty.resume();
    this.#pty.kill(signal);
    await this.exit;
  }
}
