/**
 * The streams behind a logs page: one per task of the job (or the one task), opened while the page is there, closed with
 * it. A job's new tasks join by themselves.
 */
import type { Client, TaskStream } from '../client/client.ts';
import { findTasks } from '../client/names.ts';
import { causeOf, TenderError } from '../core/errors.ts';
import type { Task } from '../core/task.ts';
import { isTerminal } from '../core/task-state.ts';
import { LogBuffer } from './log-buffer.ts';
import type { LogView } from './pages/logs-page.ts';

const TAIL = 500;

export interface LogSession {
  readonly name: string;
  view(filter: string): LogView;
  /** Looks for tasks that came since. */
  refresh(): void;
  close(): void;
}

export function openLogs(client: Client, name: string, changed: (added: number) => void): LogSession {
  const buffer = new LogBuffer();
  const streams = new Map<string, TaskStream>();
  let open = 0;
  let closed = false;
  let failure: string | undefined;

  const report = (task: Task, error: unknown): number => {
    const text = error instanceof TenderError ? `${error.code}: ${error.message}` : causeOf(error);
    return buffer.notice(task.name, text);
  };

  const read = async (task: Task): Promise<void> => {
    open++;
    try {
      const stream = client.stream(task.id, { kind: 'logs', follow: true, tail: TAIL });
      streams.set(task.id, stream);
      for await (const { channel, bytes } of stream.output) {
        if (closed) return;
        changed(buffer.write(task.name, channel, bytes));
      }
      buffer.finish(task.name);
    } catch (error) {
      if (!closed) report(task, error);
    } finally {
      open--;
      if (!closed) changed(0);
    }
  };

  const wanted = (): Task[] => {
    try {
      const found = findTasks(client.state, name);
      failure = undefined;
      return found;
    } catch (error) {
      failure = error instanceof TenderError ? `${error.code}: ${error.message}` : causeOf(error);
      return [];
    }
  };

  const refresh = (): void => {
    for (const task of wanted()) {
      if (streams.has(task.id) || (streams.size > 0 && isTerminal(task.state))) continue;
      void read(task);
    }
  };
  refresh();

  return {
    name,
    view: (filter) => ({
      lines: buffer.lines(filter),
      several: streams.size > 1,
      ended: open === 0,
      ...(failure === undefined ? {} : { failure }),
    }),
    refresh,
    close() {
      closed = true;
      for (const stream of streams.values()) stream.close();
    },
  };
}

export const NO_LOGS: LogView = { lines: [], several: false, ended: true };
