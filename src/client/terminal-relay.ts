/**
 * A stream of a task on this terminal: bytes are relayed in this process, raw, so that every key, ctrl-C and UTF-8 reach
 * the program. (A child would have to share stdin with the screen, which loses keys: faces.md 3.4.) `ctrl-]` leaves it. The
 * terminal is given back as it was, whatever happens: also when the program or the connection dies in the middle of a
 * full screen of its own.
 */
import type { TaskStream } from './client.ts';

export interface Terminal {
  readonly stdin: NodeJS.ReadableStream & { ref?(): void; setRawMode?(on: boolean): void };
  readonly stdout: NodeJS.WritableStream & { readonly columns?: number; readonly rows?: number };
}

export interface Ends {
  /** Called once keys are taken: what is typed before may be lost. @param key what leaves it */
  readonly greet: (key: 'ctrl-]' | 'ctrl-c') => void;
  /** What is at the task's end is told first of all (attach); otherwise a terminal is. */
  readonly isTold?: boolean;
}

export interface Left {
  /** By ctrl-], before its end. */
  readonly detached: boolean;
  readonly exitCode?: number | undefined;
}

/** ctrl-] */
const DETACH = 0x1d;
/** ctrl-c, where nobody reads it. */
const INTERRUPT = 0x03;
/** What programs switch on and a terminal would keep: full screen, mouse, pasted text in brackets, keypad, colours. */
const MODES = '\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?1l\x1b>\x1b[?25h\x1b[0m';
const MAIN_SCREEN = '\x1b[?1049l';

export const sizeOf = ({ stdout }: Terminal): { columns: number; rows: number } => ({
  columns: stdout.columns ?? 80,
  rows: stdout.rows ?? 24,
});

/** @throws TenderError why the stream broke off, with the terminal given back */
export async function relayTerminal(
  stream: TaskStream,
  terminal: Terminal,
  { greet, isTold = false }: Ends,
): Promise<Left> {
  const { stdin, stdout } = terminal;
  let detached = false;
  let isRaw = false;
  let isRead = true;
  let isFullScreen = false;
  let isOver = false;
  const leave = (): void => {
    detached = true;
    stream.close();
  };
  const type = (data: Buffer | string): void => {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    if (!isRead) {
      if (bytes.includes(DETACH) || bytes.includes(INTERRUPT)) leave();
      return;
    }
    const at = bytes.indexOf(DETACH);
    const own = at < 0 ? bytes : bytes.subarray(0, at);
    if (own.length > 0) stream.write(own).catch(() => undefined); // its end says why
    if (at >= 0) leave();
  };
  const resize = (): void => {
    const { columns, rows } = sizeOf(terminal);
    stream.resize(columns, rows);
  };
  // A program that reads and has no terminal at its end echoes nothing: lines are edited here, and ctrl-c leaves it. Of
  // what is typed at one that does not read only that counts which leaves it.
  const start = ({ tty, stdin: reads }: { tty: boolean; stdin: boolean }): void => {
    isRaw = tty || !reads;
    isRead = reads;
    stdin.setRawMode?.(isRaw);
    stdin.on('data', type);
    stdin.resume();
    greet(isRaw ? 'ctrl-]' : 'ctrl-c');
    if (!reads) stdout.write('\x1b[2mit reads no input\x1b[22m\r\n');
  };
  stdin.ref?.();
  if (!isTold) start({ tty: true, stdin: true });
  stdout.on('resize', resize);
  process.on('SIGINT', leave);
  try {
    for await (const { bytes, attached } of stream.output) {
      if (attached) start(attached);
      if (bytes.length === 0) continue;
      isFullScreen = fullScreenAfter(bytes, isFullScreen);
      if (!stdout.write(bytes)) await new Promise((resolve) => stdout.once('drain', resolve));
    }
    isOver = !detached;
    return { detached, exitCode: stream.exitCode };
  } catch (error) {
    if (detached) return { detached };
    throw error;
  } finally {
    process.off('SIGINT', leave);
    stdin.off('data', type);
    stdout.off('resize', resize);
    if (!isOver && isRaw) stdout.write(`${isFullScreen ? MAIN_SCREEN : ''}${MODES}`);
    stdin.setRawMode?.(false);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function fullScreenAfter(bytes: Uint8Array, before: boolean): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const [on, off] = [text.lastIndexOf('\x1b[?1049h'), text.lastIndexOf(MAIN_SCREEN)];
  return on === off ? before : on > off;
}
