/** Why a service is as it is, where it has room: one sentence, and what would help. */
import {
  type Answer,
  fills,
  type Instance,
  serves,
  type TaskReason,
  type TaskStatus,
} from 'tender/framework';
import { areTried } from './advance.ts';
import type { Update } from './memory.ts';
import { doneIn, isRestarting } from './progress.ts';
import { type ServiceView, situationOf } from './situation.ts';

const seconds = (ms: number): string => `${Math.max(0, Math.ceil(ms / 1000))} s`;
/** Of an instance that does not serve. */
function healthOf({ state, healthy, ready, servedUntil }: Instance): string {
  if (healthy === false) return ' and not healthy';
  if (state !== 'RUNNING') return '';
  if (ready === false) return servedUntil === undefined ? ', not ready yet' : ', not ready any more';
  return ', not yet known to be healthy';
}
const plural = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;

const NEVER_RAN: ReadonlySet<TaskReason> = new Set([
  'image_failed',
  'artifact_failed',
  'start_failed',
  'invalid_task',
  'invalid_offers',
]);

export function whyService(
  view: ServiceView,
  one: Instance | undefined,
  lastEnd: TaskStatus | undefined,
): Answer {
  const { job, instances, now } = view;
  const { name } = job.spec;
  if (one) return say(`${one.name} is ${serves(one) ? 'as it should be' : stateText(one)}.`);
  const situation = situationOf(view);
  const { slots } = situation;
  const count = slots.length;
  const filling = instances.filter(fills);
  const serving = filling.filter(serves).length;
  if (count === 0)
    return job.spec.perAgent
      ? say(`${name} fits no agent.`)
      : say(`${name} is scaled to 0.`, `tender scale ${name}=1`);
  const update = job.memory.update && whyUpdating(job.memory.update, view);
  const waiting = Object.entries(job.memory.failures).filter(([, { until }]) => until > now);
  if (waiting.length > 0 && serving < count) {
    const [index, { inARow, until }] = waiting[0]!;
    const before = update ? `${update.sentence.slice(0, -1)}; ` : '';
    return say(
      `${before}${name}.${index} failed ${plural(inARow, 'time')} in a row (${lastEnd?.message || lastEnd?.reason || 'it ended'}); it is started again in ${seconds(until - now)}.`,
      // One that never ran has said nothing.
      lastEnd && NEVER_RAN.has(lastEnd.reason) ? '' : `tender logs ${name}.${index} shows its last words`,
    );
  }
  if (update) return update;
  const slow = filling.find((instance) => !serves(instance));
  if (isRestarting(situation)) {
    const holds = slow ? `; ${slow.name} is ${stateText(slow)}` : '';
    return say(`${name} is started anew: ${doneIn(situation)} of ${count} done${holds}.`);
  }
  if (slow) return say(`${slow.name} is ${stateText(slow)}.`);
  if (serving < count) return say(`${name} is starting: ${serving} of ${count} run.`);
  const { returned } = job.memory;
  if (returned)
    return say(
      `${name} is as it was before version ${returned.version}, which was taken back (${returned.why}): ${serving} of ${count} run.`,
      `what it was: tender versions ${name}`,
    );
  return say(`${name} is as it should be: ${serving} of ${count} run.`);
}

const say = (sentence: string, help = ''): Answer => ({ sentence, agents: [], help });

const stateText = (one: Instance): string =>
  `${one.state}${healthOf(one)}${one.message ? `: ${one.message}` : ''}`;

/** Where it is, and what it waits for. */
function whyUpdating(update: Update, view: ServiceView): Answer | undefined {
  const { job, unsettled } = view;
  const { name } = job.spec;
  const situation = situationOf(view);
  const { slots } = situation;
  const done = doneIn(situation);
  // Without anything to go back to it goes on, whatever fails: what stands in its way is told by others.
  const isStart = !update.returning && slots.every(({ old }) => !old);
  if (isStart && (update.state === 'running' || (update.state === 'failed' && update.from === undefined)))
    return undefined;
  const what = update.returning
    ? `${name} goes back to what it was before (${update.why ?? 'by somebody’s word'})`
    : `${name} is being updated to version ${update.version}`;
  const progress = `${done} of ${slots.length} done`;
  if (update.state === 'paused') return say(`${what}: held, ${progress}.`, `tender resume ${name}`);
  if (update.state !== 'running')
    return say(
      `${what}, which has failed: ${update.why}; ${progress}.`,
      `try it again: tender resume ${name}`,
    );
  if (unsettled.length > 0)
    return say(`${what}: it waits for ${unsettled.join(', ')}; ${progress}.`, `tender why ${unsettled[0]}`);
  if (!update.promoted && areTried(situation))
    return say(`${what}: its canaries serve, and wait for your word.`, `tender promote ${name}`);
  const slow = slots.flatMap(({ current }) => current ?? []).find((one) => !serves(one));
  return say(`${what}: ${progress}${slow ? `; ${slow.name} is ${stateText(slow)}` : ''}.`);
}
