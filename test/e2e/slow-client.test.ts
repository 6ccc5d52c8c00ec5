/** Clients that do not read: what happens meanwhile costs the master no memory, and the others no time. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Membership } from '../../src/cli/enrol.ts';
import { Cluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { kill, residentOf } from '../support/machine.ts';
import { newMember } from '../support/member.ts';
import { RawPeer } from '../support/raw-peer.ts';
import { until } from '../support/until.ts';

/** Says something new about one job, so many times, a few every 10 ms. */
const NOISY = `
import { defineFramework } from 'tender/framework';
export default defineFramework({
  name: 'noisy',
  kinds: ['noisy'],
  verbs: { shout: 'publishes a job, version by version' },
  create(context) {
    const say = (n: number) => context.publish({ name: 'noise', kind: 'noisy', desired: 0, running: 0, healthy: 0, status: 'loud', message: n + 'x'.repeat(2000), version: n, columns: {} });
    const shout = (from: number, to: number) => {
      for (let n = from; n < Math.min(from + 10, to); n++) say(n);
      if (from + 10 < to) context.after(10, () => shout(from + 10, to));
    };
    return {
      subscribed: () => context.suppress(),
      offersChanged() {},
      update() {},
      call(_, args) { const { from, to } = args as { from: number; to: number }; shout(from, to); return null; },
    };
  },
});
`;
const MANY = 2_000;
const ASKED = 500;
/** MiB that the master may grow by. Its events alone are 4 MB, several times over that would be a queue. */
const ROOM = 60;

describe('a client that does not read', () => {
  let cluster: Cluster;
  let member: Membership;
  let slow: ChildProcess;
  let said = '';
  beforeAll(async () => {
    cluster = await Cluster.start({ agents: 0 });
    const { address, serverKey, keys } = await newMember(cluster, 'framework', 'noisy');
    const file = join(cluster.folder, 'noisy.json');
    writeFileSync(file, JSON.stringify({ address, serverKey, keys }));
    const folder = join(cluster.folder, 'noisy');
    mkdirSync(folder);
    writeFileSync(join(folder, 'index.ts'), NOISY);
    cluster.spawn(['framework-host', file, folder]);
    member = await newMember(cluster, 'client', 'slow');
    const context = join(cluster.folder, 'slow.json');
    writeFileSync(context, JSON.stringify(member));
    slow = spawn(process.execPath, [join(import.meta.dirname, '../support/slow-client.ts'), context], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    slow.stdout!.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await until(() => said.startsWith('ready') && cluster.client.state.frameworks.has('noisy' as never));
  });
  beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
  afterAll(async () => {
    kill(slow?.pid, 'SIGKILL');
    await cluster?.close();
  });

  /** All events, while other clients work: how slow the slowest answer was, and how much the master has grown by. */
  async function shout(): Promise<{ slowest: number; grown: number; took: number }> {
    const before = residentOf(cluster.master.pid);
    let [slowest, most] = [0, before];
    const from = (cluster.client.state.jobs.get('noise')?.version ?? 0) + 1;
    const to = from + MANY;
    const start = performance.now();
    await cluster.client.request('framework.call', {
      to: { framework: 'noisy' },
      verb: 'shout',
      args: { from, to },
    });
    await eventually(
      async () => {
        const asked = performance.now();
        await cluster.client.request('token.list', {});
        slowest = Math.max(slowest, performance.now() - asked);
        most = Math.max(most, residentOf(cluster.master.pid));
        return cluster.client.state.jobs.get('noise')?.version === to - 1;
      },
      { timeout: 20_000, what: `the live client has seen all ${MANY} events` },
    );
    return { slowest, grown: most - before, took: performance.now() - start };
  }

  it('because it is stopped costs others nothing, and is current again when it goes on', async () => {
    await shout(); // warm
    kill(slow.pid, 'SIGSTOP');
    const { slowest, grown, took } = await shout();
    console.log(
      `${MANY} events in ${took.toFixed(0)} ms beside a stopped client: the master grew by ${grown.toFixed(1)} MiB, the slowest answer to another took ${slowest.toFixed(0)} ms`,
    );
    expect(grown).toBeLessThan(ROOM);
    expect(slowest).toBeLessThan(1_000);
    kill(slow.pid, 'SIGCONT');
    await until(() => said.trimEnd().endsWith(`live ${cluster.client.state.seq}`), {
      timeout: 20_000,
      what: 'it has caught up',
    });
  });

  it('and one that asks for more than fits into a message gets the last of it', async () => {
    const recent = await cluster.client.request('events.recent', { limit: 2_000 });
    expect(recent.length).toBeGreaterThan(100);
    expect(recent.length).toBeLessThan(2_000);
    expect(recent.at(-1)!.seq).toBe(cluster.client.state.seq);
  });

  it('but asks on costs the master no more than a bound', async () => {
    const greedy = new RawPeer(member);
    expect((await greedy.hello('client')).t).toBe('welcome');
    const before = residentOf(cluster.master.pid);
    await greedy.send({ t: 'watch' });
    for (let id = 0; id < ASKED; id++) {
      await greedy.send({ t: 'credit', batches: 64 });
      await greedy.send({ t: 'request', id, method: 'events.recent', params: { limit: 50 } });
    }
    const { slowest } = await shout();
    const grown = residentOf(cluster.master.pid) - before;
    console.log(
      `${ASKED} answers of 100 kB that nobody read: the master grew by ${grown.toFixed(1)} MiB, the slowest answer to another took ${slowest.toFixed(0)} ms`,
    );
    greedy.close();
    expect(grown).toBeLessThan(ASKED * 0.1 * 4);
    expect(slowest).toBeLessThan(3_000);
  });
});
