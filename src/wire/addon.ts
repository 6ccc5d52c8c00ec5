/**
 * zeromq's native part, in the single binary. The system loads native code from files only, so it is laid down once in a
 * folder that is nobody else's; what lies there is used only if it is, byte for byte, what this binary carries.
 */
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { getAssetKeys, getRawAsset } from 'node:sea';
import { causeOf, TenderError } from '../core/errors.ts';

/** Where in the binary; what follows is the sha256 of it, its name as a file. */
export const ADDON = 'addon/';

let loadedFrom: string | undefined;

/** The folder it was loaded from: a process that may read little must be allowed to read this. */
export function addonFolder(): string {
  if (loadedFrom === undefined) throw new Error('the addon is not loaded yet');
  return dirname(loadedFrom);
}

/** Its exports. @throws TenderError `binary.addon` */
export function loadAddon(): unknown {
  const key = getAssetKeys().find((name) => name.startsWith(ADDON))!;
  const bytes = Buffer.from(getRawAsset(key));
  const failed: string[] = [];
  for (const folder of folders()) {
    const file = join(folder, `${key.slice(ADDON.length)}.node`);
    try {
      layDown(file, bytes);
      const module = { exports: {} };
      process.dlopen(module, file); // fails where programs may not run from
      loadedFrom = file;
      return module.exports;
    } catch (error) {
      failed.push(`${folder}: ${causeOf(error)}`);
    }
  }
  throw new TenderError('binary.addon', { cause: failed.join('; ') });
}

/** In this order. A person who names one means it. */
function folders(): string[] {
  const { TENDER_CACHE, XDG_CACHE_HOME } = process.env;
  if (TENDER_CACHE) return [TENDER_CACHE];
  return [
    join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'tender'),
    join(tmpdir(), `tender-${process.getuid?.() ?? 'user'}`),
  ];
}

function layDown(file: string, bytes: Buffer): void {
  const folder = dirname(file);
  if (!statSync(folder, { throwIfNoEntry: false })) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = statSync(folder);
  if (uid !== process.getuid?.()) throw new Error('it belongs to somebody else');
  if (mode & 0o022) throw new Error('others may write there');
  if (statSync(file, { throwIfNoEntry: false }) && readFileSync(file).equals(bytes)) return;
  const made = `${file}.${process.pid}`;
  writeFileSync(made, bytes, { mode: 0o700 });
  renameSync(made, file);
}
