/**
 * The folders of persistent volumes on a simulated machine, and what programs have written into them. Making one and removing
 * one takes its time, needs a disk that takes it, and is done or not done when the agent dies meanwhile.
 */
import type { VolumePlace, Volumes } from '../../src/agent/volumes.ts';
import type { Clock } from '../../src/core/clock.ts';
import type { TaskId } from '../../src/core/task.ts';
import type { Chance } from './chance.ts';
import type { Trouble } from './disk.ts';
import type { SimProcess } from './sim-process.ts';

export interface SimVolume {
  readonly id: string;
  readonly madeAt: number;
  /** Tasks that have run on it. */
  readonly writers: Set<TaskId>;
}

export interface SimVolumesOptions {
  readonly clock: Clock;
  readonly chance: Chance;
  /** Of the disk that they are on. */
  readonly trouble: Trouble;
  readonly note: (text: string) => void;
  readonly removed: (volume: SimVolume) => void;
}

/** What making a folder takes, and removing one (ms). */
const TAKES = 6;

const folderOf = ({ id, role }: Pick<VolumePlace, 'id' | 'role'>): string => `/volumes/${role}/${id}`;

export class SimVolumes {
  /** By folder. */
  readonly there = new Map<string, SimVolume>();
  readonly #options: SimVolumesOptions;

  constructor(options: SimVolumesOptions) {
    this.#options = options;
  }

  get(place: VolumePlace): SimVolume | undefined {
    return this.there.get(folderOf(place));
  }

  /** For one process, until it dies. */
  open(process: SimProcess): Volumes {
    const { clock, note, removed } = this.#options;
    return {
      folder: folderOf,
      has: async (place) => this.there.has(folderOf(place)),
      make: async (place) => {
        await this.#takesItsTime(process, 'no space left on device');
        if (this.there.has(folderOf(place))) return;
        note(`has a volume ${place.id}`);
        this.there.set(folderOf(place), { id: place.id, madeAt: clock.now(), writers: new Set() });
      },
      remove: async (place) => {
        await this.#takesItsTime(process, undefined);
        const volume = this.get(place);
        if (!volume) return;
        note(`has no volume ${place.id} any more`);
        this.there.delete(folderOf(place));
        removed(volume);
      },
      purge: async () => {},
    };
  }

  /** @param full what it fails with on a full disk; undefined: it needs no space */
  #takesItsTime(process: SimProcess, full: string | undefined): Promise<void> {
    const { clock, chance, trouble } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const done = process.guard(() => {
      if (trouble.full && full !== undefined) reject(new Error(full));
      else if (chance.happens(trouble.failing)) reject(new Error('input/output error'));
      else resolve();
    });
    clock.after(TAKES * chance.next() + trouble.slow * chance.next(), done);
    return promise;
  }
}
