/** Whether known defects are found: each is put in alone, and seeds are run until one of them shows it. */
import { MUTANTS } from './mutants.ts';
import { checkPlace } from './mutate.ts';
import { workers } from './workers.ts';

export interface FindOptions {
  readonly agents: number;
  readonly length: number;
  /** It has to be found within so many. */
  readonly seeds: number;
  /** @default all */
  readonly names?: readonly string[] | undefined;
  readonly say: (line: string) => void;
}

/** @returns how many were not found @throws Error where the place of one has gone */
export async function findMutants({ names, say, ...options }: FindOptions): Promise<number> {
  const chosen = MUTANTS.filter(({ name }) => names?.includes(name) ?? true);
  for (const mutant of chosen) checkPlace(mutant);
  let missed = 0;
  for (const { name, says } of chosen) {
    const found = await find(name, options);
    if (!found) missed += 1;
    say(
      found
        ? `found by seed ${found.seed}: ${name}: ${found.what}`
        : `NOT FOUND in ${options.seeds} seeds: ${name} (${says})`,
    );
  }
  return missed;
}

async function find(
  mutant: string,
  { agents, length, seeds }: Omit<FindOptions, 'names' | 'say'>,
): Promise<{ seed: number; what: string } | undefined> {
  const pool = workers(mutant);
  let found: { seed: number; what: string } | undefined;
  await Promise.all(
    Array.from({ length: seeds }, async (_, n) => {
      const seed = n + 1;
      const report = await pool.run({ seed, agents, length }, () => found === undefined);
      const [first] = report?.violations ?? [];
      if (first) found ??= { seed, what: `${first.invariant}: ${first.what.split('\n')[0]}` };
    }),
  );
  pool.close();
  return found;
}
