/**
 * Why a job is as it is: what holds for all kinds (it is being stopped, nothing has room, it made room for others), and
 * else what its kind says of it.
 */
import type { Blocked } from '../../core/obstacles.ts';
import type { Progress } from '../../core/progress.ts';
import type { Quantities } from '../../core/quantities.ts';
import type { AgentId, TaskStatus } from '../../core/task.ts';
import { fills, type Instance } from './instance.ts';
import { type Answer, type JobKind, nameOf, type View } from './kind.ts';
import { whyWaiting } from './why-waiting.ts';

export interface Situation {
  readonly view: View;
  readonly kind: JobKind;
  /** Asked of this one alone: it is the only one of the view's instances. */
  readonly one: Instance | undefined;
  readonly desired: number;
  /** Of a change or a run. */
  readonly progress: Progress | undefined;
  /** So many should be placed now. */
  readonly missing: number;
  /** Empty slots whose last instance was ended for the sake of others: what was said of it. */
  readonly madeRoom: ReadonlyMap<number, string>;
  /** What stands in the way of those without a place; empty when all have one, or it is not known yet. */
  readonly blocked: readonly Blocked[];
  /** Agents that those are bound to, each to one. */
  readonly bound: readonly AgentId[];
  /** The master has been asked about it. */
  readonly isTold: boolean;
  /** Of the roles whose limits stand in the way. */
  readonly limits: Readonly<Record<string, Quantities>>;
  /** How the last instance ended that ended by itself. */
  readonly lastEnd: TaskStatus | undefined;
  /** Jobs that keep it from being started. */
  readonly needs: readonly string[];
}

const plural = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;
const say = (sentence: string, help = ''): Answer => ({ sentence, agents: [], help });

export function whyJob(situation: Situation): Answer {
  const { view, kind, one, missing, blocked, lastEnd, needs } = situation;
  const { job, instances, agents } = view;
  const { name } = job.spec;
  if (job.stopping && instances.length > 0) return whyStopping(view);
  if (one) return kind.why(view, one, lastEnd);
  if (needs.length > 0)
    return say(`${name} waits for ${needs.join(', ')} to be there.`, `tender why ${needs[0]}`);
  const made = madeRoomTexts(name, situation);
  if (missing > 0 && (blocked.length > 0 || agents.size === 0)) {
    const running = instances.filter((instance) => fills(instance) && instance.state === 'RUNNING').length;
    const answer = whyWaiting({ ...situation, spec: job.spec, running, agents, now: view.now });
    return { ...answer, sentence: [...made, answer.sentence].join('; ') };
  }
  return made.length > 0 ? say(`${made.join('; ')}.`) : kind.why(view, undefined, lastEnd);
}

function whyStopping({ job: { spec }, instances, agents }: View): Answer {
  const away = instances.filter(({ state }) => state === 'UNREACHABLE');
  if (away.length === 0 || away.length < instances.length)
    return say(`${spec.name} is being stopped: ${plural(instances.length, 'instance')} still ending.`);
  const [first] = new Set(away.map(({ agent }) => agents.get(agent)?.name ?? agent));
  return say(
    `${spec.name} is stopped, but for ${plural(away.length, 'instance')} on machines that are unreachable.`,
    `if ${first} will not come back: tender gone ${first}`,
  );
}

/** `web.1 and web.2 made room for db (role db, priority 80)`; one for each of those for whom room was made. */
function madeRoomTexts(job: string, { madeRoom, desired }: Situation): string[] {
  const slots = [...madeRoom].filter(([index]) => index < desired);
  return [...Map.groupBy(slots, ([, message]) => message)].map(([message, list]) => {
    const [last, ...others] = list.map(([index]) => nameOf(job, { index })).reverse();
    return `${others.length === 0 ? '' : `${others.reverse().join(', ')} and `}${last} ${message}`;
  });
}
