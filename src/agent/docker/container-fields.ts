/** What a job says of its container, in the engine's own words. */
import type { ContainerCreateOptions, HostConfig } from 'dockerode';
import type { ContainerFields } from '../../core/container.ts';
import type { Port } from '../../core/task.ts';

const MIB = 1024 ** 2;

const given = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

/** @param beside it is in another container's network: what it is called, and whom it knows, is that one's affair */
export function hostFields(fields: ContainerFields, beside: boolean): HostConfig {
  const { extraHosts, dns, dnsSearch, dnsOptions, shmSize, ulimits, cpuLimit } = fields;
  return given({
    Init: fields.init ?? true,
    GroupAdd: fields.groups,
    ReadonlyRootfs: fields.readOnly,
    Privileged: fields.privileged,
    CapAdd: fields.capAdd,
    CapDrop: fields.capDrop,
    SecurityOpt: fields.securityOpt,
    Tmpfs: fields.tmpfs,
    ShmSize: shmSize === undefined ? undefined : Math.round(shmSize * MIB),
    Sysctls: fields.sysctls,
    Ulimits:
      ulimits && Object.entries(ulimits).map(([Name, { soft, hard }]) => ({ Name, Soft: soft, Hard: hard })),
    PidsLimit: fields.pids,
    PidMode: fields.pid,
    IpcMode: fields.ipc,
    CpusetCpus: fields.cpuset,
    OomScoreAdj: fields.oomScoreAdj,
    Runtime: fields.runtime,
    NanoCpus: cpuLimit === undefined ? undefined : Math.round(cpuLimit * 1e9),
    ...(!beside && {
      ExtraHosts: extraHosts && Object.entries(extraHosts).map(([name, address]) => `${name}:${address}`),
      Dns: dns,
      DnsSearch: dnsSearch,
      DnsOptions: dnsOptions,
    }),
  }) as HostConfig;
}

export const containerConfig = (fields: ContainerFields, beside: boolean): ContainerCreateOptions =>
  given({
    User: fields.user,
    OpenStdin: fields.stdin,
    Tty: fields.tty,
    StopSignal: fields.stopSignal,
    Hostname: beside ? undefined : fields.hostname,
  }) as ContainerCreateOptions;

/** Of memory: its limit in bytes, or nothing. @param mem MiB that it must have */
export function memoryLimit(
  { memLimit }: ContainerFields,
  mem: number,
): Pick<HostConfig, 'Memory' | 'MemorySwap'> {
  const limit = Math.round((memLimit ?? mem) * MIB);
  return limit > 0 ? { Memory: limit, MemorySwap: limit } : {};
}

/** `80/tcp`, and `53/tcp` with `53/udp` for one of both. */
export const portKeys = (listening: number, { protocol }: Port): string[] =>
  (protocol ?? 'tcp').split('+').map((one) => `${listening}/${one}`);
