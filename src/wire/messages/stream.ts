/** Byte streams (logs, exec): client ⇄ master ⇄ agent. The ends pace each other, the master only passes on. */
import type { ErrorReport } from '../../core/errors.ts';
import type { TaskId } from '../../core/task.ts';

export type StreamOpen = {
  readonly t: 'stream.open';
  readonly stream: string;
  readonly task: TaskId;
  readonly what:
    | {
        readonly kind: 'logs';
        readonly follow: boolean;
        readonly tail?: number | undefined;
        /** ms since 1970 */
        readonly since?: number | undefined;
      }
    | {
        readonly kind: 'exec';
        readonly argv: readonly string[];
        readonly tty: boolean;
        /** No command of its own: what the task itself writes and reads. Who is older has no use for the empty `argv`. */
        readonly attach?: true | undefined;
        readonly columns?: number | undefined;
        readonly rows?: number | undefined;
      };
};
/** The bytes are the second frame. */
export type StreamData = {
  readonly t: 'stream.data';
  readonly stream: string;
  readonly channel: 'stdin' | 'stdout' | 'stderr';
  /** Of a log: by when it was written (ms since 1970); and how many bytes before it are gone. */
  readonly at?: number | undefined;
  readonly lost?: number | undefined;
  /** Of what one is attached to, first of all: whether it has a terminal, and takes input. */
  readonly attached?: { readonly tty: boolean; readonly stdin: boolean } | undefined;
};
export type StreamCredit = { readonly t: 'stream.credit'; readonly stream: string; readonly bytes: number };
export type StreamResize = {
  readonly t: 'stream.resize';
  readonly stream: string;
  readonly columns: number;
  readonly rows: number;
};
/** No more from this side. From an agent it is the end of all: with the exit code, or an error. */
export type StreamEnd = {
  readonly t: 'stream.end';
  readonly stream: string;
  readonly exitCode?: number | undefined;
  readonly error?: ErrorReport | undefined;
};
export type StreamMessage = StreamOpen | StreamData | StreamCredit | StreamResize | StreamEnd;
