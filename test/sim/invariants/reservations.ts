/**
 * Once quiet master, allocator, agent and machine say the same of what is set aside, each reservation has an owner who
 * knows of it, and each owner finds it complete.
 */
import { totalOf } from '../../../src/agent/conversion.ts';
import { volumesIn } from '../../../src/agent/volumes.ts';
import { contains, equals, type Resources } from '../../../src/core/resources.ts';
import { formatResources } from '../../../src/core/resources-text.ts';
import type { FrameworkId } from '../../../src/core/task.ts';
import { homeOf } from '../../../src/framework/home.ts';
import { databasesIn, homesOf } from '../databases.ts';
import { type Home, KEEPER, partsOf, wholeOf } from '../keeper-home.ts';
import { holdingsOf, idOf, type Machine, resourcesOf } from '../machine.ts';
import { present } from '../people.ts';
import type { SimCluster } from '../sim-cluster.ts';
import type { Invariant } from './invariant.ts';

function booksOf(sim: SimCluster, machine: Machine): string[] {
  const { daemon, allocated } = sim.leader!;
  const { held, coming, leaving } = holdingsOf(machine);
  const total = totalOf(resourcesOf(machine), held);
  const out: string[] = [];
  const compare = (who: string, has: Resources): void => {
    if (!equals(has, total))
      out.push(`${machine.name} has ${formatResources(total)}, but ${who} has ${formatResources(has)} of it`);
  };
  compare('the master', daemon.parts.log.state.agents.get(idOf(machine))?.total ?? []);
  compare('the allocator', allocated.total(idOf(machine)));
  for (const { id } of [...coming, ...leaving]) out.push(`volume ${id} of ${machine.name} is not finished`);
  const folders = [...machine.volumes.there.values()].map(({ id }) => id);
  const volumes = volumesIn(held).map(({ id }) => id);
  if (folders.sort().join(' ') !== volumes.sort().join(' '))
    out.push(`${machine.name} has the volumes ${volumes.join(' ')}, and the folders ${folders.join(' ')}`);
  return out;
}

function ownersOf(sim: SimCluster, machines: readonly Machine[]): string[] {
  const kv = sim.leader!.daemon.parts.registry.kv(KEEPER as FrameworkId);
  const homes = [...kv].filter(([key]) => key.startsWith('home/')).map(([, home]) => home as unknown as Home);
  const kept = databasesIn(sim).flatMap(homesOf);
  const out: string[] = [];
  for (const machine of machines) {
    const data = kept.filter(({ agent }) => agent === idOf(machine));
    const own = homes.filter(({ agent }) => agent === idOf(machine));
    const known = new Set([...own, ...data].map(({ id }) => id));
    const { held } = holdingsOf(machine);
    for (const entry of held) {
      const home = homeOf(entry);
      if (home === undefined || !known.has(home))
        out.push(`${formatResources([entry])} of ${machine.name} is nobody's`);
    }
    const volumes = new Set(volumesIn(held).map(({ id }) => id));
    for (const home of data) {
      if ('isGivenUp' in home && home.isGivenUp)
        out.push(`home ${home.id} on ${machine.name} is not given back`);
      else if (!volumes.has(home.id)) out.push(`home ${home.id} on ${machine.name} has no volume`);
    }
    for (const home of own) {
      if (home.leaving) out.push(`home ${home.id} on ${machine.name} has not been left`);
      else if (!kv.has(`job/${home.job}`)) out.push(`home ${home.id} has no job`);
      else if (!contains(held, wholeOf(home))) out.push(`home ${home.id} on ${machine.name} is not complete`);
      else {
        const { spec } = kv.get(`job/${home.job}`) as unknown as { spec: { pairs: boolean } };
        const tasks = machine.engine.running.filter((one) => partsOf(one.spec.resources, home.id).length > 0);
        if (tasks.length !== (spec.pairs ? 2 : 1))
          out.push(`${tasks.length} tasks run in home ${home.id} on ${machine.name}`);
      }
    }
  }
  return out;
}

function wrong(sim: SimCluster): string[] {
  const machines = present(sim);
  return [...machines.flatMap((machine) => booksOf(sim, machine)), ...ownersOf(sim, machines)];
}

export const reservations: Invariant = { name: '5 each reservation has its owner', quiet: wrong };
