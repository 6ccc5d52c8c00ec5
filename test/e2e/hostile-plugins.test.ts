/** Plugins of strangers that throw, in a host of their own: everybody else works on, and what they threw is told. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { isAlive, programs, untilPrograms } from '../support/machine.ts';
import { newMember } from '../support/member.ts';
import type { Proc } from '../support/proc.ts';
import { until } from '../support/until.ts';

const CALLBACKS = [
  'create',
  'subscribed',
  'offersChanged',
  'update',
  'agentsChanged',
  'call',
  'timer',
] as const;

/** Throws where its own name says, and launches one task before, where it is the task's update that it throws at. */
const plugin = (where: string, word: string): string => `
import { defineFramework, launch, resourcesOf } from 'tender/framework';
const where = ${JSON.stringify(where)};
const fail = (here: string) => { if (here === where) throw new Error('thrown in ' + where); };
export default defineFramework({
  name: 'bad-' + where.toLowerCase(),
  kinds: ['bad-' + where.toLowerCase()],
  verbs: { go: 'goes' },
  create(context) {
    fail('create');
    return {
      subscribed() {
        fail('subscribed');
        if (where === 'timer') context.after(50, () => fail('timer'));
        if (where !== 'update' && where !== 'offersChanged') context.suppress();
      },
      async offersChanged() {
        fail('offersChanged');
        const [offer] = context.offers.values();
        if (!offer) return;
        if (where !== 'update' || context.kv.has('launched')) return context.decline([...context.offers.keys()], 60_000);
        await context.store([['launched', true]]);
        const run = { kind: 'process', argv: ['sleep', ${JSON.stringify(word)}], artifacts: [] };
        const resources = resourcesOf({ cpus: 100, mem: 16_000 });
        context.accept([offer.id], [launch([{ id: 'bad.0-' + context.randomId(), name: 'bad.0', job: 'bad', resources, run, env: {}, ports: [], volumes: [], killGrace: 1000, labels: {} }])], 60_000);
        context.suppress();
      },
      update() { fail('update'); },
      agentsChanged() { fail('agentsChanged'); },
      call() { fail('call'); return null; },
    };
  },
});
`;

describe('plugins that throw', () => {
  const word = `${40_000_000 + process.pid}`;
  const mine = `${41_000_000 + process.pid}`;
  let cluster: Cluster;
  let host: Proc;
  let masterPid: number;
  beforeAll(async () => {
    cluster = await Cluster.start({ agents: 1 });
    masterPid = cluster.master.pid;
    await cluster.ok('run', '--name', 'mine', '-n', '2', '--', 'sleep', mine);
    await cluster.untilRunning('mine', 2);
    const { address, serverKey, keys } = await newMember(cluster, 'framework', 'strangers');
    const file = join(cluster.folder, 'membership.json');
    writeFileSync(file, JSON.stringify({ address, serverKey, keys }));
    const folders = CALLBACKS.map((where) => {
      const folder = join(cluster.folder, 'plugins', where);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'index.ts'), plugin(where, word));
      return folder;
    });
    host = cluster.spawn(['framework-host', file, ...folders]);
    await cluster.startAgent({ name: 'n2' }); // an agent changes
  });
  beforeEach(({ onTestFailed }) =>
    onTestFailed(() => {
      cluster.printLogs();
      console.log(
        host.stderr
          .split('\n')
          .filter((line) => !line.startsWith('    at'))
          .join('\n'),
      );
    }),
  );
  afterAll(() => cluster?.close());

  const complaints = (where: string): string[] =>
    cluster.client.recent.flatMap(({ event }) =>
      event.type === 'framework.error' && event.message.includes(`thrown in ${where}`) ? [event.message] : [],
    );

  it.each(
    CALLBACKS,
  )('in %s: the error is told as an event, twice, for it was started anew', async (where) => {
    const call = (): Promise<unknown> =>
      cluster.client.request('framework.call', { to: { framework: 'bad-call' }, verb: 'go', args: null });
    if (where === 'call') {
      await expect(call()).rejects.toMatchObject({ code: 'framework.failed' });
      await eventually(() => complaints(where).length === 1);
      await eventually(
        () =>
          call().then(
            () => false,
            (error: { code: string }) => error.code === 'framework.failed',
          ),
        { what: 'it can be called again' },
      );
    }
    if (where === 'agentsChanged') {
      await eventually(() => complaints(where).length === 1);
      await cluster.agents.get('n2')!.kill9();
      await cluster.agentBack('n2');
      // The new one may not have been there yet.
      await eventually(async () => {
        if (complaints(where).length >= 2) return true;
        await cluster.agents.get('n2')!.stop();
        await cluster.agentBack('n2');
        return false;
      });
    }
    await until(() => complaints(where).length >= 2, {
      timeout: 15_000,
      what: `two complaints of bad-${where}`,
    });
    expect(complaints(where)[0]).toBe(`framework bad-${where.toLowerCase()} failed: thrown in ${where}`);
  });

  it('are started anew with growing waits', async () => {
    const waits = await eventually(
      () => {
        const found = [...host.stderr.matchAll(/bad-create failed: .*started anew in ([\d.]+) s/g)].map(
          ([, s]) => Number(s),
        );
        return found.length >= 4 && found;
      },
      { timeout: 20_000, what: 'four starts' },
    );
    expect(waits[0]).toBeLessThanOrEqual(1);
    expect(waits[3]).toBeGreaterThanOrEqual(4);
  });

  it('leave everything else as it was', async () => {
    expect(isAlive(masterPid)).toBe(true);
    expect(cluster.client.status.phase).toBe('live');
    expect(host.end, 'the host itself lives on').toBeUndefined();
    expect(cluster.running('mine')).toHaveLength(2);
    expect(cluster.client.state.frameworks.get('service' as never)?.state).toBe('connected');
    expect(programs('sleep', word), 'its task was started once, and goes on').toHaveLength(1);
    await cluster.ok('scale', 'mine=3');
    await cluster.untilRunning('mine', 3);
    await untilPrograms(3, 'sleep', mine);
  });

  it('a host that is ended lets the others go on', async () => {
    expect((await host.stop()).code).toBe(0);
    await cluster.ok('stop', 'mine');
    await until(() => programs('sleep', mine).length === 0);
    expect(programs('sleep', word)).toHaveLength(1);
  });
});
