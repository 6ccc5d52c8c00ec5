/** How a member reaches its master: kept in its state folder (0600), first made by a join token. */
import { join as path } from 'node:path';
import type { MemberRole } from '../core/cluster.ts';
import { TenderError } from '../core/errors.ts';
import { newKeyPair } from '../wire/keys.ts';
import type { MasterAt } from '../wire/session.ts';
import { readToken } from '../wire/token.ts';
import { enrol, type Membership } from './enrol.ts';
import { readSecret, writeSecret } from './secret-file.ts';

export interface MembershipOptions {
  readonly role: MemberRole;
  /** Name that is wished for. */
  readonly name: string;
  /** A join token; needed once. */
  readonly join?: string | undefined;
  /** The master's address, if it has moved. */
  readonly master?: string | undefined;
}

/** A membership, and which token it came by (not its secret). */
interface Joined extends Membership {
  readonly token: string;
}

const fileIn = (folder: string): string => path(folder, 'membership.json');

/** @throws TenderError `member.none`, or why the master refused */
export async function membershipIn(folder: string, options: MembershipOptions): Promise<Membership> {
  const { role, name, join, master } = options;
  const file = fileIn(folder);
  let known = readSecret<Joined>(file);
  const token = join === undefined ? undefined : readToken(join);
  const id = token?.secret.split('.')[0];
  // A supervisor says the same words at each start; another token is a person's wish to join (again).
  if (join !== undefined && id !== undefined && id !== known?.token) {
    // At the same master it stays who it is: with its key an agent keeps its tasks.
    const keys = known?.serverKey === token?.key ? known?.keys : undefined;
    known = { ...(await enrol(join, role, keys ?? newKeyPair(), name)), token: id };
    writeSecret(file, known);
  }
  if (!known) throw new TenderError('member.none', { role });
  return master === undefined ? known : { ...known, address: master };
}

/** The master of a membership that is kept there, and whoever leads after it. */
export const masterOf = (folder: string, { address, others = [], serverKey }: Membership): MasterAt => ({
  address,
  key: serverKey,
  following: {
    others,
    remember: ([leader, ...rest]) =>
      writeSecret(fileIn(folder), { ...readSecret<Joined>(fileIn(folder)), address: leader, others: rest }),
  },
});
