/** Why a service is as it is, where it has room: one sentence, and what would help. */
import {
  type Answer,
  fills,
  type Instance,
  serves,
  type TaskReason,
  type TaskStatus,
  type View,
} from 'tender/framework';
import type { ServiceMemory } from './memory.ts';
import { type ServiceSpec, sameTask } from './spec.ts';

const seconds = (ms: number): string => `${Math.max(0, Math.ceil(ms / 1000))} s`;
/** Of an instance that does not serve. */
const healthOf = ({ state, healthy }: Instance): string =>
  healthy === false ? ' and not healthy' : state === 'RUNNING' ? ', not yet known to be healthy' : '';
const plural = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;

const NEVER_RAN: ReadonlySet<TaskReason> = new Set([
  'image_failed',
  'artifact_failed',
  'start_failed',
  'invalid_task',
  'invalid_offers',
]);

export function whyService(
  { job, instances, versions, now }: View<ServiceSpec, ServiceMemory>,
  one: Instance | undefined,
  lastEnd: TaskStatus | undefined,
): Answer {
  const { name, count } = job.spec;
  const filling = instances.filter(fills);
  const serving = filling.filter(serves).length;
  const say = (sentence: string, help = ''): Answer => ({ sentence, agents: [], help });
  if (count === 0) return say(`${name} is scaled to 0.`, `tender scale ${name}=1`);
  const waiting = Object.entries(job.memory.failures).filter(([, { until }]) => until > now);
  if (waiting.length > 0 && serving < count) {
    const [index, { inARow, until }] = waiting[0]!;
    return say(
      `${name}.${index} failed ${plural(inARow, 'time')} in a row (${lastEnd?.message || lastEnd?.reason || 'it ended'}); it is started again in ${seconds(until - now)}.`,
      // One that never ran has said nothing.
      lastEnd && NEVER_RAN.has(lastEnd.reason) ? '' : `tender logs ${name}.${index} shows its last words`,
    );
  }
  const slow = filling.find((instance) => !serves(instance));
  if (slow)
    return say(`${slow.name} is ${slow.state}${healthOf(slow)}${slow.message ? `: ${slow.message}` : ''}.`);
  const outdated = filling.filter(({ version }) => !sameTask(versions.get(version)?.spec, job.spec)).length;
  if (outdated > 0)
    return say(`${name} is being updated: ${plural(outdated, 'instance')} of ${count} still to do.`);
  if (one) return say(`${one.name} is as it should be.`);
  if (serving < count) return say(`${name} is starting: ${serving} of ${count} run.`);
  return say(`${name} is as it should be: ${serving} of ${count} run.`);
}
