/**
 * The code of a plugin as one text that can travel and be kept: its files by path, packed. Nothing but plain files is in
 * it, and nothing of it can come to lie outside of the folder that it is unpacked into.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize, relative, sep } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { TenderError } from '../../core/errors.ts';
import { MAX_CODE } from '../../wire/protocol.ts';

/** Bytes of its files, at most. */
const MAX_FILES = 64_000_000;

/** What of a folder is no code: history, secrets, what is fetched anew, and native code, which a host refuses to load. */
const LEFT_OUT = /^\.|\.node$/;

/** @throws TenderError `plugin.too_large` */
export function pack(folder: string, source: string): { code: string; sha256: string } {
  const files: Record<string, string> = {};
  let bytes = 0;
  for (const file of filesIn(folder)) {
    const content = readFileSync(join(folder, file));
    bytes += content.length;
    if (bytes > MAX_FILES) throw tooLarge(source, bytes, MAX_FILES);
    files[file.split(sep).join('/')] = content.toString('base64');
  }
  const code = gzipSync(JSON.stringify(files)).toString('base64');
  if (code.length > MAX_CODE) throw tooLarge(source, code.length, MAX_CODE);
  return { code, sha256: sha256Of(code) };
}

export const sha256Of = (code: string): string => createHash('sha256').update(code).digest('hex');

/** @param folder is made @throws Error where it is none of ours */
export function unpack(code: string, folder: string): void {
  const text = gunzipSync(Buffer.from(code, 'base64'), { maxOutputLength: 2 * MAX_FILES }).toString();
  const files = Object.entries(JSON.parse(text) as Record<string, string>);
  for (const [path, content] of files) {
    const inside = normalize(path);
    if (isAbsolute(inside) || inside.split(sep).includes('..'))
      throw new Error(`${path} is no path of a plugin's file`);
    const file = join(folder, inside);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, Buffer.from(content, 'base64'), { mode: 0o600 });
  }
}

/** Plain files, as paths in the folder, in the alphabet's order: the same folder is the same text. */
function filesIn(root: string, folder = root): string[] {
  const items = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !LEFT_OUT.test(name));
  return items
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((item) => {
      const path = join(folder, item.name);
      if (item.isDirectory()) return filesIn(root, path);
      return item.isFile() ? [relative(root, path)] : [];
    });
}

const tooLarge = (source: string, bytes: number, limit: number): TenderError =>
  new TenderError('plugin.too_large', { source, bytes, limit });
