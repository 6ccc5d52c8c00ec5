/** `tender quota`: what is guaranteed to roles, and what they may have at most. */
import { amountsOf } from '../client/amounts.ts';
import { quotaText } from '../client/role-text.ts';
import { QUOTA_COLUMNS, quotaLines } from '../client/table/quotas.ts';
import { TenderError } from '../core/errors.ts';
import { type ListGlobal, showList } from './listing.ts';
import { printJson, rowsText } from './output.ts';
import { type Global, withClient } from './session.ts';

export interface QuotaOptions {
  readonly guarantee?: string | undefined;
  readonly limit?: string | undefined;
  readonly force: boolean;
}

/** For all of the roles or none. An option that is not given leaves what was there. */
export function setQuota(
  roles: readonly string[],
  { guarantee, limit, force }: QuotaOptions,
  global: Global,
): Promise<void> {
  if (guarantee === undefined && limit === undefined)
    throw new TenderError('usage', {
      cause: `expected --guarantee or --limit, as in: tender quota set ${roles[0]} --limit cpus=2,mem=4g`,
    });
  const stray = roles.find((role) => /[=:]/.test(role));
  if (stray !== undefined)
    throw new TenderError('usage', {
      cause: `"${stray}" is no role; amounts go together, as in --limit cpus=2,mem=4g`,
    });
  const quota = {
    ...(guarantee === undefined ? {} : { guarantee: amountsOf('--guarantee', guarantee) }),
    ...(limit === undefined ? {} : { limit: amountsOf('--limit', limit) }),
  };
  return withClient(global, async (client) => {
    const changes = roles.map((role) => ({ role, quota }));
    const records = await client.request('roles.set', { changes, force });
    if (global.json) printJson(records);
    else for (const record of records) console.log(`${record.role} is ${quotaText(record)}`);
  });
}

export function removeQuota(roles: readonly string[], global: Global): Promise<void> {
  return withClient(global, async (client) => {
    for (const role of roles)
      if (!client.state.roles.get(role)?.quota) throw new TenderError('quota.none', { role });
    const changes = roles.map((role) => ({ role, quota: null }));
    const records = await client.request('roles.set', { changes, force: false });
    if (global.json) printJson(records);
    else for (const record of records) console.log(`${record.role} is ${quotaText(record)}`);
  });
}

export function listQuotas(global: ListGlobal): Promise<void> {
  return showList(global, async (client) => {
    const quotas = await client.request('quota.list', {});
    return {
      value: quotas,
      names: quotas.map(({ role }) => role),
      text: rowsText(client, QUOTA_COLUMNS, quotaLines(quotas)),
      empty: 'No role has a quota. Set one with: tender quota set ROLE --limit cpus=2,mem=4g',
    };
  });
}
