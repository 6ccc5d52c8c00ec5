/** The kind of job: what a service remembers, what it does next, and how it looks. */
import {
  type Endpoint,
  failedAgain,
  fills,
  type Instance,
  isTerminal,
  type JobKind,
  type Summary,
  serves,
  type TaskStatus,
} from 'tender/framework';
import { NOTHING_REMEMBERED, type ServiceMemory } from './memory.ts';
import { progressOf } from './progress.ts';
import { reconcile } from './reconcile.ts';
import { currentness, type ServiceView, situationOf } from './situation.ts';
import { type ServiceSpec, sameTask, serviceSchema } from './spec.ts';
import { verbs } from './verbs.ts';
import { whyService } from './why.ts';

export const service: JobKind<ServiceSpec, ServiceMemory> = {
  schema: serviceSchema,
  memory: NOTHING_REMEMBERED,
  reconcile,
  ended: (view, instance, status) => {
    const { memory, spec, version } = view.job;
    // What becomes of an older version says nothing of this one.
    const isThis = instance.version === version || sameTask(view.versions.get(instance.version)?.spec, spec);
    if (!isThis || !isFailure(instance, status)) return memory;
    const ranFor = instance.state === 'RUNNING' ? status.at - instance.since : 0;
    const before = memory.failures[instance.index];
    const failed = failedAgain(before, instance, { ranFor, now: view.now }, spec.retry);
    return { ...memory, failures: { ...memory.failures, [instance.index]: failed } };
  },
  /** A clean slate: slots need not wait any more. */
  changed: ({ job }) => {
    const { returned: _, ...memory } = job.memory;
    return { ...memory, failures: {} };
  },
  move: (memory, { index, from, to }) => ({ ...memory, moves: { ...memory.moves, [index]: { from, to } } }),
  keeps: ({ stable, update }) => [stable, update?.from],
  summary,
  why: whyService,
  verbs,
  columns: [{ title: 'UPDATE', key: 'update' }],
};

/** The agent also kills what is unhealthy: that nobody asked for. */
function isFailure({ state }: Instance, { state: end, reason }: TaskStatus): boolean {
  const asked = state === 'KILLING' && reason !== 'unhealthy';
  return !asked && end !== 'KILLED';
}

function summary(view: ServiceView): Summary {
  const { job, instances, now } = view;
  const { slots } = situationOf(view);
  const { update, failures, returned } = job.memory;
  const healthy = instances.filter((instance) => fills(instance) && serves(instance)).length;
  const isFailing = Object.values(failures).some(({ inARow, until }) => inARow > 1 && until > now);
  const isChanging = slots.some(({ old }) => old !== undefined);
  const updating = update && (isChanging || update.returning) ? stateOf(update) : undefined;
  const status = job.stopping
    ? 'stopping'
    : (updating ?? (healthy >= slots.length ? 'running' : isFailing ? 'failing' : 'starting'));
  const done = slots.filter(({ current, old }) => current && !old).length;
  return {
    desired: job.stopping ? 0 : slots.length,
    status,
    settled: status === 'running',
    endpoints: endpointsOf(view),
    progress: progressOf(view),
    columns: {
      update: updating ? `${done}/${slots.length}` : returned ? `v${returned.version} taken back` : '',
    },
  };
}

const stateOf = ({ state, returning }: NonNullable<ServiceMemory['update']>): string =>
  state === 'running' ? (returning ? 'returning' : 'updating') : state === 'paused' ? 'paused' : 'failed';

/**
 * What is green and not promoted yet gets no traffic; what is blue and to go, none any more; what has still to show that it
 * is healthy, not yet. Of all others nothing is said: their tasks say it themselves, also while this framework is away.
 */
function endpointsOf(view: ServiceView): readonly Endpoint[] | undefined {
  const { job, instances } = view;
  const { update } = job.memory;
  const isBlueGreen = job.spec.update.strategy === 'bluegreen' && update !== undefined;
  const isGreen = currentness(view);
  const isHeldBack = (one: Instance): boolean => isBlueGreen && isGreen(one) !== update.promoted;
  const isUnproven = (one: Instance): boolean => one.state === 'RUNNING' && !serves(one);
  const closed = instances.filter((one) => !isTerminal(one.state) && (isHeldBack(one) || isUnproven(one)));
  return closed.length === 0 ? undefined : closed.map(({ task }) => ({ task, weight: 0 }));
}
