/**
 * What Node has made of the program's modules, kept beside the bundle so that the next start need not compile them; in
 * vain where that folder is another's. The single binary has its own in it.
 */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { isSea } from 'node:sea';

const FOLDER = isSea() ? undefined : join(import.meta.dirname, '..', 'dist', 'cache');

/** For what is loaded from now on. */
export function keepCompiled(folder = FOLDER): void {
  if (folder !== undefined) enableCompileCache({ directory: folder, portable: true });
}
