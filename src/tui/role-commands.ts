/** `:weight`, `:limit`, `:guarantee`: what is said of roles. None of them ends a task, so none of them asks first. */
import { amountsOf } from '../client/amounts.ts';
import { TenderError } from '../core/errors.ts';
import type { RoleChange } from '../core/quota-rules.ts';
import type { Command } from './commands.ts';
import type { Ui } from './ui.ts';

const changing = (ui: Ui, change: RoleChange) => ({ ui, effect: { kind: 'role', change } as const });

function wordsOf(usage: string, [role = '', value = '', more]: readonly string[]): [string, string] {
  if (role === '' || value === '' || more !== undefined)
    throw new TenderError('usage', { cause: `expected a role and one value, as in: ${usage}` });
  return [role, value];
}

export const ROLE_COMMANDS: readonly Command[] = [
  {
    names: ['weight'],
    takes: 'role N',
    help: 'its part beside other roles',
    changes: true,
    run: (ui, _, words) => {
      const [role, weight] = wordsOf('weight web 2', words);
      if (!/^\d+(\.\d+)?$/.test(weight))
        throw new TenderError('usage', { cause: `a weight is a number, found "${weight}"` });
      return changing(ui, { role, weight: Number(weight) });
    },
  },
  ...(['limit', 'guarantee'] as const).map(
    (name): Command => ({
      names: [name],
      takes: 'role AMOUNTS',
      help: name === 'limit' ? 'at most so much for it; or none' : 'so much is kept free for it; or none',
      changes: true,
      run: (ui, _, words) => {
        const [role, text] = wordsOf(`${name} web cpus=2,mem=4g`, words);
        return changing(ui, { role, quota: { [name]: amountsOf(name, text) } });
      },
    }),
  ),
];
