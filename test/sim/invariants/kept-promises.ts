/**
 * What was acknowledged is there: the jobs are what people were told, and as many instances run as were asked for, but
 * for those that no machine has room for. The new set of a blue/green update stays beside the old one, as large as there
 * is room for it, until it is complete: it is not given up, as its deadline is longer than the run.
 */
import { batchSchema } from '../../../plugins/batch/spec.ts';
import { serviceSchema } from '../../../plugins/service/spec.ts';
import { statefulSchema } from '../../../plugins/stateful/spec.ts';
import type { Json } from '../../../src/core/json.ts';
import type { FrameworkId } from '../../../src/core/task.ts';
import { RETURNS } from '../actions.ts';
import { BATCH, BATCH_JOBS } from '../batch-jobs.ts';
import { DATABASES, STATEFUL } from '../databases.ts';
import { EVERYWHERE } from '../everywhere.ts';
import { KEEPER } from '../keeper-home.ts';
import { present } from '../people.ts';
import { ABSENT, type Promises, textOf, type Wish } from '../promises.ts';
import { roomFor } from '../room.ts';
import type { SimCluster } from '../sim-cluster.ts';
import type { Invariant } from './invariant.ts';

interface Record {
  readonly spec: {
    readonly name: string;
    readonly count: number;
    readonly cpus: number;
    readonly mem: number;
    readonly disk: number;
    readonly env: { readonly [name: string]: string };
    /** Of a service. */
    readonly update?: { readonly strategy: string };
  };
  readonly stopping: boolean;
}

const schemas: Readonly<{ [framework: string]: { parse(input: Json): Record['spec'] } }> = {
  service: serviceSchema,
  [BATCH]: batchSchema,
  [STATEFUL]: statefulSchema,
};

/** What the frameworks have written down: these by themselves, those of the kit each version apart. */
function recordsOf(sim: SimCluster): Map<string, Record> {
  const { registry } = sim.leader!.daemon.parts;
  return new Map(
    ['service', BATCH, STATEFUL, 'once', KEEPER].flatMap((name) => {
      const kv = registry.kv(name as FrameworkId);
      return [...kv].flatMap(([key, value]): [string, Record][] => {
        if (!key.startsWith('job/')) return [];
        const job = key.slice(4);
        const { version, ...record } = value as unknown as Record & { readonly version: number };
        const submitted = kv.get(`spec/${job}/${version}`) as { readonly input: Json } | undefined;
        return [[job, submitted ? { ...record, spec: schemas[name]!.parse(submitted.input) } : record]];
      });
    }),
  );
}

function broken(sim: SimCluster, promises: Promises): string[] {
  const records = recordsOf(sim);
  const out: string[] = [];
  for (const job of promises.jobs) {
    const record = records.get(job);
    const found: Wish = record
      ? { count: record.spec.count, mark: record.spec.env['MARK']!, stopped: record.stopping }
      : ABSENT;
    if (promises.allows(job, found) || (job === RETURNS && promises.allowsOlder(job, found))) continue;
    const possible = promises.possible(job).map(textOf).join(' or ');
    out.push(`${job} is ${textOf(found)}, but was promised to be ${possible}`);
  }
  const running = present(sim).flatMap(({ engine }) => engine.running);
  for (const [job, { spec, stopping }] of records) {
    if ([...BATCH_JOBS, ...DATABASES, EVERYWHERE].includes(job)) continue;
    const wanted = stopping ? 0 : spec.count;
    const have = running.filter((program) => program.spec.job === job && !program.spec.labels['beside']);
    const current = have.filter((program) => program.spec.env['MARK'] === spec.env['MARK']!).length;
    const room = roomFor(sim, spec);
    const isTrying = spec.update?.strategy === 'bluegreen' && !room && current < wanted;
    if (have.length > wanted && !(isTrying && have.length - current <= wanted))
      out.push(`${have.length} of ${job} run, and ${wanted} are wanted`);
    if (have.length < wanted && room)
      out.push(`${have.length} of ${job} run, ${wanted} are wanted, and ${room.name} has room`);
    else if (current < have.length && have.length === wanted && !job.startsWith('o') && room)
      out.push(`${have.length - current} of ${job} are not of its newest version`);
  }
  return out;
}

export const keptPromises: Invariant = { name: '3 kept promises', quiet: broken };
