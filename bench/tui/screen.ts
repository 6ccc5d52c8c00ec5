/**
 * A program in a pseudo terminal as a person at it sees it: what it shows, and how long after a key that changes. With
 * `rate` the terminal takes only so many bytes a second, as one at the end of a slow line does; then the kernel's own
 * buffer is full before the program's is, just as with a real one.
 */
import pty from '@lydell/node-pty';
import xterm from '@xterm/headless';

export interface ScreenOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly columns?: number;
  readonly rows?: number;
  /** Bytes a second. */
  readonly rate?: number;
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

  constructor(program: string, args: readonly string[], options: ScreenOptions = {}) {
    const { columns = 200, rows = 50, rate, env = {} } = options;
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
    this.#pty.onData((data) => {
      this.bytes += Buffer.byteLength(data);
      this.writes += 1;
      if (rate !== undefined) {
        this.#pty.pause();
        setTimeout(() => this.#pty.resume(), (Buffer.byteLength(data) / rate) * 1000);
      }
      this.#terminal.write(data, () => {
        for (const listener of this.#listeners) listener();
      });
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
    this.#pty.resume();
    this.#pty.kill(signal);
    await this.exit;
  }
}
