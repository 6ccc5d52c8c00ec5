/**
 * A `Client` without a master: a real ClusterState changed by the real `apply`. Tests emit events and answer requests
 * and streams; what was asked is recorded.
 */
import type {
  Change,
  Client,
  ClientStatus,
  OutputChunk,
  StreamRequest,
  TaskStream,
} from '../../src/client/client.ts';
import { apply } from '../../src/core/apply.ts';
import { type ClusterState, emptyCluster } from '../../src/core/cluster.ts';
import type { Event, Numbered } from '../../src/core/events.ts';
import type { TaskId } from '../../src/core/task.ts';
import type { ClientMethod, ClientRequests } from '../../src/wire/messages/client.ts';

export interface Asked {
  readonly method: ClientMethod;
  readonly params: unknown;
}

/** A stream whose far end is the test. */
export class FakeStream implements TaskStream {
  exitCode: number | undefined;
  readonly written: string[] = [];
  readonly sizes: (readonly [number, number])[] = [];
  closed = false;
  #queue: OutputChunk[] = [];
  #wake: (() => void) | undefined;
  #ended = false;
  #error: unknown;

  /** Chunks that nobody has read yet. */
  get waiting(): number {
    return this.#queue.length;
  }

  readonly task: TaskId;
  readonly what: StreamRequest;

  constructor(task: TaskId, what: StreamRequest) {
    this.task = task;
    this.what = what;
  }

  /** @param at when it was written (ms since 1970) */
  say(text: string, channel: 'stdout' | 'stderr' = 'stdout', at?: number): void {
    this.#queue.push({ channel, bytes: new TextEncoder().encode(text), at });
    this.#wake?.();
  }

  end(exitCode?: number, error?: unknown): void {
    this.exitCode = exitCode;
    this.#error = error;
    this.#ended = true;
    this.#wake?.();
  }

  readonly output: AsyncIterable<OutputChunk> = { [Symbol.asyncIterator]: () => this.#read() };

  async *#read(): AsyncGenerator<OutputChunk> {
    for (;;) {
      const next = this.#queue.shift();
      if (next) yield next;
      else if (this.#ended) {
        if (this.#error) throw this.#error;
        return;
      } else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.written.push(new TextDecoder().decode(bytes));
  }
  endInput(): void {}
  resize(columns: number, rows: number): void {
    this.sizes.push([columns, rows]);
  }
  close(): void {
    this.closed = true;
    this.end();
  }
}

export class FakeClient implements Client {
  state: ClusterState;
  status: ClientStatus = {
    phase: 'live',
    address: 'tcp://10.0.0.2:5050',
    masters: ['tcp://10.0.0.2:5050'],
    latency: 1.4,
  };
  readonly recent: Numbered[] = [];
  readonly asked: Asked[] = [];
  readonly streams: FakeStream[] = [];
  /** Answers requests; may throw. */
  answer: (asked: Asked) => unknown = () => ({});
  /** Plays the far end of a new stream. */
  onStream: (stream: FakeStream) => void = () => undefined;
  readonly #listeners = new Set<(change: Change) => void>();

  constructor(
    state: ClusterState = emptyCluster({ cluster: '', version: '', epoch: 0, startedAt: 0, address: '' }),
  ) {
    this.state = state;
  }

  emit(event: Event): void {
    this.state.seq++;
    apply(this.state, event);
    const numbered = { seq: this.state.seq, event };
    this.recent.push(numbered);
    if (this.recent.length > 1000) this.recent.shift();
    this.#tell({ kind: 'event', numbered });
  }

  setStatus(status: Partial<ClientStatus>): void {
    this.status = { ...this.status, ...status };
    this.#tell({ kind: 'status', status: this.status });
  }

  /** Another state object, as after a reconnect. */
  replace(state: ClusterState): void {
    this.state = state;
    this.#tell({ kind: 'snapshot' });
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }

  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async ready(): Promise<void> {}

  async request<M extends ClientMethod>(
    method: M,
    params: ClientRequests[M]['params'],
  ): Promise<ClientRequests[M]['result']> {
    this.asked.push({ method, params });
    return (await this.answer({ method, params })) as ClientRequests[M]['result'];
  }

  stream(task: TaskId, what: StreamRequest): TaskStream {
    const stream = new FakeStream(task, what);
    this.streams.push(stream);
    this.onStream(stream);
    return stream;
  }

  async close(): Promise<void> {}
}
