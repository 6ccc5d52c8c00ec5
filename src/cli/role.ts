/** `tender role`: weight, priority and preemption of roles. */
import { exactRole } from '../client/names.ts';
import { quotaText, roleText } from '../client/role-text.ts';
import { defaultRole } from '../core/cluster.ts';
import { TenderError } from '../core/errors.ts';
import { printJson } from './output.ts';
import { type Global, withClient } from './session.ts';

export interface RoleOptions {
  readonly weight?: string | undefined;
  readonly priority?: string | undefined;
  readonly preemption?: string | undefined;
}

/** An option that is not given leaves what was there. */
export function setRole(role: string, options: RoleOptions, global: Global): Promise<void> {
  const { weight, priority, preemption } = options;
  if (weight === undefined && priority === undefined && preemption === undefined)
    throw new TenderError('usage', {
      cause: `expected --weight, --priority or --preemption, as in: tender role set ${role} --weight 2`,
    });
  if (preemption !== undefined && preemption !== 'on' && preemption !== 'off')
    throw new TenderError('usage', { cause: `--preemption expects on or off, found "${preemption}"` });
  const change = {
    role,
    ...(weight === undefined ? {} : { weight: numberOf('--weight', weight) }),
    ...(priority === undefined ? {} : { priority: numberOf('--priority', priority) }),
    ...(preemption === undefined ? {} : { preemption: preemption === 'on' }),
  };
  return withClient(global, async (client) => {
    const [record] = await client.request('roles.set', { changes: [change], force: false });
    if (global.json) printJson(record);
    else console.log(`${role} has ${roleText(record!)}`);
  });
}

/** Back to the defaults, without quota. */
export function removeRoles(roles: readonly string[], global: Global): Promise<void> {
  return withClient(global, async (client) => {
    const changes = roles.map((role) => ({
      ...defaultRole(exactRole(client.state, role).role),
      quota: null,
    }));
    const records = await client.request('roles.set', { changes, force: false });
    if (global.json) printJson(records);
    else
      for (const record of records)
        console.log(`${record.role} has ${roleText(record)}; it is ${quotaText(record)}`);
  });
}

function numberOf(option: string, text: string): number {
  if (!/^-?\d+(\.\d+)?$/.test(text))
    throw new TenderError('usage', { cause: `${option} expects a number, found "${text}"` });
  return Number(text);
}
