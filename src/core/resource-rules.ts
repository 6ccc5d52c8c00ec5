/**
 * What an entry must keep to, beyond its type, whoever wrote it: a peer, an operator, an operation. Each rule is said
 * as what was expected, and looks at one entry alone.
 */
import { layersOf, type Resource, UNRESERVED } from './resources.ts';
import { isBelow, isRole } from './roles.ts';

/** Part of folder names. */
const VOLUME_ID = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,63}$/;

const RULES: readonly (readonly [expected: string, isKept: (entry: Resource) => boolean])[] = [
  [
    'a role, like web/api',
    (entry) => isRole(entry.role) && layersOf(entry).every(({ role }) => isRole(role)),
  ],
  [
    'the role to be that of the innermost layer',
    ({ role, reservations }) => reservations === undefined || reservations.at(-1)?.role === role,
  ],
  [
    'each layer for a role below the one before',
    (entry) =>
      layersOf(entry).every(({ role }, i, all) => {
        const outer = all[i - 1]?.role;
        return role !== UNRESERVED && (outer === undefined || isBelow(role, outer));
      }),
  ],
  [
    'no layer but the outermost to be static',
    (entry) => layersOf(entry).every(({ kind }, i) => i === 0 || kind === 'dynamic'),
  ],
  [
    'nothing revocable under a dynamic reservation, or as a volume',
    (entry) =>
      !entry.revocable || (!entry.disk?.volume && layersOf(entry).every(({ kind }) => kind === 'static')),
  ],
  [
    'facts of a disk only on a number of disk, and there a folder or a volume',
    (entry) => {
      const { disk } = entry;
      return (
        !disk || (entry.name === 'disk' && 'scalar' in entry && (disk.source ?? disk.volume) !== undefined)
      );
    },
  ],
  [
    'an absolute path as the folder of a disk',
    ({ disk }) => !disk?.source || disk.source.root.startsWith('/'),
  ],
  [
    'letters, digits, - _ and . as the id of a volume, at most 63',
    ({ disk }) => !disk?.volume || VOLUME_ID.test(disk.volume.id),
  ],
  ['a reservation under a volume', ({ disk, role }) => disk?.volume === undefined || role !== UNRESERVED],
  ['nothing but volumes to be shared', ({ disk, shared }) => !shared || disk?.volume !== undefined],
];

/** What was expected of the entry by the first rule that it breaks; undefined if it keeps all. */
export function brokenRule(entry: Resource): string | undefined {
  const { role, reservations, disk, revocable, shared } = entry;
  if (role === UNRESERVED && !reservations && !disk && !revocable && !shared) return undefined;
  return RULES.find(([, isKept]) => !isKept(entry))?.[0];
}
