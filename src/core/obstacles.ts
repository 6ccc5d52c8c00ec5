/**
 * What stands in the way on many agents, brought down to what a person wants to read: agents where it is the same are
 * one group, the group nearest to an offer first. What differs from agent to agent only in figures (how much is free,
 * when a filter ends) is one group, too, as soon as there are many: 10,000 agents are a few lines, never a list to read
 * through.
 */
import type { Obstacle } from './gate-text.ts';
import { covers, type Quantities, quantitiesOf } from './quantities.ts';
import { type Resources, usableBy } from './resources.ts';
import type { AgentId } from './task.ts';

/** All that stands in the way on one agent, or everywhere. */
export interface Blocked {
  readonly agent?: AgentId | undefined;
  /** At least one. */
  readonly by: readonly Obstacle[];
}

/** Agents where the same stands in the way. */
export interface Group {
  /** In the order they came; empty: everywhere. */
  readonly agents: readonly AgentId[];
  /** Each with the largest figures of all agents. */
  readonly by: readonly Obstacle[];
  /** Which of them have other figures on other agents. */
  readonly varies: readonly boolean[];
}

/** So many groups are shown with figures of their own. */
const FEW = 5;

/** What people read of one: what reads the same is the same. */
type Words = (obstacle: Obstacle) => string;

/** The nearest to an offer first. */
export function grouped(blocked: readonly Blocked[], words: Words): Group[] {
  const bare = blocked.map(withoutConsequences);
  const exact = groupBy(bare, words, words);
  const groups = exact.length <= FEW ? exact : groupBy(bare, withoutFigures, words);
  return groups.sort((a, b) => distance(a.by) - distance(b.by) || a.by.length - b.by.length);
}

/**
 * What one would have to do away with, if that is the same wherever there would be room but for it. Agents that are full
 * or away are no objection to a limit that could be raised.
 */
export function decisive(blocked: readonly Blocked[], words: Words): Group | undefined {
  const groups = groupBy(blocked.map(withoutConsequences), withoutFigures, words);
  const nearest = Math.min(...groups.map(({ by }) => distance(by)));
  const [first, ...others] = groups.filter(({ by }) => distance(by) === nearest);
  if (!first || others.length > 0) return undefined;
  const isAll = groups.length === 1 && first.by.length === 1;
  return nearest <= HAS_ROOM || isAll ? first : undefined;
}

/** For which roles so much is reserved of what is free; none, where even that would not do. */
export function ownersOf(lacking: Quantities, free: Resources, role: string): string[] {
  const usable = new Set(usableBy(free, role));
  const others = free.filter((entry) => !usable.has(entry) && Object.hasOwn(lacking, entry.name));
  return covers(quantitiesOf(others), lacking) ? [...new Set(others.map((entry) => entry.role))].sort() : [];
}

interface Presence {
  readonly name: string;
  readonly state: string;
  readonly withdrawn?: string | undefined;
  readonly fault?: string | undefined;
  /** It is waited for, however long that takes. */
  readonly isWaitedFor?: boolean;
}

/** Undefined: it is there, and gets new work. */
export function awayFrom({ name, state, withdrawn, fault, isWaitedFor }: Presence): Obstacle | undefined {
  if (state === 'unreachable')
    return { kind: 'away', state, help: `if ${name} will not come back: tender gone ${name}` };
  if (state !== 'ready')
    return {
      kind: 'away',
      state,
      help: isWaitedFor ? `not to wait for ${name}: tender give-up ${name}` : '',
    };
  if (withdrawn !== undefined)
    return { kind: 'away', state: withdrawn, help: `to use ${name} again: tender activate ${name}` };
  return fault === undefined
    ? undefined
    : { kind: 'away', state: fault, help: `see what is wrong with ${name}: tender why ${name}` };
}

/** How far it is from an offer: nothing to do but wait, a word to say, an agent to set up anew, room or a machine. */
const DISTANCES: Readonly<Record<Obstacle['kind'], number>> = {
  recovering: 0,
  offered: 0,
  filter: 0,
  claimed: 1,
  limit: 1,
  headroom: 1,
  suppressed: 1,
  disconnected: 1,
  lent: 2,
  reserved: 2,
  constraint: 3,
  attribute: 3,
  unfit: 3,
  shortfall: 3,
  minimum: 3,
  inactive: 4,
  away: 4,
};
/** Up to here there is room. */
const HAS_ROOM = 2;

/** Where there is room, but for others, the room is not what is missing. */
function distance(by: readonly Obstacle[]): number {
  const hasRoom = by.some(({ kind }) => kind === 'reserved' || kind === 'lent');
  const isMoot = ({ kind }: Obstacle): boolean => hasRoom && (kind === 'shortfall' || kind === 'minimum');
  return Math.max(...by.filter((obstacle) => !isMoot(obstacle)).map(({ kind }) => DISTANCES[kind]));
}

/** Nothing else matters of an agent that is not there, or not wanted; and what cannot be used is refused for that. */
function withoutConsequences({ agent, by }: Blocked): Blocked {
  const of = (...kinds: readonly Obstacle['kind'][]): Obstacle[] =>
    by.filter(({ kind }) => kinds.includes(kind));
  const causes = by.filter(({ kind }) => kind !== 'filter');
  const decisions = [of('away', 'inactive'), of('constraint'), causes];
  return { agent, by: decisions.find((some) => some.length > 0) ?? by };
}

function groupBy(
  blocked: readonly Blocked[],
  sameness: (obstacle: Obstacle) => unknown,
  words: Words,
): Group[] {
  const groups = new Map<
    string,
    { agents: AgentId[]; by: readonly Obstacle[]; varies: readonly boolean[] }
  >();
  for (const { agent, by } of blocked) {
    const key = JSON.stringify([agent === undefined, by.map(sameness)]);
    const known = groups.get(key);
    const group = known ?? { agents: [], by, varies: by.map(() => false) };
    if (!known) groups.set(key, group);
    else {
      group.varies = group.varies.map((varies, i) => varies || words(group.by[i]!) !== words(by[i]!));
      group.by = group.by.map((obstacle, i) => larger(obstacle, by[i]!));
    }
    if (agent !== undefined) group.agents.push(agent);
  }
  return [...groups.values()];
}

/** The obstacle without what may differ from agent to agent. */
function withoutFigures(obstacle: Obstacle): unknown {
  switch (obstacle.kind) {
    case 'filter':
    case 'minimum':
    case 'offered':
      return obstacle.kind;
    case 'headroom':
      return { ...obstacle, held: 0 };
    case 'lent':
      return { ...obstacle, amounts: {} };
    case 'shortfall':
      return { ...obstacle, free: 0 };
    case 'attribute':
      return { ...obstacle, value: obstacle.value === undefined ? undefined : '', help: '' };
    case 'away':
    case 'unfit':
      return { ...obstacle, help: '' };
    default:
      return obstacle;
  }
}

/** Of two that are the same but for their figures. */
function larger(a: Obstacle, b: Obstacle): Obstacle {
  if (a.kind === 'filter' && b.kind === 'filter') return a.until > b.until ? a : b;
  if (a.kind === 'headroom' && b.kind === 'headroom') return a.held > b.held ? a : b;
  if (a.kind === 'shortfall' && b.kind === 'shortfall') return a.free > b.free ? a : b;
  if (a.kind === 'minimum' && b.kind === 'minimum') return { ...a, free: most(a.free, b.free) };
  if (a.kind === 'offered' && b.kind === 'offered') return { ...a, amounts: most(a.amounts, b.amounts) };
  return a;
}

function most(a: Quantities, b: Quantities): Quantities {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((name) => [name, Math.max(a[name] ?? 0, b[name] ?? 0)]));
}
