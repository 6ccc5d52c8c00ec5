/**
 * Whether an instance fits on an agent, and if not, everything that keeps it off: judged on offers in hand when it is
 * placed, and on what the master says of each agent when somebody asks why it waits. Pure.
 */
import type { Obstacle } from '../core/gate-text.ts';
import { awayFrom, type Blocked, ownersOf } from '../core/obstacles.ts';
import { covers, type Quantities } from '../core/quantities.ts';
import { type Resource, type Resources, scalar, usableBy } from '../core/resources.ts';
import type { AgentId } from '../core/task.ts';
import type { AgentExplanation, AgentView, OfferExplanation } from '../wire/messages/framework.ts';
import { amountsOf, totalOf } from './amounts.ts';
import { FILTERS, misfits, type Spot } from './filters.ts';
import { needsOf } from './needs.ts';
import { type Running, Tally } from './tally.ts';
import type { Wanted } from './wanted.ts';

/** Disks apart, and what may be taken away at any time, are for those who ask for them. */
const isForAnyUse = ({ disk, revocable }: Resource): boolean => disk === undefined && !revocable;

const isVolume = ({ disk }: Resource): boolean => disk?.volume !== undefined;

/**
 * What keeps one more instance off each agent, by the master's word; of one that is bound to an agent, off that one.
 * Agents that it is about to be placed on are not among them.
 */
export function blockedFor(
  wanted: Wanted,
  role: string,
  { agents }: OfferExplanation,
  views: ReadonlyMap<AgentId, AgentView>,
  running: Running = () => 0,
): Blocked[] {
  const needs = needsOf(wanted);
  const tally = new Tally(wanted.job, running, views);
  return agents
    .filter((one) => one.role === role)
    .flatMap(({ agents: alike, ...same }) => alike.map((agent) => ({ agent, ...same })))
    .filter(({ agent }) => needs.on === undefined || needs.on === agent)
    .map(({ agent, free, by }): Blocked => {
      const its = usableBy(free, role);
      const usable = its.filter(isForAnyUse);
      const spot = spotOf(agent, role, views.get(agent), its);
      const own = misfits(needs, spot, tally, FILTERS);
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

/** @param usable by the role, whatever it is */
export function spotOf(agent: AgentId, role: string, view: AgentView | undefined, usable: Resources): Spot {
  const free = usable.filter(isForAnyUse);
  const volumes = usable.filter(isVolume);
  return { agent, role, view, free, volumes, amounts: amountsOf(free), total: totalOf(view) };
}

/** Of agents without an offer, as far as a framework can tell by itself. */
export function withoutOffer(
  offered: ReadonlySet<AgentId>,
  views: ReadonlyMap<AgentId, AgentView>,
): Blocked[] {
  return [...views.values()]
    .filter(({ id, state }) => !offered.has(id) && state !== 'gone')
    .map((view) => ({ agent: view.id, by: [awayFrom(view) ?? NOTHING_OFFERED] }));
}

const NOTHING_OFFERED: Obstacle = {
  kind: 'unfit',
  text: 'nothing of it is on offer: it is in use, or offered to others',
  help: '',
};
