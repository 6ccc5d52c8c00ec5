/**
 * What will be done and what will break, and when: worked out from the seed before anything runs, so that a run can be had
 * again with parts of its plan left out. Each seed has a taste of its own: some kinds of fault not at all, others
 * often, some hours calm and some wild.
 */
import { ACTIONS } from './actions.ts';
import { type Chance, chanceOf } from './chance.ts';
import { FAULTS } from './faults.ts';
import type { Luck } from './people.ts';

export interface Step extends Luck {
  /** Milliseconds from the start. */
  readonly at: number;
  readonly kind: 'action' | 'fault';
  readonly name: string;
  /** Of a fault (ms). */
  readonly lasts: number;
}

/** Between two actions, and between two faults, on the average (ms); a seed has between half and twice as many. */
const BETWEEN_ACTIONS = 10_000;
const BETWEEN_FAULTS = 20_000;
/** Submitted right at the start. */
const FIRST = ['submit', 'submit a batch job', 'submit', 'submit a database'];
const FIRST_JOBS = 12;
/** In the end less is wanted, and some do not hear of it at once: what is lost then nobody repairs by chance. */
const LAST_WORDS = 6;
const UNHEARD_BY = 2;
const BEFORE_THE_END = 16_000;
/** Of the kinds of fault a seed has so many. */
const SHARE = 0.6;

function times(chance: Chance, between: number, length: number): number[] {
  const out: number[] = [];
  const mean = between * (0.5 + 1.5 * chance.next());
  for (let at = 0; ; ) {
    at += -Math.log(1 - chance.next()) * mean;
    if (at >= length) return out;
    out.push(Math.round(at));
  }
}

function weighted<T extends { readonly weight: number }>(list: readonly T[], chance: Chance): T {
  let luck = chance.next() * list.reduce((sum, { weight }) => sum + weight, 0);
  for (const one of list) {
    luck -= one.weight;
    if (luck < 0) return one;
  }
  return list[0]!;
}

/** @param length of the run (ms) */
export function planOf(seed: number, length: number): Step[] {
  const chance = chanceOf(seed, 'plan');
  const luck = (): Luck => ({ a: chance.next(), b: chance.next(), c: chance.next() });
  const chosen = FAULTS.filter(() => chance.happens(SHARE));
  const faults = chosen.length > 0 ? chosen : FAULTS;
  const actions = times(chance, BETWEEN_ACTIONS, length).map(
    (at): Step => ({ at, kind: 'action', name: weighted(ACTIONS, chance).name, lasts: 0, ...luck() }),
  );
  const breaks = times(chance, BETWEEN_FAULTS, length).map((at): Step => {
    const { name, lasts } = weighted(faults, chance);
    const [least, most] = lasts;
    // Short ones more often than long ones.
    return {
      at,
      kind: 'fault',
      name,
      lasts: Math.round(least + (most - least) * chance.next() ** 2),
      ...luck(),
    };
  });
  const first = Array.from(
    { length: FIRST_JOBS },
    (_, n): Step => ({ at: 1_000 * n, kind: 'action', name: FIRST[n % FIRST.length]!, lasts: 0, ...luck() }),
  );
  const end = Math.max(0, length - BEFORE_THE_END);
  const last = Array.from({ length: LAST_WORDS }, (_, n): Step => {
    const name = n % 2 === 0 ? 'scale' : 'stop';
    return { at: end + 1_000 * (n + 1), kind: 'action', name, lasts: 0, ...luck() };
  });
  const unheard = Array.from({ length: UNHEARD_BY }, (): Step => {
    return { at: end, kind: 'fault', name: 'a connection breaks', lasts: BEFORE_THE_END / 2, ...luck() };
  });
  return [...first, ...actions, ...breaks, ...last, ...unheard].sort((x, y) => x.at - y.at);
}
