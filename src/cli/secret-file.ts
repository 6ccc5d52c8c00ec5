/** Small JSON files that only their owner may read (keys). Written whole or not at all. */
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { causeOf, TenderError } from '../core/errors.ts';

/** @throws TenderError `state.write` */
export function writeSecret(file: string, value: object): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const next = `${file}.${process.pid}`;
    writeFileSync(next, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
    chmodSync(next, 0o600);
    renameSync(next, file);
  } catch (error) {
    throw new TenderError('state.write', { folder: dirname(file), cause: causeOf(error) });
  }
}

const UNREADABLE: Readonly<Record<string, string>> = { EACCES: 'this user may not' };

/** Undefined where there is no such file. @throws TenderError `secret.read` */
export function readSecret<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new TenderError('secret.read', { file, cause: UNREADABLE[code] ?? causeOf(error) });
  }
}
