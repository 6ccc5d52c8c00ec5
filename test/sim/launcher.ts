/** A framework for measuring: fills what it is offered with small tasks until it has launched as many as it was told to. */
import { parseResources } from '../../src/core/resources-text.ts';
import type { TaskId, TaskSpec } from '../../src/core/task.ts';
import type { FrameworkContext, FrameworkDefinition } from '../../src/framework/define.ts';
import { defineFramework } from '../../src/framework/define-framework.ts';
import { launch } from '../../src/framework/operations.ts';

const TAKES = parseResources('cpus:0.1;mem:64');

export const smallTask = (id: string): TaskSpec => ({
  id: id as TaskId,
  name: id,
  job: id.split('.')[0]!,
  resources: TAKES,
  run: { kind: 'process', argv: ['sleep', '1000'], artifacts: [] },
  env: { LANG: 'C' },
  ports: [],
  volumes: [],
  killGrace: 3_000,
  labels: { tier: 'bench' },
});

export interface Launcher {
  readonly definition: FrameworkDefinition;
  readonly running: ReadonlySet<TaskId>;
  subscriptions: number;
  /** So many more, at most so many of them in one offer. */
  launch(count: number, perOffer: number): void;
}

export function launcher(name: string): Launcher {
  const running = new Set<TaskId>();
  let context: FrameworkContext | undefined;
  let [left, most, made] = [0, 0, 0];
  const work = (): void => {
    if (!context) return;
    for (const offer of [...context.offers.values()]) {
      const count = Math.min(left, most);
      left -= count;
      if (count === 0) context.decline([offer.id], 3_600_000);
      else {
        const tasks = Array.from({ length: count }, () => smallTask(`${name}.${made++}`));
        context.accept([offer.id], [launch(tasks)], 3_600_000);
      }
    }
    if (left === 0) context.suppress();
  };
  const self: Launcher = {
    running,
    subscriptions: 0,
    launch(count, perOffer) {
      left = count;
      most = perOffer;
      context?.revive();
    },
    definition: defineFramework({
      name,
      kinds: [],
      verbs: {},
      create(made) {
        context = made;
        return {
          subscribed() {
            self.subscriptions += 1;
            work();
          },
          offersChanged: work,
          update({ status }) {
            if (status.state === 'RUNNING') running.add(status.task);
            else throw new Error(`${status.task} is ${status.state}: ${status.message}`);
          },
          call: () => null,
        };
      },
    }),
  };
  return self;
}
