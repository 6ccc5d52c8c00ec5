/**
 * A backup: all entries of a registry at one moment, over any kind of store. Whoever has it has the cluster: its keys
 * are in it. A registry that was restored goes on with an epoch that no master of before can have had: the agents
 * obeyed those that came after the backup, too, and take no older one's word.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { causeOf, TenderError } from '../core/errors.ts';
import type { Entry, Store, Told } from '../store/store.ts';
import { Registry } from './registry.ts';

export interface Backup {
  /** ms since 1970 */
  readonly madeAt: number;
  /** Of the program that made it. */
  readonly version: string;
  readonly entries: readonly Entry[];
}

/** What is in a backup, for people. */
export interface Contents {
  readonly cluster: string;
  readonly madeAt: number;
  readonly version: string;
  readonly epoch: number;
  readonly members: readonly { readonly name: string; readonly role: string }[];
  readonly agents: readonly string[];
  /** With the number of entries that each has stored: its jobs, and what it knows of them. */
  readonly frameworks: readonly { readonly name: string; readonly entries: number }[];
  /** Those that were added. `isWhole`: their code is there, as it was when it was added. */
  readonly plugins: readonly { readonly name: string; readonly version: string; readonly isWhole: boolean }[];
  /** Those that something was set for. */
  readonly roles: readonly string[];
  /** Of join tokens, used ones too. */
  readonly tokens: number;
}

/** Further than any number of restarts. */
const LEAP = 1_000;

const shape = z.object({
  madeAt: z.number(),
  version: z.string(),
  entries: z.array(z.object({ space: z.string(), key: z.string(), value: z.string() })),
});

export const backupText = (registry: Registry, madeAt: number, version: string): string =>
  JSON.stringify({ madeAt, version, entries: registry.entries() } satisfies Backup);

/** Reads a backup, and proves each entry by the registry's own rules. @throws TenderError `backup.damaged` */
export function readBackup(text: string, file: string): { backup: Backup; contents: Contents } {
  try {
    const backup = shape.parse(JSON.parse(text));
    return { backup, contents: contentsOf(backup) };
  } catch (error) {
    throw new TenderError('backup.damaged', { file, cause: causeOf(error) });
  }
}

function contentsOf({ madeAt, version, entries }: Backup): Contents {
  const registry = new Registry(still(entries));
  if (!registry.identity) throw new Error('it holds no identity of a cluster');
  return {
    cluster: registry.identity.cluster,
    madeAt,
    version,
    epoch: registry.epoch,
    members: [...registry.members.values()].map(({ name, role }) => ({ name, role })).sort(byName),
    agents: [...registry.agents.values()].map(({ name }) => name).sort(),
    frameworks: [...registry.frameworks.values()]
      .map(({ id }) => ({ name: String(id), entries: registry.kv(id).size }))
      .sort(byName),
    plugins: [...registry.plugins.values()]
      .map(({ name, version, sha256 }) => ({
        name,
        version,
        isWhole: createHash('sha256').update(registry.codeOf(name)).digest('hex') === sha256,
      }))
      .sort(byName),
    roles: [...registry.roles.keys()].sort(),
    tokens: registry.tokens.size,
  };
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : 1;

/** A store to look at. */
const still = (entries: readonly Entry[]): Store => ({
  load: () => entries,
  commit: () => Promise.reject(new Error('a backup does not change')),
  close() {},
});

/**
 * All of it or nothing.
 * @param now ms since 1970: seconds grow faster than epochs do, so the same backup may be restored again and again
 * @param place of the store, for people
 * @returns the epoch from which on masters count
 * @throws TenderError `backup.occupied`, `state.write`
 */
export async function restoreInto(
  store: Store,
  { entries }: Backup,
  now: number,
  place: string,
  told?: Told,
): Promise<number> {
  if (store.load().length > 0) throw new TenderError('backup.occupied', { place });
  const isEpoch = ({ space, key }: Entry): boolean => space === 'master' && key === 'epoch';
  const saved = Number(entries.find(isEpoch)?.value ?? 0);
  const epoch = Math.max(saved + LEAP, Math.floor(now / 1_000));
  const others = entries.filter((entry) => !isEpoch(entry));
  await store.commit([...others, { space: 'master', key: 'epoch', value: String(epoch) }], told);
  return epoch;
}
