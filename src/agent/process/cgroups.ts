/**
 * Control groups for process tasks: `tender/<agent>/<shim>`, version 1 or 2, where the kernel has them and we may. A shim
 * (shims.ts) has one for all the programs that it runs one after another, which have the same limits. Cpus are shares (they
 * bind only when the machine is busy), memory is a hard limit. Where it can't be done, the task still runs, and a sentence
 * says what is not enforced.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { causeOf } from '../../core/errors.ts';
import { scalar } from '../../core/resources.ts';
import type { AgentId, TaskSpec } from '../../core/task.ts';
import {
  type CgroupMounts,
  type CgroupPaths,
  cgroupMounts,
  groupAt,
  groupCharge,
  groupFolders,
  groupOomKills,
} from '../cgroup-files.ts';
import { cpuShares } from '../docker/container.ts';

/** What a program may use. */
export interface Limits {
  /** Thousandths; a share where others want them too. */
  readonly cpus: number;
  /** Bytes; 0: no limit. */
  readonly memory: number;
}

const MIB = 1024 ** 2;

export const limitsOf = ({ resources }: Pick<TaskSpec, 'resources'>): Limits => ({
  cpus: scalar(resources, 'cpus'),
  memory: Math.round((scalar(resources, 'mem') / 1000) * MIB),
});

export const sameLimits = (a: Limits, b: Limits): boolean => a.cpus === b.cpus && a.memory === b.memory;

export interface ShimGroup {
  readonly paths: CgroupPaths;
  /** What the shim writes its pid to. */
  readonly procs: readonly string[];
  /** What is not enforced, and why. */
  readonly warning: string;
}

/** The kernel keeps so much in stock for a group that nobody is in (bytes). */
const STOCK = MIB;
/** The file that limits swap, where the kernel counts it. */
const SWAP = { 1: 'memory.memsw.limit_in_bytes', 2: 'memory.swap.max' } as const;
/** A killed process takes a moment to leave. */
const REMOVE_TRIES = 50;
const REMOVE_WAIT = 20;

/** Version 2's weight 1…10000, 100 by default, for 1 cpu = 100. */
const cpuWeight = (milli: number): number => Math.min(10_000, Math.max(1, Math.round(milli / 10)));

export class Cgroups {
  readonly #mounts: CgroupMounts | undefined;
  readonly #name: string;
  /** Why there are none; empty where they work. */
  readonly #cause: string;
  #countsSwap = false;

  /** @param mounts for tests: a folder in place of the kernel's */
  constructor(agent: AgentId, mounts: CgroupMounts | undefined = cgroupMounts()) {
    this.#mounts = mounts;
    this.#name = join('tender', agent.replaceAll(/[^\w.-]/g, '').slice(0, 24));
    this.#cause = this.#prepare();
  }

  get available(): boolean {
    return this.#cause === '';
  }

  /** Empty, or why limits are not enforced. */
  get cause(): string {
    return this.#cause;
  }

  #prepare(): string {
    const mounts = this.#mounts;
    if (!mounts) return 'this machine has no control groups';
    try {
      if (mounts.version === 2) {
        const controllers = readFileSync(join(mounts.root, 'cgroup.controllers'), 'utf8').split(/\s/);
        if (!controllers.includes('memory')) return 'the kernel gives no memory control group here';
        // Controllers must be switched on in every folder above the one that uses them.
        for (const name of ['', 'tender', this.#name]) {
          const folder = join(mounts.root, name);
          mkdirSync(folder, { recursive: true });
          for (const controller of ['cpu', 'memory'])
            if (controllers.includes(controller))
              writeFileSync(join(folder, 'cgroup.subtree_control'), `+${controller}`);
        }
      } else {
        if (mounts.memory === undefined) return 'the kernel gives no memory control group here';
        for (const folder of groupFolders(groupAt(mounts, this.#name)))
          mkdirSync(folder, { recursive: true });
      }
      const own = groupAt(mounts, this.#name);
      const folder = own.version === 2 ? own.root : own.memory;
      this.#countsSwap = folder !== undefined && existsSync(join(folder, SWAP[own.version]));
      return '';
    } catch (error) {
      return refusal(error);
    }
  }

  /** Where the group of that name is, or would be; undefined where there are no groups. */
  at(name: string): CgroupPaths | undefined {
    return this.#mounts && this.#cause === '' ? groupAt(this.#mounts, join(this.#name, name)) : undefined;
  }

  /** Makes it with its limits. */
  make(name: string, { cpus, memory }: Limits): ShimGroup | undefined {
    const paths = this.at(name);
    if (!paths) return undefined;
    try {
      for (const folder of groupFolders(paths)) makeGroup(folder);
    } catch (error) {
      return { paths, procs: [], warning: refusal(error) };
    }
    const failed: string[] = [];
    const limit = (folder: string | undefined, file: string, value: number): boolean => {
      if (folder === undefined) return false;
      try {
        writeFileSync(join(folder, file), String(value));
        return true;
      } catch {
        return false;
      }
    };
    const two = paths.version === 2;
    const cpu = two
      ? limit(paths.root, 'cpu.weight', cpuWeight(cpus))
      : limit(paths.cpu, 'cpu.shares', cpuShares(cpus));
    if (!cpu) failed.push('cpu shares');
    if (memory > 0) {
      const folder = two ? paths.root : paths.memory;
      if (!limit(folder, two ? 'memory.max' : 'memory.limit_in_bytes', memory)) failed.push('memory limit');
      // Without this the task would swap instead of being told.
      if (this.#countsSwap) limit(folder, SWAP[paths.version], two ? 0 : memory);
    }
    const warning = failed.length === 0 ? '' : `the kernel refused the ${failed.join(' and the ')}`;
    return { paths, procs: groupFolders(paths).map((folder) => join(folder, 'cgroup.procs')), warning };
  }

  /** The group of a shim of before, if it still is there. */
  find(name: string): CgroupPaths | undefined {
    const paths = this.at(name);
    return paths && groupFolders(paths).every((folder) => existsSync(folder)) ? paths : undefined;
  }

  /** Removes the group, once the last process in it is gone. Never throws: an empty group that stays does no harm. */
  async remove(paths: CgroupPaths, clock: Clock): Promise<void> {
    for (let tries = 0; tries < REMOVE_TRIES; tries += 1) {
      if (isRemoved(paths)) return;
      await new Promise<void>((resolve) => clock.after(REMOVE_WAIT, resolve));
    }
  }

  /** Removes the agent's own group if no task is left in it. For good: nothing is made after this. */
  close(): void {
    if (this.#cause !== '' || !this.#mounts) return;
    for (const folder of groupFolders(groupAt(this.#mounts, this.#name))) removed(folder);
  }

  /** Of the groups that are there, in whichever hierarchy. */
  names(): string[] {
    const mounts = this.#mounts;
    if (this.#cause !== '' || !mounts) return [];
    const found = new Set<string>();
    for (const folder of groupFolders(groupAt(mounts, this.#name)))
      for (const item of readdirSync(folder, { withFileTypes: true }))
        if (item.isDirectory()) found.add(item.name);
    return [...found];
  }
}

/** The agent's own group is there, unless somebody has removed it; that of the task may be, of an earlier try. */
function makeGroup(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as { readonly code?: string }).code !== 'EEXIST') mkdirSync(folder, { recursive: true });
  }
}

/** Tries to remove a group's folder; a group with processes or groups in it stays. */
function removed(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    return (error as { readonly code?: string }).code === 'ENOENT';
  }
}

/** Tries to remove the group at once. */
export const isRemoved = (paths: CgroupPaths): boolean =>
  groupFolders(paths).filter((folder) => !removed(folder)).length === 0;

/** Nothing of the program that was in it counts against the next one. Asked when nobody is in it. */
export const isAsNew = (paths: CgroupPaths): boolean =>
  groupOomKills(paths) === 0 && groupCharge(paths) <= STOCK;

/** Pids in the group now. */
export function groupPids(paths: CgroupPaths): number[] {
  const pids = new Set<number>();
  for (const folder of groupFolders(paths)) {
    try {
      for (const pid of readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n'))
        if (pid !== '') pids.add(Number(pid));
    } catch {
      // Gone: nobody is in it.
    }
  }
  return [...pids];
}

function refusal(error: unknown): string {
  const code = (error as { readonly code?: string }).code;
  if (code === 'EACCES' || code === 'EPERM')
    return 'this user may not make control groups (run the agent as root)';
  if (code === 'EROFS') return 'the control groups are read-only here (is this a container?)';
  return `the control groups refused: ${causeOf(error)}`;
}
