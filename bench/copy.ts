/** The built program, copied: a build in the checkout while it is measured changes nothing under it. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Copy {
  /** The launcher. */
  readonly program: string;
  /** A new, empty folder for the state of one cluster. */
  folder(): string;
  remove(): void;
}

const COPIED = ['dist', 'bin', 'plugins', 'examples', 'package.json'];

export function copyOfProgram(): Copy {
  const checkout = join(import.meta.dirname, '..');
  const root = mkdtempSync(join(tmpdir(), 'tender-bench-'));
  const program = join(root, 'tender');
  mkdirSync(program);
  // The single binary may lie in dist/, and is not what is measured.
  const filter = (path: string): boolean => path !== join(checkout, 'dist', 'tender');
  for (const name of COPIED) cpSync(join(checkout, name), join(program, name), { recursive: true, filter });
  symlinkSync(join(checkout, 'node_modules'), join(program, 'node_modules'));
  return {
    program: join(program, 'bin', 'tender'),
    folder: () => mkdtempSync(join(root, 'c-')),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
