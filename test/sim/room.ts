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

/** @returns whether there is room on this one */
export const roomOn = (sim: SimCluster, machine: Machine, { cpus, mem, disk }: Size): boolean =>
  hasRoom(sim, machine, { cpus: cpus * 1000, mem: mem * 1000, disk: disk * 1000 });

export const roomFor = (sim: SimCluster, size: Size): Machine | undefined =>
  [...sim.machines.values()].find((machine) => roomOn(sim, machine, size));
