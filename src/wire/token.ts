/** The text of a join token: where the master is, its public key, and a secret. `tnd1-` and base64url of JSON. */
import { TenderError } from '../core/errors.ts';
import { isKey } from './keys.ts';

/** The two doors of a master. */
export interface MasterPlace {
  /** Where members connect: `tcp://host:5050`. */
  readonly master: string;
  /** Where a new key is enrolled: `tcp://host:5051`. */
  readonly enrol: string;
}

export interface TokenText extends MasterPlace {
  /** Where the other masters of the cluster are. */
  readonly others?: readonly MasterPlace[] | undefined;
  /** The master's public key; all masters of a cluster have the same one. */
  readonly key: string;
  readonly role: 'agent' | 'client' | 'framework';
  readonly secret: string;
}

const PREFIX = 'tnd1-';
const ROLES: readonly unknown[] = ['agent', 'client', 'framework'];

const isAddress = (value: unknown): boolean => typeof value === 'string' && value.startsWith('tcp://');

/** By hand: an agent would carry all of zod (8 MB) for this one look at its first start. */
function isToken(value: unknown): value is TokenText {
  if (typeof value !== 'object' || value === null) return false;
  const { others = [], key, role, secret } = value as { readonly [K in keyof TokenText]: unknown };
  return (
    isPlace(value) &&
    Array.isArray(others) &&
    others.every(isPlace) &&
    isKey(key) &&
    ROLES.includes(role) &&
    typeof secret === 'string'
  );
}

function isPlace(value: unknown): value is MasterPlace {
  if (typeof value !== 'object' || value === null) return false;
  const { master, enrol } = value as { readonly [K in keyof MasterPlace]: unknown };
  return isAddress(master) && isAddress(enrol);
}

export const writeToken = (token: TokenText): string =>
  PREFIX + Buffer.from(JSON.stringify(token)).toString('base64url');

/** @throws TenderError `token.invalid` */
export function readToken(text: string): TokenText {
  try {
    if (!text.startsWith(PREFIX)) throw new Error('prefix');
    const found: unknown = JSON.parse(Buffer.from(text.slice(PREFIX.length), 'base64url').toString('utf8'));
    if (!isToken(found)) throw new Error('shape');
    return found;
  } catch {
    throw new TenderError('token.invalid');
  }
}
