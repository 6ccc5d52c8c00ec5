/**
 * Runs the seeds it is given, one after the other, in a process of its own. It may have been told to carry a defect: then
 * that is put into the sources as they are loaded, so everything else comes afterwards.
 */
import { MUTANTS } from './mutants.ts';
import { mutate } from './mutate.ts';
import type { Order } from './orders.ts';

const mutant = process.env['TENDER_SIM_MUTANT'];
if (mutant !== undefined) mutate(MUTANTS.find(({ name }) => name === mutant)!);

const { simulate } = await import('./simulate.ts');
const { planOf } = await import('./plan.ts');

process.on('message', async ({ seed, agents, length, only }: Order) => {
  const whole = planOf(seed, length);
  const plan = only ? only.flatMap((place) => whole[place] ?? []) : whole;
  const { lines: _, ...report } = await simulate({ seed, plan, length, agents });
  process.send?.(report);
});
process.on('disconnect', () => process.exit());
