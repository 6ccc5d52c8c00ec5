/**
 * What the machine uses right now, once a second. One interface, two sources: /proc and statfs on Linux (a few files,
 * about 0.3 ms), systeminformation elsewhere (some 60 ms and child processes). Rates compare with the look before;
 * the first look therefore says 0.
 */
import { readFileSync, statfsSync } from 'node:fs';
import os from 'node:os';
import type { Clock } from '../core/clock.ts';
import type { Usage } from '../core/cluster.ts';
import type { Room } from './disk-fault.ts';

export type HostUsage = Omit<Usage, 'tasks'>;

export interface HostProbe {
  /** Where the figures are from. */
  readonly source: '/proc' | 'systeminformation';
  sample(): Promise<HostUsage>;
}

const MIB = 1024 ** 2;

/** @param folder on the file system whose use counts */
export function hostProbe(folder: string, clock: Clock, platform = process.platform): HostProbe {
  return platform === 'linux' ? procProbe(folder, clock) : informationProbe(folder, clock);
}

interface Counters {
  readonly at: number;
  /** Ticks; of all cpus together. */
  readonly busy: number;
  readonly total: number;
  readonly received: number;
  readonly sent: number;
}

/** Network interfaces within the machine: their traffic would count twice, or never leaves it. */
const INNER = /^(lo|veth|docker|br-|virbr|cni|flannel|cali|podman)/;

/** @param text of /proc/stat */
export function cpuTicks(text: string): { readonly busy: number; readonly total: number } {
  // user nice system idle iowait irq softirq steal; guest time is part of user's.
  const ticks = text.slice(0, text.indexOf('\n')).split(/\s+/).slice(1, 9).map(Number);
  const total = ticks.reduce((sum, n) => sum + n, 0);
  return { busy: total - (ticks[3] ?? 0) - (ticks[4] ?? 0), total };
}

/** @param text of /proc/net/dev */
export function netBytes(text: string): { readonly received: number; readonly sent: number } {
  let received = 0;
  let sent = 0;
  for (const line of text.split('\n').slice(2)) {
    const [name = '', rest = ''] = line.split(':');
    if (INNER.test(name.trim())) continue;
    const numbers = rest.trim().split(/\s+/);
    received += Number(numbers[0] ?? 0);
    sent += Number(numbers[8] ?? 0);
  }
  return { received, sent };
}

/** @param text of /proc/meminfo @returns MiB that programs hold: without what the kernel would give up at once */
export function usedMemory(text: string): number {
  const kib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
  return Math.round((kib('MemTotal') - kib('MemAvailable')) / 1024);
}

function usedDisk(folder: string): number {
  const { blocks, bfree, bsize } = statfsSync(folder);
  return Math.round(((blocks - bfree) * bsize) / MIB);
}

/** What may be written there by anybody; what is kept for root does not count. */
export function roomIn(folder: string): Room {
  const { bavail, blocks, bsize, files, ffree } = statfsSync(folder);
  return {
    folder,
    free: bavail * bsize,
    size: blocks * bsize,
    freeInodes: files > 0 ? ffree : undefined,
  };
}

function procProbe(folder: string, clock: Clock): HostProbe {
  let last: Counters | undefined;
  const cpus = os.availableParallelism();
  return {
    source: '/proc',
    sample: async () => {
      const now: Counters = {
        at: clock.now(),
        ...cpuTicks(readFileSync('/proc/stat', 'utf8')),
        ...netBytes(readFileSync('/proc/net/dev', 'utf8')),
      };
      const share = last && now.total > last.total ? (now.busy - last.busy) / (now.total - last.total) : 0;
      const perSecond = (count: number): number =>
        last && now.at > last.at ? Math.max(0, Math.round((count * 1000) / (now.at - last.at))) : 0;
      const usage: HostUsage = {
        cpus: Math.round(Math.max(0, share) * cpus * 1000),
        mem: usedMemory(readFileSync('/proc/meminfo', 'utf8')),
        disk: usedDisk(folder),
        netIn: perSecond(now.received - (last?.received ?? 0)),
        netOut: perSecond(now.sent - (last?.sent ?? 0)),
        load: Number.parseFloat(readFileSync('/proc/loadavg', 'utf8')),
      };
      last = now;
      return usage;
    },
  };
}

export function informationProbe(folder: string, clock: Clock): HostProbe {
  let last: { readonly at: number; readonly received: number; readonly sent: number } | undefined;
  return {
    source: 'systeminformation',
    sample: async () => {
      const { default: si } = await import('systeminformation');
      const [load, mem, net] = await Promise.all([si.currentLoad(), si.mem(), si.networkStats('*')]);
      const real = net.filter(({ iface }) => !INNER.test(iface));
      const now = {
        at: clock.now(),
        received: real.reduce((sum, { rx_bytes }) => sum + rx_bytes, 0),
        sent: real.reduce((sum, { tx_bytes }) => sum + tx_bytes, 0),
      };
      const perSecond = (count: number): number =>
        last && now.at > last.at ? Math.max(0, Math.round((count * 1000) / (now.at - last.at))) : 0;
      const usage: HostUsage = {
        cpus: Math.round((load.currentLoad / 100) * os.availableParallelism() * 1000),
        mem: Math.round((mem.total - mem.available) / MIB),
        disk: usedDisk(folder),
        netIn: perSecond(now.received - (last?.received ?? 0)),
        netOut: perSecond(now.sent - (last?.sent ?? 0)),
        load: os.loadavg()[0] ?? 0,
      };
      last = now;
      return usage;
    },
  };
}
