/**
 * A volume belongs to one running task, unless it is shared, and stands on that task's machine; so does all else that was
 * set aside for the task. A volume in which somebody has written goes only when somebody has said so.
 */
import { heldOf, missingFrom } from '../../../src/agent/conversion.ts';
import { volumesIn } from '../../../src/agent/volumes.ts';
import { formatResources } from '../../../src/core/resources-text.ts';
import { DATABASES } from '../databases.ts';
import { holdingsOf, type Machine } from '../machine.ts';
import { present } from '../people.ts';
import type { Promises } from '../promises.ts';
import type { SimCluster } from '../sim-cluster.ts';
import type { RemovedVolume } from '../volume-witness.ts';
import type { Invariant } from './invariant.ts';

function onMachine(machine: Machine): string[] {
  const { name, engine, volumes } = machine;
  const { held, coming } = holdingsOf(machine);
  const out: string[] = [];
  const holders = new Map<string, string>();
  for (const { spec } of engine.running) {
    const missing = missingFrom(held, heldOf(spec.resources));
    if (missing.length > 0)
      out.push(`${spec.id} runs on ${name}, where ${formatResources(missing)} is not set aside any more`);
    for (const { disk, shared } of spec.resources) {
      if (!disk?.volume || shared) continue;
      const { id } = disk.volume;
      const other = holders.get(id);
      if (other !== undefined) out.push(`${spec.id} and ${other} both run on volume ${id} of ${name}`);
      holders.set(id, spec.id);
    }
  }
  const toCome = new Set(coming.map(({ id }) => id));
  for (const place of volumesIn(held))
    if (!toCome.has(place.id) && !volumes.get(place)) out.push(`volume ${place.id} of ${name} has no folder`);
  return out;
}

/** Since when folders wait to be made or removed by an agent that could. */
const waiting = new WeakMap<Machine, number>();
/** (ms) */
const PATIENCE = 60_000;

function unfinished(sim: SimCluster, machine: Machine): string[] {
  const { name, process, disk } = machine;
  const { coming, leaving } = holdingsOf(machine);
  const { full, failing, slow } = disk.trouble;
  const isAble = process?.alive && !process.frozen && !full && failing === 0 && slow === 0;
  const since = (isAble && coming.length + leaving.length > 0 && waiting.get(machine)) || sim.now;
  waiting.set(machine, since);
  if (sim.now - since < PATIENCE) return [];
  return [`on ${name} ${[...coming, ...leaving].map(({ id }) => id)} waits to be made or removed`];
}

const wasWanted = (promises: Promises, { id, madeAt }: RemovedVolume): boolean => {
  if (promises.mayBeDestroyed(id)) return false;
  const [job = '', index = ''] = id.slice(0, id.lastIndexOf('-')).split('.');
  // Of a job that keeps data nothing goes because nobody wants it any more: somebody has to say so.
  if (DATABASES.includes(job)) return !promises.wasPurged(job, madeAt);
  return promises.leastSince(job, madeAt) > Number(index);
};

const broken = (sim: SimCluster, promises: Promises): string[] => [
  ...present(sim).flatMap((machine) => [...onMachine(machine), ...unfinished(sim, machine)]),
  ...sim.volumes
    .takeRemoved()
    .filter((volume) => wasWanted(promises, volume))
    .map(({ id, machine, writers }) => `volume ${id} of ${machine} is gone with what ${[...writers]} wrote`),
];

export const volumes: Invariant = { name: '2 nothing is destroyed unasked', always: broken };
