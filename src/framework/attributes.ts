/**
 * What constraints may ask of an agent: the attributes that it was given, and what is known of every machine. A given
 * one goes before a known one of the same name, but for `hostname`: that is the name by which people call the agent.
 */
import type { AgentView } from '../wire/messages/framework.ts';

export type Attributes = ReadonlyMap<string, string>;

const NONE: Attributes = new Map();
const known = new WeakMap<AgentView, Attributes>();

export function attributesOf(view: AgentView | undefined): Attributes {
  if (!view) return NONE;
  const attributes = known.get(view) ?? new Map(Object.entries({ ...builtIn(view), ...given(view) }));
  known.set(view, attributes);
  return attributes;
}

const given = ({ name, attributes }: AgentView): Record<string, string> => ({
  ...attributes,
  hostname: name,
});

/** As in the platforms of images. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/** Names as docs/jobs.md lists them; sizes in MiB. */
function builtIn({ host, executors }: AgentView): Record<string, string> {
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
