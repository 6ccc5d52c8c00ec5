/**
 * What a placing asks for: the spec of its version, with what differs. At a home that is there already nothing counts but
 * what is needed: it was chosen by the rules once, and is not left because they have changed.
 */
import type { JobBase } from '../../core/job-spec.ts';
import type { TaskSpec } from '../../core/task.ts';
import type { Home } from '../home.ts';
import type { Placing } from './kind.ts';

type Asked = Pick<Placing, 'act' | 'home' | 'differs'>;

const ANYWHERE: Partial<JobBase> = { constraints: undefined, affinity: undefined, spread: undefined };
/** A command has what its instance has, but what only one task can hold. */
const BESIDE: Partial<JobBase> = {
  ...ANYWHERE,
  ports: {},
  disk: 0,
  devices: undefined,
  health: undefined,
  readiness: undefined,
  artifacts: [],
};
const NOTHING_NEEDED: Partial<JobBase> = { ...BESIDE, cpus: 0, mem: 0, platform: undefined };

/** @param spec of the placing's version */
export function specOf(spec: JobBase, { act, home, differs }: Asked): JobBase {
  if (act === 'release') return { ...spec, ...NOTHING_NEEDED };
  const isThere = home?.agent !== undefined;
  if (act === undefined && !isThere) return differs === undefined ? spec : { ...spec, ...differs };
  return { ...spec, ...(act === 'visit' ? BESIDE : isThere ? ANYWHERE : undefined), ...differs };
}

/** The volume of its home is the instance's; a command that runs beside it finds it through the instance. */
export function withHome(
  task: TaskSpec,
  { act, home, beside }: Pick<Placing, 'act' | 'home' | 'beside'>,
): TaskSpec {
  if (act === 'visit') return beside === undefined ? task : { ...task, run: { ...task.run, beside } };
  return home === undefined ? task : { ...task, volumes: [...task.volumes, mountOf(home)] };
}

const mountOf = ({ volume, target = 'data' }: Home): TaskSpec['volumes'][number] => ({
  source: volume,
  target,
  persistent: true,
});
