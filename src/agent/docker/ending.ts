/** What the engine knows of a container's end, turned into what the agent reports. Pure but for the machine's uptime. */
import { uptime } from 'node:os';
import type { ContainerInspectInfo } from 'dockerode';
import type { Clock } from '../../core/clock.ts';
import { TenderError } from '../../core/errors.ts';
import { type Ending, plainLine } from '../ending.ts';
import type { Report } from '../executor.ts';
import { engineCause, isUnreachable } from './engine.ts';
import type { EngineEvent } from './events.ts';

/** A failed launch in words. */
export function startFailure(error: unknown): Report {
  if (error instanceof TenderError) {
    const reason = error.code === 'docker.image' ? 'image_failed' : 'start_failed';
    return { state: 'FAILED', reason, message: error.message };
  }
  const cause = engineCause(error);
  const code = isUnreachable(error) ? 'docker.unavailable' : 'docker.failed';
  return { state: 'FAILED', reason: 'start_failed', message: new TenderError(code, { cause }).message };
}

/** Created but never started: the agent died in between. */
export const wasStarted = ({ State }: ContainerInspectInfo): boolean => !State.StartedAt.startsWith('0001-');

const timeOf = (text: string): number => {
  const time = Date.parse(text);
  return Number.isNaN(time) || time < 0 ? 0 : time;
};

/** The machine went down under it: the engine then makes up an exit code and a time. */
export function rebootReport({ State }: ContainerInspectInfo, clock: Clock): Report | undefined {
  // A second of doubt, because the uptime counts in seconds.
  const bootedAt = clock.now() - uptime() * 1000 - 1_000;
  if (timeOf(State.StartedAt) >= bootedAt || timeOf(State.FinishedAt) < bootedAt) return undefined;
  return {
    state: 'FAILED',
    reason: 'agent_rebooted',
    message: 'the machine was restarted; exit code unknown',
  };
}

const INIT_FAILED = /^\[FATAL tini \(\d+\)\] exec (.+) failed: (.+)$/;

/** The container's init started, but not the program: the engine calls that running. */
export function neverRan(end: Ending, lastLine: string): Report | undefined {
  const match = end.exitCode === 127 || end.exitCode === 126 ? INIT_FAILED.exec(plainLine(lastLine)) : null;
  if (!match) return undefined;
  const cause = end.exitCode === 127 ? 'the image has no such program' : (match[2] ?? '');
  const { message } = new TenderError('process.start', { command: `"${match[1]}"`, cause });
  return { state: 'FAILED', reason: 'start_failed', message, exitCode: end.exitCode, at: end.at };
}

/** @param info undefined when the container is gone; the event may still know its code. */
export function containerEnding(
  info: ContainerInspectInfo | undefined,
  died: EngineEvent | undefined,
  told: { readonly killed: boolean; readonly outOfMemory: boolean },
): Ending | undefined {
  if (info) {
    const { ExitCode, FinishedAt, OOMKilled } = info.State;
    const at = timeOf(FinishedAt) || (died?.at ?? 0);
    return { exitCode: ExitCode, at, killed: told.killed, outOfMemory: OOMKilled || told.outOfMemory };
  }
  const code = Number(died?.attributes['exitCode']);
  if (!died || !Number.isInteger(code)) return undefined;
  return { exitCode: code, at: died.at, ...told };
}
