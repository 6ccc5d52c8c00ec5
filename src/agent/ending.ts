/**
 * How a task's end is told: which terminal state, which reason, and the sentence for people. In one place, so that
 * a container and a plain program that end the same way are reported the same way.
 */
import { constants } from 'node:os';
import { scalar } from '../core/resources.ts';
import type { TaskSpec, TaskStatus } from '../core/task.ts';
import { isTerminal } from '../core/task-state.ts';
import type { Report } from './executor.ts';

export interface Ending {
  readonly exitCode: number;
  /** When it ended (ms since 1970). */
  readonly at: number;
  /** The kernel killed it, or a part of it, for its memory. */
  readonly outOfMemory?: boolean | undefined;
  /** We were told to end it. */
  readonly killed: boolean;
  /** What it last said on stderr; may be empty. */
  readonly lastLine?: string | undefined;
}

const SIGNALS: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name]),
);

/** Shells and engines both give death by signal N as code 128 + N. */
const signalOf = (exitCode: number): string | undefined => SIGNALS.get(exitCode - 128);

const LINE_LIMIT = 200;
const CONTROL = /\u001b\[[0-9;]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f]/g;

/** One line that is safe on a screen: no escape sequences, not too long. */
export function plainLine(text: string): string {
  const line = text.replaceAll(CONTROL, '').trim();
  return line.length > LINE_LIMIT ? `${line.slice(0, LINE_LIMIT - 1)}…` : line;
}

export function endReport(spec: TaskSpec, end: Ending): Report {
  const { exitCode, at } = end;
  const signal = signalOf(exitCode);
  const how =
    signal === undefined ? `exited with code ${exitCode}` : `ended by ${signal} (exit code ${exitCode})`;
  if (end.killed) return { state: 'KILLED', reason: 'killed', message: how, exitCode, at };
  if (exitCode === 0) return { state: 'FINISHED', reason: 'exited', message: '', exitCode, at };
  if (end.outOfMemory) {
    const message = `used more than its ${scalar(spec.resources, 'mem') / 1000} MiB of memory (exit code ${exitCode})`;
    return { state: 'FAILED', reason: 'out_of_memory', message, exitCode, at };
  }
  const line = plainLine(end.lastLine ?? '');
  const message = line === '' ? how : `${how}: ${line}`;
  return { state: 'FAILED', reason: signal === undefined ? 'exited' : 'signalled', message, exitCode, at };
}

/** With what the task gave back, if that is anything. */
export const withOutput = (report: Report, output: string): Report =>
  output === '' ? report : { ...report, output };

export const killedDuringLaunch: Report = {
  state: 'KILLED',
  reason: 'killed_during_launch',
  message: 'killed before it was started',
};

/** What a new agent finds of a task that a former one has accepted. */
export const TAKEN_UP: Report = {
  state: 'RUNNING',
  reason: 'agent_restarted',
  message: 'taken up again by a new agent',
};
export const NOT_THERE: Report = {
  state: 'GONE',
  reason: 'agent_restarted',
  message: 'it was not there any more when the agent came back',
};
const NEVER_STARTED = {
  state: 'DROPPED',
  message: 'the agent died after it accepted the task and before it started it',
} as const;

/**
 * The end of a task that the agent itself was ending: it is told by why that was done, which was said as the task came
 * into KILLING (and so survives the agent). And what is not there and never ran has not been lost, but never was.
 */
export function reasonedEnd(order: TaskStatus, end: TaskStatus): TaskStatus {
  const { state, reason, message } = order;
  if (end.state === 'GONE' && (state === 'STAGING' || state === 'STARTING'))
    return { ...end, ...NEVER_STARTED };
  if (state !== 'KILLING' || !isTerminal(end.state)) return end;
  if (reason === 'unhealthy') return { ...end, state: 'FAILED', reason, message };
  return reason === 'group_ended' && end.state === 'KILLED' ? { ...end, reason, message } : end;
}
