/** One seed again, in this process, with all that happened in it. */
import type { Order } from './orders.ts';
import { planOf } from './plan.ts';
import { simulate } from './simulate.ts';

/** @returns how many violations there were */
export async function replay(
  { seed, agents, length, only }: Order,
  keep: { readonly notes: boolean; readonly messages: boolean },
  say: (line: string) => void,
): Promise<number> {
  const whole = planOf(seed, length);
  const plan = only ? only.flatMap((place) => whole[place] ?? []) : whole;
  const began = performance.now();
  const { violations, lines, hash, passed, quietAfter } = await simulate({
    seed,
    plan,
    length,
    agents,
    keep,
  });
  const ms = performance.now() - began;
  for (const line of lines) say(line);
  say(`seed ${seed}: ${plan.length} steps, trace ${hash}`);
  say(
    `${(passed / 1000).toFixed(0)} virtual seconds in ${(ms / 1000).toFixed(1)} s: ${(passed / ms).toFixed(0)} times as fast`,
  );
  for (const { invariant, at, what } of violations)
    say(`VIOLATION at ${(at / 1000).toFixed(3)} s: ${invariant}: ${what}`);
  if (violations.length === 0) say(`no violation; quiet ${(quietAfter ?? 0) / 1000} s after the last fault`);
  return violations.length;
}
