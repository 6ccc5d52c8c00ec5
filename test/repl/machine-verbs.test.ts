/** `reboot` at the prompt: it waits, tells how far it is, and has the function restart the machine in between. */
import { afterEach, expect, it } from 'vitest';
import { exactAgent } from '../../src/client/names.ts';
import type { Withdrawal } from '../../src/core/cluster.ts';
import { homeCluster, NOW } from '../support/cluster-fixture.ts';
import { ReplSession } from '../support/repl-session.ts';

let session: ReplSession | undefined;
afterEach(() => session?.server.close());

it('a machine is restarted by the function that is given, and is back', async () => {
  const client = homeCluster();
  session = new ReplSession(client);
  await session.until();
  const { id } = exactAgent(client.state, 'nuc2');
  const become = (withdrawn: Withdrawal) =>
    client.emit({ type: 'agent.withdrawn', at: NOW, agent: id, withdrawn });
  await session.type('let asked = 0');
  session.input.write("agents.nuc2.reboot({deadline: '5m', run: () => { asked += 1 }})\n");
  await session.settled();
  become({ state: 'draining', since: NOW, tasks: 2 });
  await session.until(/nuc2: \d+ of \d+ tasks left/);
  become({ state: 'drained', since: NOW, tasks: 2 });
  await session.until('nuc2 may be restarted now');
  const before = exactAgent(client.state, 'nuc2');
  const agent = { ...before, host: { ...before.host, boot: 'another' } };
  client.emit({ type: 'agent.registered', at: NOW, agent });
  expect(await session.until()).toContain("'nuc2 was restarted'");
  expect(await session.type('asked')).toBe('1');
  expect(client.asked.map(({ method, params }) => [method, params])).toEqual([
    ['agent.drain', { name: 'nuc2', deadlineMs: 300_000 }],
    ['agent.activate', { name: 'nuc2' }],
  ]);
});
