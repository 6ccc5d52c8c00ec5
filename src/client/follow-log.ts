/**
 * A task's log as lines, through whatever comes between: a master that restarts or an agent that is away for a while
 * ends the stream, and it is opened again where it broke off. Of a plain program the agent knows the time of a line to a
 * second only: what was written within the last one may then come twice, but nothing is missed.
 */
import { TenderError } from '../core/errors.ts';
import type { Task } from '../core/task.ts';
import { isTerminal } from '../core/task-state.ts';
import { MAX_STREAMS } from '../wire/protocol.ts';
import type { Client } from './client.ts';
import { LogLines, type LogText } from './log-lines.ts';

export interface LogWish {
  readonly follow: boolean;
  readonly tail?: number | undefined;
  /** ms since 1970 */
  readonly since?: number | undefined;
  /** Characters: a longer line comes in pieces. */
  readonly longest: number;
  readonly signal?: AbortSignal | undefined;
}

export interface LogBatch {
  readonly lines: readonly LogText[];
  /** So many bytes before these lines were thrown away before they could be read. */
  readonly lost?: number | undefined;
  /** The stream broke off by this; it is opened again as soon as that can be. */
  readonly interrupted?: TenderError | undefined;
}

const PASSING = new Set(['client.lost', 'client.unreachable', 'stream.ended']);
/** Before a stream that broke off at once is tried again (ms). */
const PAUSE = 500;

/** Those whose logs are read at once: what does not end by itself has to be, all else goes as far as streams may be open. */
export function readTogether(tasks: readonly Task[], follow: boolean): (readonly Task[])[] {
  if (follow) return [tasks];
  const groups = Math.ceil(tasks.length / MAX_STREAMS);
  return Array.from({ length: groups }, (_, i) => tasks.slice(i * MAX_STREAMS, (i + 1) * MAX_STREAMS));
}

/** @throws TenderError what the agent or the master has against it */
export async function* followLog(
  client: Client,
  task: Task,
  wish: LogWish,
): AsyncGenerator<LogBatch, void, undefined> {
  let { tail, since } = wish;
  for (;;) {
    const lines = new LogLines(wish.longest);
    try {
      const follow = wish.follow && !isTerminal(client.state.tasks.get(task.id)?.state ?? task.state);
      const stream = client.stream(task.id, { kind: 'logs', follow, tail, since });
      const close = (): void => stream.close();
      wish.signal?.addEventListener('abort', close, { once: true });
      try {
        for await (const chunk of stream.output) {
          if (wish.signal?.aborted) return;
          yield { lines: lines.write(chunk), lost: chunk.lost };
          if (chunk.at !== undefined) since = chunk.at + 1;
          if (chunk.at !== undefined) tail = undefined;
        }
      } finally {
        wish.signal?.removeEventListener('abort', close);
      }
      if (!wish.signal?.aborted) yield { lines: lines.end() };
      return;
    } catch (error) {
      if (!wish.follow || wish.signal?.aborted) throw error;
      if (!(error instanceof TenderError) || !PASSING.has(error.code)) throw error;
      yield { lines: lines.end(), interrupted: error };
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
      await reachable(client, task, wish.signal);
      if (wish.signal?.aborted || !client.state.tasks.has(task.id)) return;
    }
  }
}

/** Until the agent of the task can be asked, or the task is no longer known. */
function reachable(client: Client, task: Task, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      const { status, state } = client;
      const isThere = status.phase === 'live' && state.agents.get(task.agent)?.state === 'ready';
      const isGone = status.phase === 'live' && !state.tasks.has(task.id);
      if (!isThere && !isGone && status.phase !== 'closed' && !signal?.aborted) return;
      stop();
      signal?.removeEventListener('abort', look);
      resolve();
    };
    const stop = client.subscribe(look);
    signal?.addEventListener('abort', look);
    look();
  });
}
