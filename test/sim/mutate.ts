/**
 * Puts a defect into a source file as it is loaded. Nothing on the disk changes and no source knows of it: it is the real
 * program with one line of it wrong, in this process only.
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = join(import.meta.dirname, '../..');

export interface Mutant {
  readonly name: string;
  /** What a person who made this mistake would have had in mind. */
  readonly says: string;
  /** From the root. */
  readonly file: string;
  /** Occurs there exactly once. */
  readonly right: string;
  readonly wrong: string;
}

/** @throws Error where the place of the defect has gone: it wants to be found again */
export function mutated({ name, file, right, wrong }: Mutant, source: string): string {
  const found = source.split(right).length - 1;
  if (found !== 1) throw new Error(`mutant "${name}": its place occurs ${found} times in ${file}`);
  return source.replace(right, () => wrong);
}

/** @returns the source with the defect @throws Error as `mutated` */
export const checkPlace = (mutant: Mutant): string =>
  mutated(mutant, readFileSync(join(ROOT, mutant.file), 'utf8'));

/** To be called before the file is loaded. */
export function mutate(mutant: Mutant): void {
  const target = pathToFileURL(join(ROOT, mutant.file)).href;
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      if (url !== target || loaded.source === undefined || loaded.source === null) return loaded;
      const source =
        typeof loaded.source === 'string'
          ? loaded.source
          : Buffer.from(loaded.source as Uint8Array).toString();
      return { ...loaded, source: mutated(mutant, source) };
    },
  });
}
