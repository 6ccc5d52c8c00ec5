/**
 * When something is due that is to happen again and again: cron lines in a time zone. Where clocks are put forward or back,
 * this holds. A line that names its hours and minutes ("30 2 * * *") comes once a day: a time that is skipped that day is
 * due at the first instant after the gap, one that comes twice only the first time. A line with a wildcard or step in
 * hours, minutes or seconds ("0 * * * *", every 15 minutes) counts the time that really passes. Pure.
 */

import { Cron } from 'croner';

export interface Schedule {
  /** Any of them. */
  readonly cron: readonly string[];
  /** Such as Europe/Berlin. */
  readonly timezone: string;
}

/** Reading a line takes longer than asking it. */
const KEPT = 1_000;
const read = new Map<string, Cron>();

function cronOf(line: string, timezone: string): Cron {
  const key = `${timezone} ${line}`;
  const known = read.get(key);
  if (known) return known;
  const cron = new Cron(line, { timezone, paused: true, fixedTimeRule: 'no-wildcard' });
  if (read.size >= KEPT) read.clear();
  read.set(key, cron);
  return cron;
}

/** The first time after this one (ms since 1970); undefined: it never comes again. */
export function nextTime({ cron, timezone }: Schedule, after: number): number | undefined {
  const times = cron.flatMap((line) => cronOf(line, timezone).nextRun(new Date(after))?.getTime() ?? []);
  return times.length > 0 ? Math.min(...times) : undefined;
}

/** Between the latest time and now; each is looked through only if the one before has none. */
const WINDOWS = [60_000, 3_600_000, 86_400_000, 40 * 86_400_000, Number.POSITIVE_INFINITY];

/** The latest time after `after` that is not after `now`: however many have been missed, it is found in a few steps. */
export function latestTime(schedule: Schedule, after: number, now: number): number | undefined {
  for (const window of WINDOWS) {
    const from = Math.max(after, now - window);
    let latest: number | undefined;
    for (
      let time = nextTime(schedule, from);
      time !== undefined && time <= now;
      time = nextTime(schedule, time)
    )
      latest = time;
    if (latest !== undefined || from === after) return latest;
  }
  return undefined;
}

/** A day from which on every line that ever comes has come within a few leap years. */
const SOME_DAY = Date.UTC(2024, 0, 1);

/** What is wrong with a line, or with the time zone; undefined: nothing. */
export function scheduleFault(line: string, timezone: string): string | undefined {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
  } catch {
    return 'a time zone such as Europe/Berlin, or UTC';
  }
  try {
    return nextTime({ cron: [line], timezone }, SOME_DAY) === undefined ? 'a time that comes' : undefined;
  } catch {
    return 'a cron line such as "30 2 * * *", "*/15 * * * *" or "@daily"';
  }
}
