/**
 * LargeAndSmallQuota: roles with a framework each, guaranteed and limited to half an agent or to two. A quarter of the
 * agents stays free, and nobody may have it: Mesos tries every role on each of them in every cycle. NonQuotaVsQuota:
 * the same allocations, without quota and with it.
 */
import { HierarchicalAllocator } from '../../src/core/allocator/hierarchical-allocator.ts';
import type { Share } from '../../src/core/allocator.ts';
import type { Quantities } from '../../src/core/quantities.ts';
import { resourcesOf } from '../../src/core/resources.ts';
import type { AgentId, FrameworkId } from '../../src/core/task.ts';
import { note } from '../figures.ts';
import { compare, table } from './comparison.ts';
import type { Part } from './part.ts';
import { QUOTA } from './published.ts';
import { seeded } from './seeded.ts';
import { grouped, once, type Spread, spreadOf, timed } from './spread.ts';

type Sorter = 'drf' | 'random';

const SORTERS = ['drf', 'random'] as const;
const SMALL_AND_LARGE = [
  ['25', '5'],
  ['250', '50'],
  ['2500', '500'],
] as const;
const ROLES = ['10', '100', '1000'];

const AGENT = { cpus: 2000, mem: 2_048_000, disk: 2_048_000 };
const agentsWorth = (factor: number): Quantities =>
  Object.fromEntries(Object.entries(AGENT).map(([name, amount]) => [name, amount * factor]));

const FIRST_TARGET = 300;
const IDLE_TARGET = 5;

/** So many clusters one after the other, or as many as fit into the time (ms). */
const REPEATS = 20;
const TIME = 10_000;
const AT_LEAST = 3;

export const part: Part = {
  runs: () => [
    ...SORTERS.flatMap((sorter) => SMALL_AND_LARGE.map((roles) => ['large-and-small', sorter, ...roles])),
    ...SORTERS.flatMap((sorter) => ROLES.map((roles) => ['non-quota', sorter, roles])),
  ],
  measure([what, sorter, ...roles]) {
    const [first = 0, second = 0] = roles.map(Number);
    if (what === 'large-and-small') measureLargeAndSmall(sorter as Sorter, first, second);
    else measureNonQuota(sorter as Sorter, first);
  },
};

/** Frameworks in roles of their own or together, and the quota of these roles, in agents. */
interface Group {
  readonly role: string;
  readonly frameworks: number;
  readonly quota: number | undefined;
}

/** ms, and the offers of the first cycle. */
export interface QuotaTimes {
  readonly add: number;
  readonly first: number;
  /** Nothing has changed since the first. */
  readonly idle: number;
  /** All agents are looked at, and nothing is offered. */
  readonly look: number;
  /** A task ends, and what it had is offered again: to the role that was promised it. */
  readonly free: number;
  readonly offers: number;
}

export function groupsOf(small: number, large: number): Group[] {
  return [
    ...Array.from({ length: small }, (_, i) => ({ role: `small-${i}`, frameworks: 1, quota: 0.5 })),
    ...Array.from({ length: large }, (_, i) => ({ role: `large-${i}`, frameworks: 1, quota: 2 })),
  ];
}

export const agentsFor = (small: number, large: number): number => Math.floor(small / 5) + large * 5;

export function quotaTimes(sorter: Sorter, agentCount: number, groups: readonly Group[]): QuotaTimes {
  const allocator = new HierarchicalAllocator({ random: seeded(), sorter });
  const agents = Array.from({ length: agentCount }, (_, i) => `agent-${i}` as AgentId);
  const total = resourcesOf(AGENT);
  const tell = (): void => {
    for (const agent of agents) allocator.setAgent(agent, total);
  };
  const allocate = (): readonly Share[] => allocator.allocate(0).offers;

  tell();
  allocate();
  const add = timed(() => {
    for (const { role, frameworks } of groups)
      for (let i = 0; i < frameworks; i++) allocator.setFramework(`${role}-${i}` as FrameworkId, [role]);
  });
  for (const { role, quota } of groups)
    if (quota !== undefined)
      allocator.setQuota(role, { guarantee: agentsWorth(quota), limit: agentsWorth(quota) });
  let offers: readonly Share[] = [];
  const first = timed(() => {
    offers = allocate();
  });
  let more = 0;
  const again = (): void => {
    more += allocate().length;
  };
  const idle = timed(again);
  tell();
  const look = timed(again);
  if (more > 0) throw new Error(`${more} offers in a cycle that should make none`);
  const free = timed(() => {
    allocator.recover(offers[0]!);
    again();
  });
  return { add, first, idle, look, free, offers: offers.length };
}

function repeated(measure: () => QuotaTimes): QuotaTimes[] {
  const start = performance.now();
  const results = [measure()];
  while (results.length < AT_LEAST || (results.length < REPEATS && performance.now() - start < TIME))
    results.push(measure());
  return results;
}

const spread = (results: readonly QuotaTimes[], name: keyof QuotaTimes): Spread =>
  spreadOf(results.map((result) => result[name]));

function measureLargeAndSmall(sorter: Sorter, small: number, large: number): void {
  const agents = agentsFor(small, large);
  table(`LargeAndSmallQuota, ${grouped(agents)} agents, ${grouped(small + large)} roles, ${sorter} sorter`);
  const [cold, ...warm] = repeated(() => quotaTimes(sorter, agents, groupsOf(small, large)));
  // What Mesos has published is of the largest, with its default sorter.
  const theirs = large === 500 && sorter === 'drf' ? QUOTA : undefined;
  const isJudged = large === 500;
  const of = `${grouped(small + large)} quota roles, ${sorter}`;
  compare('add frameworks', spread(warm, 'add'), { theirs: theirs?.add });
  compare(`first cycle, ${grouped(cold!.offers)} offers, the process’ first one`, once(cold!.first), {
    theirs: theirs?.first,
  });
  compare(`${of}: first cycle, of the following clusters`, spread(warm, 'first'), {
    theirs: theirs?.first,
    target: isJudged ? FIRST_TARGET : undefined,
  });
  compare(`${of}: second cycle, nothing has changed`, spread(warm, 'idle'), {
    target: isJudged ? IDLE_TARGET : undefined,
  });
  compare('second cycle, every agent looked at again, as Mesos does', spread(warm, 'look'), {
    theirs: theirs?.second,
  });
  compare('one task ends, until what it had is offered again', spread(warm, 'free'));
  const whole = small + 2 * large;
  if (cold!.offers > whole)
    note(`${grouped(whole)} offers would do: some large role has its last half agent beside a small one`);
}

function measureNonQuota(sorter: Sorter, roles: number): void {
  const agents = 2 * roles;
  table(`NonQuotaVsQuota, ${grouped(agents)} agents, ${grouped(roles)} roles, ${sorter} sorter`);
  const groups = (quota: number | undefined): Group[] =>
    Array.from({ length: roles }, (_, i) => ({ role: `role-${i}`, frameworks: 2, quota }));
  for (const [name, quota] of [
    ['without quota', undefined],
    ['with quota', 2],
  ] as const) {
    const [cold, ...warm] = repeated(() => quotaTimes(sorter, agents, groups(quota)));
    compare(`${name}: first cycle, ${grouped(cold!.offers)} offers`, spread(warm, 'first'));
    compare(`${name}: a cycle that looks at all agents`, spread(warm, 'look'));
  }
}
