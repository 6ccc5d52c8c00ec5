/** One run: which of its indices are still to be done, and what becomes of it when one has ended. Pure. */
import { cutRanges, type Failures, joinRanges, MAX_OUTPUT, type Range } from 'tender/framework';
import type { Failure, Run } from './memory.ts';

/** So many failures are kept of a run; of all others only that they were. */
export const FAILURES_KEPT = 100;

export const at = (index: number): Range => [index, index];

export const holds = (ranges: readonly Range[], index: number): boolean =>
  ranges.some(([from, to]) => from <= index && index <= to);

const without = (ranges: readonly Range[], index: number): readonly Range[] =>
  holds(ranges, index) ? cutRanges(ranges, [at(index)]) : ranges;

/** Indices that have neither ended well nor been given up. */
export const openIndices = ({ count, done, lost }: Run): Range[] =>
  cutRanges([[0, count - 1]], joinRanges([...done, ...lost]));

export const isDone = ({ done, lost }: Run, index: number): boolean =>
  holds(done, index) || holds(lost, index);

/** Nothing is known of how it failed before, nor that it has run for too long. */
function settled(run: Run, index: number): Run {
  const { [index]: _, ...retrying } = run.retrying;
  return { ...run, retrying, late: without(run.late, index) };
}

export const withDone = (run: Run, index: number, output: string | undefined): Run => ({
  ...settled(run, index),
  done: joinRanges([...run.done, at(index)]),
  output: withOutput(run.output, output),
});

export const withLate = (run: Run, index: number): Run => ({
  ...run,
  late: joinRanges([...run.late, at(index)]),
});

export const withRetry = (run: Run, index: number, failures: Failures): Run => ({
  ...settled(run, index),
  retrying: { ...run.retrying, [index]: failures },
});

export const withLost = (run: Run, failure: Failure): Run => ({
  ...settled(run, failure.index),
  lost: joinRanges([...run.lost, at(failure.index)]),
  failures: run.failures.length < FAILURES_KEPT ? [...run.failures, failure] : run.failures,
});

/** It has to be done again, as if nothing had been. */
export const withAnew = (run: Run, index: number): Run =>
  holds(run.late, index) ? { ...run, late: without(run.late, index) } : run;

const LINE = /^([A-Za-z_]\w{0,63})=(.*)$/;

/** `NAME=value`, a line each; of the same name the last one counts. What would be too much altogether is left out. */
function withOutput(before: Run['output'], text: string | undefined): Run['output'] {
  if (text === undefined) return before;
  let output = before;
  for (const line of text.split('\n')) {
    const [, name, value = ''] = LINE.exec(line.trimEnd()) ?? [];
    if (name === undefined || name.startsWith('TENDER_')) continue;
    const more = { ...output, [name]: value };
    if (JSON.stringify(more).length <= MAX_OUTPUT) output = more;
  }
  return output;
}
