/** A job for each machine runs once on each that has room for it, as what was wanted last, and nowhere twice. */
import { serviceSchema } from '../../../plugins/service/spec.ts';
import type { FrameworkId } from '../../../src/core/task.ts';
import { EVERYWHERE } from '../everywhere.ts';
import { roomOn } from '../room.ts';
import type { SimCluster } from '../sim-cluster.ts';
import type { Invariant } from './invariant.ts';

function wrong(sim: SimCluster): string[] {
  const kv = sim.leader!.daemon.parts.registry.kv('service' as FrameworkId);
  const job = kv.get(`job/${EVERYWHERE}`) as
    | { readonly version: number; readonly stopping: boolean }
    | undefined;
  const submitted = kv.get(`spec/${EVERYWHERE}/${job?.version}`) as { readonly input: unknown } | undefined;
  const spec = submitted && !job?.stopping ? serviceSchema.parse(submitted.input) : undefined;
  return [...sim.machines.values()].flatMap((machine) => {
    const here = machine.engine.running.filter((program) => program.spec.job === EVERYWHERE);
    const isNew = here.every((program) => program.spec.env['MARK'] === spec?.env['MARK']);
    const text = `${here.length} of ${EVERYWHERE} run on ${machine.name}`;
    if (here.length > (spec ? 1 : 0)) return [`${text}, and ${spec ? 1 : 0} may`];
    if (spec && here.length === 0 && roomOn(sim, machine, spec)) return [`${text}, and there is room`];
    return isNew ? [] : [`that on ${machine.name} is not of its newest version`];
  });
}

export const everywhere: Invariant = { name: '3 kept promises', quiet: wrong };
