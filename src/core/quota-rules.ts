/**
 * What may be said of roles, and how their quotas fit together. A guarantee is a promise to a role *and all below it*:
 * what is promised below a role that has a guarantee is a part of that, name by name, and counts once. A role without
 * any guarantee promises what those below it are promised. So one sum over the top says what the cluster owes.
 * (A limit below a smaller one is legal: the smaller one binds.)
 */
import type { Quota } from './allocator.ts';
import { defaultRole, type RoleRecord } from './cluster.ts';
import { TenderError } from './errors.ts';
import { amountText } from './gate-text.ts';
import type { Quantities } from './quantities.ts';
import { ancestorsOf, isBelow } from './roles.ts';

/** Fields that are absent stay as they are, also those of the quota; `null` takes the whole quota away. */
export interface RoleChange {
  readonly role: string;
  readonly weight?: number | undefined;
  readonly priority?: number | undefined;
  readonly preemption?: boolean | undefined;
  readonly quota?:
    | { readonly guarantee?: Quantities | undefined; readonly limit?: Quantities | undefined }
    | null
    | undefined;
}

/** A role's quota, and how it is used: by the role and all below it. */
export interface QuotaUse extends Quota {
  readonly role: string;
  /** In use, or reserved whether in use or not; without what is only offered. */
  readonly consumed: Quantities;
  readonly offered: Quantities;
}

/** Shares are divided by it: what is nearly nothing or nearly infinite would only confuse them. */
const MIN_WEIGHT = 0.001;
const MAX_WEIGHT = 1_000_000;

const NO_QUOTA: Quota = { guarantee: {}, limit: {} };

/** @throws TenderError `role.invalid` */
export function changedRole(known: RoleRecord | undefined, change: RoleChange): RoleRecord {
  const { role } = change;
  const old = known ?? defaultRole(role);
  const { weight = old.weight, priority = old.priority, preemption = old.preemption } = change;
  const invalid = (what: string, expected: string, found: number): never => {
    throw new TenderError('role.invalid', { role, what, expected, found });
  };
  if (!(weight >= MIN_WEIGHT && weight <= MAX_WEIGHT))
    return invalid('weight', `a number from ${MIN_WEIGHT} to ${MAX_WEIGHT}`, weight);
  if (!Number.isInteger(priority) || priority < 0 || priority > 100)
    return invalid('priority', 'a whole number from 0 to 100', priority);
  const quota = changedQuota(old.quota, change.quota);
  return { role, weight, priority, preemption, ...(quota && { quota }) };
}

function changedQuota(old: Quota | undefined, change: RoleChange['quota']): Quota | undefined {
  if (change === undefined) return old;
  if (change === null) return undefined;
  const { guarantee = old?.guarantee ?? {}, limit = old?.limit ?? {} } = change;
  // Nothing guaranteed is no guarantee; at most nothing is a limit.
  const some = Object.fromEntries(Object.entries(guarantee).filter(([, amount]) => amount > 0));
  return isNone(some) && isNone(limit) ? undefined : { guarantee: some, limit };
}

/** Nothing is worth keeping of it. */
export function isDefaultRole({ role, weight, priority, preemption, quota }: RoleRecord): boolean {
  const usual = defaultRole(role);
  return (
    weight === usual.weight &&
    priority === usual.priority &&
    preemption === usual.preemption &&
    quota === undefined
  );
}

/**
 * What all guarantees together promise.
 * @throws TenderError `quota.invalid` where one does not fit into the one above it, or under its limit
 */
export function promisedBy(roles: ReadonlyMap<string, RoleRecord>): Quantities {
  let total: Quantities = {};
  const below = new Map<string, Quantities>();
  for (const role of bottomUp(roles.keys())) {
    const { guarantee, limit } = roles.get(role)?.quota ?? NO_QUOTA;
    const children = below.get(role) ?? {};
    const own = !isNone(guarantee);
    if (own)
      for (const [name, amount] of Object.entries(children))
        if (amount > (guarantee[name] ?? 0))
          throw new TenderError('quota.invalid', {
            role,
            cause: `the roles below it are guaranteed ${amountText(name, amount)}, it is guaranteed ${amountText(name, guarantee[name] ?? 0)} itself`,
          });
    const promised = own ? guarantee : children;
    for (const [name, amount] of Object.entries(promised))
      if (amount > (limit[name] ?? amount))
        throw new TenderError('quota.invalid', {
          role,
          cause: `${own ? 'it is' : 'the roles below it are'} guaranteed ${amountText(name, amount)}, its limit is ${amountText(name, limit[name] ?? 0)}`,
        });
    const parent = ancestorsOf(role).at(-1);
    if (parent === undefined) total = sum(total, promised);
    else below.set(parent, sum(below.get(parent) ?? {}, promised));
  }
  return total;
}

/** Whether quota of `role` counts what is held in `own`. */
export const isWithin = (own: string, role: string): boolean => own === role || isBelow(own, role);

/** These roles and all above them, each after all those below it. */
export function bottomUp(roles: Iterable<string>): string[] {
  const all = new Set([...roles].flatMap((role) => [...ancestorsOf(role), role]));
  return [...all].sort((a, b) => depth(b) - depth(a) || (a < b ? -1 : 1));
}

const depth = (role: string): number => ancestorsOf(role).length;

const isNone = (quantities: Quantities): boolean => Object.keys(quantities).length === 0;

export function sum(a: Quantities, b: Quantities): Quantities {
  const out: Record<string, number> = { ...a };
  for (const [name, amount] of Object.entries(b)) out[name] = (out[name] ?? 0) + amount;
  return out;
}

/** What is left of `a` without `b`; of the names of `a`. */
export const less = (a: Quantities, b: Quantities): Quantities =>
  Object.fromEntries(Object.entries(a).map(([name, amount]) => [name, amount - (b[name] ?? 0)]));
