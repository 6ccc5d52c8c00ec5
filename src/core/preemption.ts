/**
 * Whom to end so that a need finds room (Mesos never built this; the rules are those of Nomad's): only tasks whose
 * priority is at least 10 below, the lowest first, of equal ones the nearest in size, none that is not needed after
 * all, and none at all where even all of them would not do. No role loses what is guaranteed to it.
 * For one unit of one need; preemption-round.ts goes through all of them.
 */
import type { Need } from './allocator.ts';
import { type Quantities, quantitiesOf } from './quantities.ts';
import { isWithin, sum } from './quota-rules.ts';
import type { Resources } from './resources.ts';
import { ancestorsOf } from './roles.ts';
import type { AgentId, FrameworkId, TaskId } from './task.ts';

/** What ends as one: a task, or the tasks of a group. */
export interface Preemptible {
  readonly tasks: readonly TaskId[];
  readonly framework: FrameworkId;
  readonly role: string;
  readonly agent: AgentId;
  readonly resources: Resources;
  /** Of a group: that of its most important task. */
  readonly priority: number;
}

/** Ending the victims makes room on this agent. */
export interface Proposal {
  readonly agent: AgentId;
  /** At least one. */
  readonly victims: readonly Preemptible[];
}

/** So far below must a victim's priority be. */
const DISTANCE = 10;

/** Whether what has the one priority must make room for what has the other. */
export const yields = (priority: number, to: number): boolean => priority <= to - DISTANCE;

/** One unit of what waits in a role. */
export interface Unit {
  readonly role: string;
  readonly needs: Quantities;
  readonly priority: number;
}

/** What a role can lose; a name that is absent: all of it. */
export type BeyondGuarantee = (role: string) => Quantities;

/**
 * Which of an agent's tasks have to go; undefined: ending them does not help.
 * @param free what is free there for it
 */
export function propose(
  { role, needs, priority }: Unit,
  { agent, free }: Need['agents'][number],
  tasks: readonly Preemptible[],
  beyondGuarantee: BeyondGuarantee,
): Proposal | undefined {
  const candidates = tasks.filter((task) => yields(task.priority, priority));
  const victims = victimsFor(lackOf(needs, free), candidates, besides(role, beyondGuarantee));
  return victims && victims.length > 0 ? { agent, victims } : undefined;
}

/** Whether no role would lose what is guaranteed to it, if room for `role` were made like this. */
export function isHarmless({ victims }: Proposal, role: string, beyondGuarantee: BeyondGuarantee): boolean {
  const lost: Lost = new Map();
  return victims.every((victim) => {
    const can = canLose(victim, lost, besides(role, beyondGuarantee));
    lose(victim, lost);
    return can;
  });
}

/** What goes from one role below `eng` to another is no loss to `eng`. */
const besides =
  (role: string, beyondGuarantee: BeyondGuarantee): BeyondGuarantee =>
  (at) =>
    isWithin(role, at) ? {} : beyondGuarantee(at);

type Lost = Map<string, Quantities>;

/** Undefined: all of them would not be enough. */
function victimsFor(
  lack: Quantities,
  candidates: readonly Preemptible[],
  beyondGuarantee: BeyondGuarantee,
): readonly Preemptible[] | undefined {
  const chosen: Preemptible[] = [];
  const lost: Lost = new Map();
  let rest = lack;
  const left = new Set(candidates);
  while (!isNothing(rest)) {
    const next = [...left]
      .filter((task) => helps(task, rest) && canLose(task, lost, beyondGuarantee))
      .sort(
        (a, b) =>
          a.priority - b.priority ||
          distance(a, rest) - distance(b, rest) ||
          (a.tasks[0]! < b.tasks[0]! ? -1 : 1),
      )[0];
    if (!next) return undefined;
    left.delete(next);
    chosen.push(next);
    lose(next, lost);
    rest = lackOf(rest, quantitiesOf(next.resources));
  }
  return withoutSuperfluous(chosen, lack);
}

/** The most important ones are spared first, if the others do. */
function withoutSuperfluous(chosen: readonly Preemptible[], lack: Quantities): Preemptible[] {
  let kept = [...chosen];
  for (const task of [...chosen].sort((a, b) => b.priority - a.priority)) {
    const others = kept.filter((other) => other !== task);
    const freed = others.map(({ resources }) => quantitiesOf(resources)).reduce(sum, {});
    if (isNothing(lackOf(lack, freed))) kept = others;
  }
  return kept;
}

const helps = ({ resources }: Preemptible, lack: Quantities): boolean => {
  const has = quantitiesOf(resources);
  return Object.keys(lack).some((name) => (has[name] ?? 0) > 0);
};

/** Neither its role nor one above it loses what is guaranteed to it. */
const canLose = ({ role, resources }: Preemptible, lost: Lost, beyondGuarantee: BeyondGuarantee): boolean =>
  pathOf(role).every((at) => {
    const all = sum(lost.get(at) ?? {}, quantitiesOf(resources));
    return Object.entries(beyondGuarantee(at)).every(([name, most]) => (all[name] ?? 0) <= most);
  });

function lose({ role, resources }: Preemptible, lost: Lost): void {
  for (const at of pathOf(role)) lost.set(at, sum(lost.get(at) ?? {}, quantitiesOf(resources)));
}

/** The role after all those above it. */
export const pathOf = (role: string): string[] => [...ancestorsOf(role), role];

/** How far its size is from what is lacking, relative to that, over all that is lacking. */
function distance({ resources }: Preemptible, lack: Quantities): number {
  const has = quantitiesOf(resources);
  return Math.hypot(...Object.entries(lack).map(([name, amount]) => ((has[name] ?? 0) - amount) / amount));
}

/** What of the needs is more than there is. */
export const lackOf = (needs: Quantities, has: Quantities): Quantities =>
  Object.fromEntries(
    Object.entries(needs)
      .map(([name, amount]) => [name, amount - (has[name] ?? 0)] as const)
      .filter(([, amount]) => amount > 0),
  );

export const isNothing = (quantities: Quantities): boolean => Object.keys(quantities).length === 0;

/** Less important victims first, then fewer of them. */
export function isBetter(a: Proposal, b: Proposal): boolean {
  const worst = ({ victims }: Proposal): number => Math.max(...victims.map(({ priority }) => priority));
  return worst(a) - worst(b) < 0 || (worst(a) === worst(b) && a.victims.length < b.victims.length);
}
