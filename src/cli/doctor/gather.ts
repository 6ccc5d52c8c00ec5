/** Facts about this machine for `tender doctor`. Nothing is changed by looking, and what can't be seen stops nothing. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type CgroupMounts, cgroupMounts, groupFolders } from '../../agent/cgroup-files.ts';
import { engineCause, openEngine } from '../../agent/docker/engine.ts';
import { causeOf, TenderError } from '../../core/errors.ts';
import { VERSION } from '../../core/version.ts';
import { chosenContext, listContexts } from '../contexts.ts';
import { configFolder, stateFolder } from '../folders.ts';
import { unitName } from '../install/unit.ts';
import { type Global, withClient } from '../session.ts';
import { clusterVersions } from '../version.ts';
import type {
  CgroupFacts,
  ClusterFacts,
  EngineFacts,
  FileFacts,
  FolderFacts,
  MachineFacts,
  ServiceFacts,
} from './facts.ts';
import { listenerOn } from './listeners.ts';

/** A master that is there answers within this time (ms). */
const PATIENCE = 3_000;
const PARTS = ['master', 'agent'] as const;

export async function gather(global: Global): Promise<MachineFacts> {
  const parts = PARTS.flatMap((part) =>
    stateFolders(part).map((folder) => ({ part, folder, pid: runningIn(folder, part) })),
  );
  const [engine, cluster] = await Promise.all([engineFacts(), clusterFacts(global)]);
  return {
    program: { version: VERSION, node: process.versions.node },
    engine,
    cluster,
    cgroups: cgroupFacts(cgroupMounts()),
    ports: [5050, 5051].map((port) => {
      const holder = listenerOn(port);
      return { port, ...(holder !== undefined && { holder }) };
    }),
    secrets: secretsIn([configFolder(), ...parts.map(({ folder }) => folder)]),
    folders: folderFacts(
      parts.length > 0 ? parts.map(({ folder }) => folder) : [stateFolder('agent', undefined)],
    ),
    limits: limits(),
    memory: {
      overcommit: Number(read('/proc/sys/vm/overcommit_memory')),
      swap: Number(/^SwapTotal:\s+(\d+)/m.exec(read('/proc/meminfo'))?.[1] ?? 0) * 1024,
    },
    shell: may('/bin/sh', constants.X_OK),
    services: serviceFacts(),
    parts,
    systemd: existsSync('/run/systemd/system'),
  };
}

/** Of services, and of this person. */
const stateFolders = (part: 'master' | 'agent'): string[] =>
  [...new Set([`/var/lib/tender/${part}`, stateFolder(part, undefined)])].filter((folder) =>
    existsSync(folder),
  );

function runningIn(folder: string, part: 'master' | 'agent'): number | undefined {
  const pid = Number(read(join(folder, part === 'master' ? 'registry.pid' : 'agent.pid')));
  return pid > 0 && existsSync(`/proc/${pid}`) ? pid : undefined;
}

async function engineFacts(): Promise<EngineFacts> {
  try {
    const info = (await (await openEngine()).info()) as Record<string, string | undefined>;
    const { ServerVersion: version = '?', CgroupDriver: driver = '?', CgroupVersion: cgroups = '1' } = info;
    return { version, driver, cgroups };
  } catch (error) {
    return { problem: engineCause(error) };
  }
}

function cgroupFacts(mounts: CgroupMounts | undefined): CgroupFacts {
  if (!mounts) return { missing: [], writable: false };
  const { version } = mounts;
  const has =
    version === 2
      ? read(join(mounts.root, 'cgroup.controllers')).trim().split(' ')
      : Object.keys(mounts).filter((name) => name !== 'version');
  const folders = groupFolders(mounts);
  return {
    version,
    missing: ['cpu', 'memory'].filter((name) => !has.includes(name)),
    writable: folders.length > 0 && folders.every((folder) => may(folder, constants.W_OK)),
  };
}

async function clusterFacts(global: Global): Promise<ClusterFacts> {
  if (global.context === undefined && listContexts().length === 0) return {};
  const context = chosenContext(global.context).name;
  try {
    return await withClient(
      global,
      async (client) => {
        const asked = Date.now();
        const clock = await client.request('master.clock', {}).catch(olderMaster);
        const now = (asked + Date.now()) / 2;
        const { master, members = [] } = await clusterVersions(client);
        const others = members
          .filter(({ role, version }) => role !== 'client' && version !== master.version)
          .map(({ role, names, version }) => `${role} ${names.join(', ')}: tender ${version}`);
        const { address, version } = master;
        return { context, address, version, others, ahead: clock && Math.round(clock.now - now) };
      },
      PATIENCE,
    );
  } catch (error) {
    return { context, problem: causeOf(error) };
  }
}

/** One that does not know the question has told nothing. */
function olderMaster(error: unknown): undefined {
  if (!(error instanceof TenderError && error.code === 'request.unknown')) throw error;
}

const KEPT = ['contexts.json', 'membership.json', 'registry.db', 'frameworks.json', 'agent.db'];

const secretsIn = (folders: readonly string[]): FileFacts[] =>
  [...new Set(folders)]
    .flatMap((folder) => KEPT.map((name) => join(folder, name)))
    .flatMap((path) => {
      const found = statSync(path, { throwIfNoEntry: false });
      const mine = found?.uid === process.getuid?.();
      return found ? [{ path, mode: found.mode & 0o777, mine }] : [];
    });

/** Where they are, or will be; and where programs put what they need for a moment. */
const folderFacts = (folders: readonly string[]): FolderFacts[] =>
  [...new Set([...folders.map(existing), tmpdir()])].map((path) => {
    const { bavail, bsize, blocks, files, ffree } = statfsSync(path);
    return {
      path,
      free: bavail * bsize,
      size: blocks * bsize,
      freeInodes: files > 0 ? (100 * ffree) / files : undefined,
      noexec: optionsOf(read('/proc/self/mounts'), path).includes('noexec'),
      writable: may(path, constants.W_OK),
    };
  });

const existing = (path: string): string => (existsSync(path) ? path : existing(dirname(path)));

/** Of the file system that a path is on. @param mounts the text of /proc/self/mounts */
export function optionsOf(mounts: string, path: string): string[] {
  const found = mounts
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, folder = '-']) => folder === '/' || path === folder || path.startsWith(`${folder}/`))
    // The longest path; of those that are mounted over each other the last.
    .reduce<string[]>((best, one) => (one[1]!.length >= (best[1]?.length ?? 0) ? one : best), []);
  return found[3]?.split(',') ?? [];
}

function limits(): MachineFacts['limits'] {
  const text = read('/proc/self/limits');
  const limitOf = (name: string): number => {
    const [, hard = ''] = new RegExp(`^${name} +\\S+ +(\\S+)`, 'm').exec(text) ?? [];
    return hard === 'unlimited' || hard === '' ? Number.POSITIVE_INFINITY : Number(hard);
  };
  const most = Number(read('/proc/sys/kernel/pid_max')) || Number.POSITIVE_INFINITY;
  return { openFiles: limitOf('Max open files'), processes: Math.min(most, limitOf('Max processes')) };
}

function serviceFacts(): ServiceFacts[] {
  if (!existsSync('/run/systemd/system')) return [];
  return PARTS.map(unitName)
    .filter((name) => existsSync(join('/etc/systemd/system', name)))
    .map((name) => ({ name, state: stateOf(name) }));
}

/** `is-active` says it, and ends with an error for all but one. */
function stateOf(name: string): string {
  try {
    return execFileSync('systemctl', ['is-active', name], { encoding: 'utf8' }).trim();
  } catch (error) {
    return (error as { readonly stdout?: string }).stdout?.trim() || 'unknown';
  }
}

function may(path: string, what: number): boolean {
  try {
    accessSync(path, what);
    return true;
  } catch {
    return false;
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
