/**
 * What a service needs next: a pure function of what is wanted and what there is. Too few: the lowest free slots are
 * filled, a failed slot after its wait. Too many: the youngest go first, and of a slot's doubles only the oldest
 * stays. Another version, or an agent that is to be left: one instance at a time is stopped, when all the others serve.
 * Applied, it has nothing more to say.
 */
import {
  fills,
  type Instance,
  idles,
  type Placing,
  type Plan,
  serves,
  siteAfter,
  type View,
} from 'tender/framework';
import type { ServiceMemory } from './memory.ts';
import { type ServiceSpec, sameTask } from './spec.ts';

export function reconcile(view: View<ServiceSpec, ServiceMemory>): Plan<ServiceMemory> {
  const { job, instances, versions, agents, now } = view;
  const { spec, memory } = job;
  const count = job.stopping ? 0 : spec.count;
  const filling = instances.filter(fills);
  const over = surplus(filling, count);
  const stop: Plan['stop'][number][] = over.map((instance) => ({ instance, why: 'surplus' }));
  const kept = filling.filter((instance) => !over.includes(instance));
  const place: Placing[] = [];
  const waits: number[] = [];
  const taken = new Set(kept.map(({ index }) => index));
  for (let index = 0; place.length + waits.length < count - kept.length; index++) {
    if (taken.has(index)) continue;
    const failures = memory.failures[index];
    if (failures && failures.until > now) waits.push(failures.until);
    else place.push({ index, why: 'missing', ...(failures && siteAfter(failures, spec.retry)) });
  }
  const settled =
    stop.length + place.length + waits.length === 0 && kept.every(serves) && !instances.some(isStopping);
  const isOutdated = ({ version }: Instance): boolean =>
    version !== job.version && !sameTask(versions.get(version)?.spec, spec);
  const outdated = kept
    .filter((instance) => isOutdated(instance) || agents.get(instance.agent)?.withdrawn === 'draining')
    .sort((a, b) => a.index - b.index);
  // An instance that certainly does not serve is no loss: it need not wait for the others.
  const next = outdated.find(idles) ?? (settled ? outdated[0] : undefined);
  if (next) stop.push({ instance: next, why: isOutdated(next) ? 'update' : 'leave' });
  return { memory, place, stop, waitUntil: waits.length > 0 ? Math.min(...waits) : undefined };
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
