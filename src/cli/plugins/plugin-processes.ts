/**
 * The plugins of a master on this machine. Each has a folder below the master's: the code of one version, how its host
 * reaches the master, what it has written. All but the last is made anew from the registry where it is missing, so any
 * master that leads has it.
 *
 *   plugins/NAME/host.json   plugins/NAME/log   plugins/NAME/cache   plugins/NAME/SHA256/index.ts …
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { unpack } from '../../client/plugin-code/archive.ts';
import type {
  HostState,
  PluginFacts,
  PluginHost,
  PluginOutput,
  PluginRunner,
} from '../../daemon/plugin-runner.ts';
import type { PluginRecord } from '../../daemon/registry.ts';
import { newKeyPair } from '../../wire/keys.ts';
import type { KeyPair } from '../../wire/transport.ts';
import { makeFolder } from '../folders.ts';
import { cacheBeside, type HostFile } from '../framework-host.ts';
import { writeSecret } from '../secret-file.ts';
import { again } from '../this-program.ts';
import { narrowArgs, narrowEnv } from './narrow.ts';
import { endOrphans } from './orphans.ts';
import { OutputFile } from './output.ts';
import { PluginProcess } from './plugin-process.ts';

/** The folder of one version; or one that was not finished. */
const CODE = /^[0-9a-f]{64}$|^\.new-/;
/** To load a plugin, and say what it is (ms). */
const CHECK = 10_000;

export class PluginProcesses implements PluginRunner {
  readonly #root: string;
  readonly #log: (line: string) => void;
  readonly #outputs = new Map<string, OutputFile>();
  /** Where the master is; known once it is. */
  #master: Omit<HostFile, 'keys'> | undefined;

  /** @param folder the master's */
  constructor(folder: string, log: (line: string) => void) {
    this.#root = resolve(folder, 'plugins');
    this.#log = log;
  }

  /** It begins: what a master of before has left undone here goes. */
  at(master: Omit<HostFile, 'keys'>): void {
    this.#master = master;
    endOrphans(this.#root);
    const left = existsSync(this.#root) ? readdirSync(this.#root).filter((name) => CODE.test(name)) : [];
    for (const name of left) rmSync(join(this.#root, name), { recursive: true, force: true });
  }

  newKeys(): KeyPair {
    return newKeyPair();
  }

  async check(code: string): Promise<PluginFacts> {
    makeFolder(this.#root);
    const folder = mkdtempSync(join(this.#root, '.new-'));
    try {
      unpack(code, folder);
      return await loadedIn(folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  start(plugin: PluginRecord, code: string, told: (state: HostState) => void): PluginHost {
    const { name, keys } = plugin;
    const own = join(this.#root, name);
    const file = join(own, 'host.json');
    makeFolder(cacheBeside(file));
    writeSecret(file, { ...this.#master!, keys } satisfies HostFile);
    this.#output(name);
    return new PluginProcess({
      name,
      folder: this.#code(plugin, code),
      file,
      logFile: join(own, 'log'),
      log: this.#log,
      told,
    });
  }

  output(plugin: string, options: { follow: boolean; tail?: number | undefined }): PluginOutput {
    return this.#output(plugin).read(options);
  }

  tidy(plugin: string, sha256?: string): void {
    const own = join(this.#root, plugin);
    if (sha256 === undefined) {
      this.#outputs.get(plugin)?.close();
      this.#outputs.delete(plugin);
      return rmSync(own, { recursive: true, force: true });
    }
    for (const name of readdirSync(own).filter((one) => CODE.test(one)))
      if (name !== sha256) rmSync(join(own, name), { recursive: true, force: true });
  }

  close(): void {
    for (const output of this.#outputs.values()) output.close();
  }

  #output(plugin: string): OutputFile {
    const known = this.#outputs.get(plugin);
    if (known) return known;
    const made = new OutputFile(join(this.#root, plugin, 'log'), this.#log);
    this.#outputs.set(plugin, made);
    return made;
  }

  /** The whole of it, or nothing. */
  #code({ name, sha256 }: PluginRecord, code: string): string {
    const folder = join(this.#root, name, sha256);
    if (existsSync(folder)) return folder;
    const made = mkdtempSync(join(this.#root, name, '.new-'));
    unpack(code, made);
    renameSync(made, folder);
    return folder;
  }
}

type Checked = { readonly definition: PluginFacts } | { readonly error: string };

/** In a process like the one that it will run in. @throws Error */
function loadedIn(folder: string): Promise<PluginFacts> {
  const child = spawn(process.execPath, again(['framework-host', '--check', folder], narrowArgs([folder])), {
    detached: true,
    env: narrowEnv(),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const said: Buffer[] = [];
  child.stderr!.on('data', (bytes: Buffer) => said.push(bytes));
  return new Promise<PluginFacts>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`it was not loaded within ${CHECK / 1000} s`)), CHECK);
    child.on('message', (message) => {
      const checked = message as Checked;
      if ('definition' in checked) resolve(checked.definition);
      else reject(new Error(checked.error));
    });
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(late);
      const last = Buffer.concat(said).toString().trimEnd().split('\n').at(-1);
      reject(new Error(last || 'its process ended before it was loaded'));
    });
  }).finally(() => child.kill('SIGKILL'));
}
