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
/** Whoever watches a schedule asks for the same few times again and again. */
const ANSWERS = 8;

interface Answer {
  readonly after: number;
  readonly next: number;
}

interface Line {
  readonly cron: Cron;
  /** The last ones. */
  readonly answers: Answer[];
}

const read = new Map<string, Line>();

function lineOf(text: string, timezone: string): Line {
  const key = `${timezone} ${text}`;
  const known = read.get(key);
  if (known) return known;
  const cron = new Cron(text, { timezone, paused: true, fixedTimeRule: 'no-wildcard' });
  const line = { cron, answers: [] };
  if (read.size >= KEPT) read.clear();
  read.set(key, line);
  return line;
}

/** Between two times of a line the next one is the same, whenever one asks. */
function nextOf({ cron, answers }: Line, after: number): number | undefined {
  const known = answers.find((answer) => answer.after <= after && after < answer.next);
  if (known) return known.next;
  const next = cron.nextRun(new Date(after))?.getTime();
  if (next === undefined) return undefined;
  answers.push({ after, next });
  if (answers.length > ANSWERS) answers.shift();
  return next;
}

/** The first time after this one (ms since 1970); undefined: it never comes again. */
export function nextTime({ cron, timezone }: Schedule, after: number): number | undefined {
  const times = cron.flatMap((text) => nextOf(lineOf(text, timezone), after) ?? []);
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

/** Those that were asked of and are: the platform takes its time to say so. */
const timezones = new Set<string>();

function isTimezone(timezone: string): boolean {
  if (timezones.has(timezone)) return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
  } catch {
    return false;
  }
  timezones.add(timezone);
  return true;
}

/** A day from which on every line that ever comes has come within a few leap years. */
const SOME_DAY = Date.UTC(2024, 0, 1);

/** What is wrong with a line, or with the time zone; undefined: nothing. */
export function scheduleFault(line: string, timezone: string): string | undefined {
  if (!isTimezone(timezone)) return 'a time zone such as Europe/Berlin, or UTC';
  try {
    return nextTime({ cron: [line], timezone }, SOME_DAY) === undefined ? 'a time that comes' : undefined;
  } catch {
    return 'a cron line such as "30 2 * * *", "*/15 * * * *" or "@daily"';
  }
}
