/**
 * What a task finds in its environment. Facts about where it runs (`PORT_*`, `VOLUME_*`, `TENDER_*`) win over what the job says,
 * so that a program can rely on them. The same for both executors; only the listening port differs: a container on
 * the bridge listens on its own port, everything else on the machine's.
 */
import type { AgentId, Port, TaskSpec, Volume } from '../core/task.ts';

export type Environment = Readonly<Record<string, string>>;

/** Names of ports and volumes may hold what no variable's name can: `web-admin` → `WEB_ADMIN`. */
const variable = (name: string): string => name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');

/** Where the program itself has to listen. */
export const listeningPort = (spec: TaskSpec, port: Port): number =>
  spec.run.kind === 'docker' && spec.run.network === 'bridge' ? (port.container ?? port.host) : port.host;

/**
 * @param base what the executor gives every task; the job's own variables win over it
 * @param pathOf where the program finds a persistent volume. Default: at its target, as in a container
 */
export function taskEnvironment(
  spec: TaskSpec,
  agent: AgentId,
  base: Environment = {},
  pathOf = ({ target }: Volume): string => target,
): Environment {
  const env: Record<string, string> = { ...base, ...spec.env };
  for (const port of spec.ports) {
    env[`PORT_${variable(port.name)}`] = String(listeningPort(spec, port));
    env[`HOST_PORT_${variable(port.name)}`] = String(port.host);
  }
  for (const volume of spec.volumes)
    if (volume.persistent) env[`VOLUME_${variable(volume.source)}`] = pathOf(volume);
  env['TENDER_TASK'] = spec.id;
  env['TENDER_JOB'] = spec.job;
  env['TENDER_NAME'] = spec.name;
  env['TENDER_AGENT'] = agent;
  if (spec.payload !== undefined) env['TENDER_PAYLOAD'] = spec.payload;
  return env;
}

const VARIABLE = /\$(?:\$|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/g;

/**
 * Replaces `$NAME` and `${NAME}`; `$$` is a plain `$`. A name that is not set stays as it was written, so that the
 * mistake is seen in the process list instead of turning into an empty argument.
 */
export function expand(text: string, env: Environment): string {
  return text.replaceAll(VARIABLE, (whole, plain: string | undefined, braced: string | undefined) => {
    const name = plain ?? braced;
    if (name === undefined) return '$';
    return Object.hasOwn(env, name) ? (env[name] ?? whole) : whole;
  });
}
