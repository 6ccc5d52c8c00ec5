/** `kill -9` in the middle of scaling up, at random moments, of random parts: it always ends at exactly what was asked. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { kill, programs } from '../support/machine.ts';
import { chance } from '../support/seed.ts';
import { until } from '../support/until.ts';

const ROUNDS = 8;
const MANY = 20;
/** Scaling up takes about this long (ms): the blow falls somewhere in it. */
const MOMENT = 700;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ agents: 2 });
});
beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs(80)));
afterAll(() => cluster?.close());

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const blows = {
  master: async () => {
    await cluster.master.kill9();
    await cluster.restartMaster();
  },
  'framework host': async () => kill(cluster.frameworkHost, 'SIGKILL'),
  'agent n1': async () => {
    await cluster.agents.get('n1')!.kill9();
    cluster.restartAgent('n1');
  },
  'master and agent n2': async () => {
    await Promise.all([cluster.master.kill9(), cluster.agents.get('n2')!.kill9()]);
    cluster.restartAgent('n2');
    await cluster.restartMaster();
  },
};

it(`converges to exactly ${MANY} after each blow`, { timeout: 180_000 }, async () => {
  const { seed, between, pick } = chance('random deaths');
  const word = `${20_000_000 + process.pid}.${seed}`;
  await cluster.ok('run', '--name', 'many', '-n', '1', '--cpus', '0.1', '--mem', '16', '--', 'sleep', word);
  await cluster.untilRunning('many', 1);
  const start = performance.now();
  for (let round = 0; round < ROUNDS; round++) {
    const blow = pick(Object.keys(blows) as (keyof typeof blows)[]);
    const after = between(0, MOMENT);
    const scaling = cluster.run('scale', `many=${MANY}`);
    await wait(after);
    const there = programs('sleep', word).length;
    console.log(`round ${round}: kill -9 of ${blow} after ${after} ms, when ${there} were started`);
    await blows[blow]();
    if ((await scaling).code !== 0)
      await eventually(async () => (await cluster.run('scale', `many=${MANY}`)).code === 0, {
        timeout: 20_000,
        what: 'it can be scaled',
      });
    const tasks = await cluster.untilRunning('many', MANY, 30_000);
    expect(new Set(tasks.map(({ name }) => name)).size, 'each slot is filled once').toBe(MANY);
    await until(() => programs('sleep', word).length === MANY, { what: `exactly ${MANY} processes` });
    await eventually(async () => (await cluster.run('scale', 'many=2')).code === 0, {
      what: 'it can be scaled down',
    });
    await cluster.untilRunning('many', 2, 30_000);
    await until(() => programs('sleep', word).length === 2, { what: 'only two processes are left' });
  }
  console.log(`${ROUNDS} rounds in ${Math.round(performance.now() - start)} ms`);
  await cluster.ok('stop', 'many');
  await until(() => programs('sleep', word).length === 0);
  await until(() => [...cluster.client.state.tasks.values()].every(({ closed }) => closed), {
    what: 'every end is acknowledged',
  });
});
