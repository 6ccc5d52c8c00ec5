/**
 * A job for each machine runs once on each that has room for it, as what was wanted last, and nowhere twice. Where as many
 * are missing for want of room as may be away at once, an update takes no other one away: there it stays as it was.
 */
import { serviceSchema } from '../../../plugins/service/spec.ts';
import type { FrameworkId } from '../../../src/core/task.ts';
import { EVERYWHERE } from '../everywhere.ts';
import type { Machine } from '../machine.ts';
import { present } from '../people.ts';
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
  const on = (machine: Machine) =>
    machine.engine.running.filter((program) => program.spec.job === EVERYWHERE);
  const machines = present(sim);
  const away = machines.filter((machine) => on(machine).length === 0).length;
  const isHeldUp = spec !== undefined && away >= spec.update.maxParallel;
  return machines.flatMap((machine) => {
    const here = on(machine);
    const isNew = here.every((program) => program.spec.env['MARK'] === spec?.env['MARK']);
    const text = `${here.length} of ${EVERYWHERE} run on ${machine.name}`;
    if (here.length > (spec ? 1 : 0)) return [`${text}, and ${spec ? 1 : 0} may`];
    if (spec && here.length === 0 && roomOn(sim, machine, spec)) return [`${text}, and there is room`];
    return isNew || isHeldUp ? [] : [`that on ${machine.name} is not of its newest version`];
  });
}

export const everywhere: Invariant = { name: '3 kept promises', quiet: wrong };
