/**
 * Quota in the words of the definition: what a role has consumed, what is still owed to it, how much more it
 * may have. All of it by role and by name. A role's quota is about the role and all below it.
 */
import { quantitiesOf } from '../../../src/core/quantities.ts';
import { scalar, UNRESERVED } from '../../../src/core/resources.ts';
import { claimed, claimsOn, freeOn, type PlainBooks, plainOf } from './plain-books.ts';

export const isWithin = (role: string, top: string): boolean => role === top || role.startsWith(`${top}/`);

/** The role, and what is above it, upwards. */
export function upwards(role: string): string[] {
  const steps = role.split('/');
  return steps.map((_, index) => steps.slice(0, steps.length - index).join('/'));
}

export const isParent = (parent: string, role: string): boolean => upwards(role)[1] === parent;

/** Reservations of the subtree, given or not, and what the subtree was given of the plain. */
export function consumed(books: PlainBooks, role: string, name: string): number {
  const reserved = books.agents.flatMap(({ total }) =>
    total.filter((r) => r.role !== UNRESERVED && isWithin(r.role, role)),
  );
  const given = books.held.flatMap((share) => (isWithin(share.role, role) ? plainOf(share.resources) : []));
  return scalar(reserved, name) + scalar(given, name);
}

/** All names of which the role has consumed something. */
export function consumedNames(books: PlainBooks, role: string): string[] {
  const all = [...books.agents.map(({ total }) => total), ...books.held.map(({ resources }) => resources)];
  const names = all.flatMap((resources) => Object.keys(quantitiesOf(resources)));
  return [...new Set(names)].filter((name) => consumed(books, role, name) > 0).sort();
}

const quotaOf = (books: PlainBooks, role: string) => books.quotas.find((one) => one.role === role)?.quota;

/** What is guaranteed to this role and not consumed yet. */
export const unmet = (books: PlainBooks, role: string, name: string): number =>
  Math.max(0, (quotaOf(books, role)?.guarantee[name] ?? 0) - consumed(books, role, name));

/** The roles with quota, and all above them. */
const quotaTree = (books: PlainBooks): string[] => [
  ...new Set(books.quotas.flatMap(({ role }) => upwards(role))),
];

const sum = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0);

/** What must be kept free for the role and all below it: what is promised below is a part of its own. */
export function required(books: PlainBooks, role: string, name: string): number {
  const children = quotaTree(books).filter((child) => isParent(role, child));
  return Math.max(unmet(books, role, name), sum(children.map((child) => required(books, child, name))));
}

export const requiredTotal = (books: PlainBooks, name: string): number =>
  sum(
    quotaTree(books)
      .filter((role) => !role.includes('/'))
      .map((role) => required(books, role, name)),
  );

/** What is free of active agents, plain and not claimed. */
export const available = (books: PlainBooks, name: string): number =>
  sum(
    books.agents
      .filter(({ active }) => active)
      .map((agent) => {
        const free = scalar(plainOf(freeOn(books, agent)), name);
        return Math.max(0, free - claimed(claimsOn(books, agent), name));
      }),
  );

/** What is not needed for any guarantee. */
export const surplus = (books: PlainBooks, name: string): number =>
  Math.max(0, available(books, name) - requiredTotal(books, name));

/** Those limits of the role and of what is above it that speak of that name: what each leaves. */
export const limitsOf = (
  books: PlainBooks,
  role: string,
  name: string,
): { readonly role: string; readonly limit: number; readonly consumed: number }[] =>
  upwards(role).flatMap((at) => {
    const limit = quotaOf(books, at)?.limit[name];
    return limit === undefined ? [] : [{ role: at, limit, consumed: consumed(books, at, name) }];
  });

/** How much more the role may be given. */
export const room = (books: PlainBooks, role: string, name: string): number =>
  Math.min(Infinity, ...limitsOf(books, role, name).map((one) => Math.max(0, one.limit - one.consumed)));

/**
 * How much the role may be given of what is kept free: of what is owed to it or to one above it, all but what
 * is owed to others there. Those others are the neighbours all the way down to the role, and those below the
 * role.
 */
export function guaranteed(books: PlainBooks, role: string, name: string): number {
  const path = upwards(role);
  const owed = path.map((top, index) => {
    const way = path.slice(0, index + 1);
    const others = quotaTree(books).filter(
      (other) => !path.includes(other) && way.some((at) => isParent(at, other)),
    );
    return required(books, top, name) - sum(others.map((other) => required(books, other, name)));
  });
  return Math.min(room(books, role, name), Math.max(0, ...owed));
}
