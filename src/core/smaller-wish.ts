/** By how much less something would have to ask for to fit on an agent as it is now: the smallest such change there is. */
import { amountText, type Obstacle } from './gate-text.ts';
import type { Blocked } from './obstacles.ts';
import type { AgentId } from './task.ts';

type Shortfall = Extract<Obstacle, { kind: 'shortfall' }>;

interface Change {
  readonly agent: AgentId;
  /** All that is too little there for one demand. */
  readonly less: readonly Shortfall[];
  /** The largest part of a wish that is to go: in (0, 1). */
  readonly part: number;
}

/** Thousandths of what is said by tenths of a GiB from 1 GiB on, and by MiB below. */
const GIB = 1_024_000;
const MIB = 1_000;

/** @returns half a sentence; undefined where no wish but an empty one would fit, or more than room is missing */
export function smallerWish(
  blocked: readonly Blocked[],
  nameOf: (agent: AgentId) => string,
): string | undefined {
  const [first, ...others] = blocked.flatMap(changesOn);
  if (!first) return undefined;
  const { agent, less } = others.reduce((best, one) => (one.part < best.part ? one : best), first);
  const amounts = less.map(({ name, needs, free }) => amountText(name, roundedUp(name, needs - free)));
  const [last, ...before] = amounts.reverse();
  const { demand } = less[0]!;
  const whom = demand === '' ? '' : ` for ${demand}`;
  const what = [...(before.length > 0 ? [before.reverse().join(', ')] : []), last].join(' and ');
  return `ask for ${what} less${whom}, which fits on ${nameOf(agent)}`;
}

function changesOn({ agent, by }: Blocked): Change[] {
  // What is refused because it cannot be used is no reason of its own.
  const causes = by.filter(({ kind }) => kind !== 'filter');
  const shortfalls = causes.filter((one): one is Shortfall => one.kind === 'shortfall');
  if (agent === undefined || shortfalls.length < causes.length) return [];
  return [...Map.groupBy(shortfalls, ({ demand }) => demand).values()].flatMap((less) => {
    const part = Math.max(...less.map(({ needs, free }) => (needs - free) / needs));
    return part < 1 ? [{ agent, less, part }] : [];
  });
}

function roundedUp(name: string, milli: number): number {
  if (name !== 'mem' && name !== 'disk') return milli;
  const unit = milli < GIB ? MIB : GIB / 10;
  return Math.ceil(milli / unit) * unit;
}
