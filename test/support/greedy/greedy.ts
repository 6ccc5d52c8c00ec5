/** A framework that always wants more: one small task of every offer, again and again, and each ends after a while. */
import {
  defineFramework,
  type FrameworkDefinition,
  launch,
  resourcesOf,
  type TaskId,
} from 'tender/framework';

export const TASK = { cpus: 100, mem: 16_000 };
/** Seconds. */
const LIFE = 3;

export const greedy = (name: string): FrameworkDefinition =>
  defineFramework({
    name,
    terms: { [name]: { minimum: [TASK] } },
    kinds: [name],
    verbs: {},
    create: (context) => ({
      subscribed() {},
      offersChanged() {
        for (const offer of [...context.offers.values()]) {
          const id = `${name}-${context.randomId()}` as TaskId;
          const task = { id, name: id, job: name, resources: resourcesOf(TASK), ports: [], volumes: [] };
          const run = { kind: 'process', argv: ['sleep', String(LIFE)], artifacts: [] } as const;
          const how = { run, env: {}, killGrace: 1_000, labels: {} };
          context.accept([offer.id], [launch([{ ...task, ...how }])], 0);
        }
      },
      update() {},
      call: () => null,
    }),
  });
