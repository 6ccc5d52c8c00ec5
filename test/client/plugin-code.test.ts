/** Code of plugins on its way: what of a folder is taken, what npm brings, and what is refused before it travels. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unpack } from '../../src/client/plugin-code/archive.ts';
import { fetchPlugin } from '../../src/client/plugin-code/fetch.ts';
import { entryOf } from '../../src/client/plugin-code/manifest.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tender-code-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function folder(files: Record<string, string>): string {
  const made = join(root, 'plugin');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(made, path)), { recursive: true });
    writeFileSync(join(made, path), text);
  }
  return made;
}

function unpacked(code: string): string[] {
  const to = join(root, 'to');
  unpack(code, to);
  return readdirSync(to, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name).slice(to.length + 1))
    .sort();
}

describe('the code of a folder', () => {
  it('is its files, without what is hidden, native, fetched or elsewhere', async () => {
    const from = folder({
      'index.ts': '1',
      'lib/more.ts': '2',
      'package.json': '{"version": "1.2.3"}',
      '.env': 'SECRET=1',
      '.git/config': 'x',
      'node_modules/old/index.js': 'x',
      'addon.node': 'x',
    });
    symlinkSync('/etc/passwd', join(from, 'passwd'));
    const { code, version, source } = await fetchPlugin(from);
    expect(unpacked(code)).toEqual(['index.ts', 'lib/more.ts', 'package.json']);
    expect([version, source]).toEqual(['1.2.3', from]);
    expect(readFileSync(join(root, 'to/lib/more.ts'), 'utf8')).toBe('2');
  });

  it('is the same text for the same files', async () => {
    const from = folder({ 'index.ts': 'export default 1' });
    const first = await fetchPlugin(from);
    expect((await fetchPlugin(from)).sha256).toBe(first.sha256);
    writeFileSync(join(from, 'index.ts'), 'export default 2');
    expect((await fetchPlugin(from)).sha256).not.toBe(first.sha256);
  });

  it.each([
    ['without a file to start from', { 'more.ts': '' }, 'it has no index.ts and no index.js'],
    ['whose package.json is none', { 'index.ts': '', 'package.json': '{' }, 'package.json: '],
  ])('%s is no plugin', async (_, files, cause) => {
    const error = await fetchPlugin(folder(files as Record<string, string>)).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'plugin.code' });
    expect(error.message).toContain(cause);
  });

  it('that is too much is refused', async () => {
    const from = folder({ 'index.ts': '' });
    writeFileSync(join(from, 'data'), Buffer.alloc(65_000_000));
    await expect(fetchPlugin(from)).rejects.toMatchObject({ code: 'plugin.too_large' });
  });

  it('that is not there is not looked for at npm', async () => {
    await expect(fetchPlugin(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'plugin.code' });
  });
});

describe('the code of a package', () => {
  it('lies where its types are stripped, with what it depends on', async () => {
    const dependency = folder({ 'package.json': '{"name": "dep", "version": "1.0.0"}', 'index.js': '' });
    const own = join(root, 'own');
    mkdirSync(own);
    const manifest = { name: '@me/own', version: '2.0.0', dependencies: { dep: `file:${dependency}` } };
    writeFileSync(join(own, 'package.json'), JSON.stringify(manifest));
    writeFileSync(join(own, 'index.ts'), '');
    const { code, version } = await fetchPlugin(`file:${own}`);
    expect(version).toBe('2.0.0');
    expect(unpacked(code)).toEqual([
      'index.ts',
      'node_modules/dep/index.js',
      'node_modules/dep/package.json',
      'package.json',
    ]);
  });

  it('that npm does not find is told in its words', async () => {
    const error = await fetchPlugin(`file:${join(root, 'nowhere')}`).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'plugin.fetch' });
    expect(error.message).toMatch(/nowhere/);
  });
});

it('nothing is unpacked outside of its folder', () => {
  for (const path of ['../evil.ts', '/tmp/evil.ts', 'a/../../evil.ts']) {
    const code = gzipSync(JSON.stringify({ [path]: '' })).toString('base64');
    expect(() => unpack(code, join(root, 'to'))).toThrow('no path of a plugin');
  }
});

describe('the file that a plugin starts from', () => {
  it.each([
    ['index.ts', {}, 'index.ts'],
    ['what main says', { main: 'dist/main.js' }, 'dist/main.js'],
    [
      'what exports says',
      { exports: { '.': { import: './dist/main.js' } }, main: 'x.cjs' },
      './dist/main.js',
    ],
    ['index.ts where main is not built', { main: 'dist/none.js' }, 'index.ts'],
  ])('is %s', (_, manifest, entry) => {
    const made = folder({ 'index.ts': '', 'dist/main.js': '', 'package.json': JSON.stringify(manifest) });
    expect(entryOf(made)).toBe(entry);
  });
});
