/** Once quiet the books of the master, of its allocator, of the agents and the machines say the same. */
import { Checkpoint } from '../../../src/agent/checkpoint.ts';
import { type Quantities, quantitiesOf } from '../../../src/core/quantities.ts';
import { sum } from '../../../src/core/quota-rules.ts';
import { isTerminal } from '../../../src/core/task-state.ts';
import { idOf, type Machine } from '../machine.ts';
import type { SimCluster } from '../sim-cluster.ts';
import type { Invariant } from './invariant.ts';

const list = (names: Iterable<string>): string => [...names].sort().join(' ') || 'nothing';
const text = (amounts: Quantities): string =>
  Object.entries(amounts)
    .filter(([, amount]) => amount !== 0)
    .map(([name, amount]) => `${name}:${amount}`)
    .sort()
    .join(' ') || 'nothing';

function ofOne(sim: SimCluster, machine: Machine): string[] {
  const { name, disk, engine } = machine;
  const { state } = sim.leader!.daemon.parts.log;
  const id = idOf(machine);
  const open = [...state.tasks.values()].filter((task) => task.agent === id && !isTerminal(task.state));
  const master = list(open.map((task) => task.id));
  const runs = list(engine.running.map(({ spec }) => spec.id));
  const remembered = new Checkpoint({
    load: () => disk.entries(),
    commit: async () => {},
    close: () => {},
  }).load();
  const agent = list(remembered.filter(({ latest }) => !isTerminal(latest.state)).map(({ spec }) => spec.id));
  const held = [...open, ...[...state.offers.values()].filter((offer) => offer.agent === id)];
  const expected = held.map(({ resources }) => quantitiesOf(resources)).reduce(sum, {});
  const taken = sim.leader!.allocated.taken(id);
  const out: string[] = [];
  if (master !== runs) out.push(`on ${name} runs ${runs}, but the master has ${master}`);
  if (agent !== runs) out.push(`on ${name} runs ${runs}, but its agent has written down ${agent}`);
  if (text(taken) !== text(expected))
    out.push(
      `of ${name} the allocator has given away ${text(taken)}, but in use and offered is ${text(expected)}`,
    );
  return out;
}

export const books: Invariant = {
  name: '1 books',
  quiet: (sim) =>
    [...sim.machines.values()].filter(({ gone }) => !gone).flatMap((machine) => ofOne(sim, machine)),
};
