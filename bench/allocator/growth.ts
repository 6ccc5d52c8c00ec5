/**
 * How the time of a cycle grows with agents, frameworks and quota roles, as the exponent of a power law: 1 means that
 * twice as many take twice as long. Fitted to all points by least squares of the logarithms.
 */
import { note } from '../figures.ts';
import { detail, table } from './comparison.ts';
import { DecliningCluster } from './declining-cluster.ts';
import type { Part } from './part.ts';
import { agentsFor, groupsOf, quotaTimes } from './quota.ts';
import { duration, grouped, spreadOf } from './spread.ts';

type Point = readonly [agents: number, frameworks: number];

const AGENTS = [1000, 2000, 4000, 8000, 16_000, 32_000, 50_000];
const FRAMEWORKS = [100, 200, 400, 800, 1600, 2000];

interface Series {
  readonly what: string;
  readonly points: readonly Point[];
  readonly grows: (point: Point) => number;
  readonly measure: (point: Point) => number;
}

const byAgents = ([agents]: Point): number => agents;
const byFrameworks = ([, frameworks]: Point): number => frameworks;

const SERIES: Readonly<Record<string, Series>> = {
  agents: {
    what: 'a cycle that offers every agent, by agents (500 frameworks)',
    points: AGENTS.map((agents) => [agents, 500]),
    grows: byAgents,
    measure: offering,
  },
  frameworks: {
    what: 'a cycle that offers every agent, by frameworks (10,000 agents)',
    points: FRAMEWORKS.map((frameworks) => [10_000, frameworks]),
    grows: byFrameworks,
    measure: offering,
  },
  both: {
    what: 'a cycle that offers every agent, by agents, with a tenth as many frameworks',
    points: [...AGENTS.slice(0, 5).map((agents): Point => [agents, agents / 10]), [20_000, 2000]],
    grows: byAgents,
    measure: offering,
  },
  'refused-agents': {
    what: 'a look at all agents when all have refused all, by agents (200 frameworks)',
    points: AGENTS.slice(0, 5).map((agents) => [agents, 200]),
    grows: byAgents,
    measure: looking,
  },
  'refused-frameworks': {
    what: 'a look at all agents when all have refused all, by frameworks (2000 agents)',
    points: FRAMEWORKS.map((frameworks) => [2000, frameworks]),
    grows: byFrameworks,
    measure: looking,
  },
  'quota-first': {
    what: 'the first cycle of LargeAndSmallQuota, by roles, with as many agents',
    points: [100, 200, 400, 800, 1600, 3000].map((roles) => [roles, roles]),
    grows: byFrameworks,
    measure: ([, roles]) => quota(roles, 'first'),
  },
  'quota-look': {
    what: 'a cycle of LargeAndSmallQuota that looks at all agents, by roles, with as many agents',
    points: [100, 200, 400, 800, 1600, 3000].map((roles) => [roles, roles]),
    grows: byFrameworks,
    measure: ([, roles]) => quota(roles, 'look'),
  },
};

/** Rounds that are not counted, and those that are. */
const WARM_UP = 10;
const COUNTED = 20;
const LOOKS = 7;

export const part: Part = {
  runs: () => Object.keys(SERIES).map((name) => [name]),
  measure([name = '']) {
    const { what, points, grows, measure } = SERIES[name]!;
    table(`Growth: ${what}`);
    measure(points[0]!); // the first point would pay for code that is not compiled yet
    const times = points.map(measure);
    for (const [i, [agents, frameworks]] of points.entries())
      detail(`${grouped(agents).padStart(8)} × ${grouped(frameworks).padEnd(8)} ${duration(times[i]!)}`);
    const { exponent, fit } = powerLaw(points.map(grows), times);
    note(`grows with the power ${exponent.toFixed(2)} (R² ${fit.toFixed(3)})`);
  },
};

/** p50 of the first rounds of DeclineOffers. */
function offering([agents, frameworks]: Point): number {
  const cluster = clusterOf(agents, frameworks);
  for (let i = 0; i < WARM_UP; i++) cluster.cycle();
  return spreadOf(Array.from({ length: COUNTED }, () => cluster.cycle().allocate)).p50;
}

/** p50 of cycles that try everybody on every agent, and offer nothing. */
function looking([agents, frameworks]: Point): number {
  const cluster = clusterOf(agents, frameworks);
  cluster.refuseAll();
  return spreadOf(Array.from({ length: LOOKS }, () => cluster.lookAtAll())).p50;
}

function clusterOf(agents: number, frameworks: number): DecliningCluster {
  const cluster = new DecliningCluster(agents, frameworks);
  cluster.addFrameworks();
  cluster.addAgents();
  return cluster;
}

function quota(roles: number, name: 'first' | 'look'): number {
  const large = Math.round(roles / 6);
  const small = roles - large;
  const rounds = roles < 1000 ? 9 : 3;
  const times = Array.from({ length: rounds }, () =>
    quotaTimes('drf', agentsFor(small, large), groupsOf(small, large)),
  );
  return spreadOf(times.map((result) => result[name])).p50;
}

/** Of y = c · xᵉ: e, and how much of the variance it explains. */
function powerLaw(xs: readonly number[], ys: readonly number[]): { exponent: number; fit: number } {
  const u = xs.map(Math.log);
  const v = ys.map(Math.log);
  const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
  const [mu, mv] = [mean(u), mean(v)];
  const covariance = (a: readonly number[], ma: number, b: readonly number[], mb: number): number =>
    a.reduce((sum, x, i) => sum + (x - ma) * (b[i]! - mb), 0);
  const uv = covariance(u, mu, v, mv);
  const uu = covariance(u, mu, u, mu);
  return { exponent: uv / uu, fit: uv ** 2 / (uu * covariance(v, mv, v, mv)) };
}
