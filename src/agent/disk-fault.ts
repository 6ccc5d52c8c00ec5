/**
 * Whether the disks under an agent take what a new task needs there: its record, its sandbox, its output; and, where the
 * Docker engine keeps them, its image and container. Where one does not, the agent says so and gets no new work, which
 * would only fail; what runs there goes on. Between its two bounds it stays as it was: a machine at the edge does not come
 * and go. Pure.
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
  rooms: readonly Room[],
  refusal: string | undefined,
  before: Fault | undefined,
): Fault | undefined {
  const isOut = before?.state === 'out of disk';
  const [why] = rooms.flatMap((room) => shortage(room, isOut) ?? []);
  if (why !== undefined) return { state: 'out of disk', why };
  return refusal === undefined ? undefined : { state: 'unable to write', why: refusal };
}

function shortage({ folder, free, size, freeInodes }: Room, isOut: boolean): string | undefined {
  const reserve = Math.min(RESERVE, size * SHARE);
  if (free < (isOut ? 2 * reserve : reserve)) return `less than ${sizeText(reserve)} is free in ${folder}`;
  return freeInodes === 0 ? `no inode is free in ${folder}` : undefined;
}

const sizeText = (bytes: number): string =>
  bytes >= MIB ? `${Math.round(bytes / MIB)} MiB` : `${Math.ceil(bytes / 1024)} KiB`;
