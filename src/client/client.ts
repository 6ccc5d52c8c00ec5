/**
 * What the faces (TUI, REPL, command line) are written against: a replica of the cluster that is read synchronously
 * and costs the master nothing, and commands that are awaited. `connect` in connection.ts makes a real one.
 */
import type { ClusterState } from '../core/cluster.ts';
import type { ErrorReport } from '../core/errors.ts';
import type { Numbered } from '../core/events.ts';
import type { TaskId } from '../core/task.ts';
import type { ClientMethod, ClientRequests } from '../wire/messages/client.ts';
import type { StreamOpen } from '../wire/messages/stream.ts';

export interface ClientStatus {
  /** `connecting`: never connected yet; `live`: the replica is current; `stale`: was live, now trying again. */
  readonly phase: 'connecting' | 'live' | 'stale' | 'closed';
  /** Of the master that is spoken to, or tried. */
  readonly address: string;
  /** All masters of the cluster that are known; the last leader first. */
  readonly masters: readonly string[];
  /** The protocol's version, as the master said when it was last connected. */
  readonly protocol?: string | undefined;
  /** What the last attempt failed with. */
  readonly problem?: ErrorReport | undefined;
  /** Round trip of the last heartbeat, ms. */
  readonly latency?: number | undefined;
  /** When it is tried again (ms since 1970); absent while it is connected, or being tried. */
  readonly retryAt?: number | undefined;
  /** When the master was last heard (ms since 1970). */
  readonly heardAt?: number | undefined;
}

/** `snapshot`: all may be different; `event`: one thing is; `status`: the connection is. */
export type Change =
  | { readonly kind: 'snapshot' }
  | { readonly kind: 'event'; readonly numbered: Numbered }
  | { readonly kind: 'status'; readonly status: ClientStatus };

export type StreamRequest = StreamOpen['what'];

export interface OutputChunk {
  readonly channel: 'stdout' | 'stderr';
  readonly bytes: Uint8Array;
  /** Of a log: by when it was written (ms since 1970), where that is known. */
  readonly at?: number | undefined;
  /** So many bytes before these are gone: they were thrown away before they could be read. */
  readonly lost?: number | undefined;
  /** Of what one is attached to, first of all: whether it has a terminal, and takes input. */
  readonly attached?: { readonly tty: boolean; readonly stdin: boolean } | undefined;
}

/** A byte stream to a task, through the master. Reading it grants more: a slow reader slows the task's end only. */
export interface TaskStream {
  /** Throws a TenderError when the stream ends by an error. */
  readonly output: AsyncIterable<OutputChunk>;
  write(bytes: Uint8Array): Promise<void>;
  endInput(): void;
  resize(columns: number, rows: number): void;
  close(): void;
  /** After `output` has ended: exit code of an exec. */
  readonly exitCode: number | undefined;
}

export interface Client {
  /**
   * The replica. The same object between snapshots; its maps change in place, its records never do. `seq` grows with
   * every change, so what is computed from it may be kept by it.
   */
  readonly state: ClusterState;
  readonly status: ClientStatus;
  /** The last events, oldest first (about 1,000). */
  readonly recent: readonly Numbered[];
  /** @returns stop */
  subscribe(listener: (change: Change) => void): () => void;
  /** Resolves when the replica is live. @throws TenderError `client.unreachable`, `security.…` */
  ready(timeoutMs?: number): Promise<void>;
  request<M extends ClientMethod>(
    method: M,
    params: ClientRequests[M]['params'],
  ): Promise<ClientRequests[M]['result']>;
  stream(task: TaskId, what: StreamRequest): TaskStream;
  close(): Promise<void>;
}
