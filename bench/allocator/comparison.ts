/**
 * A measured figure beside Mesos' published one, the ratio, the target and whether it was met. What has a target is
 * kept, for the table of all targets at the end.
 */
import { loadavg } from 'node:os';
import { title } from '../figures.ts';
import type { Published } from './published.ts';
import { duration, type Spread } from './spread.ts';

export interface Judged {
  readonly what: string;
  readonly theirs: string;
  readonly ours: string;
  readonly target: string;
  readonly met: boolean;
}

export const judged: Judged[] = [];

/** Widths. */
const COLUMNS = [70, 9, 10, 8, 10] as const;
const line = (cells: readonly string[]): string =>
  `  ${cells.map((cell, i) => cell.padEnd(COLUMNS[i] ?? 0)).join(' ')}`.trimEnd();

const verdict = (met: boolean | undefined): string => (met === undefined ? '' : met ? 'met' : 'NOT MET');

/** The load, for whoever reads the figures later: others may be at work on the machine. */
export function table(what: string): void {
  title(`${what} (load ${loadavg()[0]!.toFixed(1)})`);
  console.log(line(['', 'Mesos', 'tender p50', 'ratio', 'target']));
}

export const detail = (text: string): void => console.log(`      ${text}`);

export interface Row {
  readonly theirs?: Published | undefined;
  /** Of the median, in ms. */
  readonly target?: number | undefined;
}

/** One row, and one below it with what the median hides. */
export function compare(what: string, ours: Spread, { theirs, target }: Row = {}): void {
  const mesos = theirs ? `${theirs.isBound ? '< ' : ''}${duration(theirs.ms)}` : '';
  const most = target === undefined ? '' : `≤ ${duration(target)}`;
  const met = target === undefined ? undefined : ours.p50 <= target;
  const figure = duration(ours.p50);
  console.log(line([what, mesos, figure, theirs ? ratio(theirs, ours.p50) : '', most, verdict(met)]));
  const rest = `max ${duration(ours.max)}, p99 ${duration(ours.p99)}, mean ${duration(ours.mean)}, n=${ours.n}`;
  if (ours.n > 1) detail(rest);
  if (theirs) detail(theirs.source);
  if (met !== undefined) judged.push({ what, theirs: mesos, ours: figure, target: most, met });
}

/** A figure of memory, in bytes. @param most MB */
export function amount(what: string, bytes: number, most?: number): void {
  const figure = megabytes(bytes);
  const target = most === undefined ? '' : `≤ ${most} MB`;
  const met = most === undefined ? undefined : bytes <= most * 1e6;
  console.log(line([what, '', figure, '', target, verdict(met)]));
  if (met !== undefined) judged.push({ what, theirs: '', ours: figure, target, met });
}

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

export function printJudged(rows: readonly Judged[]): void {
  console.log(`\ntargets: ${rows.filter(({ met }) => met).length} of ${rows.length} met`);
  console.log(line(['', 'Mesos', 'tender', '', 'target']));
  for (const { what, theirs, ours, target, met } of rows)
    console.log(line([what, theirs, ours, '', target, verdict(met)]));
}

function ratio({ ms, isBound }: Published, ours: number): string {
  if (isBound) return ours < ms ? 'less' : 'MORE';
  const factor = ms / ours;
  const round = (value: number): string => value.toFixed(value < 10 ? 1 : 0);
  return factor >= 1 ? `1/${round(factor)}` : `${round(1 / factor)} ×`;
}
