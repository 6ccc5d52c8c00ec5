/** What is known of a file, or that there is none. Whatever else keeps it from being looked at is no absence: it is thrown. */
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';

export async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

export const isAbsent = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';
