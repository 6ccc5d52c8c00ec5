/**
 * Two more lists of jobs, by what they are doing: changes that are under way (updates, procedures), and runs that come
 * again and again (with the last ones as a strip of marks).
 */
import type { ClusterState, Job } from '../../core/cluster.ts';
import type { RunMark } from '../../core/progress.ts';
import { age } from './figures.ts';
import { naturalKey } from './natural.ts';
import { type Column, column, type Part, type Table, type Tone } from './table.ts';
import { jobs, jobTone } from './work.ts';

/** Cells of a bar in a row. */
const BAR = 12;

/** The share that a bar shows: what is under way counts by its steps. */
export const shareOf = ({ done, failed, of, part = 0 }: NonNullable<Job['progress']>): number =>
  of === 0 ? 0 : Math.min(1, (done + failed + part) / of);

/** A heavy line over a thin one, so that it reads without colour. */
export function barParts(share: number, cells: number, tone: Tone): Part[] {
  const halves = Math.round(Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0)) * cells * 2);
  const full = Math.floor(halves / 2);
  const half = halves % 2 === 1 ? '╸' : '';
  return [
    { text: '━'.repeat(full) + half, tone },
    { text: '─'.repeat(cells - full - half.length), tone: 'faint' },
  ];
}

/** `going on`, `held`, `waits for you`. */
function stateOf({ progress }: Job): string {
  if (!progress?.held) return 'going on';
  return progress.verbs.includes('promote') ? 'waits for you' : 'held';
}

const changeTone = ({ progress }: Job): Tone =>
  !progress?.held ? 'good' : progress.verbs.includes('promote') ? 'busy' : 'bad';

const versionsOf = ({ progress }: Job): string =>
  progress?.to === undefined
    ? ''
    : progress.from === undefined
      ? `v${progress.to}`
      : `v${progress.from} → v${progress.to}`;

function progressColumn(tone: (job: Job) => Tone, priority: number): Column<Job> {
  const parts = (job: Job): Part[] => {
    const { progress } = job;
    if (!progress) return [];
    const count = `${progress.done}/${progress.of}`;
    const failed = progress.failed > 0 ? `, ${progress.failed} failed` : '';
    return [...barParts(shareOf(progress), BAR, tone(job)), { text: ` ${count}${failed}`, tone: 'plain' }];
  };
  return column('progress', 'PROGRESS', priority, (job) => joined(parts(job)), {
    parts,
    sort: ({ progress }) => (progress ? shareOf(progress) : -1),
  });
}

const joined = (parts: readonly Part[]): string => parts.map(({ text }) => text).join('');

const nameColumn = (): Column<Job> =>
  column('name', 'NAME', 0, (job) => job.name, {
    min: 14,
    want: 40,
    cutAt: 'middle',
    letter: 'N',
    sort: (job) => naturalKey(job.name),
  });

export const updates: Table<Job> = {
  ...jobs,
  name: 'updates',
  singular: 'update',
  kin: 'jobs',
  toned: 'state',
  list: ({ state }) => [...state.jobs.values()].filter(({ progress }) => progress?.kind === 'change'),
  tone: changeTone,
  rank: ({ progress }) => (progress?.held ? 0 : 1),
  columns: () => [
    nameColumn(),
    column('state', 'STATE', 0, stateOf, { letter: 'S' }),
    column('what', 'WHAT', 2, ({ progress }) => progress?.what ?? ''),
    column('version', 'VERSION', 4, versionsOf),
    progressColumn(changeTone, 0),
    column('healthy', 'HEALTHY', 3, ({ healthy, desired }) => `${healthy}/${desired}`, { align: 'right' }),
    column('age', 'FOR', 2, ({ progress }, _, now) => age(now - (progress?.since ?? now)), {
      align: 'right',
      letter: 'A',
      ticking: true,
      sort: ({ progress }) => -(progress?.since ?? 0),
    }),
    column('verbs', 'YOU CAN', 5, ({ progress }) => progress?.verbs.join(' ') ?? '', { min: 7 }),
    column('step', 'AT', 1, ({ progress }) => stepText(progress), { min: 24, want: 48 }),
  ],
};

function stepText(progress: Job['progress']): string {
  if (!progress) return '';
  return [progress.step, progress.held ?? ''].filter((text) => text !== '').join(': ');
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** `02:30` today, else `Nov 24 02:30`: where the schedule's clock is. */
export function dueText(at: number, timezone: string, now: number): string {
  const known = formats.get(timezone);
  const format =
    known ??
    new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      month: 'short',
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  formats.set(timezone, format);
  const [day, time] = format.format(at).split(', ') as [string, string];
  return day === format.format(now).split(', ')[0] ? time : `${day} ${time}`;
}

/** So many of the last runs are marks, the newest at the right end. */
const MARKS = 12;
const MARK: Readonly<Record<RunMark['state'], Part>> = {
  complete: { text: '■', tone: 'good' },
  failed: { text: '✗', tone: 'bad' },
  stopped: { text: '·', tone: 'faint' },
};

const marksOf = ({ timetable }: Job): Part[] =>
  (timetable?.runs ?? [])
    .slice(0, MARKS)
    .reverse()
    .map(({ state }) => MARK[state]);

/** Shorter times are told more exactly than an age is. */
export const took = (ms: number): string => (ms < 10_000 ? `${(ms / 1000).toFixed(1)}s` : age(ms));

const nextOf = ({ timetable }: Job): number => timetable?.next[0] ?? Number.POSITIVE_INFINITY;

function nextText({ timetable }: Job, _: ClusterState, now: number): string {
  const next = timetable?.next[0];
  if (timetable?.paused) return 'paused';
  return next === undefined ? '-' : `in ${age(next - now)}`;
}

export const schedule: Table<Job> = {
  ...jobs,
  name: 'schedule',
  singular: 'job',
  kin: 'jobs',
  toned: 'status',
  order: 'next',
  list: ({ state }) => [...state.jobs.values()].filter(({ timetable }) => timetable !== undefined),
  tone: (job) => (job.status === 'complete' ? 'good' : job.status === 'paused' ? 'busy' : jobTone(job)),
  rank: (job) => (nextOf(job) === Number.POSITIVE_INFINITY ? 1 : 0),
  columns: () => [
    nameColumn(),
    column('status', 'STATUS', 0, (job) => job.status, { letter: 'S' }),
    column('next', 'NEXT', 0, nextText, { align: 'right', letter: 'T', ticking: true, sort: nextOf }),
    column('runs', 'LAST RUNS', 1, (job) => joined(marksOf(job)), { align: 'right', parts: marksOf }),
    column('last', 'LAST', 3, ({ timetable }, _, now) => lastText(timetable?.runs[0], now), {
      align: 'right',
      ticking: true,
      sort: ({ timetable }) => -(timetable?.runs[0]?.at ?? 0),
    }),
    column('took', 'TOOK', 2, ({ timetable }) => tookText(timetable?.runs[0]), {
      align: 'right',
      sort: ({ timetable }) => timetable?.runs[0]?.took ?? -1,
    }),
    progressColumn(({ progress }) => (progress && progress.failed > 0 ? 'bad' : 'good'), 2),
    column('due', 'NEXT FIVE', 4, dueTexts, {
      min: 20,
      want: 48,
      cutAt: 'item',
      ticking: true,
    }),
    column('message', 'MESSAGE', 5, (job) => job.message, { min: 24 }),
  ],
};

const tookText = (run: RunMark | undefined): string => (run?.took === undefined ? '' : took(run.took));

const lastText = (run: RunMark | undefined, now: number): string => (run ? `${age(now - run.at)} ago` : '');

function dueTexts({ timetable }: Job, _: ClusterState, now: number): string {
  if (!timetable || timetable.next.length === 0) return '';
  const { next, timezone = 'UTC' } = timetable;
  return `${next.map((at) => dueText(at, timezone, now)).join(', ')} ${timezone}`;
}
