/**
 * What a plugin's folder must have: a file to start from. A package.json is not needed; one that says `exports` or `main`
 * (a package of the npm registry, built) says so better than we can guess.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface PluginManifest {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const USUAL = ['index.ts', 'index.js', 'index.mjs'];

/** Empty where there is none. @throws Error that says what is wrong with it */
export function manifestOf(folder: string): PluginManifest {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as PluginManifest;
  } catch (error) {
    throw new Error(`package.json: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The file that exports the definition, as a path in the folder. @throws Error where there is none */
export function entryOf(folder: string): string {
  const { main, exports } = manifestOf(folder) as { main?: unknown; exports?: unknown };
  const named = [rootOf(exports), main].filter((name) => typeof name === 'string');
  const found = [...named, ...USUAL].find((name) => isFile(join(folder, name)));
  if (found !== undefined) return found;
  throw new Error(`it has no ${[...new Set([...named, 'index.ts', 'index.js'])].join(' and no ')}`);
}

/** Of `exports`, what an import of the package itself gets. */
function rootOf(exports: unknown): unknown {
  if (typeof exports !== 'object' || exports === null) return exports;
  const { '.': root, import: imported, default: otherwise } = exports as Readonly<Record<string, unknown>>;
  return root === undefined ? (imported ?? otherwise) : rootOf(root);
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
