/**
 * A program inside a task, as `exec()` gives it: started at once. At the prompt its output is written as it comes; a
 * script that awaits it gets output and exit code together.
 */
import type { OutputChunk, TaskStream } from '../client/client.ts';
import { SHOW, type Showing } from './shown.ts';
import type { VerbContext } from './verb.ts';

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class ExecRun implements PromiseLike<ExecResult>, Showing {
  readonly #context: VerbContext;
  readonly #stream: TaskStream;
  readonly #chunks: OutputChunk[] = [];
  readonly #done: Promise<ExecResult>;
  #told: (chunk: OutputChunk) => void = () => {};

  constructor(context: VerbContext, stream: TaskStream) {
    this.#context = context;
    this.#stream = stream;
    context.onInterrupt(() => stream.close());
    this.#done = this.#read();
    this.#done.catch(() => {}); // told to whoever awaits it
  }

  // biome-ignore lint/suspicious/noThenProperty: awaited, it gives its result
  then<A = ExecResult, B = never>(
    done?: ((result: ExecResult) => A | PromiseLike<A>) | null,
    failed?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#done.then(done, failed);
  }

  /** Its exit code follows only where it says something. */
  async [SHOW](): Promise<number | undefined> {
    const write = ({ bytes }: OutputChunk): void => this.#context.write(bytes);
    for (const chunk of this.#chunks) write(chunk);
    this.#told = write;
    const { exitCode } = await this.#done;
    return exitCode === 0 ? undefined : exitCode;
  }

  async #read(): Promise<ExecResult> {
    this.#stream.endInput();
    for await (const chunk of this.#stream.output) {
      this.#chunks.push(chunk);
      this.#told(chunk);
    }
    const text = (channel: OutputChunk['channel']): string =>
      Buffer.concat(
        this.#chunks.filter((chunk) => chunk.channel === channel).map(({ bytes }) => bytes),
      ).toString();
    return { exitCode: this.#stream.exitCode ?? -1, stdout: text('stdout'), stderr: text('stderr') };
  }
}
