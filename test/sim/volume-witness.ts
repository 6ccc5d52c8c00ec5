/**
 * What becomes of what programs write into persistent volumes: a program finds the folder it was promised, and what it
 * has written stays there. Whether somebody had wanted a volume to go that is gone, an invariant asks (invariants/volumes.ts).
 */
import { placeOf } from '../../src/agent/volumes.ts';
import type { TaskSpec } from '../../src/core/task.ts';
import type { SimVolume, SimVolumes } from './sim-volumes.ts';

export interface RemovedVolume extends SimVolume {
  readonly machine: string;
}

export class VolumeWitness {
  /** Had something in them, and nobody has judged that yet. */
  #removed: RemovedVolume[] = [];
  readonly #found: (what: string) => void;

  constructor(found: (what: string) => void) {
    this.#found = found;
  }

  started(machine: string, spec: TaskSpec, volumes: SimVolumes): void {
    for (const volume of spec.volumes) {
      const place = placeOf(spec, volume);
      const there = place && volumes.get(place);
      if (there) there.writers.add(spec.id);
      else this.#found(`${spec.id} starts on ${machine}, where there is no volume ${volume.source}`);
    }
  }

  removed(machine: string, volume: SimVolume): void {
    if (volume.writers.size > 0) this.#removed.push({ ...volume, machine });
  }

  /** Each once. */
  takeRemoved(): RemovedVolume[] {
    return this.#removed.splice(0);
  }
}
