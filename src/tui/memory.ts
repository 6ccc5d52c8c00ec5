/**
 * What the screen remembers from one start to the next: the order and the columns of each list, and the commands typed.
 * Not settings: nobody writes this file by hand. One that is damaged is said so, and begun anew.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { TABLES, type TableName } from '../client/tables.ts';
import { causeOf, TenderError } from '../core/errors.ts';
import type { Failure, Ui } from './ui.ts';

export type Remembered = Pick<Ui, 'orders' | 'columns' | 'history'>;

const name = z.enum(Object.keys(TABLES) as [TableName, ...TableName[]]);

const schema = z.object({
  orders: z.partialRecord(name, z.object({ key: z.string(), descending: z.boolean() })),
  columns: z.partialRecord(name, z.array(z.string())),
  history: z.array(z.string().max(1000)).max(1000),
});

const NOTHING: Remembered = { orders: {}, columns: {}, history: [] };

export interface Memory {
  readonly start: Remembered;
  /** Why what was there is not used. */
  readonly problem?: Failure | undefined;
  /** Soon on disk: many changes in a row are one write. */
  keep(ui: Remembered): void;
  /** What is not on disk yet. */
  close(): void;
}

const SOON = 500;

/** @param file absent: nothing is remembered */
export function openMemory(file: string | undefined): Memory {
  if (file === undefined) return { start: NOTHING, keep() {}, close() {} };
  const { start, problem } = load(file);
  let next: Remembered | undefined;
  let timer: NodeJS.Timeout | undefined;
  const write = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (next) save(file, next);
    next = undefined;
  };
  return {
    start,
    problem,
    keep({ orders, columns, history }) {
      next = { orders, columns, history };
      timer ??= setTimeout(write, SOON).unref();
    },
    close: write,
  };
}

function load(file: string): Pick<Memory, 'start' | 'problem'> {
  try {
    const parsed = schema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    if (parsed.success) return { start: parsed.data as Remembered };
    const [issue] = parsed.error.issues;
    return broken(file, `${issue?.path.join('.')}: ${issue?.message}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { start: NOTHING };
    return broken(file, causeOf(error));
  }
}

function broken(file: string, cause: string): Pick<Memory, 'start' | 'problem'> {
  const { code, message, next } = new TenderError('screen.memory', { file, cause });
  return { start: NOTHING, problem: { code, message, next } };
}

/** Whole or not at all. That it can't be written is no reason to disturb anyone at work: the next start says nothing of it. */
function save(file: string, value: Remembered): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const fresh = `${file}.${process.pid}`;
    writeFileSync(fresh, `${JSON.stringify(value)}\n`, { mode: 0o600 });
    renameSync(fresh, file);
  } catch {
    // A folder that is read-only: orders and columns are those of this screen only.
  }
}
