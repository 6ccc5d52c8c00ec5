/**
 * The persistent volume of an instance that keeps its data: taken where it is, or made where the instance is placed. A
 * volume is made of one piece of disk: of what is reserved for the role already, or of what is not and is reserved now.
 */
import type { Obstacle } from '../core/gate-text.ts';
import { type Resource, type Resources, reserved, UNRESERVED } from '../core/resources.ts';
import type { AgentId } from '../core/task.ts';
import { type AcceptOperation, create, reserve, volumeOn } from './operations.ts';

export interface Home {
  /** Unique per role and agent; the task mounts the volume by it. */
  readonly volume: string;
  /** MiB in thousandths. */
  readonly size: number;
  /** Who makes it: the framework's name. */
  readonly principal: string;
  /** Where it is. Absent: it is nowhere yet, and made where the instance is placed. */
  readonly agent?: AgentId | undefined;
}

/** How an instance comes by its volume on an agent. */
export interface Moving {
  /** Of the offered resources, what becomes the volume, or is it. */
  readonly takes: Resources;
  /** In the same accept, before the launch. */
  readonly before: readonly AcceptOperation[];
  readonly volume: Resources;
}

/** What of an agent counts here. */
interface Ground {
  readonly role: string;
  /** For any use. */
  readonly free: Resources;
  /** Volumes that nobody holds. */
  readonly volumes: Resources;
}

/** Undefined: there is no such volume and none can be made. */
export function moveIn(home: Home, ground: Ground): Moving | undefined {
  const { role, free } = ground;
  const there = volumeAt(home, ground);
  if (there.length > 0) return { takes: there, before: [], volume: there };
  if (home.agent !== undefined) return undefined;
  const { volume: id, principal, size } = home;
  const own = pieceOf(free, role, size);
  if (own) {
    const volume = volumeOn([own], { id, principal });
    return { takes: [own], before: [create(volume)], volume };
  }
  const common = pieceOf(free, UNRESERVED, size);
  if (!common) return undefined;
  const disk = reserved([common], { role, kind: 'dynamic', principal });
  const volume = volumeOn(disk, { id, principal });
  return { takes: [common], before: [reserve(disk), create(volume)], volume };
}

/** So much of one entry of disk that is the role's and nothing else. */
function pieceOf(free: Resources, role: string, size: number): Resource | undefined {
  const source = free.find(
    (entry) => entry.name === 'disk' && entry.role === role && 'scalar' in entry && entry.scalar >= size,
  );
  return source && 'scalar' in source ? { ...source, scalar: size } : undefined;
}

/** Why there is no such volume and none can be made; what is too little in all is a shortfall, and not said here. */
export const homeless = ({ volume, agent }: Home): Obstacle =>
  agent === undefined
    ? {
        kind: 'unfit',
        text: `no piece of disk is large enough for its volume ${volume}`,
        help: 'ask for less disk',
      }
    : { kind: 'unfit', text: `its volume ${volume} is not on offer: in use, or gone`, help: '' };

/** Disk that the volume still has to be made of. */
export const diskToMake = (home: Home, ground: Ground): number =>
  home.agent !== undefined || volumeAt(home, ground).length > 0 ? 0 : home.size;

const volumeAt = ({ volume }: Home, { role, volumes }: Ground): Resources =>
  volumes.filter((entry) => entry.disk?.volume?.id === volume && entry.role === role);
