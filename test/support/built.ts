/**
 * Global setup of the end-to-end tests: the program built from a copy of the sources, so that a build in the checkout
 * while tests run changes nothing under them (or a copy of the single binary that TENDER_PROGRAM names); and one folder for all that the run makes. What is still alive of it at
 * the end (a test worker was killed, a test forgot something) is ended here, and only that.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { BINARY } from './launch.ts';
import { sweep } from './machine.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The launcher, `bin/tender` of the copy; or the binary. */
    readonly program: string;
    /** A folder of this run; each cluster has its own one in it. */
    readonly workFolder: string;
  }
}

const COPIED = [
  'src',
  'plugins',
  'examples',
  'bin',
  'build.ts',
  'bundle',
  'bundle.ts',
  'bundle',
  'binary',
  'package.json',
  'tsconfig.json',
];

export default function setup(project: TestProject): () => void {
  const run = mkdtempSync(join(tmpdir(), 'tender-e2e-'));
  chmodSync(run, 0o755); // for tests that become another user
  const remove = (): void => rmSync(run, { recursive: true, force: true });
  project.provide('program', BINARY === undefined ? builtIn(run, remove) : copiedTo(run, BINARY));
  project.provide('workFolder', run);
  return () => {
    if (process.env['TENDER_TEST_KEEP']) return console.log(`kept: ${run}`);
    sweep(run);
    remove();
  };
}

function copiedTo(run: string, binary: string): string {
  const copy = join(run, 'tender');
  copyFileSync(binary, copy);
  return copy;
}

function builtIn(run: string, remove: () => void): string {
  const checkout = join(import.meta.dirname, '..', '..');
  const copy = join(run, 'tender');
  mkdirSync(copy);
  for (const name of COPIED) cpSync(join(checkout, name), join(copy, name), { recursive: true });
  symlinkSync(join(checkout, 'node_modules'), join(copy, 'node_modules'));
  try {
    execFileSync(process.execPath, ['build.ts', '--quiet'], { cwd: copy, stdio: 'inherit' });
  } catch (error) {
    remove();
    throw error;
  }
  return join(copy, 'bin', 'tender');
}
