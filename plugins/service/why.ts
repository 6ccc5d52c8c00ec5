/** Why a service is as it is: one sentence, every agent's reasons, and the smallest change that would help. */
import type { AgentId, AgentView, Blocked, Quantities, TaskReason, TaskStatus } from 'tender/framework';
import type { Service } from './book.ts';
import { fills, type Instance, serves } from './instance.ts';
import type { Failures } from './reconcile.ts';
import { whyWaiting } from './why-waiting.ts';

export interface Situation {
  readonly service: Service;
  readonly instances: readonly Instance[];
  /** Asked of this one alone: it is the only one of `instances`. */
  readonly only?: Instance | undefined;
  readonly failures: ReadonlyMap<number, Failures>;
  /** Empty slots whose last instance was ended for the sake of others: what was said of it. */
  readonly madeRoom: ReadonlyMap<number, string>;
  /** What stands in the way of those without a place; empty when all have one, or it is not known yet. */
  readonly blocked: readonly Blocked[];
  /** The master has been asked about it. */
  readonly isTold: boolean;
  /** Of the roles whose limits stand in the way. */
  readonly limits: Readonly<Record<string, Quantities>>;
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
  const { service, instances, failures, blocked, lastEnd, agents, now } = situation;
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
  const made = madeRoomTexts(situation);
  if (blocked.length > 0 || agents.size === 0) {
    const running = filling.filter(({ state }) => state === 'RUNNING').length;
    const missing = count - filling.length;
    const answer = whyWaiting({ ...situation, spec: service.spec, missing, running });
    return { ...answer, sentence: [...made, answer.sentence].join('; ') };
  }
  if (made.length > 0) return say(`${made.join('; ')}.`);
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
  if (situation.only) return say(`${name}.${situation.only.index} is as it should be.`);
  if (serving < count) return say(`${name} is starting: ${serving} of ${count} run.`);
  return say(`${name} is as it should be: ${serving} of ${count} run.`);
}

/** `web.1 and web.2 made room for db (role db, priority 80)`; one for each of those for whom room was made. */
function madeRoomTexts({ service, madeRoom }: Situation): string[] {
  const { name, count } = service.spec;
  const slots = [...madeRoom].filter(([index]) => index < count);
  return [...Map.groupBy(slots, ([, message]) => message)].map(([message, list]) => {
    const [last, ...others] = list.map(([index]) => `${name}.${index}`).reverse();
    return `${others.length === 0 ? '' : `${others.reverse().join(', ')} and `}${last} ${message}`;
  });
}
