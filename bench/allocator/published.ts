/**
 * What Mesos has published of its own benchmarks, and where. On its authors' machines, years ago: a ratio to these says
 * an order of magnitude, no more. Times in ms.
 */

export interface Published {
  readonly ms: number;
  /** Published as "less than". */
  readonly isBound?: true;
  readonly source: string;
}

const CHART = 'Mesos 1.8 in the chart of allocation cycles of its release blog (read off)';

/** DeclineOffers, a cycle that offers every agent: agents × frameworks. */
export const CYCLES: Readonly<Record<string, Published>> = {
  '1000 × 100': { ms: 100, isBound: true, source: CHART },
  '5000 × 500': { ms: 400, source: CHART },
  '10000 × 1000': { ms: 1060, source: 'Mesos commit 86653356d' },
  '20000 × 2000': { ms: 3800, source: CHART },
};

/** DeclineOffers, all agents added; Mesos makes the first offers meanwhile. */
export const AGENTS_ADDED: Readonly<Record<string, Published>> = {
  '10000 × 1000': { ms: 1610, source: 'Mesos commit 86653356d' },
  '10000 × 3000': { ms: 3100, source: 'Mesos commit 6abe32f08 (3.1 to 3.6 s)' },
};

/** LargeAndSmallQuota: 3000 agents, roles and frameworks. */
export const QUOTA = {
  add: { ms: 17_200, source: 'Mesos commit 81e10fc02' },
  first: { ms: 15_500, source: 'Mesos commit 81e10fc02' },
  second: { ms: 13_800, source: 'Mesos commit 81e10fc02' },
} as const satisfies Record<string, Published>;

/** Sorter, 50,000 agents × 1000 clients. */
export const SORTER = {
  allocate: { ms: 94, source: 'Mesos commit 6abe32f08 (94 ms before it, 183 after)' },
  remove: { ms: 5400, source: 'Mesos commit 6abe32f08 (5.4 s before it, 12.2 after)' },
} as const satisfies Record<string, Published>;

/** What came free waits for the next periodic cycle. */
export const TICK: Published = { ms: 1000, isBound: true, source: 'Mesos’ allocation interval' };

/** MultiFrameworkAllocations gives up after this. */
export const GIVE_UP: Published = {
  ms: 30_000,
  isBound: true,
  source: 'no figure; Mesos’ benchmark gives up after 30 s',
};
