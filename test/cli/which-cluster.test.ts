/** Whoever installs a second cluster is told that commands still speak to the first, and how to change that. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { saveContext, useContext } from '../../src/cli/contexts.ts';
import { HOST_FILE } from '../../src/cli/folders.ts';
import { whichCluster } from '../../src/cli/install/which-cluster.ts';
import { writeSecret } from '../../src/cli/secret-file.ts';
import { newKeyPair } from '../../src/wire/keys.ts';

let folder: string;
const address = 'tcp://127.0.0.1:5050';
const master = newKeyPair();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tender-which-'));
  vi.stubEnv('TENDER_CONFIG', folder);
  vi.stubEnv('TENDER_CONTEXT', undefined);
  vi.stubEnv('SUDO_USER', undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** As a master that leads does. */
function installed(name: string): void {
  saveContext(name, { address, serverKey: master.publicKey, keys: newKeyPair() }, false);
  writeSecret(join(folder, HOST_FILE), { address, serverKey: master.publicKey, keys: newKeyPair() });
}
const other = (name: string): void =>
  saveContext(name, { address, serverKey: newKeyPair().publicKey, keys: newKeyPair() }, false);

it('a first cluster is the one that commands speak to', async () => {
  installed('home');
  expect(await whichCluster(folder)).toBe('your commands speak to its cluster, home');
});

it('a second one is not, until it is chosen', async () => {
  other('lab');
  installed('home');
  expect(await whichCluster(folder)).toBe(
    'your commands speak to lab, another cluster. To have them speak to this one: tender context use home',
  );
  useContext('home');
  expect(await whichCluster(folder)).toBe('your commands speak to its cluster, home');
  vi.stubEnv('TENDER_CONTEXT', 'lab');
  expect(await whichCluster(folder)).toMatch(/^your commands speak to lab, .*: export TENDER_CONTEXT=home$/);
});

it.skipIf(process.getuid?.() !== 0)(
  'by sudo it is that of root, and the person is told how to get in',
  async () => {
    installed('home');
    vi.stubEnv('SUDO_USER', 'alice');
    expect(await whichCluster(folder)).toBe(
      'your commands speak to its cluster, home\nthat goes for root; for alice: tender context add TOKEN, ' +
        'with one of: sudo tender token create --role client',
    );
  },
);

it('of a master that stands by nothing is said', async () => {
  other('lab');
  expect(await whichCluster(folder, 0)).toBeUndefined();
});
