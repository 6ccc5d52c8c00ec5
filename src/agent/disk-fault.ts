/**
 * Whether the disk under an agent takes what a new task needs there: its record, its sandbox, its output. Where it does
 * not, the agent says so and gets no new work, which would only fail; what runs there goes on. Between its two bounds it
 * stays as it was: a machine at the edge does not come and go. Pure.
 */
import type { Fault } from '../core/cluster.ts';

/** Of a file system, in bytes. */
export interface Room {
  readonly folder: string;
  readonly free: number;
  readonly size: number;
  /** Absent: it has as many as it needs. */
  readonly freeInodes?: number | undefined;
}

const MIB = 1024 ** 2;
/** With less than this nothing new is begun; on a small disk with less than this part of it. */
const RESERVE = 64 * MIB;
const SHARE = 0.01;

/**
 * @param refusal why the agent's own records were refused last; undefined: they were written
 * @param before what was said last
 */
export function diskFault(
  { folder, free, size, freeInodes }: Room,
  refusal: string | undefined,
  before: Fault | undefined,
): Fault | undefined {
  const reserve = Math.min(RESERVE, size * SHARE);
  const isOut = before?.state === 'out of disk';
  if (free < (isOut ? 2 * reserve : reserve))
    return { state: 'out of disk', why: `less than ${sizeText(reserve)} is free in ${folder}` };
  if (freeInodes === 0) return { state: 'out of disk', why: `no inode is free in ${folder}` };
  return refusal === undefined ? undefined : { state: 'unable to write', why: refusal };
}

const sizeText = (bytes: number): string =>
  bytes >= MIB ? `${Math.round(bytes / MIB)} MiB` : `${Math.ceil(bytes / 1024)} KiB`;
