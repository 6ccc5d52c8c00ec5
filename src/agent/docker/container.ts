/**
 * A task as a container: its name, its labels, and what the engine is asked to create. Cpus are shares, as in Mesos:
 * they bind only when the machine is busy; memory is a hard limit without swap. The container is never removed by
 * the engine itself, so that its exit code waits for whoever asks.
 */

import { dirname } from 'node:path';
import type { ContainerCreateOptions, DeviceMapping, MountConfig } from 'dockerode';
import type { TaskFile } from '../../core/container.ts';
import { scalar } from '../../core/resources.ts';
import type { AgentId, Device, DockerRun, Port, TaskId, TaskSpec, Volume } from '../../core/task.ts';
import { listeningPort, taskEnvironment } from '../environment.ts';
import { sourceOf, type Volumes } from '../volumes.ts';
import { containerConfig, hostFields, memoryLimit, portKeys } from './container-fields.ts';
import { type Engine, statusOf } from './engine.ts';

/** Whose containers these are. */
export interface Mark {
  readonly cluster: string;
  readonly agent: AgentId;
}

export const LABEL = {
  cluster: 'tender.cluster',
  agent: 'tender.agent',
  task: 'tender.task',
  job: 'tender.job',
  name: 'tender.name',
} as const;

/** Deterministic, so that creating twice is noticed by the engine. */
export const containerName = (task: TaskId): string => `tender-${task}`;

/** Docker's label filters for what is ours. */
export const markFilters = (mark: Mark): string[] => [
  `${LABEL.cluster}=${mark.cluster}`,
  `${LABEL.agent}=${mark.agent}`,
];

export const isOurs = (
  labels: Readonly<Record<string, string>> | undefined,
  mark: Mark,
  task: TaskId,
): boolean =>
  labels?.[LABEL.cluster] === mark.cluster &&
  labels[LABEL.agent] === mark.agent &&
  labels[LABEL.task] === task;

/** Whether there is a container of this task that is ours. */
export async function isOurContainer(engine: Engine, mark: Mark, task: TaskId): Promise<boolean> {
  try {
    const { Config } = await engine.getContainer(containerName(task)).inspect();
    return isOurs(Config.Labels, mark, task);
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw error;
  }
}

export const hasTerminal = ({ run }: TaskSpec): boolean =>
  run.kind === 'docker' && (run.container?.tty ?? false);

/** A network of this machine, of this agent alone, even where several share an engine. */
export const engineNetwork = (agent: AgentId, name: string): string => `tender-${agent}-${name}`;

export const networksOf = ({ run }: TaskSpec): DockerRun['networks'] =>
  run.kind === 'docker' && run.beside === undefined ? run.networks : undefined;

/** Where a task finds what it was given, and leaves what it gives back. */
export const PAYLOAD_FILE = '/tender-payload';
export const OUTPUT_FILE = '/tender-output';

/** 1 cpu = 1024 shares; the kernel takes no fewer than 2. */
export const cpuShares = (milli: number): number => Math.max(2, Math.round((milli * 1024) / 1000));

const bind = (volume: Volume): string => `${volume.source}:${volume.target}${volume.readOnly ? ':ro' : ''}`;

/** Unlike a bind, the engine does not make up a folder that is missing. */
const mount = (volume: Volume, folder: string): MountConfig[number] => ({
  Type: volume.persistent || volume.mustExist ? 'bind' : 'volume',
  Source: folder,
  Target: volume.target,
  ReadOnly: volume.readOnly === true,
  ...(volume.driver !== undefined || volume.options
    ? {
        VolumeOptions: {
          NoCopy: false,
          Labels: {},
          DriverConfig: { Name: volume.driver ?? 'local', Options: { ...volume.options } },
        },
      }
    : {}),
});

const isMounted = ({ persistent, mustExist, driver, options }: Volume): boolean =>
  persistent === true || mustExist === true || driver !== undefined || options !== undefined;

const deviceMapping = ({ host, container, permissions }: Device): DeviceMapping => ({
  PathOnHost: host,
  PathInContainer: container,
  CgroupPermissions: permissions,
});

export function containerOptions(
  spec: TaskSpec,
  run: DockerRun,
  mark: Mark,
  volumes: Volumes,
): ContainerCreateOptions {
  const cpus = scalar(spec.resources, 'cpus');
  const beside = run.beside !== undefined;
  const fields = run.container ?? {};
  const networks = networksOf(spec);
  const published = run.network === 'bridge' && !beside ? spec.ports : [];
  const bindings = published.flatMap((port) =>
    portKeys(listeningPort(spec, port), port).map((key) => [key, port] as const),
  );
  const env = {
    ...taskEnvironment(spec, mark.agent),
    ...(spec.payload !== undefined && !fields.readOnly && { TENDER_PAYLOAD_FILE: PAYLOAD_FILE }),
    ...(spec.output && !fields.readOnly && { TENDER_OUTPUT: OUTPUT_FILE }),
  };
  return {
    name: containerName(spec.id),
    Image: run.image,
    ...(run.entrypoint ? { Entrypoint: [...run.entrypoint] } : {}),
    ...(run.cwd === undefined ? {} : { WorkingDir: run.cwd }),
    ...(run.args.length > 0 ? { Cmd: [...run.args] } : {}),
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    Labels: {
      ...spec.labels,
      [LABEL.cluster]: mark.cluster,
      [LABEL.agent]: mark.agent,
      [LABEL.task]: spec.id,
      [LABEL.job]: spec.job,
      [LABEL.name]: spec.name,
    },
    ...containerConfig(fields, beside),
    ExposedPorts: Object.fromEntries(bindings.map(([key]) => [key, {}])),
    // Into a folder that can't be written to nothing can be copied either.
    ...(fields.readOnly && run.files && !beside ? { Volumes: foldersOf(run.files) } : {}),
    ...(networks && {
      NetworkingConfig: {
        EndpointsConfig: {
          [engineNetwork(mark.agent, networks.names[0]!)]: { Aliases: [...networks.aliases] },
        },
      },
    }),
    HostConfig: {
      // Without an init, a program as PID 1 ignores SIGTERM unless it handles it, and never reaps orphans.
      ...hostFields(fields, beside),
      AutoRemove: false,
      RestartPolicy: { Name: 'no' },
      ...(run.beside === undefined
        ? { NetworkMode: networks ? engineNetwork(mark.agent, networks.names[0]!) : run.network }
        : {
            NetworkMode: `container:${containerName(run.beside)}`,
            VolumesFrom: [containerName(run.beside)],
          }),
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '2' } },
      PortBindings: bindingsOf(bindings),
      Binds: spec.volumes.filter((volume) => !isMounted(volume)).map(bind),
      ...(run.devices && { Devices: run.devices.map(deviceMapping) }),
      Mounts: spec.volumes.filter(isMounted).map((volume) => mount(volume, sourceOf(spec, volume, volumes))),
      ...(cpus > 0 ? { CpuShares: cpuShares(cpus) } : {}),
      ...memoryLimit(fields, scalar(spec.resources, 'mem') / 1000),
    },
  };
}

const foldersOf = (files: readonly TaskFile[]): Record<string, object> =>
  Object.fromEntries(files.map(({ path }) => [dirname(path), {}]).filter(([folder]) => folder !== '/'));

/** The same port of the container may be published more than once. */
function bindingsOf(bindings: readonly (readonly [string, Port])[]): Record<string, object[]> {
  const all: Record<string, object[]> = {};
  for (const [key, { host, address }] of bindings) {
    all[key] ??= [];
    all[key].push({ HostPort: String(host), ...(address !== undefined && { HostIp: address }) });
  }
  return all;
}

/** Creating twice is once: one of that name that is ours is taken as it is. */
export async function createContainer(
  engine: Engine,
  spec: TaskSpec,
  run: DockerRun,
  mark: Mark,
  volumes: Volumes,
): Promise<void> {
  try {
    await engine.createContainer(containerOptions(spec, run, mark, volumes));
  } catch (error) {
    if (statusOf(error) !== 409) throw error;
    const { Config } = await engine.getContainer(containerName(spec.id)).inspect();
    if (!isOurs(Config.Labels, mark, spec.id)) throw error;
  }
}

export async function startContainer(engine: Engine, task: TaskId): Promise<void> {
  try {
    await engine.getContainer(containerName(task)).start();
  } catch (error) {
    // 304: it runs already.
    if (statusOf(error) !== 304) throw error;
  }
}

/** Stops it at once if it runs; its anonymous volumes go with it. */
export async function removeContainer(engine: Engine, container: string): Promise<void> {
  try {
    await engine.getContainer(container).remove({ force: true, v: true });
  } catch (error) {
    // 404: gone already. 409: another removal is under way.
    if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error;
  }
}
