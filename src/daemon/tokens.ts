/**
 * Join tokens: the one thing a person carries from the master to a new machine. A token holds the master's address
 * and public key, so the first contact is already authenticated, and a secret that is good for one use, for one role,
 * until it expires. The master keeps only the secret's hash.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { MemberRole } from '../core/cluster.ts';
import { TenderError } from '../core/errors.ts';
import type { TokenRecord } from './registry.ts';

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

/** @param randomHex gives that many random bytes as hex */
export function newToken(
  role: MemberRole,
  expiresAt: number,
  name: string | undefined,
  randomHex: (bytes: number) => string,
): { record: TokenRecord; secret: string } {
  const id = randomHex(6);
  const secret = `${id}.${randomHex(24)}`;
  return { record: { id, role, hash: hashOf(secret), expiresAt, name }, secret };
}

/**
 * The record that this secret opens.
 * @throws TenderError `token.refused`: forged, used, expired, or for another role
 */
export function redeem(
  tokens: ReadonlyMap<string, TokenRecord>,
  secret: string,
  role: MemberRole,
  now: number,
): TokenRecord {
  const record = tokens.get(secret.split('.')[0] ?? '');
  const refuse = (cause: string): never => {
    throw new TenderError('token.refused', { cause });
  };
  if (!record || !timingSafeEqual(Buffer.from(record.hash), Buffer.from(hashOf(secret))))
    return refuse('this master never made it');
  if (record.usedAt !== undefined) return refuse('it was used already');
  if (record.expiresAt <= now) return refuse('it has expired');
  if (record.role !== role) return refuse(`its role is ${record.role}, not ${role}`);
  return record;
}
