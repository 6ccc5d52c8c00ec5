/** A framework played by hand, on a cluster in memory: offers one by one, launched on, declined, taken back; its end. */
import { afterEach, describe, expect, it } from 'vitest';
import { HandFramework, type HandOffer } from '../../src/framework/by-hand.ts';
import type { Host } from '../../src/framework/host.ts';
import { type MemoryCluster, memoryCluster } from '../support/memory-cluster.ts';

let host: Host | undefined;
afterEach(() => host?.close());

async function stage(): Promise<{ cluster: MemoryCluster; framework: HandFramework }> {
  const cluster = await memoryCluster();
  await cluster.startAgent('nuc1');
  const framework = new HandFramework('mine', { roles: ['*'] });
  host = cluster.startHost(framework.definition(() => {}));
  await cluster.clock.advance(2_000);
  return { cluster, framework };
}

/** The next offer; the clock goes on meanwhile. */
async function offered(cluster: MemoryCluster, offers: AsyncIterator<HandOffer>): Promise<HandOffer> {
  const { value } = await cluster.answer(offers.next());
  return value as HandOffer;
}

describe('offers', () => {
  it('come only while somebody goes through them, with their amounts', async () => {
    const { cluster, framework } = await stage();
    expect(framework.held).toEqual([]);
    const offers = framework.offers[Symbol.asyncIterator]();
    const offer = await offered(cluster, offers);
    expect(offer).toMatchObject({ hostname: 'nuc1', cpus: 4, mem: 4096 });
    await offers.return?.();
    await cluster.clock.advance(70_000); // what was seen may still be answered, until it expires
    expect(framework.held).toEqual([]);
    expect(() => framework.decline(offer)).toThrow(/was answered, taken back, or has expired/);
  });

  it('are used up by a launch, and what is left comes anew', async () => {
    const { cluster, framework } = await stage();
    const offers = framework.offers[Symbol.asyncIterator]();
    const offer = await offered(cluster, offers);
    const id = framework.launch(offer, { command: ['x'], cpus: 1, mem: '1g' });
    expect(() => framework.launch(offer, { command: ['x'] })).toThrow(/the offers are void/);
    expect(await offered(cluster, offers)).toMatchObject({ cpus: 3, mem: 3072 });
    expect(cluster.running('mine')).toEqual(['mine.0']);
    expect(cluster.tasks('mine').map((task) => task.id)).toEqual([id]);
  });

  it('take several tasks at once, with ports of their own', async () => {
    const { cluster, framework } = await stage();
    const offer = await offered(cluster, framework.offers[Symbol.asyncIterator]());
    const tasks = [1, 2].map(() => ({ command: ['x'], ports: { http: 'auto' as const } }));
    expect(framework.launch(offer, tasks)).toHaveLength(2);
    await cluster.clock.advance(2_000);
    const ports = cluster.tasks('mine').map((task) => task.ports[0]?.host);
    expect(new Set(ports).size).toBe(2);
  });

  it('that are too small, and tasks that are none, are refused with the reason', async () => {
    const { cluster, framework } = await stage();
    const offer = await offered(cluster, framework.offers[Symbol.asyncIterator]());
    expect(() => framework.launch(offer, { command: ['x'], cpus: 9 })).toThrow(
      /mine\.0 does not fit on offer .*: 5 cpus too few/,
    );
    expect(() => framework.launch(offer, { command: ['x'], cpu: 1 } as never)).toThrow(/did you mean "cpus"/);
    expect(() => framework.launch(offer, {})).toThrow(/an image, or a command/);
    framework.decline(offer);
    await cluster.clock.advance(1_000);
    expect(framework.held).toEqual([]);
  });
});

describe('tasks', () => {
  it('tell what becomes of them, and are killed by id', async () => {
    const { cluster, framework } = await stage();
    const offer = await offered(cluster, framework.offers[Symbol.asyncIterator]());
    const id = framework.launch(offer, { name: 'worker', command: ['x'] });
    await cluster.clock.advance(2_000);
    framework.kill(id);
    await cluster.clock.advance(10_000);
    const updates = framework.updates[Symbol.asyncIterator]();
    const seen: string[] = [];
    while (!seen.includes('worker KILLED')) {
      const { value } = await cluster.answer(updates.next());
      seen.push(`${value.name} ${value.state}`);
    }
    expect(seen).toContain('worker RUNNING');
    expect(() => framework.kill('nope')).toThrow(/no task is called "nope"/);
  });
});

describe('its end', () => {
  it('ends whoever goes through offers or updates, and nothing more can be done', async () => {
    const { cluster, framework } = await stage();
    const offer = await offered(cluster, framework.offers[Symbol.asyncIterator]());
    let ended = 0;
    framework.started(async () => {
      ended += 1;
    });
    const reading = (async () => {
      for await (const _ of framework.updates);
      return 'over';
    })();
    await framework.close();
    await framework.close();
    expect(await reading).toBe('over');
    expect(ended).toBe(1);
    expect(() => framework.launch(offer, { command: ['x'] })).toThrow(/framework mine is closed/);
  });

  it('a name has to be one', () => {
    expect(() => new HandFramework('My Own')).toThrow(/lower-case letters, digits and dashes/);
  });
});
