/**
 * Whoever keeps data runs where the data is. What a person has not given up is complete and lived in once quiet, by one of
 * each index, as what was wanted; and no change of it stands still.
 */

import type { ProcedureKind } from '../../../plugins/stateful/memory.ts';
import { type StatefulSpec, statefulSchema } from '../../../plugins/stateful/spec.ts';
import type { Json } from '../../../src/core/json.ts';
import type { FrameworkId, TaskSpec } from '../../../src/core/task.ts';
import { type Database, databasesIn, isMember, STATEFUL } from '../databases.ts';
import { idOf } from '../machine.ts';
import { present } from '../people.ts';
import { roomFor } from '../room.ts';
import type { SimCluster } from '../sim-cluster.ts';
import type { Invariant } from './invariant.ts';

/** Procedures by which an instance finds a home. */
const SEEKING: ReadonlySet<ProcedureKind> = new Set(['replace', 'scaleUp']);

/** Where each member runs. */
const membersOf = (sim: SimCluster, job: string): { readonly agent: string; readonly spec: TaskSpec }[] =>
  present(sim).flatMap((machine) =>
    machine.engine.running
      .filter(({ spec }) => spec.job === job && isMember(spec))
      .map(({ spec }) => ({ agent: idOf(machine), spec })),
  );

/** For a new home, with what its commands need beside it. */
const hasRoom = (sim: SimCluster, { cpus, mem, disk, data, runbook }: StatefulSpec): boolean =>
  roomFor(sim, { cpus: cpus + runbook.cpus, mem: mem + runbook.mem, disk: disk + data.size }) !== undefined;

function wrong(sim: SimCluster, { name, version, stopping, memory }: Database): string[] {
  const running = membersOf(sim, name);
  if (stopping) return running.map(({ spec }) => `${spec.id} runs, and its job is stopped`);
  const kv = sim.leader!.daemon.parts.registry.kv(STATEFUL as FrameworkId);
  const { input } = kv.get(`spec/${name}/${version}`) as unknown as { readonly input: Json };
  const spec = statefulSchema.parse(input);
  const out: string[] = [];
  const { procedure, members, homes, aborted } = memory;
  const room = hasRoom(sim, spec);
  // One that is to have a new home waits for room, and all else waits for it.
  const isSeeking = procedure !== undefined && SEEKING.has(procedure.kind) && !homes[procedure.index];
  if (procedure && (room || !isSeeking))
    out.push(`the ${procedure.kind} of ${name}.${procedure.index} stands at step ${procedure.step}`);
  const indices = Object.keys(members);
  if (memory.formed && aborted !== version && indices.length !== spec.count && room)
    out.push(`${name} has the members ${indices}, and ${spec.count} are wanted`);
  for (const index of indices) {
    const home = homes[index];
    if (!home) {
      if (room) out.push(`${name}.${index} has no home, and there is room`);
      continue;
    }
    const own = running.filter((one) => one.spec.name === `${name}.${index}`);
    const isHome = own.length === 1 && own[0]!.agent === home.agent;
    if (!isHome && indices.every((one) => homes[one]))
      out.push(`${name}.${index} runs ${own.length} times, on ${own.map(({ agent }) => agent)}, not at home`);
    const isOld = own.some((one) => one.spec.env['MARK'] !== spec.env['MARK']);
    if (isHome && isOld && !isSeeking && memory.formed && aborted !== version)
      out.push(`${name}.${index} is not of its newest version`);
  }
  return out;
}

export const databases: Invariant = {
  name: '9 data has somebody who keeps it',
  quiet: (sim) => databasesIn(sim).flatMap((job) => wrong(sim, job)),
};
