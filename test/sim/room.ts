/** Whether a machine could take one more. */
import { covers, type Quantities, quantitiesOf } from '../../src/core/quantities.ts';
import { subtract, UNRESERVED } from '../../src/core/resources.ts';
import { idOf, type Machine } from './machine.ts';
import type { SimCluster } from './sim-cluster.ts';

/** What an instance takes: cpus, MiB of memory and of disk. */
interface Size {
  readonly cpus: number;
  readonly mem: number;
  readonly disk: number;
}

/** Among what is nobody's: what is set aside for others is no room. */
function hasRoom(sim: SimCluster, machine: Machine, needs: Quantities): boolean {
  const { agents } = sim.leader!.daemon.parts.log.state;
  const agent = agents.get(idOf(machine));
  if (machine.gone || agent?.state !== 'ready' || agent.withdrawn !== undefined) return false;
  const free = machine.engine.running.reduce((left, { spec }) => subtract(left, spec.resources), agent.total);
  return covers(quantitiesOf(free.filter(({ role }) => role === UNRESERVED)), needs);
}

export function roomFor(sim: SimCluster, { cpus, mem, disk }: Size): Machine | undefined {
  const needs = { cpus: cpus * 1000, mem: mem * 1000, disk: disk * 1000 };
  return [...sim.machines.values()].find((machine) => hasRoom(sim, machine, needs));
}
