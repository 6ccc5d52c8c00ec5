/**
 * What was acknowledged is there: the jobs are what people were told, and as many instances run as were asked for, but
 * for those that no machine has room for.
 */
import { quantitiesOf } from '../../../src/core/quantities.ts';
import { scalar } from '../../../src/core/resources.ts';
import type { FrameworkId } from '../../../src/core/task.ts';
import { idOf, type Machine } from '../machine.ts';
import { ABSENT, type Promises, textOf, type Wish } from '../promises.ts';
import type { SimCluster } from '../sim-cluster.ts';
import type { Invariant } from './invariant.ts';

interface Record {
  readonly spec: {
    readonly name: string;
    readonly count: number;
    readonly cpus: number;
    readonly mem: number;
    readonly env: { readonly MARK: string };
  };
  readonly stopping: boolean;
}

/** What the frameworks have written down. */
function recordsOf(sim: SimCluster): Map<string, Record> {
  const { registry } = sim.leader!.daemon.parts;
  const entries = ['service', 'once'].flatMap((name) => [...registry.kv(name as FrameworkId)]);
  return new Map(
    entries
      .filter(([key]) => key.startsWith('job/'))
      .map(([key, value]) => [key.slice(4), value as unknown as Record]),
  );
}

function hasRoom(sim: SimCluster, machine: Machine, cpus: number, mem: number): boolean {
  const { agents } = sim.leader!.daemon.parts.log.state;
  const agent = agents.get(idOf(machine));
  if (machine.gone || agent?.state !== 'ready' || agent.withdrawn !== undefined) return false;
  const total = quantitiesOf(agent.total);
  const free = (name: string): number =>
    (total[name] ?? 0) -
    machine.engine.running.reduce((used, { spec }) => used + scalar(spec.resources, name), 0);
  return free('cpus') >= cpus * 1000 && free('mem') >= mem * 1000;
}

function broken(sim: SimCluster, promises: Promises): string[] {
  const records = recordsOf(sim);
  const out: string[] = [];
  for (const job of promises.jobs) {
    const record = records.get(job);
    const found: Wish = record
      ? { count: record.spec.count, mark: record.spec.env.MARK, stopped: record.stopping }
      : ABSENT;
    if (promises.allows(job, found)) continue;
    const possible = promises.possible(job).map(textOf).join(' or ');
    out.push(`${job} is ${textOf(found)}, but was promised to be ${possible}`);
  }
  const running = [...sim.machines.values()].flatMap(({ engine }) => engine.running);
  for (const [job, { spec, stopping }] of records) {
    const wanted = stopping ? 0 : spec.count;
    const have = running.filter((program) => program.spec.job === job);
    const current = have.filter((program) => program.spec.env['MARK'] === spec.env.MARK).length;
    if (have.length > wanted) out.push(`${have.length} of ${job} run, and ${wanted} are wanted`);
    const room = [...sim.machines.values()].find((machine) => hasRoom(sim, machine, spec.cpus, spec.mem));
    if (have.length < wanted && room)
      out.push(`${have.length} of ${job} run, ${wanted} are wanted, and ${room.name} has room`);
    else if (current < have.length && have.length === wanted && !job.startsWith('o'))
      out.push(`${have.length - current} of ${job} are not of its newest version`);
  }
  return out;
}

export const keptPromises: Invariant = { name: '3 kept promises', quiet: broken };
