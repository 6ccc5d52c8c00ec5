/**
 * The real screen without a real terminal: Ink draws into @xterm/headless through a fake TTY, keys come from a
 * PassThrough. What `lines()` gives is what eyes would see. Writes are counted: an idle screen makes none.
 */
import './truecolor.ts';
import { PassThrough, Writable } from 'node:stream';
import xterm from '@xterm/headless';
import { onTestFinished } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import type { ThemeName } from '../../src/tui/palette.ts';
import { startTui, type Tui } from '../../src/tui/start-tui.tsx';
import { NOW } from './cluster-fixture.ts';

class FakeOutput extends Writable {
  readonly isTTY = true;
  columns: number;
  rows: number;
  writes = 0;
  bytes = 0;
  raw = '';
  readonly terminal: xterm.Terminal;

  constructor(columns: number, rows: number) {
    super({ decodeStrings: false });
    this.columns = columns;
    this.rows = rows;
    // A terminal's driver makes \r\n of \n; a bare emulator does not.
    this.terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true });
  }

  override _write(chunk: string | Buffer, _: BufferEncoding, done: () => void): void {
    this.writes++;
    this.bytes += chunk.length;
    this.raw += chunk.toString();
    this.terminal.write(chunk, done);
  }
}

class FakeInput extends PassThrough {
  readonly isTTY = true;
  rawMode = false;
  setRawMode(on: boolean): this {
    this.rawMode = on;
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}

export const KEYS = {
  enter: '\r',
  esc: '\x1b',
  tab: '\t',
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  pgdn: '\x1b[6~',
  pgup: '\x1b[5~',
  backspace: '\x7f',
  ctrlC: '\x03',
  ctrlD: '\x04',
  ctrlF: '\x06',
  ctrlU: '\x15',
  detach: '\x1d',
} as const;

export interface ScreenOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly readOnly?: boolean;
  readonly theme?: ThemeName;
  readonly now?: () => number;
}

export class Screen {
  readonly tui: Tui;
  readonly output: FakeOutput;
  readonly input = new FakeInput();

  constructor(client: Client, options: ScreenOptions = {}) {
    const { columns = 120, rows = 40, theme = 'dark', now = () => NOW, ...rest } = options;
    this.output = new FakeOutput(columns, rows);
    this.tui = startTui({
      client,
      theme,
      now,
      ...rest,
      terminal: { stdin: this.input, stdout: this.output as unknown as NodeJS.WritableStream },
    });
  }

  lines(): string[] {
    const { buffer, rows } = this.output.terminal;
    return Array.from(
      { length: rows },
      (_, y) =>
        buffer.active
          .getLine(buffer.active.viewportY + y)
          ?.translateToString(true)
          .trimEnd() ?? '',
    );
  }

  text(): string {
    return this.lines().join('\n');
  }

  /** Whether the cell under this text has a colour of its own. */
  colourAt(needle: string): number | undefined {
    const { buffer } = this.output.terminal;
    const y = this.lines().findIndex((l) => l.includes(needle));
    const x = y < 0 ? -1 : this.lines()[y]!.indexOf(needle);
    const cell = y < 0 ? undefined : buffer.active.getLine(buffer.active.viewportY + y)?.getCell(x);
    return cell?.isFgDefault() ? undefined : cell?.getFgColor();
  }

  /** Until it shows what is expected, at most two seconds. */
  async until(seen: string | RegExp | ((text: string) => boolean), what = String(seen)): Promise<string> {
    const test =
      typeof seen === 'function'
        ? seen
        : (text: string) => (typeof seen === 'string' ? text.includes(seen) : seen.test(text));
    for (const deadline = performance.now() + 2000; performance.now() < deadline; ) {
      await this.settled();
      if (test(this.text())) return this.text();
    }
    throw new Error(`not seen: ${what}\n${this.text()}`);
  }

  async settled(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise<void>((resolve) => this.output.terminal.write('', resolve));
  }

  /** One key after the other, each a read of its own; escape is held back a moment by Ink. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      this.input.write(key);
      await new Promise((resolve) => setTimeout(resolve, key === KEYS.esc ? 40 : 2));
    }
    await this.settled();
  }

  resize(columns: number, rows: number): void {
    Object.assign(this.output, { columns, rows });
    this.output.terminal.resize(columns, rows);
    this.output.emit('resize');
  }

  async close(): Promise<void> {
    this.tui.unmount();
    await this.tui.done;
  }
}

/** A screen that is closed when the test is over. */
export function show(client: Client, options: ScreenOptions = {}): Screen {
  const screen = new Screen(client, options);
  onTestFinished(() => screen.close());
  return screen;
}
