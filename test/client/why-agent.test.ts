/** Why an agent is as it is: one sentence, who holds what there, and what would help. */
import { expect, it } from 'vitest';
import { why } from '../../src/client/commands.ts';
import { whyAgent } from '../../src/client/why-agent.ts';
import type { Agent } from '../../src/core/cluster.ts';
import { homeCluster } from '../support/cluster-fixture.ts';

const agentOf = (client: ReturnType<typeof homeCluster>, name: string): Agent =>
  [...client.state.agents.values()].find((agent) => agent.name === name)!;

it('says its state, what is held, and by which jobs', async () => {
  const client = homeCluster();
  const { sentence, agents, help } = await why(client, 'nuc1');
  expect(sentence).toBe(
    'nuc1 is ready: 2 of 8 cpus and 9 GiB of 15 GiB are held by 3 tasks; the rest is offered to service.',
  );
  const tasks = [...client.state.tasks.values()].filter(({ agent }) => agent === agentOf(client, 'nuc1').id);
  for (const { agent } of agents) expect(tasks.map(({ job }) => job)).toContain(agent);
  expect(agents.length).toBeGreaterThan(0);
  expect(help).toBe('');
});

it.each([
  [{ state: 'disconnected' }, 'nuc1 is disconnected: ', 'do not wait for it: tender give-up nuc1'],
  [{ state: 'unreachable' }, 'nuc1 is unreachable: ', 'if it will not come back: tender gone nuc1'],
  [
    { withdrawn: { state: 'deactivated', since: 0 } },
    'nuc1 is deactivated: ',
    'let it have work again: tender activate nuc1',
  ],
  [
    { fault: { state: 'out of disk', why: 'less than 64 MiB is free in /state' } },
    'nuc1 is out of disk (less than 64 MiB is free in /state), and gets no new work: ',
    'free some space on nuc1: it gets new work again by itself',
  ],
] as const)('and what would help: %j', (more, begins, help) => {
  const client = homeCluster();
  const answer = whyAgent({ ...agentOf(client, 'nuc1'), ...more }, client.state);
  expect(answer.sentence.startsWith(begins)).toBe(true);
  expect(answer.help).toBe(help);
});

it('says so when more is held than there is', () => {
  const client = homeCluster();
  const answer = whyAgent({ ...agentOf(client, 'nuc1'), total: [] }, client.state);
  expect(answer.sentence).toContain('more than it has: nothing new starts there');
});
