/**
 * One that is slow delays nobody else. On real sockets, and told by counting: the reports that the others sent meanwhile
 * and the answers they got, and that none of them was taken for gone.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { logs } from '../../src/client/commands.ts';
import { Cluster } from '../support/cluster.ts';
import { kill } from '../support/machine.ts';
import { newMember } from '../support/member.ts';
import { until } from '../support/until.ts';

let cluster: Cluster;
let hanging: ChildProcess | undefined;
beforeAll(async () => {
  cluster = await Cluster.start({ agents: 2 });
});
beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
afterAll(async () => {
  kill(hanging?.pid, 'SIGKILL');
  await cluster?.close();
});

const nameOf = (id: string): string => cluster.client.state.agents.get(id as never)?.name ?? id;

/** From now on: how often each agent reports its use (every 5 s), and who changes its state. */
function watch() {
  const reports = new Map<string, number>();
  const states: string[] = [];
  cluster.client.subscribe((change) => {
    if (change.kind !== 'event') return;
    const { event } = change.numbered;
    if (event.type === 'agent.usage')
      reports.set(nameOf(event.agent), (reports.get(nameOf(event.agent)) ?? 0) + 1);
    if (event.type === 'agent.state') states.push(`${nameOf(event.agent)} ${event.state}`);
  });
  return { states, from: (agent: string): number => reports.get(agent) ?? 0 };
}

/** Asks again and again, each time when it has been answered. */
function asking() {
  const asked = { answers: 0, failures: 0, isOver: false };
  const go = async (): Promise<void> => {
    while (!asked.isOver)
      await cluster.client.request('token.list', {}).then(
        () => {
          asked.answers += 1;
        },
        () => {
          asked.failures += 1;
        },
      );
  };
  void go();
  return asked;
}

it('a flood of output, read by three as fast as it comes, delays no heartbeat', async () => {
  await cluster.ok('run', '--name', 'loud', '--', 'sh', '-c', 'exec yes "a line of output that never ends"');
  await cluster.untilRunning('loud', 1);
  const seen = watch();
  const asked = asking();
  const reader = cluster.newClient();
  await reader.ready();
  let read = 0;
  const streams = Array.from({ length: 3 }, () => logs(reader, 'loud.0', { follow: true }));
  const reading = streams.map(async (stream) => {
    for await (const { bytes } of stream.output) read += bytes.length;
  });
  await until(() => ['n1', 'n2'].every((name) => seen.from(name) >= 3), { timeout: 40_000 });
  asked.isOver = true;
  for (const stream of streams) stream.close();
  await Promise.all(reading);
  await cluster.ok('stop', 'loud');
  console.log(
    `${Math.round(read / 2 ** 20)} MiB of output read, ${asked.answers} answers to others meanwhile`,
  );
  expect(read).toBeGreaterThan(10 * 2 ** 20);
  expect(asked.failures).toBe(0);
  expect(asked.answers).toBeGreaterThan(20);
  expect(seen.states).toEqual([]);
});

it('an agent whose disk stands still is away alone, and comes back with the task that it was to remember', async () => {
  const { address, serverKey, keys } = await newMember(cluster, 'agent', 'hanging');
  const file = join(cluster.folder, 'hanging.json');
  writeFileSync(file, JSON.stringify({ address, serverKey, keys }));
  const program = join(import.meta.dirname, '../support/blocked-agent.ts');
  hanging = spawn(process.execPath, [program, file, '13000'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  hanging.stdout!.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const stateOf = (name: string): string | undefined =>
    [...cluster.client.state.agents.values()].find((agent) => agent.name === name)?.state;
  await until(() => stateOf('hanging') === 'ready');
  const seen = watch();
  const asked = asking();
  // More than the others have: it is the hanging one that is to run it.
  await cluster.run('run', '--name', 'big', '--cpus', '60', '--', 'sleep', '1000');
  await until(() => said.includes('hangs'));
  await until(() => seen.states.length > 0 && ['n1', 'n2'].every((name) => seen.from(name) >= 2), {
    timeout: 30_000,
  });
  expect(seen.states).toEqual(['hanging disconnected']);
  await until(() => said.includes('goes on') && stateOf('hanging') === 'ready', { timeout: 30_000 });
  asked.isOver = true;
  await cluster.untilRunning('big', 1);
  expect(asked.failures).toBe(0);
  expect(seen.states.filter((state) => !state.startsWith('hanging'))).toEqual([]);
  expect(said.match(/hangs/g)).toHaveLength(1);
});
