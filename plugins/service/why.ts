/** Why a service is as it is: one sentence, every agent's reasons, and the smallest change that would help. */
import type { AgentId, AgentView, Refused, TaskReason, TaskStatus } from 'tender/framework';
import type { Service } from './book.ts';
import { fills, type Instance, serves } from './instance.ts';
import type { Failures } from './reconcile.ts';

export interface Situation {
  readonly service: Service;
  readonly instances: readonly Instance[];
  readonly failures: ReadonlyMap<number, Failures>;
  /** What stood in the way of the last attempt; empty when all were placed. */
  readonly refused: readonly Refused[];
  /** How the last instance ended that ended by itself. */
  readonly lastEnd: TaskStatus | undefined;
  readonly agents: ReadonlyMap<AgentId, AgentView>;
  readonly now: number;
}

export interface Answer {
  readonly sentence: string;
  readonly agents: readonly { readonly agent: string; readonly reasons: readonly string[] }[];
  readonly help: string;
}

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

export function whyService(situation: Situation): Answer {
  const { service, instances, failures, refused, lastEnd, agents, now } = situation;
  const { name, count } = service.spec;
  const filling = instances.filter(fills);
  const serving = filling.filter(serves).length;
  const say = (sentence: string, help = ''): Answer => ({ sentence, agents: [], help });
  const away = instances.filter(({ state }) => state === 'UNREACHABLE');
  if (service.stopping && away.length > 0 && away.length === instances.length) {
    const [first] = new Set(away.map(({ agent }) => agents.get(agent)?.name ?? agent));
    return say(
      `${name} is stopped, but for ${plural(away.length, 'instance')} on machines that are unreachable.`,
      `if ${first} will not come back: tender gone ${first}`,
    );
  }
  if (service.stopping)
    return say(`${name} is being stopped: ${plural(instances.length, 'instance')} still ending.`);
  if (count === 0) return say(`${name} is scaled to 0.`, `tender scale ${name}=1`);
  if (refused.length > 0 || agents.size === 0) {
    const missing = count - filling.length;
    const reasons = refused.map(({ agent, reasons: list }) => ({
      agent: agents.get(agent)?.name ?? agent,
      reasons: list,
    }));
    const sentence =
      agents.size === 0
        ? `${name} waits: no agent has joined yet.`
        : `${name} waits for room: ${plural(missing, 'instance')} of ${count} fit on no agent.`;
    return { sentence, agents: reasons, help: helpFor(reasons) };
  }
  const waiting = [...failures].filter(([, { until }]) => until > now);
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
    return say(
      `${name}.${slow.index} is ${slow.state}${healthOf(slow)}${slow.message ? `: ${slow.message}` : ''}.`,
    );
  const outdated = filling.filter(({ version }) => version !== service.version).length;
  if (outdated > 0)
    return say(`${name} is being updated: ${plural(outdated, 'instance')} of ${count} still to do.`);
  if (serving < count) return say(`${name} is starting: ${serving} of ${count} run.`);
  return say(`${name} is as it should be: ${serving} of ${count} run.`);
}

/** The agent with the fewest obstacles shows the smallest change; of a single one the list has said it all. */
function helpFor(agents: Answer['agents']): string {
  const [nearest, ...others] = [...agents].sort((a, b) => a.reasons.length - b.reasons.length);
  if (nearest?.reasons.every((reason) => reason.startsWith('port')))
    return 'choose another port, or let tender take any free one';
  if (!nearest || others.length === 0)
    return 'ask for less, or add a machine: tender token create --role agent';
  return `closest is ${nearest.agent}: ${nearest.reasons.join('; ')}`;
}
