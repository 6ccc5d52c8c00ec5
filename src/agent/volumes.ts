/**
 * The folders of persistent volumes: `volumes/<role>/<id>` below the agent's state folder, or below the root of the
 * disk that the volume was made on. Anybody may write in one, because containers run as whatever user their image
 * names; the folder `volumes` around them is the agent's alone.
 *
 * A role is one folder, its slashes written `%2F`: as nested folders, the volumes of `eng/db` could lie inside the
 * volume `db` of `eng`.
 */
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { TenderError } from '../core/errors.ts';
import type { DiskFacts, Resources } from '../core/resources.ts';
import type { TaskSpec, Volume } from '../core/task.ts';
import { isAbsent, statOf } from './stat-of.ts';

/** What was removed and is being deleted. */
const GONE = 'gone~';

/** Which volume: ids are unique per role and disk. */
export interface VolumePlace {
  readonly id: string;
  readonly role: string;
  /** Absent: on the agent's own file system. */
  readonly source?: DiskFacts['source'];
}

export interface Volumes {
  /** Where it is, or would be; an absolute path. */
  folder(place: VolumePlace): string;
  /** @throws what keeps it from being looked at */
  has(place: VolumePlace): Promise<boolean>;
  /** Empty; one that is there stays as it is. */
  make(place: VolumePlace): Promise<void>;
  /** Out of the way, at once; one that is gone already is fine. */
  remove(place: VolumePlace): Promise<void>;
  /** Deletes what was removed from these disks, ever; that may take its time. */
  purge(disks: readonly VolumePlace['source'][]): Promise<void>;
}

/** The volumes among these. */
export const volumesIn = (resources: Resources): VolumePlace[] =>
  resources.flatMap(({ role, disk }) =>
    disk?.volume ? [{ id: disk.volume.id, role, ...(disk.source ? { source: disk.source } : {}) }] : [],
  );

export const isSame = (a: VolumePlace, b: VolumePlace): boolean =>
  a.id === b.id && a.role === b.role && a.source?.root === b.source?.root;

/** The volume that a task mounts; undefined if it is not among its resources. */
export const placeOf = (spec: TaskSpec, volume: Volume): VolumePlace | undefined =>
  volumesIn(spec.resources).find(({ id }) => id === volume.source);

/**
 * What is behind the task's mount: an absolute folder, or the name of a docker volume.
 * @throws TenderError `task.invalid`
 */
export function sourceOf(spec: TaskSpec, volume: Volume, volumes: Volumes): string {
  if (!volume.persistent) return volume.source;
  const place = placeOf(spec, volume);
  if (place) return volumes.folder(place);
  const cause = `volume ${volume.source} is not among its resources`;
  throw new TenderError('task.invalid', { task: spec.id, cause });
}

/** One name of a folder for any text, and another one for any other text. Those with a tilde are ours. */
const folderName = (text: string): string =>
  encodeURIComponent(text).replace(/^\./, '%2E').replaceAll('~', '%7E');

function unlessThere(error: unknown): void {
  if ((error as { readonly code?: string }).code !== 'EEXIST') throw error;
}

/**
 * What has changed in the folder outlives a power failure, as the agent's note of it does. Not every file system can do
 * that for a folder: then it is as safe as its renames are.
 */
async function sync(folder: string): Promise<void> {
  try {
    await using handle = await open(folder);
    await handle.sync();
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!isAbsent(error) && !UNABLE.has(code)) throw error;
  }
}

/** What file systems say that have no sync of a folder. */
const UNABLE: ReadonlySet<string> = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EISDIR', 'EBADF']);

/** @param state the agent's state folder */
export function volumeFolders(state: string): Volumes {
  const root = ({ source }: Pick<VolumePlace, 'source'>): string =>
    join(resolve(source?.root ?? state), 'volumes');
  const folder = (place: VolumePlace): string =>
    join(root(place), folderName(place.role), folderName(place.id));
  const unfinished = (place: VolumePlace): string => `${folder(place)}.part~`;
  const has = async (place: VolumePlace): Promise<boolean> =>
    (await statOf(folder(place)))?.isDirectory() === true;
  return {
    folder,
    has,
    async make(place) {
      const [target, part] = [folder(place), unfinished(place)];
      if (!(await has(place))) {
        // Not its parents: a disk that is not mounted must not be replaced by a folder.
        await mkdir(root(place), { mode: 0o700 }).catch(unlessThere);
        await mkdir(part, { recursive: true });
        await chmod(part, 0o777); // mkdir would obey the umask; and later on the rights are the tasks' own affair
        await rename(part, target);
      }
      for (const changed of [dirname(target), root(place), dirname(root(place))]) await sync(changed);
    },
    async remove(place) {
      const target = folder(place);
      if (await has(place)) {
        const gone = join(root(place), GONE);
        await mkdir(gone, { recursive: true });
        await rename(target, join(gone, randomUUID()));
      }
      await sync(dirname(target));
      for (const path of [unfinished(place), dirname(target)]) await rmdir(path).catch(() => {}); // for tidiness: the data has gone before
    },
    async purge(disks) {
      for (const source of disks) {
        const gone = join(root({ source }), GONE);
        for (const name of (await statOf(gone)) ? await readdir(gone) : [])
          await rm(join(gone, name), { recursive: true, force: true });
      }
    },
  };
}
