/** No machine runs more than it has, and no port is given to two. */
import { countRanges, rangesOf, scalar } from '../../../src/core/resources.ts';
import type { Machine } from '../machine.ts';
import type { Invariant } from './invariant.ts';

function overfull({ name, engine, cpus, mem, shrunk }: Machine): string[] {
  const specs = engine.running.map(({ spec }) => spec);
  if (specs.length === 0) return [];
  const out: string[] = [];
  const sum = (what: string): number =>
    specs.reduce((all, { resources }) => all + scalar(resources, what), 0);
  // A machine that has less than before keeps what ran on it.
  if (!shrunk && sum('cpus') > cpus * 1000)
    out.push(`${name} runs ${sum('cpus') / 1000} cpus and has ${cpus}`);
  if (!shrunk && sum('mem') > mem * 1000) out.push(`${name} runs ${sum('mem') / 1000} MiB and has ${mem}`);
  const ports = specs.flatMap(({ resources }) => rangesOf(resources, 'ports'));
  const numbers = ports.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, n) => from + n));
  if (new Set(numbers).size < countRanges(ports)) out.push(`${name} has given a port to two tasks`);
  return out;
}

export const capacity: Invariant = {
  name: '1 capacity',
  always: (sim) => [...sim.machines.values()].flatMap(overfull),
};
