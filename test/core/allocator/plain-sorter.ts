/**
 * Who is served first: weighted dominant resource fairness. Siblings in the tree of roles are compared by
 * share over weight, then by how often they were given something, then by path; so are the frameworks of one
 * role. A role that has others below it stands among these as a leaf of its own, `ROLE/.`, with weight 1.
 */
import { quantitiesOf } from '../../../src/core/quantities.ts';
import type { Resources } from '../../../src/core/resources.ts';
import { type Client, distinct, isWanting, type PlainBooks, same, type Who } from './plain-books.ts';
import { isWithin, upwards } from './plain-quota.ts';

interface Rank {
  readonly path: string;
  readonly share: number;
  readonly count: number;
}

/** The roles in the tree: those with a framework, and those that hold something. */
const rolesOf = (books: PlainBooks): string[] => [
  ...new Set([...books.clients, ...books.held].map(({ role }) => role)),
];

/** Where a client's own count is kept: a role is no such text. */
const clientPlace = ({ framework, role }: Who): string => `${framework} in ${role}`;

/** Where an offer to a client counts: at itself, at its role, at the leaf of that, and all the way up. */
export const placesOf = (client: Who): string[] => [
  clientPlace(client),
  `${client.role}/.`,
  ...upwards(client.role),
];

/** All places there are now. What was counted at one that goes is forgotten with it. */
export const placesIn = (books: PlainBooks): string[] => [...books.clients, ...books.held].flatMap(placesOf);

const countAt = (books: PlainBooks, place: string): number =>
  books.given.filter((other) => other === place).length;

/** The roles with a client that wants offers, first served first. */
export const rolesInOrder = (books: PlainBooks): string[] =>
  preorder(books, rolesOf(books), '').filter((role) =>
    books.clients.some((client) => client.role === role && isWanting(books, client)),
  );

/** The clients of a role that want offers, first served first. */
export const clientsInOrder = (books: PlainBooks, role: string): Client[] =>
  books.clients
    .filter((client) => client.role === role && isWanting(books, client))
    .map((client) => ({
      client,
      path: client.framework,
      share: dominantShare(books, (other) => same(other, client)),
      count: countAt(books, clientPlace(client)),
    }))
    .sort(byRank)
    .map(({ client }) => client);

/** @param under a path with a slash at its end; empty at the top */
function preorder(books: PlainBooks, roles: readonly string[], under: string): string[] {
  const below = roles.filter((role) => role.startsWith(under));
  const paths = new Set(below.map((role) => under + role.slice(under.length).split('/')[0]));
  const nodes = [...paths].map((path) => ({
    ...rankOf(books, path, (role) => isWithin(role, path), weightOf(books, path)),
    roles: () =>
      roles.some((role) => role.startsWith(`${path}/`)) ? preorder(books, roles, `${path}/`) : [path],
  }));
  const self = under.slice(0, -1);
  if (roles.includes(self))
    nodes.push({ ...rankOf(books, `${self}/.`, (role) => role === self, 1), roles: () => [self] });
  return nodes.sort(byRank).flatMap((node) => node.roles());
}

const rankOf = (
  books: PlainBooks,
  path: string,
  isPart: (role: string) => boolean,
  weight: number,
): Rank => ({
  path,
  share: dominantShare(books, ({ role }) => isPart(role)) / weight,
  count: countAt(books, path),
});

const byRank = (a: Rank, b: Rank): number =>
  a.share - b.share || a.count - b.count || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);

const weightOf = (books: PlainBooks, path: string): number =>
  books.weights.find(({ role }) => role === path)?.weight ?? 1;

/** The largest part of any scalar in the cluster that these hold together. */
function dominantShare(books: PlainBooks, isOne: (who: Who) => boolean): number {
  const holders = books.held.filter(isOne);
  const held = quantitiesOf(
    books.agents.flatMap(({ id }) =>
      holders
        .filter((share, index) => index === holders.findIndex((other) => same(other, share)))
        .flatMap((holder) => heldOn(holders.filter((share) => share.agent === id && same(share, holder)))),
    ),
  );
  const uncounted = books.uncounted.filter(isOne);
  const total = quantitiesOf(books.agents.flatMap((agent) => agent.total));
  const parts = Object.keys(total).map((name) => {
    const less = uncounted.reduce((sum, { amounts }) => sum + (amounts[name] ?? 0), 0);
    return ((held[name] ?? 0) - less) / (total[name] as number);
  });
  return Math.max(0, ...parts);
}

/** All of one client on one agent; what is shared counts once, however often it holds it. */
function heldOn(shares: readonly { readonly resources: Resources }[]): Resources {
  const all = shares.flatMap(({ resources }) => resources);
  return [...all.filter((r) => !r.shared), ...distinct(all.filter((r) => r.shared))];
}
