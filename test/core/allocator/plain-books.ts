/**
 * All that the plain allocator knows, as lists, and what they say about one agent or one client. Nothing is
 * kept that could be counted again: every question goes through the lists anew, so that no figure can be
 * stale.
 */
import type { Claim, Demand, Quota, RoleTerms, Share } from '../../../src/core/allocator.ts';
import { type Quantities, quantitiesOf } from '../../../src/core/quantities.ts';
import {
  canonical,
  contains,
  countRanges,
  equals,
  type Range,
  type Resource,
  type Resources,
  rangesOf,
  scalar,
  shrink,
  subtract,
  UNRESERVED,
} from '../../../src/core/resources.ts';
import type { AgentId, FrameworkId } from '../../../src/core/task.ts';

export interface PlainAgent {
  readonly id: AgentId;
  total: Resources;
  attributes: Readonly<Record<string, string>>;
  active: boolean;
}

/** One framework in one of its roles. */
export interface Client {
  readonly framework: FrameworkId;
  readonly role: string;
  terms: RoleTerms;
  suppressed: boolean;
  demands: readonly Demand[];
}

export interface Filter {
  readonly framework: FrameworkId;
  readonly role: string;
  readonly agent: AgentId;
  readonly refused: Resources;
  /** So many unreserved ports were free on the agent. */
  readonly ports: number;
  readonly until: number;
}

export type Who = Pick<Client, 'framework' | 'role'>;

export class PlainBooks {
  agents: PlainAgent[] = [];
  frameworks: { readonly id: FrameworkId; active: boolean }[] = [];
  clients: Client[] = [];
  /** One for each offer and each `use`, less what was given back of it. */
  held: Share[] = [];
  /** What of the offers that are out does not count in shares: nobody could use it. */
  uncounted: (Omit<Share, 'resources'> & { readonly amounts: Quantities })[] = [];
  /** Where something was given, in the tree of roles and clients: once for each offer and each `use`. */
  given: string[] = [];
  filters: Filter[] = [];
  /** In the order in which they were made. */
  claims: Claim[] = [];
  quotas: { readonly role: string; readonly quota: Quota }[] = [];
  weights: { readonly role: string; readonly weight: number }[] = [];
}

export const same = (a: Who, b: Who): boolean => a.framework === b.framework && a.role === b.role;

/** Unreserved scalars that are nobody's yet to take away: what quotas speak of. */
export const isPlain = (r: Resource): boolean =>
  'scalar' in r && r.role === UNRESERVED && !r.revocable && !r.shared;

export const isPorts = (r: Resource): r is Resource & { readonly ranges: readonly Range[] } =>
  'ranges' in r && r.name === 'ports' && r.role === UNRESERVED && !r.revocable;

export const plainOf = (resources: Resources): Resources => resources.filter(isPlain);

/** The same with other plain entries. */
export const withPlain = (resources: Resources, plain: Resources): Resources =>
  canonical([...resources.filter((r) => !isPlain(r)), ...plain]);

export const countPorts = (resources: Resources): number =>
  countRanges(rangesOf(resources.filter(isPorts), 'ports'));

/** So much of each name. */
export function shrinkEach(resources: Resources, amount: (name: string) => number): Resources {
  const names = Object.keys(quantitiesOf(resources));
  return shrink(resources, Object.fromEntries(names.map((name) => [name, amount(name)])));
}

/** Each once, however often it is in the list. */
export const distinct = (entries: readonly Resource[]): Resource[] =>
  entries.filter((one, index) => entries.findIndex((other) => equals([other], [one])) === index);

/** What is in nobody's hands. A shared entry stays free, whoever holds it. */
export const freeOn = (books: PlainBooks, agent: PlainAgent): Resources =>
  books.held
    .filter((share) => share.agent === agent.id)
    .reduce(
      (free, { resources }) =>
        subtract(
          free,
          resources.filter((r) => !r.shared),
        ),
      agent.total,
    );

export const claimsOn = (books: PlainBooks, agent: PlainAgent): readonly Claim[] =>
  books.claims.filter((claim) => claim.agent === agent.id);

/** So much of that name do these claims keep. */
export const claimed = (claims: readonly Claim[], name: string): number =>
  claims.reduce((sum, { needs }) => sum + (needs[name] ?? 0), 0);

/** These with only so much of what is plain, by name. */
export const cutPlain = (resources: Resources, amount: (name: string) => number): Resources =>
  withPlain(resources, shrinkEach(plainOf(resources), amount));

/** What is free and kept for nobody. */
export function unclaimedOn(books: PlainBooks, agent: PlainAgent): Resources {
  const free = freeOn(books, agent);
  const claims = claimsOn(books, agent);
  return cutPlain(free, (name) => scalar(plainOf(free), name) - claimed(claims, name));
}

export const isActive = (books: PlainBooks, framework: FrameworkId): boolean =>
  books.frameworks.some(({ id, active }) => id === framework && active);

export const isWanting = (books: PlainBooks, client: Client): boolean =>
  isActive(books, client.framework) && !client.suppressed;

/** Whatever the old one refuses the new one refuses too, and for longer. */
export const isOutdone = (old: Filter, by: Filter): boolean =>
  same(old, by) &&
  old.agent === by.agent &&
  old.until <= by.until &&
  old.ports <= by.ports &&
  contains(
    by.refused,
    old.refused.filter((r) => !isPorts(r)),
  );

/**
 * What a client could not use of an offer: what is left when one demand after the other has been served, each as often
 * as there is enough of everything for it. undefined: the offer counts whole, because nothing of it can be used, or not
 * only plain resources and ports are in it.
 */
export function unusableOf({ demands }: Client, offered: Resources): Quantities | undefined {
  if (!offered.every((r) => isPorts(r) || isPlainAmount(r))) return undefined;
  const left: Record<string, number> = { ...quantitiesOf(offered) };
  let isUsable = false;
  for (const { needs, count } of demands) {
    const names = Object.keys(needs).filter((name) => name !== 'ports' && (needs[name] as number) > 0);
    if (names.length === 0) continue;
    for (let times = 0; times < count; times++) {
      if (names.some((name) => (left[name] ?? 0) < (needs[name] as number))) break;
      for (const name of names) left[name] = (left[name] ?? 0) - (needs[name] as number);
      isUsable = true;
    }
  }
  return isUsable ? left : undefined;
}

export const isPlainAmount = (r: Resource): boolean => isPlain(r) && r.disk === undefined;
