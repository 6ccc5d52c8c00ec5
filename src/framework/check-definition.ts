/** What a plugin exports, checked before anything of it is believed: the master would refuse the rest anyway, later. */
import { z } from 'zod';
import type { FrameworkDefinition } from './define.ts';

const word = z.string().min(1).max(256);
const definition = z.looseObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, {
    error: 'expected lower-case letters, digits and dashes, at most 63, a letter first',
  }),
  kinds: z.array(word).max(100),
  roles: z.array(word).min(1).optional(),
  verbs: z.record(word, z.string(), { error: 'expected a line of help for each verb' }),
});

/** @param from the file that exports it @throws Error */
export function checkDefinition(exported: unknown, from: string): FrameworkDefinition {
  const { create } = (exported ?? {}) as Partial<FrameworkDefinition>;
  if (typeof create !== 'function') throw new Error(`${from} exports no framework as default`);
  const { error } = definition.safeParse(exported);
  const issue = error?.issues[0];
  if (issue) throw new Error(`${issue.path.join('.')} of the framework: ${issue.message}`);
  return exported as FrameworkDefinition;
}
