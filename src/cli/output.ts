/** What commands print: tables that fit the terminal, JSON for programs, one line for what was done. */
import type { Client } from '../client/client.ts';
import {
  type Column,
  layout,
  linesOf,
  type Records,
  sorted,
  TABLES,
  type TableName,
  tableText,
} from '../client/tables.ts';

export const colors = (): boolean => Boolean(process.stdout.isTTY && !process.env['NO_COLOR']);
/** In a pipe only the longest texts are cut. */
export const width = (): number => process.stdout.columns ?? 400;

export const printJson = (value: unknown): void => console.log(JSON.stringify(value, null, 2));

export function recordsText<N extends TableName>(
  client: Client,
  name: N,
  records: readonly Records[N][],
): string {
  const table = TABLES[name];
  const options = { state: client.state, now: Date.now(), width: width(), colors: colors() };
  return tableText(table, sorted(table, records, client.state), options);
}

/** Rows that are no records of the cluster's state, in this order. */
export function rowsText<R>(
  { state }: Pick<Client, 'state'>,
  columns: readonly Column<R>[],
  rows: readonly R[],
): string {
  const laid = layout(columns, rows, width(), { state, now: Date.now() });
  return linesOf(laid, width()).join('\n');
}
