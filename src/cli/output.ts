/** What commands print: tables that fit the terminal, JSON for programs, one line for what was done. */
import type { Client } from '../client/client.ts';
import { type Records, sorted, TABLES, type TableName, tableText } from '../client/tables.ts';

const colors = (): boolean => Boolean(process.stdout.isTTY && !process.env['NO_COLOR']);
/** Pipes get lines that are never cut. */
const width = (): number => process.stdout.columns ?? 400;

export const printJson = (value: unknown): void => console.log(JSON.stringify(value, null, 2));

export function printTable<N extends TableName>(
  client: Client,
  name: N,
  records: readonly Records[N][],
): void {
  const table = TABLES[name];
  const options = { state: client.state, now: Date.now(), width: width(), colors: colors() };
  console.log(tableText(table, sorted(table, records, client.state), options));
}
