/**
 * What constraints may ask of an agent: the attributes that it was given, and what is known of every machine. A given
 * one goes before a known one of the same name, but for `hostname` and `agent`: the name by which people call it, and
 * its id.
 */
import type { Agent, HostFacts } from './cluster.ts';

/** As much of an agent as its attributes are made of. */
export type Described = Pick<Agent, 'id' | 'name' | 'attributes' | 'executors'> & {
  readonly host?: HostFacts | undefined;
};

export type Attributes = ReadonlyMap<string, string>;

const NONE: Attributes = new Map();
const known = new WeakMap<Described, Attributes>();

export function attributesOf(agent: Described | undefined): Attributes {
  if (!agent) return NONE;
  const attributes = known.get(agent) ?? new Map(Object.entries({ ...builtIn(agent), ...given(agent) }));
  known.set(agent, attributes);
  return attributes;
}

const given = ({ id, name, attributes }: Described): Record<string, string> => ({
  ...attributes,
  hostname: name,
  agent: id,
});

/** As in the platforms of images. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/** Names as docs/jobs.md lists them; sizes in MiB. */
function builtIn({ host, executors }: Described): Record<string, string> {
  const platform = executors.find(({ kind }) => kind === 'docker')?.platform;
  return {
    ...(platform !== undefined && { platform }),
    ...(host && {
      os: host.os,
      kernel: host.kernel,
      arch: ARCHITECTURES[host.arch] ?? host.arch,
      cpu_model: host.cpuModel,
      cpu_cores: String(host.cpus),
      memory: String(host.mem),
      disk: String(host.disk),
      address: host.address,
    }),
  };
}

/** Whether a person could give the agent another value. */
export const isGiven = (attribute: string): boolean => !BUILT_IN.has(attribute);

const BUILT_IN: ReadonlySet<string> = new Set([
  'hostname',
  'agent',
  'platform',
  'os',
  'kernel',
  'arch',
  'cpu_model',
  'cpu_cores',
  'memory',
  'disk',
  'address',
]);
