/**
 * The terminal as the prompt has it, so that it can be let go for the screen and taken back. Node's readline never lets
 * go of a stream that it has listened to, and would eat the screen's keys; so it reads this stream, and only we read the
 * terminal. What is written while somebody else has it comes afterwards.
 */
import { PassThrough, Writable } from 'node:stream';
import type { Terminal } from '../client/terminal-relay.ts';

/** So much text is kept while the screen is shown. */
const MOST_KEPT = 1_000_000;

export class TerminalLoan {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream & { readonly columns: number };
  readonly #stdin: Terminal['stdin'];
  readonly #stdout: Terminal['stdout'];
  readonly #forward = (data: Buffer): void => void this.#typed.write(data);
  readonly #typed = new PassThrough();
  #isLent = true;
  #isRaw = false;
  #kept: Uint8Array[] = [];
  #keptBytes = 0;

  /** It is nobody's yet: `take` begins. */
  constructor({ stdin, stdout }: Terminal) {
    this.#stdin = stdin;
    this.#stdout = stdout;
    this.input = Object.assign(this.#typed, {
      isTTY: true,
      isRaw: false,
      setRawMode: (on: boolean) => this.#setRaw(on),
    });
    this.output = this.#writing();
    stdin.once('end', () => this.#typed.end());
  }

  /** @param use whatever needs the terminal for itself */
  async lend(use: () => Promise<void>): Promise<void> {
    this.letGo();
    try {
      await use();
      await new Promise((resolve) => setImmediate(resolve)); // the last listener of theirs goes first
    } finally {
      this.take();
    }
  }

  close(): void {
    this.letGo();
    this.#typed.destroy();
  }

  take(): void {
    this.#isLent = false;
    this.#stdin.ref?.();
    this.#stdin.on('data', this.#forward);
    this.#stdin.resume();
    this.#stdin.setRawMode?.(this.#isRaw);
    for (const bytes of this.#kept) this.#stdout.write(bytes);
    this.#kept = [];
    this.#keptBytes = 0;
  }

  letGo(): void {
    if (this.#isLent) return;
    this.#isLent = true;
    this.#stdin.off('data', this.#forward);
    this.#stdin.setRawMode?.(false);
    this.#stdin.pause();
  }

  #setRaw(on: boolean): unknown {
    this.#isRaw = on;
    Object.assign(this.input, { isRaw: on });
    if (!this.#isLent) this.#stdin.setRawMode?.(on);
    return this.input;
  }

  #writing(): NodeJS.WritableStream & { readonly columns: number } {
    const stdout = this.#stdout;
    const output = new Writable({
      write: (bytes: Uint8Array, _, done) => {
        if (this.#isLent) this.#keep(bytes);
        else stdout.write(bytes);
        // Not when that is through: a loop that does not end would print nothing of what it says.
        done();
      },
    });
    stdout.on('resize', () => this.#isLent || output.emit('resize'));
    return Object.defineProperties(output, {
      isTTY: { value: true },
      columns: { get: () => stdout.columns },
      rows: { get: () => stdout.rows },
    }) as unknown as NodeJS.WritableStream & { readonly columns: number };
  }

  #keep(bytes: Uint8Array): void {
    this.#kept.push(bytes);
    this.#keptBytes += bytes.length;
    while (this.#keptBytes > MOST_KEPT) this.#keptBytes -= this.#kept.shift()!.length;
  }
}
