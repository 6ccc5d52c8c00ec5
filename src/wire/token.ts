/** The text of a join token: where the master is, its public key, and a secret. `tnd1-` and base64url of JSON. */
import { z } from 'zod';
import { TenderError } from '../core/errors.ts';
import { isKey } from './keys.ts';

export interface TokenText {
  /** Where members connect: `tcp://host:5050`. */
  readonly master: string;
  /** Where a new key is enrolled: `tcp://host:5051`. */
  readonly enrol: string;
  /** The master's public key. */
  readonly key: string;
  readonly role: 'agent' | 'client' | 'framework';
  readonly secret: string;
}

const PREFIX = 'tnd1-';
const shape = z.object({
  master: z.string().startsWith('tcp://'),
  enrol: z.string().startsWith('tcp://'),
  key: z.string().refine(isKey),
  role: z.enum(['agent', 'client', 'framework']),
  secret: z.string(),
});

export const writeToken = (token: TokenText): string =>
  PREFIX + Buffer.from(JSON.stringify(token)).toString('base64url');

/** @throws TenderError `token.invalid` */
export function readToken(text: string): TokenText {
  try {
    if (!text.startsWith(PREFIX)) throw new Error('prefix');
    return shape.parse(JSON.parse(Buffer.from(text.slice(PREFIX.length), 'base64url').toString('utf8')));
  } catch {
    throw new TenderError('token.invalid');
  }
}
