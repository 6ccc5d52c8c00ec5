/**
 * The client's end of byte streams. Output waits here only as long as nobody reads it, and never more than one window:
 * the task's end is granted more as it is read.
 */
import { errorOf, reportOf, TenderError } from '../core/errors.ts';
import type { TaskId } from '../core/task.ts';
import { Credit } from '../wire/credit.ts';
import type { FromClient } from '../wire/messages/client.ts';
import type { StreamCredit, StreamData, StreamEnd } from '../wire/messages/stream.ts';
import type { OutputChunk, StreamRequest, TaskStream } from './client.ts';

type Send = (message: FromClient, bytes?: Uint8Array) => boolean;

export class ClientStreams {
  readonly #send: Send;
  readonly #open = new Map<string, Stream>();
  #count = 0;

  constructor(send: Send) {
    this.#send = send;
  }

  open(task: TaskId, what: StreamRequest): TaskStream {
    this.#count += 1;
    const id = `c${this.#count}`;
    const stream = new Stream(id, this.#send, () => this.#open.delete(id));
    this.#open.set(id, stream);
    if (!this.#send({ t: 'stream.open', stream: id, task, what }))
      stream.end(new TenderError('client.lost', { what: what.kind }));
    return stream;
  }

  handle(message: StreamData | StreamCredit | StreamEnd, bytes: Uint8Array | undefined): void {
    const stream = this.#open.get(message.stream);
    if (message.t === 'stream.credit') stream?.granted(message.bytes);
    else if (message.t === 'stream.data')
      stream?.push({
        channel: message.channel === 'stderr' ? 'stderr' : 'stdout',
        bytes: bytes ?? new Uint8Array(),
        at: message.at,
        lost: message.lost,
        attached: message.attached,
      });
    else stream?.end(message.error && errorOf(message.error), message.exitCode);
  }

  endAll(error: TenderError): void {
    for (const stream of [...this.#open.values()]) stream.end(error);
  }
}

class Stream implements TaskStream {
  exitCode: number | undefined;
  readonly output: AsyncIterable<OutputChunk>;
  readonly #id: string;
  readonly #send: Send;
  readonly #forget: () => void;
  readonly #credit = new Credit();
  readonly #chunks: OutputChunk[] = [];
  #ended = false;
  #error: TenderError | undefined;
  #wake: (() => void) | undefined;

  constructor(id: string, send: Send, forget: () => void) {
    this.#id = id;
    this.#send = send;
    this.#forget = forget;
    this.output = this.#read();
  }

  async write(bytes: Uint8Array): Promise<void> {
    for await (const piece of this.#credit.pace(bytes))
      this.#send({ t: 'stream.data', stream: this.#id, channel: 'stdin' }, piece);
  }

  endInput(): void {
    if (!this.#ended) this.#send({ t: 'stream.end', stream: this.#id });
  }

  resize(columns: number, rows: number): void {
    if (!this.#ended) this.#send({ t: 'stream.resize', stream: this.#id, columns, rows });
  }

  close(): void {
    if (this.#ended) return;
    const error = reportOf(new TenderError('stream.ended', { cause: 'closed by the reader' }), 'stream');
    this.#send({ t: 'stream.end', stream: this.#id, error });
    this.end();
  }

  push(chunk: OutputChunk): void {
    this.#chunks.push(chunk);
    this.#wake?.();
  }

  granted(bytes: number): void {
    this.#credit.grant(bytes);
  }

  end(error?: TenderError, exitCode?: number): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.exitCode = exitCode;
    this.#credit.end();
    this.#forget();
    this.#wake?.();
  }

  async *#read(): AsyncGenerator<OutputChunk> {
    try {
      for (;;) {
        const chunk = this.#chunks.shift();
        if (chunk) {
          yield chunk;
          if (!this.#ended) this.#send({ t: 'stream.credit', stream: this.#id, bytes: chunk.bytes.length });
        } else if (this.#ended) break;
        else
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
      }
      if (this.#error) throw this.#error;
    } finally {
      this.close();
    }
  }
}
