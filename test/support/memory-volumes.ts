/** Folders of persistent volumes without a disk: their names, which outlive the agent as folders would. */
import type { VolumePlace, Volumes } from '../../src/agent/volumes.ts';

export interface MemoryVolumes extends Volumes {
  /** What is there; a test may take something away. */
  readonly folders: Set<string>;
}

export function memoryVolumes(): MemoryVolumes {
  const folders = new Set<string>();
  const folder = ({ id, role, source }: VolumePlace): string => `${source?.root ?? ''}/volumes/${role}/${id}`;
  return {
    folders,
    folder,
    has: async (place) => folders.has(folder(place)),
    make: async (place) => void folders.add(folder(place)),
    remove: async (place) => void folders.delete(folder(place)),
    purge: async () => {},
  };
}
