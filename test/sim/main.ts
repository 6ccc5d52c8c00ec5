/**
 * The simulator's command line:
 *
 *   npm run sim -- --seeds 1000 [--from 1] [--agents 5] [--hours 1] [--minutes 0] [--cores 2]   many seeds
 *   npm run sim -- --seed 7 [--trace] [--messages] [--only 3,17]                    one again, and what happened in it
 *   npm run sim -- --mutants [--seeds 200]                                          does it find what is wrong?
 *   npm run sim -- --scale …                                                        how much a master can carry
 *
 * Ends with 1 when something was violated, or a mutant was not found.
 */
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  strict: false,
  options: {
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    agents: { type: 'string', default: '5' },
    cores: { type: 'string' },
    hours: { type: 'string', default: '0' },
    minutes: { type: 'string', default: '0' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    messages: { type: 'boolean', default: false },
    only: { type: 'string' },
    mutants: { type: 'boolean', default: false },
    mutant: { type: 'string' },
    shrink: { type: 'string', default: '3' },
    scale: { type: 'boolean', default: false },
  },
});

const number = (value: unknown): number => Number(value);
const HOUR = 3_600_000;
const asked = number(values.hours) * HOUR + number(values.minutes) * 60_000;
const agents = number(values.agents);

if (values.scale) {
  process.argv = process.argv.filter((word) => word !== '--scale');
  await import('./scale-main.ts');
} else if (values.mutants) {
  const { findMutants } = await import('./find-mutants.ts');
  const names = typeof values.mutant === 'string' ? values.mutant.split(',') : undefined;
  const seeds = number(values.seeds ?? 200);
  const missed = await findMutants({ agents, length: asked || HOUR / 3, seeds, names, say: console.log });
  process.exitCode = missed > 0 ? 1 : 0;
} else if (values.seed !== undefined) {
  const { replay } = await import('./replay.ts');
  const only = typeof values.only === 'string' ? values.only.split(',').map(Number) : undefined;
  const found = await replay(
    { seed: number(values.seed), agents, length: asked || HOUR, only },
    { notes: values.trace === true, messages: values.messages === true },
    console.log,
  );
  process.exitCode = found > 0 ? 1 : 0;
} else {
  const { runSeeds } = await import('./run-seeds.ts');
  const found = await runSeeds({
    from: number(values.from),
    seeds: number(values.seeds ?? 100),
    agents,
    length: asked || HOUR,
    shrink: number(values.shrink),
    cores: values.cores === undefined ? undefined : number(values.cores),
    say: console.log,
  });
  process.exitCode = found > 0 ? 1 : 0;
}
