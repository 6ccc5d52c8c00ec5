/**
 * What the master is told of the instances that wait for a place: demands, a line for each job, and how many
 * ports an offer should have. Said when it changes, and never otherwise. Of ports it asks for more and not for
 * less until nothing waits any more: new terms make all that was refused be offered anew.
 */
import type { Demand } from '../core/allocator.ts';
import { type Condition, isCondition } from '../core/constraint.ts';
import { quantitiesOf } from '../core/quantities.ts';
import { joinRanges, type Range } from '../core/resources.ts';
import type { FrameworkContext } from './define.ts';
import { platformCondition } from './filters.ts';
import type { Wanted } from './place.ts';

/** So many ports more than are needed: one that a foreign program has taken should not be the only one. */
const CHOICE = 32;

interface Ports {
  readonly count: number;
  readonly numbers: readonly Range[];
}
const NONE: Ports = { count: 0, numbers: [] };

export class Wishes {
  readonly #context: Pick<FrameworkContext, 'demand' | 'terms'>;
  readonly #role: string;
  #ports = NONE;
  #said = { ports: '', demands: '' };

  constructor(context: Pick<FrameworkContext, 'demand' | 'terms'>, role: string) {
    this.#context = context;
    this.#role = role;
  }

  /** After a new subscription: nothing has been said. */
  forget(): void {
    this.#said = { ports: '', demands: '' };
  }

  /** @param waiting all instances without a place */
  tell(waiting: readonly Wanted[]): void {
    this.#tellDemands(demandsOf(waiting));
    this.#ports = waiting.length === 0 ? NONE : most(this.#ports, portsOf(waiting));
    if (this.#ports !== NONE) this.#tellPorts(this.#ports);
  }

  #tellDemands(demands: readonly Demand[]): void {
    const text = JSON.stringify(demands);
    if (text === this.#said.demands) return;
    this.#said.demands = text;
    this.#context.demand(demands, this.#role);
  }

  #tellPorts(ports: Ports): void {
    const text = JSON.stringify(ports);
    if (text === this.#said.ports) return;
    this.#said.ports = text;
    this.#context.terms(this.#role, { ports });
  }
}

/** Of more agents than this the master is not told one by one. */
const NAMED = 1000;

/** Room made anywhere else would be of no use. */
function whereOf(some: readonly Wanted[]): Condition[] {
  const { constraints = [], platform } = some[0]!;
  const bound = new Set(some.flatMap(({ on, home }) => on ?? home?.agent ?? []));
  const isBound = bound.size <= NAMED && some.every(({ on, home }) => (on ?? home?.agent) !== undefined);
  return [
    ...constraints.filter(isCondition),
    ...(platform === undefined ? [] : [platformCondition(platform)]),
    ...(isBound ? [{ is: 'in', attribute: 'agent', values: [...bound].sort() } as const] : []),
  ];
}

/** By job; instances of one job need the same. */
function demandsOf(waiting: readonly Wanted[]): Demand[] {
  return [...Map.groupBy(waiting, ({ job }) => job)].map(([name, some]): Demand => {
    const { demand, priority, executor } = some[0]!;
    const count = inRoundNumbers(some.reduce((all, { also = 0 }) => all + 1 + also, 0));
    const where = whereOf(some);
    const needs = quantitiesOf(demand);
    return { name, needs, count, priority, executor, ...(where.length > 0 && { where }) };
  });
}

/**
 * Where thousands wait it is no news that one of them has found its place: two figures are told, and rather less than more,
 * so that nobody makes room in vain. What is left is told as there is less and less of it.
 */
function inRoundNumbers(count: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(count)) - 1);
  return Math.floor(count / step) * step;
}

function portsOf(waiting: readonly Wanted[]): Ports {
  const wanted = waiting.flatMap(({ ports }) => Object.values(ports));
  const fixed = wanted.flatMap((port): Range[] => (port === undefined ? [] : [[port, port]]));
  return { count: wanted.length + CHOICE, numbers: joinRanges(fixed) };
}

const most = (a: Ports, b: Ports): Ports => ({
  count: Math.max(a.count, b.count),
  numbers: joinRanges([...a.numbers, ...b.numbers]),
});
