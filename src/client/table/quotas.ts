/** The list of quotas: a line for each name of each role that has one, with what is used of it. */
import type { QuotaUse } from '../../core/quota-rules.ts';
import { amount } from './figures.ts';
import { compareValues, naturalKey } from './natural.ts';
import { column } from './table.ts';

/** One name of a role's quota. */
export interface QuotaLine {
  readonly role: string;
  readonly name: string;
  readonly guarantee: number | undefined;
  readonly limit: number | undefined;
  readonly used: number;
  readonly offered: number;
}

export const QUOTA_COLUMNS = [
  column<QuotaLine>('role', 'ROLE', 0, ({ role }) => role),
  column<QuotaLine>('name', 'NAME', 0, ({ name }) => name),
  ...(['guarantee', 'limit', 'used', 'offered'] as const).map((key) =>
    column<QuotaLine>(
      key,
      key.toUpperCase(),
      0,
      (line) => {
        const milli = line[key];
        return milli === undefined ? '-' : amount(line.name, milli);
      },
      { align: 'right' },
    ),
  ),
];

export function quotaLines(quotas: readonly QuotaUse[]): QuotaLine[] {
  const sorted = [...quotas].sort((a, b) => compareValues(naturalKey(a.role), naturalKey(b.role)));
  return sorted.flatMap(({ role, guarantee, limit, consumed, offered }) =>
    [...new Set([...Object.keys(guarantee), ...Object.keys(limit)])].sort().map((name) => ({
      role,
      name,
      guarantee: guarantee[name],
      limit: limit[name],
      used: consumed[name] ?? 0,
      offered: offered[name] ?? 0,
    })),
  );
}
