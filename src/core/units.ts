/**
 * Times and sizes as people write them: `500ms`, `10s`, `5m`, `1h`, or seconds; MiB, or `64m`, `2g`. Apart from the jobs that
 * have them, since most commands take one and know nothing of jobs.
 */
import { z } from 'zod';

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/;
const SIZE = /^(\d+(?:\.\d+)?)(k|m|g|t)?(?:i?b)?$/i;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const UNIT_MIB: Readonly<Record<string, number>> = { k: 1 / 1024, m: 1, g: 1024, t: 1024 * 1024 };

// Said twice in each schema: a union answers for itself only where none of its parts comes close.
const aTime = { error: 'a time such as 500ms, 10s, 5m or 1h' };
const aSize = { error: 'a size such as 64 (MiB), 64m or 2g' };

/** Milliseconds. */
export const duration = z
  .union([z.number().nonnegative(), z.string().regex(DURATION, aTime)], aTime)
  .transform((value) => {
    const [, number = '0', unit = 's'] = DURATION.exec(String(value)) ?? [];
    return Math.round(Number(number) * (UNIT_MS[unit] ?? 1000));
  })
  .meta({ title: 'time' });

/** MiB. */
export const size = z
  .union([z.number().nonnegative(), z.string().regex(SIZE, aSize)], aSize)
  .transform((value) => {
    const [, number = '0', unit = 'm'] = SIZE.exec(String(value)) ?? [];
    return Number(number) * (UNIT_MIB[unit.toLowerCase()] ?? 1);
  })
  .meta({ title: 'size' });
