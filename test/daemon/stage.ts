/** One agent of 4 cpus, n1; on it framework `web`, which does nothing by itself, runs these tasks. */
import type { TaskSpec } from '../../src/core/task.ts';
import { launch } from '../../src/framework/operations.ts';
import { memoryCluster } from '../support/memory-cluster.ts';
import { puppet } from '../support/puppet.ts';

export async function runningOnOne(...tasks: TaskSpec[]) {
  const cluster = await memoryCluster();
  const { clock } = cluster;
  await cluster.startAgent('n1', 'cpus:4');
  const client = cluster.startClient();
  const web = puppet('web');
  cluster.startHost(web.definition);
  await clock.advance(1_000);
  web.context!.accept(
    web.offers().map(({ id }) => id),
    [launch(tasks)],
    0,
  );
  await clock.advance(1_000);
  return { cluster, clock, client, web };
}
