/** A REPL on plain streams: what is typed, and what it answers up to the next prompt. */
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { createRepl, type ReplOptions } from '../../src/repl/create-repl.ts';
import { NOW } from './cluster-fixture.ts';
import type { FakeClient } from './fake-client.ts';

export class ReplSession {
  readonly input = new PassThrough();
  readonly output = new PassThrough();
  readonly server;
  #seen = '';
  #from = 0;

  constructor(client: FakeClient, more: Partial<ReplOptions> = {}) {
    this.output.on('data', (chunk: Buffer) => {
      this.#seen += chunk.toString();
    });
    this.server = createRepl({
      input: this.input,
      output: this.output,
      terminal: false,
      client,
      now: () => NOW,
      ...more,
    });
  }

  /** What came since the last call, once it ends with what is expected (a prompt when not said). */
  async until(end: string | RegExp = /tender> $/): Promise<string> {
    for (const deadline = performance.now() + 3000; performance.now() < deadline; ) {
      const fresh = stripVTControlCharacters(this.#seen.slice(this.#from));
      if (typeof end === 'string' ? fresh.includes(end) : end.test(fresh)) {
        this.#from = this.#seen.length;
        return fresh;
      }
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    throw new Error(`not seen: ${end}\n${this.#seen.slice(this.#from)}`);
  }

  /** What was written to it has been read and begun. */
  async settled(): Promise<void> {
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  async type(line: string): Promise<string> {
    this.input.write(`${line}\n`);
    return (await this.until()).replace(/tender> $/, '').trimEnd();
  }

  complete(line: string): Promise<readonly [string[], string]> {
    return new Promise((resolve, reject) =>
      (
        this.server as unknown as {
          completer(l: string, done: (e: Error | null, r: readonly [string[], string]) => void): void;
        }
      ).completer(line, (error, result) => (error ? reject(error) : resolve(result))),
    );
  }
}
