/** Runs of batch jobs: what people ask of them, once for all faces, and how they are listed. */
import type { Json } from '../core/json.ts';
import type { Client } from './client.ts';
import { callVerb, onJob } from './commands.ts';
import { findJob } from './names.ts';
import { age } from './table/figures.ts';
import { took } from './table/job-work.ts';
import { type Column, column } from './table/table.ts';

/** One run of a job; times in ms since 1970. */
export interface RunRecord {
  readonly run: number;
  /** `waiting`, `active`, `stopping`, `complete`, `failed`, `stopped` */
  readonly state: string;
  /** `submit`, `schedule`, `dispatch`, `now`, `after` */
  readonly cause: string;
  readonly version: number;
  readonly at: number;
  readonly due: number | null;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** ms */
  readonly duration: number | null;
  readonly count: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly running: number;
  readonly waiting: number;
  readonly env: Readonly<Record<string, string>>;
  readonly output: Readonly<Record<string, string>>;
  readonly why: string;
  /** The first hundred. */
  readonly failures: readonly {
    readonly name: string;
    readonly index: number;
    readonly attempts: number;
    readonly exitCode: number | null;
    readonly message: string;
    readonly at: number;
  }[];
}

export interface Runs {
  readonly job: string;
  readonly paused: boolean;
  /** The next five times. */
  readonly next: readonly number[];
  readonly timezone: string | null;
  /** The last time that came and was let pass. */
  readonly skipped: { readonly at: number; readonly why: string } | null;
  /** The latest first. */
  readonly runs: readonly RunRecord[];
}

export interface Started {
  readonly job: string;
  readonly run: number;
}

export const runs = async (client: Client, name: string): Promise<Runs> =>
  (await onJob(client, findJob(client.state, name), 'runs', {})) as unknown as Runs;

/** @throws TenderError `run.refused` */
export async function dispatch(
  client: Client,
  name: string,
  parameters: Readonly<Record<string, string>> = {},
  payload?: string,
): Promise<Started> {
  const args = { parameters, ...(payload !== undefined && { payload }) };
  return (await callVerb(client, name, 'dispatch', args)) as unknown as Started;
}

export const runNow = async (client: Client, name: string): Promise<Started> =>
  (await callVerb(client, name, 'run-now', {})) as unknown as Started;

/** @returns which time is let pass, and which is the next (ms since 1970) */
export const skip = async (
  client: Client,
  name: string,
): Promise<{ readonly skipped: number | null; readonly next: number | null }> =>
  (await callVerb(client, name, 'skip', {})) as unknown as { skipped: number | null; next: number | null };

export const cancel = (client: Client, name: string, run: number): Promise<Json> =>
  callVerb(client, name, 'cancel', { run });

export const RUN_COLUMNS: readonly Column<RunRecord>[] = [
  column('run', 'RUN', 0, ({ run }) => String(run), { align: 'right' }),
  column('state', 'STATE', 0, ({ state }) => state),
  column('cause', 'CAUSE', 2, ({ cause }) => cause),
  column('started', 'STARTED', 1, ({ startedAt, at }, _, now) => `${age(now - (startedAt ?? at))} ago`),
  column('took', 'TOOK', 1, ({ duration }) => (duration === null ? '' : took(duration)), { align: 'right' }),
  column('done', 'DONE', 0, ({ succeeded, count }) => `${succeeded}/${count}`, { align: 'right' }),
  column('failed', 'FAILED', 0, ({ failed }) => (failed === 0 ? '' : String(failed)), { align: 'right' }),
  column('running', 'RUNNING', 1, ({ running }) => (running === 0 ? '' : String(running)), {
    align: 'right',
  }),
  column('message', 'MESSAGE', 2, messageOf, { min: 30 }),
];

function messageOf({ why, failures, env }: RunRecord): string {
  const [first] = failures;
  if (why !== '') return why;
  if (first) return `${first.name} ${first.message}`;
  return Object.entries(env)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

/** `2026-11-24 02:30:00` where the schedule's clock is. */
export const clockTime = (at: number, timezone: string | null): string =>
  new Intl.DateTimeFormat('sv', {
    timeZone: timezone ?? 'UTC',
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(at);

/** What is to be said of a schedule, a line each. */
export function scheduleLines({ paused, next, timezone, skipped }: Runs): string[] {
  const lines = paused ? ['paused: nothing of it is started'] : [];
  if (next.length > 0)
    lines.push(`next ${next.map((at) => clockTime(at, timezone)).join(', ')} (${timezone ?? 'UTC'})`);
  if (skipped) lines.push(`passed over ${clockTime(skipped.at, timezone)}: ${skipped.why}`);
  return lines;
}
