/**
 * The streams behind a logs page: one per task of the job (or the one task), opened while the page is there, closed with
 * it. A job's new tasks join by themselves, ended ones say how they ended. Who stands still to read is not pushed on: when
 * half the room has filled up meanwhile nothing more is read, and what waits then waits at the agent.
 */
import type { Client } from '../client/client.ts';
import { followLog } from '../client/follow-log.ts';
import { findTasks } from '../client/names.ts';
import { size } from '../client/table/figures.ts';
import { causeOf, TenderError } from '../core/errors.ts';
import type { Event } from '../core/events.ts';
import type { Task, TaskId } from '../core/task.ts';
import { isTerminal } from '../core/task-state.ts';
import { filterOf } from './filter.ts';
import { LogBuffer, type LogLine } from './log-buffer.ts';
import type { LogsPage, Since } from './ui.ts';

/** Lines of each task to begin with. */
const TAIL = 500;
const HEAD = 1000;
/** Characters: a longer line comes in pieces. */
const LONGEST = 4096;
/** So many lines may come while one stands still. */
const AHEAD = 10_000;
/** So long reading may keep the keys waiting (ms). */
const TURN = 6;

export interface LogView {
  readonly lines: readonly LogLine[];
  /** Which of them match what is searched for, by place. */
  readonly matches: readonly number[];
  /** Whose lines these are, in the order in which they came: each has its colour. */
  readonly names: ReadonlyMap<string, number>;
  readonly ended: boolean;
  /** Lines that had to make room. */
  readonly dropped: number;
  /** Nothing is read: it would push out what one stands at. */
  readonly held: boolean;
  readonly failure?: string | undefined;
}

export const NO_LOGS: LogView = {
  lines: [],
  matches: [],
  names: new Map(),
  ended: true,
  dropped: 0,
  held: false,
};

export interface LogSession {
  /** Of what it was made: a page that asks for something else needs another one. */
  readonly key: string;
  view(page: LogsPage): LogView;
  /** A task may have come, or ended. */
  heard(event: Event): void;
  clear(): void;
  mark(text: string): void;
  close(): void;
}

export const logKey = ({ name, since, filter }: LogsPage): string =>
  JSON.stringify(since === 'all' ? [name, since, filter] : [name, since]);

export interface LogWorld {
  readonly client: Client;
  readonly now: () => number;
  /** So many more lines can be seen. */
  readonly changed: (added: number) => void;
}

export function openLogs(page: LogsPage, { client, now, changed }: LogWorld): LogSession {
  const { name, since } = page;
  const buffer = new LogBuffer(undefined, since === 'all' ? page.filter : '');
  const names = new Map<string, number>();
  const followed = new Map<TaskId, Task>();
  const told = new Set<TaskId>();
  const stop = new AbortController();
  const { signal } = stop;
  let open = 0;
  let failure: string | undefined;
  let ahead = 0;
  let isFollowing = page.follow;
  let goOn: (() => void) | undefined;
  let turn = performance.now();
  let known: { key: string; matches: readonly number[] } | undefined;

  const textOf = (error: unknown): string =>
    error instanceof TenderError ? `${error.code}: ${error.message}` : causeOf(error);
  const isHeld = (): boolean => !isFollowing && ahead >= AHEAD;

  const say = (task: Task, text: string, at = now()): void =>
    changed(buffer.say('notice', task.name, `${task.name} ${text}`, at));

  const pace = async (): Promise<void> => {
    if (performance.now() - turn > TURN) {
      await new Promise((resolve) => setImmediate(resolve));
      turn = performance.now();
    }
    while (isHeld() && !signal.aborted)
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
  };

  const read = async (task: Task): Promise<void> => {
    open += 1;
    let left = since === 'head' ? HEAD : Number.POSITIVE_INFINITY;
    try {
      for await (const batch of followLog(client, task, {
        ...wishOf(since, now()),
        longest: LONGEST,
        signal,
      })) {
        if (signal.aborted) return;
        if (batch.lost) say(task, `wrote more than could be read: ${size(batch.lost / 1024 ** 2)} are gone`);
        if (batch.interrupted) say(task, `is not heard (${batch.interrupted.message}); it is tried again`);
        const added = buffer.add(task.name, batch.lines.slice(0, left));
        left -= batch.lines.length;
        if (!isFollowing) ahead += added;
        changed(added);
        if (left <= 0) break;
        await pace();
      }
    } catch (error) {
      if (!signal.aborted) say(task, textOf(error));
    } finally {
      open -= 1;
      if (!signal.aborted) changed(0);
    }
  };

  const join = (): void => {
    let wanted: Task[] = [];
    try {
      wanted = findTasks(client.state, name);
      failure = undefined;
    } catch (error) {
      failure = textOf(error);
    }
    const isFirst = followed.size === 0;
    for (const task of wanted) {
      if (followed.has(task.id) || (!isFirst && isTerminal(task.state))) continue;
      followed.set(task.id, task);
      if (!names.has(task.name)) names.set(task.name, names.size);
      const agent = client.state.agents.get(task.agent)?.name ?? task.agent;
      if (!isFirst) say(task, `joins, on ${agent}`);
      // How it ended is told behind what it wrote.
      void read(task).then(() => {
        if (isTerminal(task.state) && !signal.aborted) ended(task);
      });
    }
  };

  const ended = (task: Task): void => {
    if (told.has(task.id)) return;
    told.add(task.id);
    const how = task.exitCode === undefined ? '' : `, exit code ${task.exitCode}`;
    say(task, `ended: ${task.state}${how}${task.message === '' ? '' : `: ${task.message}`}`, task.since);
  };

  const matchesOf = (lines: readonly LogLine[], search: string): readonly number[] => {
    const key = `${buffer.version} ${search}`;
    if (known?.key === key) return known.matches;
    const matches = filterOf(search);
    const found: number[] = [];
    if (matches) for (const [i, line] of lines.entries()) if (matches(line.text)) found.push(i);
    known = { key, matches: found };
    return found;
  };

  join();

  return {
    key: logKey(page),
    view({ filter, search, follow }) {
      isFollowing = follow;
      if (follow) ahead = 0;
      if (!isHeld()) goOn?.();
      const lines = buffer.lines(filter);
      return {
        lines,
        matches: matchesOf(lines, search),
        names,
        ended: open === 0,
        dropped: buffer.dropped,
        held: isHeld(),
        failure,
      };
    },
    heard(event) {
      if (event.type === 'task.status') {
        const task = followed.has(event.status.task) ? client.state.tasks.get(event.status.task) : undefined;
        if (task && isTerminal(task.state)) ended(task);
      } else if (event.type === 'task.launched') {
        const { job } = event.task;
        const isOurs = followed.size === 0 || [...followed.values()].some((task) => task.job === job);
        if (isOurs) join();
      }
    },
    clear() {
      buffer.clear();
      changed(0);
    },
    mark: (text) => changed(buffer.say('mark', '', text, now())),
    close() {
      stop.abort();
      goOn?.();
    },
  };
}

function wishOf(since: Since, now: number): { follow: boolean; tail?: number; since?: number } {
  if (since === 'tail') return { follow: true, tail: TAIL };
  if (since === 'head') return { follow: false };
  return since === 'all' ? { follow: true } : { follow: true, since: now - since * 60_000 };
}
