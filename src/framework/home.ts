/**
 * The home of an instance that keeps its data: what it needs, set aside for it on one agent under a label of its own, and
 * a persistent volume. It is made where the instance is first placed; from then on the instance runs there and nowhere
 * else, and nobody else of the role takes anything of it. What is missing of a home is reserved on the way in, what is too
 * much is given back: so a job may grow and shrink where it is.
 */
import type { Obstacle } from '../core/gate-text.ts';
import {
  add,
  canonical,
  layersOf,
  NOTHING,
  type Resource,
  type Resources,
  reserved,
  subtract,
  UNRESERVED,
} from '../core/resources.ts';
import type { AgentId } from '../core/task.ts';
import { type AcceptOperation, create, destroy, reserve, unreserve, volumeOn } from './operations.ts';

export interface Home {
  /** The id of its volume, and the label of all that is set aside for it: unique. */
  readonly volume: string;
  /** MiB in thousandths. */
  readonly size: number;
  /** Who makes it: the framework's name. */
  readonly principal: string;
  /** Where it is. Absent: it is nowhere yet, and made where the instance is placed. */
  readonly agent?: AgentId | undefined;
  /** Nothing was ever kept in it: what is missing of it on its agent is made, its volume too. */
  readonly isNew?: boolean | undefined;
  /** Where the task finds its volume. */
  readonly target?: string | undefined;
  /** Set aside beside what the instance takes, for what runs beside it. */
  readonly spare?: Resources | undefined;
}

/**
 * What is done at a home: the instance moves in; it is only made ready; a command visits that runs beside the instance; or
 * it is given up, with all that is in it.
 */
export type HomeAct = 'launch' | 'settle' | 'visit' | 'release';

const LABEL = 'home';

/** The home that this is a part of; a volume is known by its id as well. */
export const homeOf = (entry: Resource): string | undefined =>
  layersOf(entry).find(({ kind, labels }) => kind === 'dynamic' && labels?.[LABEL] !== undefined)?.labels?.[
    LABEL
  ];

const isVolume = ({ disk }: Resource): boolean => disk?.volume !== undefined;

/** All that is there of a home. */
export const partsOfHome = (resources: Resources, { volume }: Pick<Home, 'volume'>): Resources =>
  resources.filter((entry) => homeOf(entry) === volume || entry.disk?.volume?.id === volume);

/** What of an agent counts here. */
interface Ground {
  readonly role: string;
  /** For any use. */
  readonly free: Resources;
  /** Volumes, and what is set aside for one instance alone. */
  readonly kept: Resources;
}

/** What the instance may take of an agent: what is for any use, and what is set aside for it. */
export const openAt = (home: Home | undefined, { free, kept }: Ground): Resources => {
  const own = home ? partsOfHome(kept, home).filter((entry) => !isVolume(entry)) : NOTHING;
  return own.length === 0 ? free : add(free, own);
};

/** How an instance comes by its volume on an agent. */
export interface Moving {
  /** Of the offered resources, what becomes the volume, or is it. */
  readonly takes: Resources;
  /** It is still to be made of that. */
  readonly isMade: boolean;
}

/** Undefined: there is no such volume and none can be made. */
export function moveIn(home: Home, ground: Ground): Moving | undefined {
  const there = volumeAt(home, ground);
  if (there.length > 0) return { takes: there, isMade: false };
  if (!mayBeMade(home)) return undefined;
  const piece = pieceFor(home, ground);
  return piece && { takes: [piece], isMade: true };
}

const mayBeMade = ({ agent, isNew = false }: Home): boolean => agent === undefined || isNew;

/** So much of one entry of disk: what is set aside for it already, else of its role, else of nobody. */
function pieceFor(home: Home, ground: Ground): Resource | undefined {
  const fits = openAt(home, ground).filter(
    (entry) =>
      entry.name === 'disk' &&
      'scalar' in entry &&
      entry.scalar >= home.size &&
      (entry.role === ground.role || entry.role === UNRESERVED),
  );
  const [best] = fits.sort((a, b) => nearness(a) - nearness(b));
  return best && 'scalar' in best ? { ...best, scalar: home.size } : undefined;
}

/** In this order something is used up: what is for nobody else goes first. */
export const nearness = (entry: Resource): number =>
  entry.role === UNRESERVED ? 2 : homeOf(entry) === undefined ? 1 : 0;

/** Why there is no such volume and none can be made; what is too little in all is a shortfall, and not said here. */
export const homeless = (home: Home): Obstacle =>
  mayBeMade(home)
    ? {
        kind: 'unfit',
        text: `no piece of disk is large enough for its volume ${home.volume}`,
        help: 'ask for less disk',
      }
    : { kind: 'unfit', text: `its volume ${home.volume} is not on offer: in use, or gone`, help: '' };

/** Disk that the volume still has to be made of. */
export const diskToMake = (home: Home, ground: Ground): number =>
  !mayBeMade(home) || volumeAt(home, ground).length > 0 ? 0 : home.size;

const volumeAt = ({ volume }: Home, { role, kept }: Ground): Resources =>
  kept.filter((entry) => entry.disk?.volume?.id === volume && entry.role === role);

/** What makes a home complete, and what the instance has of it then. */
export interface Furnished {
  readonly before: readonly AcceptOperation[];
  readonly resources: Resources;
}

/**
 * @param taken what the instance takes of what is open to it, its volume apart
 * @param spare what is to be set aside beside that
 * @param moving how it comes by its volume
 */
export function furnish(
  home: Home,
  ground: Ground,
  { taken, spare, moving }: { taken: Resources; spare: Resources; moving: Moving },
): Furnished {
  const { volume: id, principal } = home;
  const layer = { role: ground.role, kind: 'dynamic', principal, labels: { [LABEL]: id } } as const;
  const needed = [taken, spare, moving.isMade ? moving.takes : NOTHING].reduce(add);
  const setAside = (resources: Resources): Resources => reserved(resources.filter(isNobodys), layer);
  const kept = (resources: Resources): Resources =>
    add(
      resources.filter((entry) => !isNobodys(entry)),
      setAside(resources),
    );
  const surplus = subtract(
    partsOfHome(ground.kept, home).filter((entry) => !isVolume(entry)),
    needed,
  );
  const toReserve = setAside(needed);
  const volume = moving.isMade ? volumeOn(kept(moving.takes), { id, principal }) : moving.takes;
  return {
    before: [
      ...(surplus.length > 0 ? [unreserve(surplus)] : []),
      ...(toReserve.length > 0 ? [reserve(toReserve)] : []),
      ...(moving.isMade ? [create(volume)] : []),
    ],
    resources: add(kept(taken), volume),
  };
}

const isNobodys = ({ role }: Resource): boolean => role === UNRESERVED;

/** What gives a home back, with all that is in it: what was the role's before stays so. */
export function giveUp(home: Home, { kept }: Pick<Ground, 'kept'>): AcceptOperation[] {
  const parts = partsOfHome(kept, home);
  const volumes = parts.filter(isVolume);
  const bare = volumes.map(({ disk, ...entry }) =>
    disk?.source ? { ...entry, disk: { source: disk.source } } : entry,
  );
  const own = canonical([...parts.filter((entry) => !isVolume(entry)), ...bare]).filter(
    (entry) => homeOf(entry) === home.volume,
  );
  return [...(volumes.length > 0 ? [destroy(volumes)] : []), ...(own.length > 0 ? [unreserve(own)] : [])];
}
