/** Once quiet the books of the master, of its allocator, of the agents and the machines say the same. */
import { sum } from '../../../src/core/quota-rules.ts';
import { isTerminal } from '../../../src/core/task-state.ts';
import { checkpointOf, idOf, type Machine } from '../machine.ts';
import { present } from '../people.ts';
import type { SimCluster } from '../sim-cluster.ts';
import { tally, tallyText } from '../tally.ts';
import type { Invariant } from './invariant.ts';

const list = (names: Iterable<string>): string => [...names].sort().join(' ') || 'nothing';

function ofOne(sim: SimCluster, machine: Machine): string[] {
  const { name, disk, engine } = machine;
  const { state } = sim.leader!.daemon.parts.log;
  const id = idOf(machine);
  const open = [...state.tasks.values()].filter((task) => task.agent === id && !isTerminal(task.state));
  const master = list(open.map((task) => task.id));
  const runs = list(engine.running.map(({ spec }) => spec.id));
  const remembered = checkpointOf(disk).load();
  const agent = list(remembered.filter(({ latest }) => !isTerminal(latest.state)).map(({ spec }) => spec.id));
  const held = [...open, ...[...state.offers.values()].filter((offer) => offer.agent === id)];
  const expected = tallyText(held.map(({ resources }) => tally(resources)).reduce(sum, {}));
  const taken = tallyText(sim.leader!.allocated.taken(id));
  const out: string[] = [];
  if (master !== runs) out.push(`on ${name} runs ${runs}, but the master has ${master}`);
  if (agent !== runs) out.push(`on ${name} runs ${runs}, but its agent has written down ${agent}`);
  if (taken !== expected)
    out.push(`of ${name} the allocator has given away ${taken}, but in use and offered is ${expected}`);
  return out;
}

export const books: Invariant = {
  name: '1 books',
  quiet: (sim) => present(sim).flatMap((machine) => ofOne(sim, machine)),
};
