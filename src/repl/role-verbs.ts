/** `role.set`, `quota.set` and their like: what is said of roles, from the prompt. */
import { amountsOf } from '../client/amounts.ts';
import { exactRole } from '../client/names.ts';
import { QUOTA_COLUMNS, quotaLines } from '../client/table/quotas.ts';
import { defaultRole, type RoleRecord } from '../core/cluster.ts';
import { TenderError } from '../core/errors.ts';
import type { Quantities } from '../core/quantities.ts';
import type { QuotaUse } from '../core/quota-rules.ts';
import { toMilli } from '../core/resources.ts';
import { printedAs, tableOfRows } from './shown.ts';
import type { Verb } from './verb.ts';

/** `{cpus: 2, mem: '4g'}` (mem in MiB), or `'cpus=2,mem=4g'`; null takes it away. */
type AmountsSaid = string | Readonly<Record<string, number | string>> | null;

interface QuotaSaid {
  readonly guarantee?: AmountsSaid;
  readonly limit?: AmountsSaid;
  /** Although more is used, or more promised than there is. */
  readonly force?: boolean;
}

interface RoleSaid {
  readonly weight?: number;
  readonly priority?: number;
  readonly preemption?: boolean;
}

function amountsSaid(option: string, said: AmountsSaid): Quantities {
  if (said === null) return {};
  if (typeof said === 'string') return amountsOf(option, said);
  return Object.fromEntries(
    Object.entries(said).flatMap(([name, amount]) =>
      typeof amount === 'number'
        ? [[name, toMilli(amount)] as const]
        : Object.entries(amountsOf(option, `${name}=${amount}`)),
    ),
  );
}

const needsRole = (usage: string, role: unknown): void => {
  if (typeof role !== 'string' || role === '')
    throw new TenderError('usage', { cause: `the name of a role comes first, as in: ${usage}` });
};

const QUOTA_USAGE = "quota.set('web', {limit: {cpus: 2, mem: '4g'}, guarantee: null, force: false})";
const ROLE_USAGE = "role.set('web', {weight: 2, priority: 80, preemption: true})";

export const ROLE_VERBS = {
  'quota.ls': {
    usage: 'quota.ls()',
    help: 'what roles are guaranteed and limited to, and what they use',
    make:
      ({ client, look }) =>
      async (): Promise<QuotaUse[]> => {
        const all = await client.request('quota.list', {});
        return printedAs(all, () =>
          all.length === 0 ? 'no role has a quota' : tableOfRows(quotaLines(all), QUOTA_COLUMNS, look),
        );
      },
  },
  'quota.set': {
    usage: QUOTA_USAGE,
    help: 'what a role is guaranteed, and limited to; what is not said stays, null takes it away',
    completes: 'roles',
    method: 'setQuota',
    options: ['guarantee', 'limit', 'force'],
    changes: true,
    make:
      ({ client }) =>
      async (role: string, { guarantee, limit, force = false }: QuotaSaid = {}): Promise<RoleRecord> => {
        needsRole(QUOTA_USAGE, role);
        if (guarantee === undefined && limit === undefined)
          throw new TenderError('usage', { cause: `expected a guarantee or a limit, as in: ${QUOTA_USAGE}` });
        const quota = {
          ...(guarantee === undefined ? {} : { guarantee: amountsSaid('guarantee', guarantee) }),
          ...(limit === undefined ? {} : { limit: amountsSaid('limit', limit) }),
        };
        const [record] = await client.request('roles.set', { changes: [{ role, quota }], force });
        return record!;
      },
  },
  'quota.rm': {
    usage: "quota.rm('web')",
    help: 'neither guaranteed nor limited any more',
    completes: 'roles',
    method: 'removeQuota',
    changes: true,
    make:
      ({ client }) =>
      async (role: string): Promise<RoleRecord> => {
        if (!client.state.roles.get(role)?.quota) throw new TenderError('quota.none', { role });
        const [record] = await client.request('roles.set', {
          changes: [{ role, quota: null }],
          force: false,
        });
        return record!;
      },
  },
  'role.set': {
    usage: ROLE_USAGE,
    help: 'how much a role counts beside others; what is not said stays',
    completes: 'roles',
    method: 'set',
    options: ['weight', 'priority', 'preemption'],
    changes: true,
    make:
      ({ client }) =>
      async (role: string, { weight, priority, preemption }: RoleSaid = {}): Promise<RoleRecord> => {
        needsRole(ROLE_USAGE, role);
        if (weight === undefined && priority === undefined && preemption === undefined)
          throw new TenderError('usage', {
            cause: `expected weight, priority or preemption, as in: ${ROLE_USAGE}`,
          });
        const changes = [{ role, weight, priority, preemption }];
        const [record] = await client.request('roles.set', { changes, force: false });
        return record!;
      },
  },
  'role.rm': {
    usage: "role.rm('web')",
    help: 'back to the defaults, without quota',
    completes: 'roles',
    method: 'reset',
    changes: true,
    make:
      ({ client }) =>
      async (role: string): Promise<RoleRecord> => {
        const changes = [{ ...defaultRole(exactRole(client.state, role).role), quota: null }];
        const [record] = await client.request('roles.set', { changes, force: false });
        return record!;
      },
  },
} as const satisfies Record<string, Verb>;
