/** What people can say of roles: none of it ends a task, so none of it asks first. */
import { amountsOf } from '../../client/amounts.ts';
import type { Client } from '../../client/client.ts';
import { quotaText, roleText } from '../../client/role-text.ts';
import { TenderError } from '../../core/errors.ts';
import type { RoleChange } from '../../core/quota-rules.ts';
import type { Verb } from './verb.ts';

type Change = Omit<RoleChange, 'role'>;

function roleVerb(
  name: string,
  help: string,
  word: string,
  changeOf: (text: string) => Change,
): Verb<'roles'> {
  const check = (text: string): void => {
    if (text === '' || /\s/.test(text))
      throw new TenderError('usage', {
        cause: `expected a role and one value, as in: ${name} web ${word === 'AMOUNTS' ? 'cpus=2,mem=4g' : '2'}`,
      });
    changeOf(text);
  };
  return {
    name,
    on: 'roles',
    help,
    takes: { word, check },
    run: async (client: Client, role, text) => {
      const change = { role, ...changeOf(text) };
      const [record] = await client.request('roles.set', { changes: [change], force: false });
      return change.quota === undefined ? `has ${roleText(record!)}` : `is ${quotaText(record!)}`;
    },
  };
}

const numberOf = (what: string, text: string): number => {
  if (!/^\d+(\.\d+)?$/.test(text))
    throw new TenderError('usage', { cause: `a ${what} is a number, found "${text}"` });
  return Number(text);
};

const quota =
  (name: 'limit' | 'guarantee') =>
  (text: string): Change => ({ quota: { [name]: amountsOf(name, text) } });

export const ROLE_VERBS: readonly Verb<'roles'>[] = [
  roleVerb('weight', 'its part beside other roles', 'N', (text) => ({ weight: numberOf('weight', text) })),
  roleVerb('priority', 'whose work comes first', 'N', (text) => ({ priority: numberOf('priority', text) })),
  roleVerb('limit', 'at most so much for it; or none', 'AMOUNTS', quota('limit')),
  roleVerb('guarantee', 'so much is kept free for it; or none', 'AMOUNTS', quota('guarantee')),
];
