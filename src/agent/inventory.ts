/**
 * What this machine is, and what it offers by default. Asked once when the agent starts, so it must be quick: only
 * two of systeminformation's calls (~50 ms), the rest from Node. A little is left for the machine itself: 1 GiB of
 * memory, 5 GiB of disk, or half of what there is if that is less.
 */
import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import os from 'node:os';
import type { HostFacts } from '../core/cluster.ts';
import { TenderError } from '../core/errors.ts';
import {
  add,
  canonical,
  type Resource,
  type Resources,
  resourcesOf,
  subtract,
  toMilli,
  UNRESERVED,
  withLayers,
} from '../core/resources.ts';
import { formatResources, parseResources } from '../core/resources-text.ts';
import { heldOf } from './conversion.ts';
import { runOfMachine } from './process/proc-table.ts';

const MIB = 1024 ** 2;
const KEPT_MEMORY = 1024;
const KEPT_DISK = 5 * 1024;
/** The web's own two, those that jobs fix by custom (8080, 5432, …), and the range from which any free one is taken. */
const PORTS = [
  [80, 80],
  [443, 443],
  [1024, 32_000],
] as const;

/** @param folder on the file system whose size counts: where the agent works */
export async function hostFacts(folder: string): Promise<HostFacts> {
  const { default: si } = await import('systeminformation');
  const [system, cpu, disk] = await Promise.all([si.osInfo(), si.cpu(), statfs(folder)]);
  return {
    hostname: os.hostname(),
    os: `${system.distro} ${system.release}`.trim() || os.type(),
    kernel: os.release(),
    arch: os.arch(),
    cpuModel: `${cpu.manufacturer} ${cpu.brand}`.trim() || (os.cpus()[0]?.model ?? ''),
    cpus: os.availableParallelism(),
    mem: memoryMiB(os.totalmem(), process.constrainedMemory()),
    disk: Math.floor((disk.blocks * disk.bsize) / MIB),
    address: address(),
    boot: runOfMachine(),
  };
}

/** @param limit of this process' own control group, in bytes; 0 or huge = none */
export const memoryMiB = (total: number, limit: number): number =>
  Math.floor((limit > 0 && limit < total ? limit : total) / MIB);

/** The same amounts, for everybody. */
const unreserved = (resources: Resources): Resources =>
  canonical(resources.map((entry) => withLayers(entry, [])));

/**
 * @param total MiB
 * @param kept MiB for the machine itself
 */
const offered = (total: number, kept: number): number =>
  total >= 2 * kept ? total - kept : Math.floor(total / 2);

/** Neither a disk of its own, nor something that may be taken away. */
const isOrdinary = ({ disk, revocable }: Resource): boolean => disk === undefined && revocable === undefined;

/**
 * What is reserved in the text comes out of the default amount; what is not, replaces it.
 * @param text `cpus:2;mem(web):1024`
 * @throws TenderError `resources.syntax`
 */
export function offeredResources(facts: HostFacts, text = ''): Resources {
  const given = parseResources(text);
  const [made] = heldOf(given);
  if (made)
    throw new TenderError('resources.syntax', {
      item: formatResources([made]),
      expected: 'what the machine has: dynamic reservations and volumes are made while it runs',
    });
  const usual = resourcesOf(
    {
      cpus: toMilli(facts.cpus),
      mem: toMilli(offered(facts.mem, KEPT_MEMORY)),
      disk: toMilli(offered(facts.disk, KEPT_DISK)),
    },
    { ports: PORTS },
  );
  const ordinary = given.filter(isOrdinary);
  const replaced = new Set(ordinary.filter(({ role }) => role === UNRESERVED).map(({ name }) => name));
  const kept = usual.filter(({ name }) => !replaced.has(name));
  return add(subtract(kept, unreserved(ordinary)), given);
}

/** Interfaces that containers bring along; nobody reaches the machine by them. */
const VIRTUAL = /^(lo|veth|docker|br-|virbr|cni|flannel|cali|tun|tap|zt|podman)/;

/** How others may reach this machine: the address on the way to the default gateway, else the first real one. */
export function address(interfaces = os.networkInterfaces(), first = defaultInterface()): string {
  const names = Object.keys(interfaces).filter((name) => !VIRTUAL.test(name));
  const ordered = [...names.filter((name) => name === first), ...names.filter((name) => name !== first)];
  for (const family of ['IPv4', 'IPv6'])
    for (const name of ordered)
      for (const item of interfaces[name] ?? [])
        if (item.family === family && !item.internal && !item.address.startsWith('fe80:'))
          return item.address;
  return '127.0.0.1';
}

function defaultInterface(): string | undefined {
  try {
    const routes = readFileSync('/proc/net/route', 'utf8').split('\n');
    return routes.map((line) => line.split('\t')).find(([, destination]) => destination === '00000000')?.[0];
  } catch {
    return undefined;
  }
}
