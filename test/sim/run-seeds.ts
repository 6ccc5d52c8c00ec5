/** Many seeds over all cores: what was violated, by which least plan, and what was done to the cluster altogether. */
import type { Report } from './orders.ts';
import { planOf, type Step } from './plan.ts';
import { type Subset, shrink } from './shrink.ts';
import { type Workers, workers } from './workers.ts';

export interface ManyOptions {
  readonly from: number;
  readonly seeds: number;
  readonly agents: number;
  readonly length: number;
  /** So many violations are traced back to the least plan that leads to them. */
  readonly shrink: number;
  /** @default all of them */
  readonly cores?: number | undefined;
  readonly say: (line: string) => void;
}

/** A violation is traced back for so long (real ms). */
const PATIENCE = 120_000;
/** Said now and then, with many seeds. */
const PROGRESS = 60_000;

/** @returns how many seeds have violated something */
export async function runSeeds(options: ManyOptions): Promise<number> {
  const { from, seeds, agents, length, say } = options;
  const pool = workers(undefined, options.cores);
  const began = performance.now();
  const totals = new Map<string, number>();
  const failed: Report[] = [];
  let passed = 0;
  let done = 0;
  let slowest = 0;
  let told = began;
  await Promise.all(
    Array.from({ length: seeds }, async (_, n) => {
      const report = await pool.run({ seed: from + n, agents, length });
      done += 1;
      passed += report.passed;
      slowest = Math.max(slowest, report.quietAfter ?? 0);
      for (const [name, times] of Object.entries(report.counts))
        totals.set(name, (totals.get(name) ?? 0) + times);
      if (report.violations.length > 0) {
        failed.push(report);
        sayViolation(report, say);
      }
      if (performance.now() - told < PROGRESS) return;
      told = performance.now();
      say(`${done} of ${seeds} seeds, ${failed.length} with violations, ${speed(passed, told - began)}`);
    }),
  );
  const ms = performance.now() - began;
  for (const report of failed.slice(0, options.shrink)) await trace(pool, report, options);
  pool.close();
  for (const [name, times] of [...totals].sort(([a], [b]) => (a < b ? -1 : 1)))
    say(`${String(times).padStart(10)}  ${name}`);
  say(
    `${seeds} seeds of ${length / 60_000} virtual minutes, ${agents} agents, in ${(ms / 1000).toFixed(0)} s: ${speed(passed, ms)}`,
  );
  say(
    `at most ${slowest / 1000} s from the last fault until all was quiet; ${failed.length} seeds with violations`,
  );
  return failed.length;
}

const speed = (virtual: number, real: number): string =>
  `${(virtual / real).toFixed(0)} times as fast as real time`;

function sayViolation({ seed, violations }: Report, say: (line: string) => void): void {
  for (const { invariant, at, what } of violations.slice(0, 3))
    say(`seed ${seed} at ${(at / 1000).toFixed(3)} s: ${invariant}: ${what}`);
}

async function trace(pool: Workers, report: Report, { agents, length, say }: ManyOptions): Promise<void> {
  const { seed } = report;
  const plan = planOf(seed, length);
  const [first] = report.violations;
  const until = performance.now() + PATIENCE;
  const fails = async (only: Subset): Promise<boolean> => {
    const { violations } = await pool.run({ seed, agents, length, only });
    return violations.some(({ invariant }) => invariant === first!.invariant);
  };
  const least = await shrink(plan, fails, () => performance.now() < until);
  say(`seed ${seed}: ${least.length} of ${plan.length} steps are enough:`);
  for (const place of least) say(`  ${stepText(plan[place]!)}`);
  const minutes = length / 60_000;
  say(
    `  npm run sim -- --seed ${seed} --minutes ${minutes} --agents ${agents} --trace --only ${least.join(',')}`,
  );
}

const stepText = ({ at, kind, name, lasts }: Step): string =>
  `${(at / 1000).toFixed(1).padStart(8)} s  ${kind === 'fault' ? `${name}, for ${(lasts / 1000).toFixed(1)} s` : name}`;
