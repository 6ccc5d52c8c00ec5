/** The list of quotas: a line for each name of each role that has one, with what is used of it. */
import type { QuotaUse } from '../../core/quota-rules.ts';
import { amount } from './figures.ts';
import { barParts } from './job-work.ts';
import { compareValues, naturalKey } from './natural.ts';
import { column, type Part, type Table, type Tone } from './table.ts';

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
  ...(
    [
      ['guarantee', 1],
      ['limit', 1],
      ['used', 0],
      ['offered', 4],
    ] as const
  ).map(([key, priority]) =>
    column<QuotaLine>(
      key,
      key.toUpperCase(),
      priority,
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

/** Nearly at its limit, or over it; guaranteed what it does not get is nothing to warn of: it may not want it. */
function toneOf({ limit, used }: QuotaLine): Tone {
  if (limit === undefined) return 'good';
  return used > limit ? 'bad' : used >= 0.9 * limit ? 'busy' : 'good';
}

/** Of the limit; where there is none, of the guarantee. */
const shareOf = ({ guarantee, limit, used }: QuotaLine): number => {
  const whole = limit ?? guarantee ?? 0;
  return whole > 0 ? used / whole : used > 0 ? 1 : 0;
};

const BAR = 12;

function parts(line: QuotaLine): Part[] {
  const percent = `${Math.round(100 * shareOf(line))}%`.padStart(5);
  const of = line.limit === undefined ? ' of guarantee' : ' of limit';
  return [
    ...barParts(shareOf(line), BAR, toneOf(line)),
    { text: percent, tone: 'plain' },
    { text: of, tone: 'faint' },
  ];
}

/** Known only while somebody asks for them. */
export const quotas: Table<QuotaLine> = {
  name: 'quotas',
  singular: 'quota',
  toned: 'used',
  order: 'role',
  list: ({ told }) => quotaLines(told?.quotas ?? []),
  id: ({ role, name }) => `${role} ${name}`,
  title: ({ role }) => role,
  tone: toneOf,
  over: () => false,
  rank: () => 0,
  columns: () => [
    ...QUOTA_COLUMNS.map((one) =>
      one.key === 'role'
        ? { ...one, letter: 'N', sort: ({ role, name }: QuotaLine) => naturalKey(`${role} ${name}`) }
        : one,
    ),
    column(
      'share',
      'SHARE',
      1,
      (line) =>
        parts(line)
          .map(({ text }) => text)
          .join(''),
      {
        letter: 'H',
        parts,
        sort: shareOf,
      },
    ),
  ],
};
