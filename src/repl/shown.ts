/**
 * How values show themselves at the prompt. Some are texts or tables (`util.inspect` asks them); some, such as logs that
 * are still being written, take time to show: those have a `SHOW` of their own, which is waited for like a command.
 */
import { inspect } from 'node:util';
import { type Column, layout, linesOf, type Source } from '../client/tables.ts';

/** How lists and pages are printed. */
export interface Look {
  readonly source: Source;
  readonly width: () => number;
  readonly colors: boolean;
  readonly now: () => number;
}

export const SHOW = Symbol('tender.show');

/** @returns what is printed after it, and kept in `_`; undefined: nothing */
export interface Showing {
  [SHOW](): Promise<unknown>;
}

export const isShowing = (value: unknown): value is Showing =>
  typeof value === 'object' && value !== null && SHOW in value;

/** The same value, which prints as this text; its fields are there for scripts. */
export const printedAs = <T extends object>(value: T, text: () => string): T =>
  Object.defineProperty(value, inspect.custom, { value: text, configurable: true });

/** The same rows, which print as a table as wide as the terminal. */
export const printedAsTable = <R>(rows: R[], columns: readonly Column<R>[], empty: string, look: Look): R[] =>
  printedAs(rows, () => (rows.length === 0 ? empty : tableOfRows(rows, columns, look)));

export function tableOfRows<R>(rows: readonly R[], columns: readonly Column<R>[], look: Look): string {
  const width = look.width();
  return linesOf(layout(columns, rows, width, { state: look.source.state, now: look.now() }), width).join(
    '\n',
  );
}
