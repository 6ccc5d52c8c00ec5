/**
 * What a service needs next: a pure function of what is wanted and what there is. Too few: the lowest free slots are
 * filled, a failed slot after its wait. Too many: the youngest go first, and of a slot's doubles only the oldest
 * stays. Another version, or an agent that is to be left: one instance at a time is stopped, when all the others serve.
 * Applied, it has nothing more to say.
 */
import type { AgentId } from 'tender/framework';
import { fills, type Instance, idles, serves } from './instance.ts';

/** How a slot has failed lately. */
export interface Failures {
  readonly inARow: number;
  /** No replacement before this time. */
  readonly until: number;
}

export interface Wish {
  readonly count: number;
  readonly version: number;
}

export interface Plan {
  /** Slots to fill now. */
  readonly place: readonly number[];
  readonly stop: readonly { readonly instance: Instance; readonly why: 'surplus' | 'update' | 'leave' }[];
  /** Slots that wait, and until when. */
  readonly wait: readonly { readonly index: number; readonly until: number }[];
  readonly counters: {
    readonly place: number;
    readonly stop: number;
    readonly update: number;
    readonly leave: number;
    readonly keep: number;
  };
}

export function reconcile(
  wish: Wish,
  instances: readonly Instance[],
  failures: ReadonlyMap<number, Failures>,
  now: number,
  leaving: ReadonlySet<AgentId> = new Set(),
): Plan {
  const filling = instances.filter(fills);
  const stop: Plan['stop'][number][] = surplus(filling, wish.count).map((instance) => ({
    instance,
    why: 'surplus',
  }));
  const kept = filling.filter((instance) => !stop.some((other) => other.instance === instance));
  const place: number[] = [];
  const wait: Plan['wait'][number][] = [];
  const taken = new Set(kept.map(({ index }) => index));
  for (let index = 0; place.length + wait.length < wish.count - kept.length; index++) {
    if (taken.has(index)) continue;
    const until = failures.get(index)?.until ?? 0;
    if (until > now) wait.push({ index, until });
    else place.push(index);
  }
  const settled =
    stop.length + place.length + wait.length === 0 && kept.every(serves) && !instances.some(isStopping);
  const outdated = kept
    .filter(({ version, agent }) => version !== wish.version || leaving.has(agent))
    .sort((a, b) => a.index - b.index);
  // An instance that certainly does not serve is no loss: it need not wait for the others.
  const next = outdated.find(idles) ?? (settled ? outdated[0] : undefined);
  if (next) stop.push({ instance: next, why: next.version === wish.version ? 'leave' : 'update' });
  const count = (reason: Plan['stop'][number]['why']): number =>
    stop.filter(({ why }) => why === reason).length;
  const counters = {
    place: place.length,
    stop: count('surplus'),
    update: count('update'),
    leave: count('leave'),
    keep: kept.length - (next ? 1 : 0),
  };
  return { place, stop, wait, counters };
}

const isStopping = ({ state }: Instance): boolean => state === 'KILLING';

/**
 * Doubles of a slot, whatever the count, and of the others the youngest over the count, the highest slot first. What
 * nobody has heard of yet may be gone: nothing is stopped for its sake.
 */
function surplus(filling: readonly Instance[], count: number): Instance[] {
  const byAge = filling
    .filter(({ state }) => state !== 'UNKNOWN')
    .sort((a, b) => a.launchedAt - b.launchedAt || a.index - b.index);
  const slots = new Map<number, Instance>();
  for (const instance of byAge) if (!slots.has(instance.index)) slots.set(instance.index, instance);
  const doubles = byAge.filter((instance) => slots.get(instance.index) !== instance);
  return [...doubles, ...[...slots.values()].slice(count)];
}

/** A slot failed once more. @param ranFor how long the instance had been running, ms */
export function failedAgain(
  before: Failures | undefined,
  ranFor: number,
  now: number,
  backoff: { readonly first: number; readonly most: number },
): Failures {
  // What ran well for twice the longest wait, or ten minutes, starts afresh.
  const fresh = ranFor > Math.min(600_000, 2 * backoff.most);
  const inARow = fresh ? 1 : (before?.inARow ?? 0) + 1;
  return { inARow, until: now + Math.min(backoff.most, backoff.first * 2 ** (inARow - 1)) };
}
