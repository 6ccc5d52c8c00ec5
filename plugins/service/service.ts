/** The kind of job: what a service remembers, what it does next, and how it looks. */
import {
  failedAgain,
  fills,
  type Instance,
  type JobKind,
  type Summary,
  serves,
  type TaskStatus,
  type View,
} from 'tender/framework';
import { NOTHING_REMEMBERED, type ServiceMemory } from './memory.ts';
import { reconcile } from './reconcile.ts';
import { type ServiceSpec, serviceSchema } from './spec.ts';
import { whyService } from './why.ts';

type ServiceView = View<ServiceSpec, ServiceMemory>;

export const service: JobKind<ServiceSpec, ServiceMemory> = {
  schema: serviceSchema,
  memory: NOTHING_REMEMBERED,
  reconcile,
  ended: (view, instance, status) => {
    const { memory, spec } = view.job;
    if (!isFailure(instance, status)) return memory;
    const ranFor = instance.state === 'RUNNING' ? status.at - instance.since : 0;
    const before = memory.failures[instance.index];
    const failed = failedAgain(before, { agent: instance.agent, ranFor, now: view.now }, spec.retry);
    return { ...memory, failures: { ...memory.failures, [instance.index]: failed } };
  },
  /** A clean slate: slots need not wait any more. */
  changed: ({ job: { memory } }) => ({ ...memory, failures: {} }),
  summary,
  why: whyService,
};

/** The agent also kills what is unhealthy: that nobody asked for. */
function isFailure({ state }: Instance, { state: end, reason }: TaskStatus): boolean {
  const asked = state === 'KILLING' && reason !== 'unhealthy';
  return !asked && end !== 'KILLED';
}

function summary({ job: { spec, memory, stopping }, instances, now }: ServiceView): Summary {
  const healthy = instances.filter((instance) => fills(instance) && serves(instance)).length;
  const isFailing = Object.values(memory.failures).some(({ inARow, until }) => inARow > 1 && until > now);
  const status = stopping
    ? 'stopping'
    : healthy >= spec.count
      ? 'running'
      : isFailing
        ? 'failing'
        : 'starting';
  return { desired: spec.count, status, settled: status === 'running' };
}
