/**
 * The persistent volumes of a plain program, which shares the machine's file system: each shows in the sandbox as a
 * symbolic link at its target, so that a program finds `data/…` where it would in a container that works there. What
 * a link can't do is refused in words: a place outside of the sandbox, and keeping a program from writing.
 */
import { mkdir, realpath, symlink } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { causeOf, TenderError } from '../../core/errors.ts';
import type { TaskSpec, Volume } from '../../core/task.ts';
import { sourceOf, type Volumes } from '../volumes.ts';

/** @throws TenderError `process.start` */
export async function linkVolumes(spec: TaskSpec, sandbox: string, volumes: Volumes): Promise<void> {
  for (const volume of spec.volumes) {
    try {
      await link(volume, sourceOf(spec, volume, volumes), sandbox);
    } catch (error) {
      const cause = `volume ${volume.source}: ${causeOf(error)}`;
      throw new TenderError('process.start', { command: spec.name, cause });
    }
  }
}

async function link(
  { target, persistent, readOnly }: Volume,
  folder: string,
  sandbox: string,
): Promise<void> {
  if (!persistent)
    throw new Error('a program sees the folders of its machine, only a container needs them mounted');
  if (readOnly) throw new Error('a program can not be kept from writing to it (leave out readOnly)');
  const path = resolve(sandbox, target);
  if (target.startsWith(sep) || !path.startsWith(resolve(sandbox) + sep))
    throw new Error(`a program has it in its sandbox: expected a relative path, found ${target}`);
  await mkdir(dirname(path), { recursive: true });
  if (!`${await realpath(dirname(path))}${sep}`.startsWith(`${await realpath(sandbox)}${sep}`))
    throw new Error(`${target} lies within another volume`);
  await symlink(folder, path).catch((error: unknown) => {
    if ((error as { readonly code?: string }).code === 'EEXIST')
      throw new Error(`there is something else at ${target} already`);
    throw error;
  });
}
