/**
 * Of an instance that claims to be unique at most one runs, ever, wherever the network is cut, but for one that a person has
 * replaced, one whose framework was removed while its machine was out of reach, and one on a machine that was given up.
 */
import { DATABASES } from '../databases.ts';
import { present } from '../people.ts';
import type { Promises } from '../promises.ts';
import type { SimCluster } from '../sim-cluster.ts';
import type { Invariant } from './invariant.ts';

/** Those that claim so, and those that have data of their own. */
const isUnique = (job: string): boolean => job.startsWith('o') || DATABASES.includes(job);

function doubles(sim: SimCluster, promises: Promises): string[] {
  const seen = new Map<string, string>();
  const out: string[] = [];
  for (const { name: machine, engine } of present(sim)) {
    for (const { spec } of engine.running) {
      if (!isUnique(spec.job) || promises.mayBeTwice(spec.name)) continue;
      const claim = `${spec.name} ${promises.generation(spec.job, spec.env['MARK'])}`;
      const other = seen.get(claim);
      if (other !== undefined) out.push(`${spec.name} runs twice: ${other} and ${spec.id} on ${machine}`);
      seen.set(claim, `${spec.id} on ${machine}`);
    }
  }
  return out;
}

export const uniqueness: Invariant = { name: '2 at most one', always: doubles };
