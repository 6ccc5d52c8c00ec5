/** What an instance of a run finds in its environment, beside what every task does. */
import type { Run } from './memory.ts';

/** @param attempt from 1 */
export const environmentOf = (
  run: Run,
  index: number,
  attempt: number,
): Readonly<Record<string, string>> => ({
  ...run.env,
  TENDER_INDEX: String(index),
  TENDER_COUNT: String(run.count),
  TENDER_RUN: String(run.number),
  TENDER_ATTEMPT: String(attempt),
  ...(run.due !== undefined && { TENDER_DUE: new Date(run.due).toISOString() }),
});
