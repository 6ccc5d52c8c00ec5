/** How far an update has come, for people to watch: also the first one, by which a job starts. */
import { type Progress, serves } from 'tender/framework';
import { areTried } from './advance.ts';
import type { Update } from './memory.ts';
import { type ServiceView, type Situation, situationOf } from './situation.ts';

const NAMES = { rolling: 'rolling update', canary: 'canary update', bluegreen: 'blue/green update' } as const;

/** Nothing when all is as it shall be. */
export function progressOf(view: ServiceView): Progress | undefined {
  const { job } = view;
  const { update } = job.memory;
  if (!update || job.stopping) return undefined;
  const situation = situationOf(view);
  const { slots } = situation;
  const done = doneIn(situation);
  if (slots.length === 0 || (done === slots.length && !update.returning)) return undefined;
  const held = heldBy(update, situation);
  return {
    kind: 'change',
    what: nameOf(update, view, situation),
    done,
    failed: 0,
    of: slots.length,
    from: update.from,
    to: update.version,
    since: update.startedAt,
    step: stepOf(view, situation),
    held,
    verbs: verbsFor(update, situation),
  };
}

/** Slots that are as they shall be. */
export const doneIn = ({ slots, isAvailable, goesFor }: Situation): number =>
  slots.filter(({ current, old }) => isAvailable(current) && !old && goesFor(current!) !== 'restart').length;

/** Some of it is still to be started anew. */
export const isRestarting = ({ slots, goesFor }: Situation): boolean =>
  slots.some(({ current }) => current !== undefined && goesFor(current) === 'restart');

function nameOf(update: Update, { job }: ServiceView, situation: Situation): string {
  const { slots } = situation;
  if (update.returning) return 'going back';
  if (isRestarting(situation)) return 'restart';
  const isFirst = update.from === undefined && slots.every(({ old }) => !old);
  return isFirst ? 'start' : NAMES[job.spec.update.strategy];
}

const waitsForWord = (update: Update, situation: Situation): boolean =>
  update.state === 'running' && !update.promoted && areTried(situation);

function heldBy(update: Update, situation: Situation): string | undefined {
  if (waitsForWord(update, situation)) return 'its canaries serve, and wait for your word';
  if (update.state === 'paused') return 'somebody has paused it';
  return update.state === 'failed' ? (update.why ?? 'it has failed') : undefined;
}

function stepOf({ unsettled }: ServiceView, { slots }: Situation): string {
  if (unsettled.length > 0) return `waits for ${unsettled.join(', ')}`;
  const slow = slots.flatMap(({ current }) => current ?? []).find((one) => !serves(one));
  if (!slow) return '';
  const lack = slow.state !== 'RUNNING' ? slow.state : slow.ready === false ? 'not ready' : 'not healthy yet';
  return `${slow.name} is ${lack}${slow.message ? `: ${slow.message}` : ''}`;
}

function verbsFor(update: Update, situation: Situation): string[] {
  const abort = update.from === undefined ? [] : ['abort'];
  if (waitsForWord(update, situation)) return ['promote', ...abort];
  if (update.state === 'running') return ['pause', ...abort];
  return update.state === 'aborted' ? [] : ['resume', ...abort];
}
