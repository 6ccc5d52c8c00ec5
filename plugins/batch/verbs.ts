/** What people may ask of a batch job beside what they may of any. */
import { type Change, type JobVerb, type Json, nextTime, TenderError } from 'tender/framework';
import { newRun, stopped } from './advance.ts';
import { type BatchMemory, type BatchView, endedRuns, openRuns, withNewRun } from './memory.ts';
import { checkDispatch } from './parameters.ts';
import { recordOf } from './record.ts';
import type { BatchSpec } from './spec.ts';

/** So many runs that have not ended: a queue that grows for ever is one that nobody works at. */
const MAX_OPEN = 1_000;
/** Times that are told in advance. */
export const TIMES_TOLD = 5;

type Verb = JobVerb<BatchSpec, BatchMemory>;
type Done = Change<BatchMemory>;

const fail = (name: string, cause: string): TenderError => new TenderError('run.refused', { name, cause });

function begun(view: BatchView, more: Partial<Parameters<typeof withNewRun>[1]>): Done {
  const { spec, memory, version, stopping } = view.job;
  const open = openRuns(memory);
  if (stopping) throw fail(spec.name, 'it is being stopped');
  if (open.length >= MAX_OPEN) throw fail(spec.name, `${open.length} runs of it have not ended`);
  const made = { ...newRun(spec, version, view.now), cause: 'now', ...more } as const;
  const room = spec.overlap === 'replace' ? stopped(memory, open, 'replaced') : memory;
  const after = withNewRun(room, made);
  return { memory: after, answer: { job: spec.name, run: after.last } };
}

const dispatch: Verb = {
  help: 'starts a run with these parameters and this payload',
  run: (view, { parameters = {}, payload }) => {
    const { name, dispatch: terms } = view.job.spec;
    if (!terms) throw fail(name, 'it takes no parameters; tender run-now starts it');
    const env = checkDispatch(name, terms, parameters, payload);
    return begun(view, {
      cause: 'dispatch',
      env,
      ...(payload !== undefined && { payload: String(payload) }),
    });
  },
};

const runNow: Verb = {
  help: 'starts a run now, beside those that come by themselves',
  run: (view) => {
    const { name, dispatch: terms, after = [] } = view.job.spec;
    if (terms) throw fail(name, 'it has parameters: tender dispatch starts it');
    const env = Object.assign({}, ...after.map((job) => view.others.get(job)?.succeeded?.output ?? {}));
    return begun(view, { env });
  },
};

const skip: Verb = {
  help: 'lets the next time of its schedule pass',
  run: (view) => {
    const { memory, spec } = view.job;
    const { name, schedule } = spec;
    if (!schedule) throw fail(name, 'it has no schedule');
    const skipped = nextTime(schedule, Math.max(memory.since ?? 0, view.now)) ?? null;
    const since = skipped ?? view.now;
    return {
      memory: { ...memory, since, skipped: { at: since, why: 'somebody said so' } },
      answer: { job: name, skipped, next: nextTime(schedule, since) ?? null },
    };
  },
};

const isPaused = (paused: boolean, help: string): Verb => ({
  help,
  run: ({ job: { memory, spec } }) => ({
    memory: { ...memory, paused },
    answer: { job: spec.name, paused },
  }),
});

const runs: Verb = {
  help: 'its last runs, with results and durations, and when the next ones come',
  run: (view) => {
    const { memory, spec } = view.job;
    return {
      answer: {
        job: spec.name,
        paused: memory.paused,
        next: nextTimes(view, TIMES_TOLD),
        timezone: spec.schedule?.timezone ?? null,
        skipped: memory.skipped ?? null,
        runs: [...openRuns(memory).reverse(), ...endedRuns(memory)].map((run) => recordOf(run, view)),
      },
    };
  },
};

const cancel: Verb = {
  help: 'ends one of its runs',
  run: ({ job: { memory, spec } }, { run }) => {
    const found = openRuns(memory).find(({ number }) => number === Number(run));
    if (!found) throw fail(spec.name, `it has no run ${String(run as Json)} that could be ended`);
    return { memory: stopped(memory, [found], 'canceled'), answer: { job: spec.name, run: found.number } };
  },
};

export const verbs = {
  dispatch,
  'run-now': runNow,
  skip,
  pause: isPaused(true, 'starts nothing more, neither runs nor what is left of them; what runs goes on'),
  resume: isPaused(false, 'goes on; times that came meanwhile are not made up for'),
  runs,
  cancel,
};

/** @param most so many of them at most */
export function nextTimes({ job: { spec, memory, stopping }, now }: BatchView, most: number): number[] {
  const times: number[] = [];
  if (!spec.schedule || stopping) return times;
  let time: number | undefined = Math.max(memory.since ?? now, now);
  while (times.length < most) {
    time = nextTime(spec.schedule, time);
    if (time === undefined) break;
    times.push(time);
  }
  return times;
}
