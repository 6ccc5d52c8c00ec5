/** Why a batch job is as it is, where it has room: one sentence, and what would help. */
import { type Answer, countRanges, fills, type Instance, type TaskStatus } from 'tender/framework';
import { type BatchView, endedRuns, openRuns, type Run } from './memory.ts';
import { nameOfIndex, stateOf } from './record.ts';
import { durationText, timeText } from './summary.ts';
import { nextTimes } from './verbs.ts';

const say = (sentence: string, help = ''): Answer => ({ sentence, agents: [], help });

export function whyBatch(
  view: BatchView,
  one: Instance | undefined,
  lastEnd: TaskStatus | undefined,
): Answer {
  const { job, instances, now } = view;
  const { name } = job.spec;
  const { memory } = job;
  if (one) return say(`${one.name} is ${one.state}${one.message ? `: ${one.message}` : ''}.`);
  const running = instances.filter(fills).length;
  if (memory.paused) return say(`${name} is paused; ${running} of it still run.`, `tender resume ${name}`);
  const open = openRuns(memory);
  const [run] = open;
  if (run) return whyRun(run, view, running, lastEnd);
  const [last] = endedRuns(memory);
  if (last && stateOf(last) === 'failed') return whyFailed(last, view);
  const next = nextTimes(view, 1)[0];
  const { schedule, after, dispatch } = job.spec;
  const before = last
    ? `; the last run took ${durationText((last.endedAt ?? now) - (last.startedAt ?? last.at))}`
    : '';
  if (schedule && next !== undefined)
    return say(
      `${name} runs next at ${timeText(next, schedule.timezone)}${before}.`,
      `tender run-now ${name}`,
    );
  if (after) return whyAfter(view, after);
  if (dispatch && !last) return say(`${name} waits to be started.`, `tender dispatch ${name}`);
  if (last) return say(`${name} is ${stateOf(last)}${before}.`, `tender run-now ${name} runs it once more`);
  return say(`${name} has nothing to do.`);
}

function whyRun(run: Run, { job, now }: BatchView, running: number, lastEnd: TaskStatus | undefined): Answer {
  const { name } = job.spec;
  const failed = countRanges(run.lost);
  const done = `${countRanges(run.done)} of ${run.count} done${failed > 0 ? `, ${failed} failed` : ''}`;
  const [again] = Object.entries(run.retrying).sort(([, a], [, b]) => a.until - b.until);
  if (run.sites?.length === 0)
    return say(`${name} waits for an agent that fits.`, 'what they are like: tender agents');
  if (run.stopping !== undefined)
    return say(`run ${run.number} of ${name} is being ended (${run.stopping}).`);
  if (again && running === 0 && again[1].until > now) {
    const instance = nameOfIndex(name, run, Number(again[0]));
    const how = lastEnd?.message || lastEnd?.reason || 'it ended';
    const wait = Math.max(1, Math.ceil((again[1].until - now) / 1000));
    return say(
      `${instance} failed (${how}); it is tried again in ${wait} s; ${done}.`,
      `tender logs ${instance}`,
    );
  }
  return say(`run ${run.number} of ${name} is at work: ${done}, ${running} running.`);
}

function whyFailed(run: Run, { job: { spec } }: BatchView): Answer {
  const { name } = spec;
  const [first] = run.failures;
  const instance = first ? nameOfIndex(name, run, first.index) : '';
  const how = first
    ? `: ${instance} ${first.message}, ${first.attempts} ${first.attempts === 1 ? 'try' : 'tries'}`
    : '';
  const sentence = `run ${run.number} of ${name} failed in ${countRanges(run.lost)} of ${run.count}${how}.`;
  return say(
    sentence,
    first ? `tender logs ${instance} shows its last words; tender run-now ${name} runs it again` : '',
  );
}

/** Those that have not ended well since it ran last. */
function whyAfter({ job: { spec, memory }, others }: BatchView, after: readonly string[]): Answer {
  const missing = after.filter((name) => (others.get(name)?.succeeded?.at ?? 0) <= (memory.seen[name] ?? 0));
  return say(`${spec.name} waits for ${missing.join(', ')} to end well.`, `tender why ${missing[0] ?? ''}`);
}
