/**
 * What a machine may lack. Use: `describe.skipIf(needDocker())('…')`. The reason for skipping is printed once; with
 * TENDER_TEST_ALL=1 (as in CI) nothing may be missing, and a missing thing fails the file instead.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const said = new Set<string>();

export function missing(what: string): boolean {
  if (process.env['TENDER_TEST_ALL'] === '1') throw new Error(`TENDER_TEST_ALL is set, but ${what}`);
  if (!said.has(what)) console.warn(`skipped: ${what}`);
  said.add(what);
  return true;
}

const run = (command: string, ...args: string[]): string | undefined => {
  try {
    execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 60_000 });
    return undefined;
  } catch (error) {
    const stderr = (error as { readonly stderr?: Buffer }).stderr?.toString().trim();
    return stderr || (error instanceof Error ? error.message : String(error));
  }
};

/** The image of test/support/make-image.sh: a static busybox. */
export const BUSYBOX = 'tender-test/busybox:1';

/** True when there is no Docker engine; otherwise the test image is there. */
export function needDocker(): boolean {
  const engine = run('docker', 'version');
  if (engine !== undefined) return missing(`there is no Docker engine (${engine.split('\n').at(-1)})`);
  const image = run('sh', fileURLToPath(new URL('make-image.sh', import.meta.url)));
  return image === undefined ? false : missing(`the test image could not be made (${image})`);
}

export function needJava(): boolean {
  const found = run('java', '-version');
  return found === undefined ? false : missing('there is no java');
}

export const needLinux = (): boolean => (process.platform === 'linux' ? false : missing('this is not Linux'));

/** Control groups can only be made by root. */
export const needRoot = (): boolean => (process.getuid?.() === 0 ? false : missing('this user is not root'));

export const needSystemd = (): boolean =>
  run('/lib/systemd/systemd', '--version') === undefined ? false : missing('there is no systemd');
