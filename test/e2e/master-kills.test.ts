/**
 * `kill -9` of a real master in the middle of a stream of commands, again and again: what was acknowledged is there
 * afterwards, whatever it was. TENDER_KILLS=200 is the long form.
 */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { submit } from '../../src/client/commands.ts';
import { Cluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { chance } from '../support/seed.ts';
import { until } from '../support/until.ts';

const KILLS = Number(process.env['TENDER_KILLS'] ?? 6);
/** The blow falls this long after the first command (ms). */
const MOMENT = 400;
const HOUR = 3_600_000;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ agents: 0 });
});
beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
afterAll(() => cluster?.close());

/** What has been acknowledged. */
const told = { roles: new Set<string>(), tokens: new Set<string>(), jobs: new Set<string>() };

/** Three streams of commands until the line breaks. */
async function commands(round: number): Promise<void> {
  const { client } = cluster;
  const stream = async (run: (name: string) => Promise<unknown>): Promise<void> => {
    for (let n = 0; ; n++) await run(`r${round}-${n}`);
  };
  const streams = [
    stream(async (role) => {
      const changes = [{ role, quota: { limit: { cpus: 1000 } } }];
      await client.request('roles.set', { changes, force: true });
      told.roles.add(role);
    }),
    stream(async () => {
      const { token } = await client.request('token.create', { role: 'agent', ttlMs: HOUR });
      told.tokens.add(token);
    }),
    stream(async (name) => {
      await submit(client, { name, command: ['sleep', '1000'], count: 0 });
      told.jobs.add(name);
    }),
  ];
  await Promise.allSettled(streams);
}

it(`every acknowledged command outlives ${KILLS} deaths`, { timeout: 30_000 + KILLS * 10_000 }, async () => {
  const { between } = chance('kills of a master');
  const { client } = cluster;
  for (let round = 0; round < KILLS; round++) {
    const busy = commands(round);
    await new Promise((resolve) => setTimeout(resolve, between(20, MOMENT)));
    await cluster.master.kill9();
    await busy;
    await cluster.restartMaster();
    await until(() => client.status.phase === 'live');
    const missing = [...told.roles].filter((role) => !client.state.roles.has(role));
    expect(missing, 'quotas that were set').toEqual([]);
    const tokens = await client.request('token.list', {});
    expect(tokens.length).toBeGreaterThanOrEqual(told.tokens.size);
    await eventually(() => [...told.jobs].every((name) => client.state.jobs.has(name)), {
      what: `all of ${told.jobs.size} jobs are known`,
    });
  }
  const { roles, tokens, jobs } = told;
  console.log(
    `${KILLS} deaths: ${roles.size} quotas, ${tokens.size} tokens and ${jobs.size} jobs are all there`,
  );
  for (const some of [roles, tokens, jobs]) expect(some.size).toBeGreaterThan(0);
});
