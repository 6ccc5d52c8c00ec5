/**
 * What an agent must be like for an instance. Each filter says quickly whether the agent passes, and if not, all that is
 * wrong there and by how much: `explain` has an answer exactly where `passes` is false. Pure.
 */

import { attributesOf, isGiven } from '../core/attributes.ts';
import { type Condition, holds, type Limit, wantsText } from '../core/constraint.ts';
import type { Obstacle } from '../core/gate-text.ts';
import { awayFrom } from '../core/obstacles.ts';
import { countRanges, type Range, type Resources, setOf } from '../core/resources.ts';
import type { AgentId } from '../core/task.ts';
import type { AgentView } from '../wire/messages/framework.ts';
import { type Amounts, amountsOf } from './amounts.ts';
import { diskToMake, type HomeAct, homeless, moveIn, openAt, partsOfHome } from './home.ts';
import type { Needs } from './needs.ts';
import { matches } from './patterns.ts';
import { Tally } from './tally.ts';

/** An agent with what is free there for a role. */
export interface Spot {
  readonly agent: AgentId;
  readonly role: string;
  readonly view: AgentView | undefined;
  /** For any use: no disks apart, no volumes, nothing that may be taken away. */
  readonly free: Resources;
  /** The scalars of it, and of all that the agent has. */
  readonly amounts: Amounts;
  readonly total: Amounts;
  /** Persistent volumes, and what is set aside for one instance alone: each for the one that asks for it. */
  readonly kept: Resources;
}

export interface Filter {
  passes(needs: Needs, spot: Spot, tally: Tally): boolean;
  explain(needs: Needs, spot: Spot, tally: Tally): readonly Obstacle[];
}

const unfit = (text: string, help: string): Obstacle => ({ kind: 'unfit', text, help });
const MACHINE = 'tender token create --role agent';

/** It is there, and gets new work; or it is being drained, and this is what has to be done there before. */
const readiness: Filter = {
  passes: (needs, spot, tally) => readiness.explain(needs, spot, tally).length === 0,
  explain: ({ wanted: { act } }, { view }) => {
    const mayVisit = act === 'visit' && view?.state === 'ready' && view.withdrawn === 'draining';
    const away = view && !mayVisit && awayFrom(view);
    return away ? [away] : [];
  },
};

const executor: Filter = {
  passes: ({ wanted }, { view }) => factsOf(wanted.executor, view)?.available === true,
  explain: ({ wanted: { executor: kind } }, { view }) => {
    const facts = factsOf(kind, view);
    if (facts?.available) return [];
    const cause = facts?.detail ?? 'unknown to this agent';
    return [unfit(`no ${kind} there: ${cause}`, `add a machine that has ${kind}: ${MACHINE}`)];
  },
};

const factsOf = (kind: string, view: AgentView | undefined) =>
  view?.executors.find((facts) => facts.kind === kind);

/** `linux/arm/v7` runs where `linux/arm` does, as far as an engine says. */
const platform: Filter = {
  passes: ({ wanted }, { view }) =>
    wanted.platform === undefined ||
    withoutVariant(wanted.platform) === factsOf(wanted.executor, view)?.platform,
  explain: (needs, spot, tally) => {
    if (platform.passes(needs, spot, tally)) return [];
    const found = factsOf(needs.wanted.executor, spot.view)?.platform;
    const wants = needs.wanted.platform ?? '';
    const help = `an image for ${found ?? 'its platform'}, or a machine with ${wants}: ${MACHINE}`;
    return [{ kind: 'attribute', attribute: 'platform', value: found, wants, help }];
  },
};

/** The same, for whoever knows only attributes. */
export const platformCondition = (wanted: string): Condition => ({
  is: '==',
  attribute: 'platform',
  value: withoutVariant(wanted),
});

const withoutVariant = (text: string): string => text.split('/').slice(0, 2).join('/');

const conditions: Filter = {
  passes: ({ conditions: all }, { view }) => {
    if (all.length === 0) return true;
    const attributes = attributesOf(view);
    return all.every((one) => holds(one, attributes.get(one.attribute), matches));
  },
  explain: ({ conditions: all }, { view }, tally) => {
    const attributes = attributesOf(view);
    return all
      .filter((one) => !holds(one, attributes.get(one.attribute), matches))
      .map((one): Obstacle => {
        const { attribute } = one;
        const value = attributes.get(attribute);
        const meant = value === undefined ? tally.attributeLike(attribute) : undefined;
        const given = one.is === '==' ? one.value : '…';
        const help = meant
          ? `is ${meant} meant, instead of ${attribute}?`
          : isGiven(attribute)
            ? `loosen the constraint, or start an agent that fits: tender agent --attribute ${attribute}=${given}`
            : `loosen the constraint, or add a machine that fits: ${MACHINE}`;
        return { kind: 'attribute', attribute, value, wants: wantsText(one), help };
      });
  },
};

/** So many instances of the job at most, where they are counted together. */
const limits: Filter = {
  passes: ({ limits: all }, spot, tally) => all.every((limit) => isBelow(limit, spot, tally)),
  explain: ({ limits: all }, spot, tally) =>
    all
      .filter((limit) => !isBelow(limit, spot, tally))
      .map((limit): Obstacle => {
        const help = `ask for fewer instances, loosen the constraint, or add a machine: ${MACHINE}`;
        if (limit.is === 'distinct_hosts') return unfit('another instance of it is there', help);
        const { attribute, most } = limit;
        if (!attributesOf(spot.view).has(attribute))
          return { kind: 'attribute', attribute, value: undefined, wants: 'any', help };
        return unfit(`at most ${most} of it in one ${attribute}, and so many are in its ${attribute}`, help);
      }),
};

function isBelow(limit: Limit, { agent, view }: Spot, tally: Tally): boolean {
  if (limit.is === 'distinct_hosts') return tally.on(agent) === 0;
  const value = attributesOf(view).get(limit.attribute);
  return value !== undefined && tally.per(limit.attribute).of(value) < limit.most;
}

const scalars: Filter = {
  passes: (needs, spot) => {
    for (const [name, amount] of needs.amounts)
      if (amountAt(needs, spot, name, amount) > (spot.amounts.get(name) ?? 0)) return false;
    return true;
  },
  explain: (needs, spot) =>
    [...needs.amounts].flatMap(([name, amount]): Obstacle[] => {
      const [wants, has] = [amountAt(needs, spot, name, amount), spot.amounts.get(name) ?? 0];
      return wants > has ? [{ kind: 'shortfall', demand: '', name, needs: wants, free: has }] : [];
    }),
};

const amountAt = ({ wanted: { home, act } }: Needs, spot: Spot, name: string, amount: number): number =>
  home && movesIn(act) && name === 'disk' ? amount + diskToMake(home, spot) : amount;

/** Devices, and whatever else is there by name. */
const sets: Filter = {
  passes: (needs, { free }) =>
    needs.sets.every(([name, items]) => {
      const open = setOf(free, name);
      return items.every((item) => open.has(item));
    }),
  explain: (needs, { free, view }) =>
    needs.sets.flatMap(([name, items]) => {
      const [open, ever] = [setOf(free, name), setOf(view?.total ?? free, name)];
      return items
        .filter((item) => !open.has(item))
        .map((item) => {
          const help = `offer it: tender agent --resources '${name}:{${item}}'`;
          return ever.has(item)
            ? unfit(`${item} (${name}) is in use`, '')
            : unfit(`${item} is none of the ${name} that it offers`, help);
        });
    }),
};

const ports: Filter = {
  passes: ({ ports: { fixed, more } }, { free }) => {
    if (fixed.length + more === 0) return true;
    return fixed.every((port) => hasPort(free, port)) && fixed.length + more <= countPorts(free);
  },
  explain: ({ ports: { fixed, more } }, { free, view }) => {
    const another = 'choose another port, or let tender take any free one';
    const closed = fixed.filter((port) => !hasPort(free, port));
    const wrong = closed.map((port) =>
      hasPort(view?.total ?? free, port)
        ? unfit(`port ${port} is in use`, another)
        : unfit(`port ${port} is none that it offers`, another),
    );
    const left = countPorts(free) - (fixed.length - closed.length);
    const few = unfit(
      `too few free ports (wants ${more})`,
      'ask for fewer ports, or offer more with --resources',
    );
    return more <= left ? wrong : [...wrong, few];
  },
};

/** What is reserved and what is not are never the same ports. */
const countPorts = (free: Resources): number => {
  let count = 0;
  for (const entry of free)
    if (entry.name === 'ports' && 'ranges' in entry) count += countRanges(entry.ranges);
  return count;
};

const hasPort = (free: Resources, port: number): boolean =>
  free.some((entry) => entry.name === 'ports' && 'ranges' in entry && isIn(entry.ranges, port));

const isIn = (ranges: readonly Range[], port: number): boolean =>
  ranges.some(([from, to]) => from <= port && port <= to);

/** Where there is too little disk in all, that is a shortfall, and no fault of its pieces. */
const home: Filter = {
  passes: ({ wanted: { home: wish, act } }, spot) => {
    if (wish === undefined || act === 'visit') return true;
    if (act === 'release') return partsOfHome(spot.kept, wish).length > 0;
    return moveIn(wish, spot) !== undefined || diskToMake(wish, spot) > (spot.amounts.get('disk') ?? 0);
  },
  explain: (needs, spot, tally) =>
    needs.wanted.home === undefined || home.passes(needs, spot, tally) ? [] : [homeless(needs.wanted.home)],
};

/** What only the framework can judge; the master knows itself which agents are away. */
export const FILTERS: readonly Filter[] = [
  executor,
  platform,
  conditions,
  limits,
  scalars,
  sets,
  ports,
  home,
];

const OF_OFFERS: readonly Filter[] = [readiness, ...FILTERS];

const movesIn = (act: HomeAct | undefined): boolean => act !== 'visit' && act !== 'release';

/** With what is set aside there for the instance alone. */
function openTo({ wanted: { home } }: Needs, spot: Spot): Spot {
  const free = openAt(home, spot);
  return free === spot.free ? spot : { ...spot, free, amounts: amountsOf(free) };
}

export function fits(needs: Needs, spot: Spot, tally: Tally): boolean {
  const open = openTo(needs, spot);
  return OF_OFFERS.every((filter) => filter.passes(needs, open, tally));
}

/** Everything that keeps one instance off the agent. */
export function misfits(needs: Needs, spot: Spot, tally: Tally, filters = OF_OFFERS): Obstacle[] {
  const open = openTo(needs, spot);
  return filters.flatMap((filter) => filter.explain(needs, open, tally));
}

/** Of what changes while others are placed: the instances of the job where they are counted together. */
export const isBelowLimits = (needs: Needs, spot: Spot, tally: Tally): boolean =>
  limits.passes(needs, spot, tally);

/** Whether it would do, were all of it free; of no use for what is counted, such as `distinct_hosts`. */
export const suits = (needs: Needs, view: AgentView): boolean => {
  const spot = {
    agent: view.id,
    role: '',
    view,
    free: [],
    amounts: new Map(),
    total: new Map(),
    kept: [],
  };
  const nobody = new Tally(needs.wanted.job, () => 0, new Map());
  return [executor, platform, conditions].every((filter) => filter.passes(needs, spot, nobody));
};
