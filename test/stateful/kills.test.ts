/**
 * A kill of the framework at each thing that it writes down, in the course of a whole upgrade: just before it hears that it
 * is durable, and in the moments after. Whoever takes over goes on at that step, and runs nothing twice.
 */
import { expect, it } from 'vitest';
import { db, StatefulStage } from '../support/stateful-stage.ts';

const version = (number: number) =>
  db({
    count: 2,
    env: { V: number },
    runbook: {
      upgrade: {
        before: [{ run: ['flush'], name: 'flush' }],
        after: [
          { until: ['in-sync'], name: 'sync' },
          { run: ['hello'], name: 'hello' },
        ],
      },
    },
  });

const ONCE = [1, 0].flatMap((index) => [`db.${index}-flush`, `db.${index}-hello`]);

/** @param at which of the writes @param ms after it @returns how many writes there were */
async function upgradeWithKill(at: number, ms: number): Promise<number> {
  const stage = await StatefulStage.start(2, 1 + at);
  await stage.formed(version(1));
  const store = stage.cluster.registryStore;
  const commit = store.commit.bind(store);
  let writes = 0;
  let killed: Promise<void> | undefined;
  store.commit = async (changes) => {
    await commit(changes);
    if (!changes.some(({ key }) => /job|instance/.test(key)) || ++writes !== at) return;
    if (ms === 0) killed = stage.host.close();
    else stage.cluster.clock.after(ms, () => (killed = stage.host.close()));
  };
  await stage.submit(version(2)).catch(() => {}); // its answer may be lost with whoever was to give it
  for (let i = 0; i < 20_000 && !isDone(stage); i++) {
    await stage.pass(1, 1);
    if (!killed) continue;
    await killed;
    killed = undefined;
    stage.restartHost();
    // What was never written down has to be asked for again.
    if (at === 1) await stage.submit(version(2)).catch(() => {});
  }
  expect(isDone(stage)).toBe(true);
  await stage.pass(1_000);
  expect(stage.ran.filter((name) => !name.endsWith('sync'))).toEqual(ONCE);
  expect(stage.mostDown).toBe(1);
  expect(stage.cluster.doubleStarts()).toEqual([]);
  expect(stage.volumes).toHaveLength(2);
  return writes;
}

const isDone = (stage: StatefulStage): boolean =>
  stage.members.map(({ env }) => env['V']).join() === '2,2' &&
  stage.ran.includes('db.0-hello') &&
  stage.job?.status === 'running' &&
  stage.job.columns['procedure'] === '';

it.each([0, 1, 3])('%i ms after each write', { timeout: 120_000 }, async (ms) => {
  const writes = await upgradeWithKill(0, ms);
  expect(writes).toBeGreaterThan(20);
  for (let at = 1; at <= writes; at++) await upgradeWithKill(at, ms);
});
