/**
 * Real masters on a real etcd, agents in networks of their own, services, containers and jobs that run once; and every
 * few seconds something is killed, stopped or cut off. In the end everything is as it was asked for.
 *
 * A minute here; `npm run chaos` takes ten. CHAOS_MINUTES=N, and TENDER_TEST_SEED=N for the same faults again.
 */
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ChaosCluster } from '../chaos/chaos-cluster.ts';
import { type Failover, failover, median, report } from '../chaos/failover.ts';
import { FAULTS } from '../chaos/faults.ts';
import { broken, leftOver } from '../chaos/verdict.ts';
import { Work } from '../chaos/work.ts';
import { needEtcd } from '../support/etcd.ts';
import { eventually } from '../support/eventually.ts';
import { needDocker } from '../support/need.ts';
import { needNamespaces } from '../support/need-more.ts';
import { chance } from '../support/seed.ts';

const MINUTES = Number(process.env['CHAOS_MINUTES'] ?? 1);
/** Between two faults (ms). */
const PAUSE = [1_000, 5_000] as const;
/** So long after the last fault all must be as it was asked for (ms). */
const CONVERGED = 120_000;

const PLUGIN = join(import.meta.dirname, '../../examples/plugin');
/** Waits until nothing of it is left. */
async function none(look: () => Promise<string[]>, timeout: number): Promise<void> {
  let last = ['nothing could be looked at'];
  const isEmpty = async (): Promise<boolean> => {
    const before = last.join('\n');
    last = await look();
    if (last.length > 0 && last.join('\n') !== before) console.log(last.join('\n'));
    return last.length === 0;
  };
  await eventually(isEmpty, { timeout }).catch((error: unknown) => {
    expect(last).toEqual([]);
    throw error;
  });
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(needNamespaces() || needEtcd() || needDocker())('a cluster under fire', () => {
  let chaos: ChaosCluster;
  beforeAll(async () => {
    chaos = await ChaosCluster.start(PLUGIN);
  }, 120_000);
  beforeEach(({ onTestFailed }) => onTestFailed(() => chaos.cluster.printLogs(60)));
  afterAll(() => chaos?.close());

  it(`keeps every promise through ${MINUTES} min`, { timeout: MINUTES * 60_000 + 300_000 }, async () => {
    const dice = chance('chaos');
    const work = new Work(chaos, dice);
    const struck = new Map<string, number>();
    const failovers: Failover[] = [];
    const mending: Promise<void>[] = [];
    const end = performance.now() + MINUTES * 60_000;
    const start = performance.now();
    const say = (what: string): void =>
      console.log(`${((performance.now() - start) / 1000).toFixed(1).padStart(6)} s  ${what}`);

    const failedOver = async (epoch: number): Promise<void> => {
      const found = await failover(chaos, epoch);
      if (!found) throw new Error(`nobody leads after epoch ${epoch}`);
      failovers.push(found);
      say(`a leader again, after ${(found.serving / 1000).toFixed(1)} s`);
    };

    const strike = async (): Promise<void> => {
      const fault = dice.pick(FAULTS);
      const leader = chaos.leader();
      const { epoch } = chaos;
      const mend = fault.strike(chaos, dice, leader);
      if (!mend) return;
      const lasts = dice.between(...fault.lasts);
      say(`${fault.name}, for ${lasts} ms`);
      struck.set(fault.name, (struck.get(fault.name) ?? 0) + 1);
      mending.push(wait(lasts).then(mend));
      if (leader && fault.name.startsWith('kill -9 of the leading')) mending.push(failedOver(epoch));
      await wait(dice.between(...PAUSE));
    };

    const working = (async () => {
      while (performance.now() < end) {
        await work.go();
        await wait(dice.between(200, 2_000));
      }
    })();
    while (performance.now() < end) await strike();
    await Promise.all([working, ...mending]);
    chaos.restore();
    say('the faults are over');
    await none(() => broken(chaos, work), CONVERGED);
    say('all is as it was asked for');
    for (const [name, times] of struck) console.log(`${String(times).padStart(4)} × ${name}`);
    console.log(
      `${work.acknowledged} commands acknowledged, ${work.unanswered} not; ${work.services.length} services, ${work.once.length} jobs that ran once`,
    );
    for (const line of report(failovers)) console.log(line);
    console.log(
      `load of this machine, 1, 5 and 15 min: ${loadavg()
        .map((one) => one.toFixed(1))
        .join(' ')}`,
    );
    // The middle one: this machine may do something else for a moment.
    if (failovers.length > 2) expect(median(failovers.map(({ counted }) => counted))).toBeLessThan(6_000);
    const jobs = (await chaos.jobs()).map(({ name }) => name);
    for (const name of jobs)
      await eventually(async () => {
        const { code, stderr } = await chaos.run('stop', name);
        if (code !== 0) throw new Error(stderr);
        return true;
      });
    await none(() => leftOver(chaos, work), 60_000);
  });
});
