/** What is reserved, at the prompt: the same table as on the command line, and nothing that changes in read-only mode. */
import { afterEach, describe, expect, it } from 'vitest';
import { reserved } from '../../src/core/resources.ts';
import { parseResources } from '../../src/core/resources-text.ts';
import { agent, homeCluster, NOW } from '../support/cluster-fixture.ts';
import type { FakeClient } from '../support/fake-client.ts';
import { ReplSession } from '../support/repl-session.ts';

const CPUS = reserved(parseResources('cpus:2'), { role: 'db', kind: 'dynamic', principal: 'alice' });

let session: ReplSession | undefined;
afterEach(() => {
  session?.server.close();
  session = undefined;
});
async function open(readOnly = false): Promise<{ client: FakeClient; repl: ReplSession }> {
  const client = homeCluster();
  client.emit({ type: 'agent.registered', at: NOW, agent: agent('pi', 2, 4, { total: CPUS }) });
  session = new ReplSession(client, { readOnly });
  await session.until();
  return { client, repl: session };
}

describe('reservations at the prompt', () => {
  it('are listed as a table, and an array to work with', async () => {
    const { repl } = await open();
    expect(await repl.type('reservations()')).toMatch(/AGENT +ROLE +BY[\s\S]*pi +db +alice +- +cpus 2/);
    expect(await repl.type('reservations().map(({agent}) => agent)')).toContain("[ 'pi' ]");
  });

  it.each([
    ["reserve('pi', 'db', 'mem=64')", 'mem 64 MiB on pi is reserved for db', 'agent.reserve'],
    [
      "unreserve('pi', {role: 'db', amounts: 'cpus=1'})",
      'cpus 1 on pi is no longer reserved for db',
      'agent.unreserve',
    ],
    [
      "unreserve('pi', {role: 'db', by: 'alice', all: true})",
      'cpus 2 on pi is no longer reserved for db',
      'agent.unreserve',
    ],
  ])('%s', async (typed, told, method) => {
    const { client, repl } = await open();
    expect(await repl.type(typed)).toContain(told);
    expect(client.asked).toMatchObject([{ method, params: { name: 'pi' } }]);
  });

  it.each([
    "reserve('pi')",
    "unreserve('pi')",
    "unreserve('pi', {role: 'db'})",
  ])('%s says how', async (typed) => {
    const { client, repl } = await open();
    expect(await repl.type(typed)).toContain('expected a role');
    expect(client.asked).toEqual([]);
  });

  it('are only looked at in read-only mode', async () => {
    const { repl } = await open(true);
    expect(await repl.type('reservations().length')).toContain('1');
    expect(await repl.type("reserve('nuc1', 'db', 'cpus=1')")).toMatch(/^client\.read_only: /);
  });
});
