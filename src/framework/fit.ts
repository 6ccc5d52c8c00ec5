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
import { homeOf } from './home.ts';
import { needsOf } from './needs.ts';
import { type Running, Tally } from './tally.ts';
import type { Wanted } from './wanted.ts';

/** Disks apart, what is set aside for one instance, and what may be taken away at any time, are for those who ask. */
const isForAnyUse = (entry: Resource): boolean =>
  entry.disk === undefined && !entry.revocable && homeOf(entry) === undefined;

const isKept = (entry: Resource): boolean => entry.disk?.volume !== undefined || homeOf(entry) !== undefined;

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
    .flatMap(({ agents: alike, free, by }) => {
      const ground = groundOf(usableBy(free, role));
      const told = by.filter((obstacle) => concerns(obstacle, wanted, ground.free));
      return alike
        .filter((agent) => needs.on === undefined || needs.on === agent)
        .map((agent): Blocked => {
          const own = misfits(needs, spotOf(agent, role, views.get(agent), ground), tally, FILTERS);
          const all = [
            ...told,
            ...own,
            ...by.filter((obstacle) => obstacle.kind === 'lent' && coversAll(obstacle.amounts, own)),
            ...reservedForOthers(own, free, role),
          ];
          return { agent, by: all.length > 0 ? all : by.filter(({ kind }) => kind === 'offered') };
        });
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

/** What is free somewhere, sorted by what it is for. @param usable by a role */
export function groundOf(usable: Resources): Pick<Spot, 'free' | 'amounts' | 'kept'> {
  const free = usable.filter(isForAnyUse);
  return { free, amounts: amountsOf(free), kept: usable.filter(isKept) };
}

export const spotOf = (
  agent: AgentId,
  role: string,
  view: AgentView | undefined,
  ground: ReturnType<typeof groundOf>,
): Spot => ({ agent, role, view, total: totalOf(view), ...ground });

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
