/** An agent that is silent for too long: its tasks are replaced elsewhere, and what it brings back is put in order. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { programs, untilPrograms } from '../support/machine.ts';
import { until } from '../support/until.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ agents: 2 });
});
beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
afterAll(() => cluster?.close());

it('is unreachable after 15 s; its tasks are replaced, and the doubles go when it returns', async () => {
  const word = `${30_000_000 + process.pid}`;
  await cluster.ok('run', '--name', 'spread', '-n', '4', '--', 'sleep', word);
  const before = await cluster.untilRunning('spread', 4);
  const lost = [...cluster.client.state.agents.values()].find(({ name }) => name === 'n2')!;
  const there = before.filter(({ agent }) => agent === lost.id);
  expect(there).toHaveLength(2);
  const start = performance.now();
  await cluster.agents.get('n2')!.kill9();
  await until(() => cluster.client.state.agents.get(lost.id)?.state === 'disconnected', { timeout: 20_000 });
  await until(() => cluster.client.state.agents.get(lost.id)?.state === 'unreachable', { timeout: 20_000 });
  const silent = performance.now() - start;
  console.log(`a dead agent was declared unreachable after ${Math.round(silent)} ms`);
  expect(silent).toBeGreaterThan(9_000);
  expect(silent).toBeLessThan(20_000);
  expect(await cluster.ok('agents')).toMatch(/n2 .*unreachable/);
  await until(() => cluster.running('spread').filter(({ agent }) => agent !== lost.id).length === 4);
  await untilPrograms(6, 'sleep', word); // its own go on meanwhile
  await cluster.agentBack('n2');
  await cluster.untilRunning('spread', 4);
  await until(() => programs('sleep', word).length === 4);
  await cluster.ok('stop', 'spread');
  await until(() => programs('sleep', word).length === 0);
});

it('is named by a stop that waits for it, and by no other job', async () => {
  const word = `${31_000_000 + process.pid}`;
  await cluster.ok('run', '--name', 'far', '--constraint', 'hostname == n2', '--', 'sleep', word);
  await cluster.ok('run', '--name', 'near', '--constraint', 'hostname == n1', '--', 'sleep', word);
  await cluster.untilRunning('far', 1);
  await cluster.untilRunning('near', 1);
  await cluster.agents.get('n2')!.kill9();
  await until(() => [...cluster.client.state.agents.values()].some(({ state }) => state === 'disconnected'), {
    timeout: 20_000,
  });
  const stopping = cluster.run('stop', 'far', 'near');
  await until(() => cluster.client.state.jobs.has('near') === false);
  expect(cluster.client.state.jobs.has('far')).toBe(true);
  await cluster.agentBack('n2');
  const { code, stdout, stderr } = await stopping;
  expect(code).toBe(0);
  expect(stdout).toBe('near stopped\nfar stopped\n');
  expect(stderr).toMatch(
    /^far waits for n2 \(disconnected\): what runs there ends when the machine is back\./,
  );
  expect(stderr).not.toContain('near waits');
  await until(() => programs('sleep', word).length === 0);
});
