/**
 * The home of an instance of `keeper`: what is set aside for it on one agent, under a label of its own, and the volume
 * that is made of the disk in it. Pure. All of a home is known by that label, so what is there and belongs to no
 * home that anybody has written down is known as well.
 */
import {
  type AcceptOperation,
  type AgentId,
  add,
  canonical,
  contains,
  create,
  destroy,
  layersOf,
  type Resource,
  type Resources,
  reserve,
  reserved,
  subtract,
  unreserve,
  volumeOn,
} from 'tender/framework';

export const KEEPER = 'keeper';
export const KEEPER_ROLE = 'keep';

export interface Home {
  /** Also of its volume. */
  readonly id: string;
  readonly job: string;
  readonly index: number;
  readonly agent: AgentId;
  /** Before anything was made of it. */
  readonly size: Resources;
  /** Several tasks may hold its volume at once. */
  readonly shared: boolean;
  /** Nobody wants it any more: its volume is destroyed, and all of it given back. */
  readonly leaving: boolean;
}

/** The home that this is a part of. */
export const homeOf = (entry: Resource): string | undefined =>
  layersOf(entry).find(({ kind, principal }) => kind === 'dynamic' && principal === KEEPER)?.labels?.['home'];

export const partsOf = (resources: Resources, home: string): Resources =>
  resources.filter((entry) => homeOf(entry) === home);

const isVolume = ({ disk }: Resource): boolean => disk?.volume !== undefined;

const reservationOf = ({ id, size }: Home): Resources =>
  reserved(size, { role: KEEPER_ROLE, kind: 'dynamic', principal: KEEPER, labels: { home: id } });

const volumeOf = (home: Home): Resources =>
  volumeOn(
    reservationOf(home).filter(({ name }) => name === 'disk'),
    { id: home.id, principal: KEEPER, shared: home.shared },
  );

/** All of it, as it is when it is complete. */
export const wholeOf = (home: Home): Resources =>
  canonical([...reservationOf(home).filter(({ name }) => name !== 'disk'), ...volumeOf(home)]);

/** What makes it complete where only so much is there; undefined: that can't be done with it. */
export function completing(home: Home, there: Resources): AcceptOperation[] | undefined {
  if (contains(there, wholeOf(home))) return [];
  if (contains(there, reservationOf(home))) return [create(volumeOf(home), `create ${home.id}`)];
  return undefined;
}

/** What makes it of what is nobody's. */
export const making = (home: Home): AcceptOperation[] => [
  reserve(reservationOf(home), `reserve ${home.id}`),
  create(volumeOf(home), `create ${home.id}`),
];

/** What gives these parts of a home back. */
export function leaving(parts: Resources, id: string): AcceptOperation[] {
  const volumes = parts.filter(isVolume);
  const bare = volumes.map(({ disk: _, shared: __, ...entry }) => entry);
  const rest = add(subtract(parts, volumes), canonical(bare));
  return [
    ...(volumes.length > 0 ? [destroy(volumes, `destroy ${id}`)] : []),
    unreserve(rest, `unreserve ${id}`),
  ];
}

/** What two tasks have of a home: half of it each. Of a shared volume all, else the second has nothing of it. */
export function halves(home: Home): readonly [Resources, Resources] {
  const whole = wholeOf(home);
  const half = whole
    .filter((entry) => !isVolume(entry))
    .flatMap((entry) => ('scalar' in entry ? { ...entry, scalar: Math.floor(entry.scalar / 2) } : []));
  const second = home.shared ? add(half, volumeOf(home)) : half;
  return [subtract(whole, half), second];
}
