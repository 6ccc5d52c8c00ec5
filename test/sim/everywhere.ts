/** The job of the simulation that runs once on each machine, and what people do with it. */
import { stop, submit } from '../../src/client/commands.ts';
import { type Action, command, pick } from './people.ts';

export const EVERYWHERE = 'e0';

export const EVERYWHERE_ACTIONS: readonly Action[] = [
  {
    name: 'submit a job for each machine',
    weight: 1.5,
    run(sim, promises, { b, c }) {
      const mark = `v${Math.floor(c * 1e9)}`;
      const spec = {
        name: EVERYWHERE,
        perAgent: true,
        command: ['serve'],
        env: { MARK: mark },
        cpus: pick([0.1, 0.25], b)!,
        mem: 64,
        role: 'web',
        killGrace: '3s',
        retry: { delay: '500ms', maxDelay: '8s', inPlace: 1_000 },
        update: { minHealthy: '1s', maxParallel: 2, healthyDeadline: '100d', progressDeadline: '100d' },
      };
      const become = () => ({ count: 1, mark, stopped: false });
      command(sim, promises, EVERYWHERE, `submit ${EVERYWHERE} ${mark}`, become, (client) =>
        submit(client, spec),
      );
    },
  },
  {
    name: 'stop the job for each machine',
    weight: 0.4,
    run(sim, promises) {
      const become = <T>(wish: T) => ({ ...wish, stopped: true });
      command(sim, promises, EVERYWHERE, `stop ${EVERYWHERE}`, become, (client) => stop(client, EVERYWHERE));
    },
  },
];
