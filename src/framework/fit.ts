/**
 * Whether an instance fits on an agent, and if not, everything that keeps it off: judged on offers in hand when it is
 * placed, and on what the master says of each agent when somebody asks why it waits. Pure.
 */
import type { Obstacle } from '../core/gate-text.ts';
import { awayFrom, type Blocked, ownersOf } from '../core/obstacles.ts';
import { covers, type Quantities } from '../core/quantities.ts';
import {
  countRanges,
  cutRanges,
  joinRanges,
  type Range,
  type Resource,
  type Resources,
  rangesOf,
  scalar,
  usableBy,
} from '../core/resources.ts';
import type { AgentId } from '../core/task.ts';
import type { AgentExplanation, AgentView, OfferExplanation } from '../wire/messages.ts';
import type { Wanted } from './place.ts';

const SCALARS = ['cpus', 'mem', 'disk'] as const;

/** Disks apart, and what may be taken away at any time, are for those who ask for them. */
export const isForAnyUse = ({ disk, revocable }: Resource): boolean => disk === undefined && !revocable;

/** Everything about an agent with so much free that keeps one instance off it. */
export function misfits(
  { executor, demand, ports }: Wanted,
  view: AgentView | undefined,
  free: Resources,
): Obstacle[] {
  const obstacles: Obstacle[] = [];
  const unfit = (text: string, help: string): void => void obstacles.push({ kind: 'unfit', text, help });
  const facts = view?.executors.find(({ kind }) => kind === executor);
  if (!facts?.available)
    unfit(
      `no ${executor} there: ${facts?.detail ?? 'unknown to this agent'}`,
      `add a machine that has ${executor}: tender token create --role agent`,
    );
  for (const name of SCALARS) {
    const [has, needs] = [scalar(free, name), scalar(demand, name)];
    if (needs > has) obstacles.push({ kind: 'shortfall', demand: '', name, needs, free: has });
  }
  const open = rangesOf(free, 'ports');
  const ever = rangesOf(view?.total ?? free, 'ports');
  const fixed = Object.values(ports).filter((port) => port !== undefined);
  const another = 'choose another port, or let tender take any free one';
  for (const port of fixed) {
    if (!isIn(ever, port)) unfit(`port ${port} is none that it offers`, another);
    else if (!isIn(open, port)) unfit(`port ${port} is in use`, another);
  }
  const dynamic = Object.keys(ports).length - fixed.length;
  const left = cutRanges(open, joinRanges(fixed.map((port): Range => [port, port])));
  if (dynamic > countRanges(left))
    unfit(`too few free ports (wants ${dynamic})`, 'ask for fewer ports, or offer more with --resources');
  return obstacles;
}

const isIn = (ranges: readonly Range[], port: number): boolean =>
  ranges.some(([from, to]) => from <= port && port <= to);

/**
 * What keeps one more instance off each agent, by the master's word. Agents that it is about to be placed on are not
 * among them.
 */
export function blockedFor(
  wanted: Wanted,
  role: string,
  { agents }: OfferExplanation,
  views: ReadonlyMap<AgentId, AgentView>,
): Blocked[] {
  return agents
    .filter((one) => one.role === role)
    .flatMap(({ agents: alike, ...same }) => alike.map((agent) => ({ agent, ...same })))
    .map(({ agent, free, by }): Blocked => {
      const usable = usableBy(free, role).filter(isForAnyUse);
      const own = misfits(wanted, views.get(agent), usable);
      const all = [
        ...by.filter((obstacle) => concerns(obstacle, wanted, usable)),
        ...own,
        ...by.filter((obstacle) => obstacle.kind === 'lent' && coversAll(obstacle.amounts, own)),
        ...reservedForOthers(own, free, role),
      ];
      return { agent, by: all.length > 0 ? all : by.filter(({ kind }) => kind === 'offered') };
    })
    .filter(({ by }) => by.length > 0);
}

/**
 * What the master knows and the framework cannot. How much is free is judged for this instance, and not for whatever
 * else waits; what was refused, was refused for the reasons that are found here.
 */
function concerns(obstacle: AgentExplanation['by'][number], { demand }: Wanted, usable: Resources): boolean {
  switch (obstacle.kind) {
    case 'limit':
      return obstacle.limit - obstacle.consumed < scalar(demand, obstacle.name);
    case 'headroom':
      return scalar(usable, obstacle.name) - obstacle.held < scalar(demand, obstacle.name);
    case 'shortfall':
    case 'minimum':
    case 'reserved':
    case 'filter':
    case 'offered':
    case 'lent':
      return false;
    default:
      return true;
  }
}

function reservedForOthers(own: readonly Obstacle[], free: Resources, role: string): Obstacle[] {
  const lacking = lackingIn(own);
  const roles = isNothing(lacking) ? [] : ownersOf(lacking, free.filter(isForAnyUse), role);
  return roles.length === 0 ? [] : [{ kind: 'reserved', roles }];
}

function lackingIn(own: readonly Obstacle[]): Quantities {
  const short = own.filter((obstacle) => obstacle.kind === 'shortfall');
  return Object.fromEntries(short.map(({ name, needs, free }) => [name, needs - free]));
}

/** Something is too little, and so much more would do. */
function coversAll(more: Quantities, own: readonly Obstacle[]): boolean {
  const lacking = lackingIn(own);
  return !isNothing(lacking) && covers(more, lacking);
}

const isNothing = (amounts: Quantities): boolean => Object.keys(amounts).length === 0;

/** Of agents without an offer, as far as a framework can tell by itself. */
export function withoutOffer(
  offered: ReadonlySet<AgentId>,
  views: ReadonlyMap<AgentId, AgentView>,
): Blocked[] {
  const nothing: Obstacle = {
    kind: 'unfit',
    text: 'nothing of it is on offer: it is in use, or offered to others',
    help: '',
  };
  return [...views.values()]
    .filter(({ id, state }) => !offered.has(id) && state !== 'gone')
    .map((view) => ({ agent: view.id, by: [awayFrom(view) ?? nothing] }));
}
