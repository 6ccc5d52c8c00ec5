/**
 * The rules that each entry of a registry keeps, by its space: what a master that starts on it, or restores it, relies
 * on. Fields that are not named here may be anything, and stay.
 */
import { z } from 'zod';
import { isKey, isPair } from '../wire/keys.ts';

const word = z.string().min(1);
const publicKey = z.string().refine(isKey, { error: 'no CURVE key' });
const role = z.enum(['agent', 'client', 'framework']);
const keys = z
  .object({ publicKey, secretKey: publicKey })
  .refine(isPair, { error: 'the secret key is not that of the public key' });

/** By space and, of the master's own, by key. */
const RULES: Readonly<Record<string, z.ZodType>> = {
  'master/identity': z.looseObject({ cluster: word, keys }),
  'master/epoch': z.number().int().nonnegative(),
  'master/frameworks': keys,
  agent: z.looseObject({
    id: word,
    name: word,
    state: word,
    attributes: z.record(z.string(), z.string()),
    executors: z.array(z.looseObject({ kind: word })),
    total: z.array(z.looseObject({ name: word })),
  }),
  framework: z.looseObject({ id: word, owner: z.string() }),
  code: word,
  member: z.looseObject({ name: word, role, publicKey }),
  plugin: z.looseObject({ name: word, version: word, sha256: word, member: word, keys }),
  role: z.looseObject({ role: word }),
  token: z.looseObject({ id: word, role, hash: z.string().length(64), expiresAt: z.number() }),
};
/** The field that is also the entry's key. */
const NAMED: Readonly<Record<string, string>> = {
  agent: 'id',
  framework: 'id',
  member: 'name',
  plugin: 'name',
  role: 'role',
  token: 'id',
};

/** @returns what is wrong with it; undefined: nothing */
export function brokenRecord(space: string, key: string, value: unknown): string | undefined {
  const rule = RULES[space] ?? RULES[`${space}/${key}`];
  if (!rule) return undefined;
  const { error } = rule.safeParse(value);
  const issue = error?.issues[0];
  if (issue) return [...issue.path, issue.message].join(': ');
  const field = NAMED[space];
  if (field === undefined) return undefined;
  const named = (value as Readonly<Record<string, unknown>>)[field];
  return named === key ? undefined : `${field}: is ${String(named)}`;
}
