/**
 * Where the code of a plugin comes from: a folder, or a package that npm fetches. Either way it is made ready in a folder
 * of its own, with the packages that it depends on, and nothing of it is run: no install scripts, either.
 */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { causeOf, TenderError } from '../../core/errors.ts';
import { pack } from './archive.ts';
import { entryOf, manifestOf, type PluginManifest } from './manifest.ts';

export interface PluginCode {
  /** `/home/ann/lease`, `tender-lease@^1.2` */
  readonly source: string;
  /** As its package.json says. */
  readonly version?: string | undefined;
  readonly code: string;
  readonly sha256: string;
}

const NPM = [
  '--ignore-scripts',
  '--install-links', // what lies in a folder is copied, too
  '--omit=dev',
  '--no-audit',
  '--no-fund',
  '--no-package-lock',
  '--loglevel=error',
];
const NPM_TIME = 120_000;

/**
 * @param source a folder, or anything else that npm takes for a package
 * @throws TenderError `plugin.code`, `plugin.fetch`, `plugin.too_large`
 */
export async function fetchPlugin(source: string): Promise<PluginCode> {
  const stage = mkdtempSync(join(tmpdir(), 'tender-plugin-'));
  try {
    const from = pathOf(source) ?? source;
    const isFolder = statSync(from, { throwIfNoEntry: false })?.isDirectory() ?? false;
    const { folder, manifest } = await (isFolder ? copyIn(stage, from) : packageIn(stage, from));
    return { source: from, version: manifest.version, ...pack(folder, from) };
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

interface Ready {
  readonly folder: string;
  readonly manifest: PluginManifest;
}

/** Undefined: it is nothing on this machine. @throws TenderError `plugin.code` where it can be nothing else */
function pathOf(source: string): string | undefined {
  const path = resolve(source.replace(/^~(?=\/|$)/, homedir()));
  if (existsSync(path)) return path;
  if (!/^[./~]/.test(source)) return undefined;
  throw new TenderError('plugin.code', { source, cause: 'there is no such folder' });
}

async function copyIn(stage: string, folder: string): Promise<Ready> {
  const ready = join(stage, 'code');
  const isOurs = (path: string): boolean =>
    path === folder || !(basename(path) === 'node_modules' || basename(path).startsWith('.'));
  cpSync(folder, ready, { recursive: true, filter: isOurs });
  const manifest = provenIn(ready, folder);
  if (Object.keys(manifest.dependencies ?? {}).length > 0) await npm(ready, folder);
  return { folder: ready, manifest };
}

/** What npm lays down beside the package is what it depends on: it goes into the package's own folder. */
async function packageIn(stage: string, source: string): Promise<Ready> {
  writeFileSync(join(stage, 'package.json'), '{}');
  await npm(stage, source, source);
  const [name = ''] = Object.keys(manifestOf(stage).dependencies ?? {});
  const ready = join(stage, 'code');
  // Node strips no types below node_modules.
  renameSync(join(stage, 'node_modules', name), ready);
  cpSync(join(stage, 'node_modules'), join(ready, 'node_modules'), { recursive: true });
  return { folder: ready, manifest: provenIn(ready, source) };
}

/** @throws TenderError `plugin.code` */
function provenIn(folder: string, source: string): PluginManifest {
  try {
    entryOf(folder);
    const manifest = manifestOf(folder);
    // As modules of today, whatever its author has said or not said.
    if (!existsSync(join(folder, 'package.json')))
      writeFileSync(join(folder, 'package.json'), '{"type": "module"}\n');
    return manifest;
  } catch (error) {
    throw new TenderError('plugin.code', { source, cause: causeOf(error) });
  }
}

/** @param wanted default: what the package.json there depends on */
async function npm(cwd: string, source: string, ...wanted: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)('npm', ['install', ...NPM, '--', ...wanted], {
      cwd,
      timeout: NPM_TIME,
      encoding: 'utf8',
    });
  } catch (error) {
    const { stderr = '', code } = error as { stderr?: string; code?: string };
    const said = stderr.split('\n').map((line) => line.replace(/^npm (error|ERR!) ?/, ''));
    const cause =
      code === 'ENOENT'
        ? 'npm is not installed here'
        : said.find((line) => /\S/.test(line) && !/^code /.test(line));
    throw new TenderError('plugin.fetch', { source, cause: cause ?? causeOf(error) });
  }
}
