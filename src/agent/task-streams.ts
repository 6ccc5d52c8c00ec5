/** The agent's end of byte streams: logs and exec, pumped from the executors' pipes as far as the reader's credit goes. */
import { causeOf, reportOf, TenderError } from '../core/errors.ts';
import type { TaskId } from '../core/task.ts';
import { Credit, PIECE } from '../wire/credit.ts';
import type { FromAgent } from '../wire/messages/agent.ts';
import type { StreamMessage, StreamOpen } from '../wire/messages/stream.ts';
import { STREAM_WINDOW } from '../wire/protocol.ts';
import type { Pipe } from './executor.ts';

/** The window, and what its last piece may exceed it by: a reader that is sent more is being flooded. */
const MAX_WAITING = STREAM_WINDOW + PIECE;

interface Stream {
  readonly credit: Credit;
  pipe: Pipe | undefined;
  /** Input that came before the pipe was there, and the order of all after it. */
  input: Promise<void>;
  /** Bytes of it that were not taken yet. */
  waiting: number;
  closed: boolean;
}

export class TaskStreams {
  readonly #open: (task: TaskId, what: StreamOpen['what']) => Promise<Pipe>;
  readonly #send: (message: FromAgent, bytes?: Uint8Array) => boolean;
  readonly #streams = new Map<string, Stream>();

  constructor(
    open: (task: TaskId, what: StreamOpen['what']) => Promise<Pipe>,
    send: (message: FromAgent, bytes?: Uint8Array) => boolean,
  ) {
    this.#open = open;
    this.#send = send;
  }

  handle(message: StreamMessage, bytes: Uint8Array | undefined): void {
    if (message.t === 'stream.open') return void this.#pump(message);
    const stream = this.#streams.get(message.stream);
    if (!stream) return;
    switch (message.t) {
      case 'stream.credit':
        return stream.credit.grant(message.bytes);
      case 'stream.resize':
        return stream.pipe?.resize(message.columns, message.rows);
      case 'stream.data':
        return this.#input(message.stream, stream, bytes ?? new Uint8Array());
      case 'stream.end':
        if (message.error) this.#close(message.stream, stream);
        else stream.input = stream.input.then(() => stream.pipe?.end()).catch(() => {}); // its end says why
    }
  }

  /** The master is away: nobody reads any more. */
  closeAll(): void {
    for (const [id, stream] of this.#streams) this.#close(id, stream);
  }

  async #pump({ stream: id, task, what }: StreamOpen): Promise<void> {
    const ready = Promise.withResolvers<void>();
    const stream: Stream = {
      credit: new Credit(),
      pipe: undefined,
      input: ready.promise,
      waiting: 0,
      closed: false,
    };
    this.#streams.set(id, stream);
    try {
      const pipe = await this.#open(task, what);
      stream.pipe = pipe;
      ready.resolve();
      if (stream.closed) return pipe.close();
      for await (const { stream: channel, bytes, at, lost, attached } of pipe.output) {
        if (attached) this.#send({ t: 'stream.data', stream: id, channel, attached }, bytes);
        let gone = lost;
        for await (const piece of stream.credit.pace(bytes)) {
          this.#send({ t: 'stream.data', stream: id, channel, at, lost: gone }, piece);
          gone = undefined;
        }
        if (stream.closed) break;
      }
      this.#send({ t: 'stream.end', stream: id, exitCode: pipe.exitCode() });
    } catch (error) {
      this.#send({ t: 'stream.end', stream: id, error: reportOf(error, what.kind) });
    } finally {
      ready.resolve();
      this.#close(id, stream);
    }
  }

  #input(id: string, stream: Stream, bytes: Uint8Array): void {
    stream.waiting += bytes.length;
    if (stream.waiting > MAX_WAITING) return this.#cut(id, stream, 'more input came than was asked for');
    stream.input = stream.input
      .then(() => (stream.closed ? undefined : stream.pipe?.write(bytes)))
      .then(
        () => {
          stream.waiting -= bytes.length;
          this.#send({ t: 'stream.credit', stream: id, bytes: bytes.length });
        },
        (error: unknown) => this.#cut(id, stream, causeOf(error)),
      );
  }

  #cut(id: string, stream: Stream, cause: string): void {
    const error = reportOf(new TenderError('stream.ended', { cause }), 'exec');
    this.#send({ t: 'stream.end', stream: id, error });
    this.#close(id, stream);
  }

  #close(id: string, stream: Stream): void {
    this.#streams.delete(id);
    stream.closed = true;
    stream.credit.end();
    stream.pipe?.close();
  }
}
