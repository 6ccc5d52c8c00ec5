/** `tender install` for a system that is made here and runs elsewhere: it is a member before it starts for the first time. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { until } from '../support/until.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ agents: 0 });
});
beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
afterAll(() => cluster?.close());

it('with a token into another system makes that machine a member, and the token stands nowhere', async () => {
  const root = join(cluster.folder, 'root');
  const token = await cluster.token('agent');
  const said = await cluster.ok('install', '--agent', '--join', token, '--root', root, '--', '--name', 'pi');
  expect(said).toContain('this machine is member pi of tender');
  expect(await cluster.json('members', '-q')).toContain('pi');
  const unit = readFileSync(join(root, 'etc/systemd/system/tender-agent.service'), 'utf8');
  expect(unit).toContain(' --name pi\n');
  expect(unit).not.toContain(token.slice(0, 20));
  const state = join(root, 'var/lib/tender/agent');
  expect(statSync(join(state, 'membership.json')).mode & 0o077).toBe(0);
  await cluster.startAgent({ name: 'pi', args: ['--state', state, '--join', token] });
  await until(() => [...cluster.client.state.agents.values()].some(({ name }) => name === 'pi'));
});
