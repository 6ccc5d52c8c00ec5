/** What `tender version` says of a cluster: its master, and whoever does not run the same. */
import { expect, it } from 'vitest';
import { clusterVersions, versionLines } from '../../src/cli/version.ts';
import { PROTOCOL_TEXT } from '../../src/wire/protocol.ts';
import { memoryCluster } from '../support/memory-cluster.ts';
import { memoryMember } from '../support/memory-member.ts';

const MASTER = `master of test at tcp://master:5050: tender 0.1.0, protocol ${PROTOCOL_TEXT}`;

async function stage() {
  const cluster = await memoryCluster();
  await cluster.startAgent('n1');
  const client = cluster.startClient();
  await cluster.clock.advance(1_000);
  return { cluster, client, versions: () => cluster.answer(clusterVersions(client), 10) };
}

it('nothing but the master where all run what it runs', async () => {
  const { versions } = await stage();
  const found = await versions();
  expect(found.members?.map(({ role, count }) => [role, count])).toEqual(
    expect.arrayContaining([
      ['agent', 1],
      ['client', 1],
    ]),
  );
  expect(versionLines(found)).toEqual([MASTER]);
});

it('agents and framework hosts of another version or protocol, a few by name, and only while they are here', async () => {
  const { cluster, versions } = await stage();
  for (let i = 1; i <= 7; i++) await memoryMember(cluster, `old${i}`, 'agent', undefined, '2.0');
  const mine = await memoryMember(cluster, 'mine', 'framework');
  await memoryMember(cluster, 'person', 'client');
  expect(versionLines(await versions())).toEqual([
    MASTER,
    '  agent old1, old2, old3, old4, old5 and 2 more: tender 0, protocol 2.0',
    `  framework mine: tender 0, protocol ${PROTOCOL_TEXT}`,
  ]);
  await mine.session.close();
  await cluster.clock.advance(20_000);
  expect(versionLines(await versions()).join()).not.toContain('mine');
});

it('the master alone where it is too old to tell of its members', async () => {
  const { client, versions } = await stage();
  const { request } = client;
  Object.assign(client, {
    request: (method: string, params: object) =>
      request.call(client, `old.${method}` as never, params as never),
  });
  expect(versionLines(await versions())).toEqual([MASTER]);
});
