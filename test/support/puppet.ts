/** A framework that does nothing by itself: the test does it, through its context. And a task for it to launch. */
import type { Offer } from '../../src/core/cluster.ts';
import { type Resources, resourcesOf } from '../../src/core/resources.ts';
import type { TaskId, TaskSpec } from '../../src/core/task.ts';
import type {
  FrameworkContext,
  FrameworkDefinition,
  InverseOffer,
  Outcome,
  Update,
} from '../../src/framework/define.ts';
import { defineFramework } from '../../src/framework/define-framework.ts';

export function puppet(name = 'puppet', more: Pick<FrameworkDefinition, 'roles' | 'terms'> = {}) {
  const updates: Update[] = [];
  const outcomes: Outcome[] = [];
  const asked: InverseOffer[] = [];
  const rescinded: string[] = [];
  const puppet = {
    context: undefined as FrameworkContext | undefined,
    subscriptions: 0,
    updates,
    outcomes,
    /** Inverse offers, and those of them that were taken back. */
    asked,
    rescinded,
    offers: (): Offer[] => [...puppet.context!.offers.values()],
    states: (task: string): string[] =>
      updates.filter(({ status }) => status.task === task).map(({ status }) => status.state),
    definition: defineFramework({
      name,
      ...more,
      kinds: [name],
      verbs: { echo: 'says it again' },
      create(context) {
        puppet.context = context;
        return {
          subscribed() {
            puppet.subscriptions += 1;
          },
          offersChanged() {},
          update: (update) => void updates.push(update),
          operation: (outcome) => void outcomes.push(outcome),
          inverse: (offer) => void asked.push(offer),
          inverseRescinded: (id) => void rescinded.push(id),
          call: (_, args) => args,
        };
      },
    }) as FrameworkDefinition,
  };
  return puppet;
}

/** @param takes cpus, or what it takes instead */
export const task = (id: string, takes: number | Resources = 1): TaskSpec => ({
  id: id as TaskId,
  name: id,
  job: 'job',
  resources: typeof takes === 'number' ? resourcesOf({ cpus: takes * 1000 }) : takes,
  run: { kind: 'process', argv: ['x'], artifacts: [] },
  env: {},
  ports: [],
  volumes: [],
  killGrace: 0,
  labels: {},
});
