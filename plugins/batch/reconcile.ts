/**
 * What a batch job needs next: a pure function of its runs and what there is of them. What is failed comes again after its
 * wait, then the lowest indices that were never tried, as many as may run at a time. An index has one live instance; of
 * doubles the oldest stays. Applied, it has nothing more to say.
 */
import {
  cutRanges,
  type Failures,
  fills,
  type Instance,
  joinRanges,
  nextTime,
  type Placing,
  type Plan,
  type Range,
  type Stopping,
  siteAfter,
} from 'tender/framework';
import { advance, holdsUp, specOf } from './advance.ts';
import { runNumberOf } from './ended.ts';
import { environmentOf } from './environment.ts';
import { type BatchMemory, type BatchView, openRuns, type Run, withRuns } from './memory.ts';
import { at, isDone, openIndices, withLate } from './run.ts';
import { isAway } from './sites.ts';
import type { BatchSpec } from './spec.ts';

/**
 * So many are named at a time, at least and at most, and half as many as there are: more than comes free in a moment, and
 * little to look through again and again. On an empty cluster each look names half as many again as the one before it.
 */
const NAMED = { least: 50, most: 500 } as const;
/** While so many of a run wait to be tried again, none is tried for the first time. */
const RETRYING = 100;

export function reconcile(view: BatchView): Plan<BatchMemory> {
  const ofRun = Map.groupBy(view.instances, runNumberOf);
  const memory = advance(view, ofRun);
  const open = view.job.stopping ? [] : openRuns(memory).filter(({ stopping }) => stopping === undefined);
  const named = Math.min(NAMED.most, Math.max(NAMED.least, Math.floor(view.instances.length / 2)));
  const parts = open.map((run) => partOf(run, ofRun.get(run.number) ?? [], named, view));
  const isOpen = new Set(open.map(({ number }) => number));
  const why = view.job.stopping ? 'stop' : 'surplus';
  const others = view.instances.filter((instance) => fills(instance) && !isOpen.has(runNumberOf(instance)));
  const stop = [
    ...others.map((instance): Stopping => ({ instance, why: reasonFor(instance, memory) ?? why })),
    ...parts.flatMap((part) => part.stop),
  ];
  const wanted = memory.paused ? [] : parts;
  const place = wanted.flatMap((part) => part.place).slice(0, named);
  const more = wanted.reduce((sum, part) => sum + part.wanted, 0) - place.length;
  const times = [...parts.flatMap((part) => part.times), ...nextDue(memory, view)];
  const late = parts.flatMap((part) => part.late ?? []);
  const waitUntil = times.length > 0 ? Math.min(...times) : undefined;
  return { memory: withRuns(memory, late), stop, place, more, waitUntil };
}

const reasonFor = (instance: Instance, { runs }: BatchMemory): string | undefined =>
  runs[runNumberOf(instance)]?.stopping;

/** When the schedule has its next time; whether it is paused or not, it is followed. */
function nextDue({ since }: BatchMemory, { job: { spec, stopping }, now }: BatchView): number[] {
  if (!spec.schedule || stopping) return [];
  const next = nextTime(spec.schedule, Math.max(since ?? now, now));
  return next === undefined ? [] : [next];
}

interface Part {
  readonly stop: readonly Stopping[];
  readonly place: readonly Placing[];
  /** Of it so many, whether they are named in `place` or not. */
  readonly wanted: number;
  readonly times: readonly number[];
  /** The run, where some of it has become late. */
  readonly late: Run | undefined;
}

function partOf(run: Run, instances: readonly Instance[], named: number, view: BatchView): Part {
  const spec = specOf(view, run);
  const { stop, late, times, taken } = judged(run, instances, spec, view.now);
  const free = run.startedAt === undefined ? 0 : (spec.parallelism ?? Number.POSITIVE_INFINITY) - taken.size;
  const { due, fresh, waits } = missing(run, taken, view);
  const retries = due.slice(0, Math.max(0, free));
  const isBlocked = Object.keys(run.retrying).length >= RETRYING;
  const count = isBlocked ? 0 : Math.max(0, Math.min(free - retries.length, sizeOf(fresh)));
  const first = numbersIn(fresh, Math.min(count, named));
  return {
    stop,
    place: [...retries, ...first].map((index) => placing(run, index, spec, view)),
    wanted: retries.length + count,
    times: free > 0 ? [...times, ...waits] : times,
    late,
  };
}

/** Which instances are to end, and which indices are taken by one. */
function judged(run: Run, instances: readonly Instance[], spec: BatchSpec, now: number) {
  const stop: Stopping[] = [];
  const times: number[] = [];
  const taken = new Set<number>();
  let late: Run | undefined;
  const byAge = [...instances].sort((a, b) => a.launchedAt - b.launchedAt);
  const filled = new Set<number>();
  for (const instance of byAge) {
    const { index, state } = instance;
    if (holdsUp(instance, spec)) taken.add(index);
    if (!fills(instance)) continue;
    // Of one that nobody has heard of yet nobody can say that it is one too many.
    if (state !== 'UNKNOWN' && (filled.has(index) || index >= run.count || isDone(run, index))) {
      stop.push({ instance, why: 'surplus' });
      continue;
    }
    filled.add(index);
    if (spec.timeout === undefined || state !== 'RUNNING') continue;
    const deadline = instance.since + spec.timeout;
    if (deadline > now) times.push(deadline);
    else {
      stop.push({ instance, why: 'timeout' });
      late = withLate(late ?? run, index);
    }
  }
  return { stop, times, taken, late };
}

/** Indices without an instance: those to be tried again now or later, and those that were never tried. */
function missing(run: Run, taken: ReadonlySet<number>, view: BatchView) {
  const due: number[] = [];
  const waits: number[] = [];
  const retrying: Range[] = [];
  for (const [key, { until }] of Object.entries(run.retrying)) {
    const index = Number(key);
    retrying.push(at(index));
    if (taken.has(index) || isAway(run, index, view)) continue;
    if (until > view.now) waits.push(until);
    else due.push(index);
  }
  const others = joinRanges([...retrying, ...[...taken].map(at)]);
  const fresh = cutRanges(openIndices(run), others);
  return { due, fresh: run.sites ? reachable(run, fresh, view) : fresh, waits };
}

const reachable = (run: Run, ranges: readonly Range[], view: BatchView): Range[] =>
  joinRanges(
    numbersIn(ranges, run.count)
      .filter((index) => !isAway(run, index, view))
      .map(at),
  );

const sizeOf = (ranges: readonly Range[]): number =>
  ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);

/** The first so many. */
function numbersIn(ranges: readonly Range[], most: number): number[] {
  const numbers: number[] = [];
  for (const [from, to] of ranges)
    for (let one = from; one <= to && numbers.length < most; one++) numbers.push(one);
  return numbers;
}

function placing(run: Run, index: number, spec: BatchSpec, view: BatchView): Placing {
  const { number, version, plain, sites, payload, cause } = run;
  const failures = run.retrying[index];
  return {
    index,
    why: failures && failures.inARow > 0 ? 'retry' : cause,
    version,
    ...(!plain && { name: `${view.job.spec.name}.${number}.${index}` }),
    env: environmentOf(run, index, (failures?.inARow ?? 0) + 1),
    ...(payload !== undefined && { payload }),
    output: true,
    ...(sites && { on: sites[index] }),
    note: { run: number },
    ...(failures && !sites && siteFor(failures, spec)),
  };
}

/** What never arrived is sent elsewhere, if there is room. */
const siteFor = (failures: Failures, { retry }: BatchSpec): Pick<Placing, 'prefer' | 'avoid'> =>
  failures.inARow === 0 ? { avoid: [failures.agent] } : siteAfter(failures, retry);
