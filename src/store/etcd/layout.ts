/**
 * Where things lie in etcd, below the prefix, and how much one transaction takes:
 *
 *   PREFIX/leader                  who leads (election.ts)
 *   PREFIX/masters/ADDRESS         every master that was here within the last day (roll.ts)
 *   PREFIX/written                 EPOCH.N, the last transaction of the registry (store.ts)
 *   PREFIX/registry/SPACE/KEY      the registry
 *   PREFIX/journal, /journal/…     a commit that is too large for one transaction, while it is being written
 */
import type { Change, Entry } from '../store.ts';
import type { KeyValue, Operation } from './schema.ts';

/** etcd takes 128 operations in one transaction (--max-txn-ops); one of ours is `PREFIX/written`. */
const MAX_CHANGES = 127;
/** etcd takes requests of 1.5 MiB (--max-request-bytes); the rest is for what goes around keys and values. */
const MAX_BYTES = 1_400_000;
/** Of one key with its value: a longer one could not be written at all. */
export const MAX_VALUE = 1_000_000;
const OVERHEAD = 64;

/** Of one change, as far as the limit of a request is concerned. */
export const bytesOf = ({ space, key, value }: Change): number =>
  3 * Buffer.byteLength(space) + Buffer.byteLength(key) + Buffer.byteLength(value ?? '') + OVERHEAD;

export const fitsOne = (changes: readonly Change[]): boolean =>
  changes.length <= MAX_CHANGES && changes.reduce((sum, change) => sum + bytesOf(change), 0) <= MAX_BYTES;

/** In order, as few parts as that gives, each within the limits of a transaction. */
export function parts(changes: readonly Change[]): Change[][] {
  const all: Change[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const change of changes) {
    const size = bytesOf(change);
    if (bytes + size > MAX_BYTES || all.at(-1)!.length === MAX_CHANGES) {
      all.push([]);
      bytes = 0;
    }
    all.at(-1)!.push(change);
    bytes += size;
  }
  return all;
}

/** The last change of each key: etcd refuses two of one key in a transaction. */
export function lastOfEach(changes: readonly Change[]): Change[] {
  return [...new Map(changes.map((change) => [nameOf(change), change])).values()];
}

/** A space may hold slashes (`kv/service`), and nobody's key may look like an entry of another space. */
const nameOf = ({ space, key }: { space: string; key: string }): string =>
  `${encodeURIComponent(space)}/${key}`;

export const registryKey = (prefix: string, space: string, key: string): Buffer =>
  Buffer.from(`${prefix}/registry/${nameOf({ space, key })}`);

export const journalKey = (prefix: string): Buffer => Buffer.from(`${prefix}/journal`);
export const journalRange = (prefix: string): Buffer => Buffer.from(`${prefix}/journal/`);
export const registryRange = (prefix: string): Buffer => Buffer.from(`${prefix}/registry/`);

export const operationOf = (prefix: string, { space, key, value }: Change): Operation =>
  value === null
    ? { request_delete_range: { key: registryKey(prefix, space, key) } }
    : { request_put: { key: registryKey(prefix, space, key), value: Buffer.from(value) } };

/** `=VALUE`, or `-` for a deletion. */
export const journalOperation = (prefix: string, change: Change): Operation => ({
  request_put: {
    key: Buffer.from(`${prefix}/journal/${nameOf(change)}`),
    value: Buffer.from(change.value === null ? '-' : `=${change.value}`),
  },
});

/** @param range what the key begins with */
export function entryOf({ key, value }: KeyValue, range: Buffer): Entry {
  const name = key.subarray(range.length).toString();
  const slash = name.indexOf('/');
  return {
    space: decodeURIComponent(name.slice(0, slash)),
    key: name.slice(slash + 1),
    value: value.toString(),
  };
}

export function journalled(kv: KeyValue, range: Buffer): Change {
  const entry = entryOf(kv, range);
  return { ...entry, value: entry.value === '-' ? null : entry.value.slice(1) };
}
