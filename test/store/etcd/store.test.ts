/** The registry in a real etcd: what was acknowledged is there, all of a commit or nothing, and only from who leads. */
import { describe, expect, it } from 'vitest';
import { TenderError } from '../../../src/core/errors.ts';
import type { EtcdClient } from '../../../src/store/etcd/client.ts';
import { Election, type Term } from '../../../src/store/etcd/election.ts';
import { registryKey } from '../../../src/store/etcd/layout.ts';
import { Roll } from '../../../src/store/etcd/roll.ts';
import { etcdStore } from '../../../src/store/etcd/store.ts';
import { writtenOnce } from '../../../src/store/etcd/written-once.ts';
import type { Change, Store } from '../../../src/store/store.ts';
import { monotonicClock } from '../../../src/wire/system-clock.ts';
import { EtcdCluster, needEtcd } from '../../support/etcd.ts';
import { until } from '../../support/until.ts';
import { etcdStage } from './stage.ts';

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof TenderError ? error.code : error),
  );

const many = (count: number, size: number, space = 's'): Change[] =>
  Array.from({ length: count }, (_, i) => ({ space, key: `k${i}`, value: `${i}`.padEnd(size, '"') }));

describe.skipIf(needEtcd())('a store in etcd', () => {
  const { etcd, closing, newPrefix } = etcdStage('store');

  function newClient(): EtcdClient {
    const client = etcd().newClient();
    closing.push(() => client.close());
    return client;
  }

  async function win(client: EtcdClient, prefix: string, ttl = 5): Promise<Term> {
    const election = new Election({
      etcd: client,
      clock: monotonicClock,
      prefix,
      ttl,
      self: 'test',
      leader() {},
      trouble() {},
    });
    const term = (await election.win())!;
    closing.push(() => term.resign());
    return term;
  }

  /** A new term of its own, with the store loaded. */
  async function lead(prefix: string, client = newClient()) {
    const term = await win(client, prefix);
    const store = await etcdStore({ etcd: client, clock: monotonicClock, prefix, term });
    return { client, term, store, loaded: store.load() };
  }

  /** What the next leader finds. */
  async function found(prefix: string): Promise<Record<string, string>> {
    const { term, loaded } = await lead(prefix);
    await term.resign();
    return Object.fromEntries(loaded.map(({ space, key, value }) => [`${space} ${key}`, value]));
  }

  const put = (store: Store, key: string, value: string | null): Promise<void> =>
    store.commit([{ space: 's', key, value }]);

  it('keeps everything for the next leader, in the order of space and key', async () => {
    const prefix = newPrefix();
    const { store, term, loaded } = await lead(prefix);
    expect(loaded).toEqual([]);
    await store.commit([
      { space: 'kv/web', key: 'a/b', value: '{"x":1}' },
      { space: 'kv', key: 'web/a/b', value: 'another' },
      { space: 'agent', key: 'z', value: 'ä€' },
      { space: 'agent', key: 'b', value: '' },
    ]);
    await term.resign();
    expect((await lead(prefix)).loaded).toEqual([
      { space: 'agent', key: 'b', value: '' },
      { space: 'agent', key: 'z', value: 'ä€' },
      { space: 'kv', key: 'web/a/b', value: 'another' },
      { space: 'kv/web', key: 'a/b', value: '{"x":1}' },
    ]);
  });

  it('replaces and deletes; the last word of a commit counts, and commits take effect in order', async () => {
    const prefix = newPrefix();
    const { store, term } = await lead(prefix);
    await Promise.all([
      store.commit([
        { space: 's', key: 'twice', value: 'x' },
        { space: 's', key: 'twice', value: 'y' },
      ]),
      put(store, 'gone', 'z'),
      put(store, 'gone', null),
      ...Array.from({ length: 300 }, (_, i) => put(store, 'counter', String(i))),
    ]);
    await term.resign();
    expect(await found(prefix)).toEqual({ 's twice': 'y', 's counter': '299' });
  });

  it('a space cannot be mistaken for another, whatever its name', async () => {
    const prefix = newPrefix();
    const { store, term } = await lead(prefix);
    await store.commit([
      { space: 'kv/a', key: 'b/c', value: '1' },
      { space: 'kv/a/b', key: 'c', value: '2' },
      { space: 'kv/a%2Fb', key: 'c', value: '3' },
    ]);
    await term.resign();
    expect(await found(prefix)).toEqual({ 'kv/a b/c': '1', 'kv/a/b c': '2', 'kv/a%2Fb c': '3' });
  });

  it('refuses the writes of a term that is over, though its holder does not know it', async () => {
    const prefix = newPrefix();
    const old = await lead(prefix);
    await put(old.store, 'a', 'old');
    // It believes: the store asks a term that never says no.
    const believing = { ...old.term, epoch: old.term.epoch, holds: true, resign: async () => {} } as Term;
    const stale = await etcdStore({
      etcd: old.client,
      clock: monotonicClock,
      prefix,
      term: believing,
    });
    await old.term.resign();
    expect(await codeOf(put(stale, 'a', 'stale'))).toBe('master.deposed');
    const next = await lead(prefix);
    expect(await codeOf(put(stale, 'a', 'stale'))).toBe('master.deposed');
    await put(next.store, 'b', 'new');
    expect(await codeOf(put(stale, 'a', 'stale'))).toBe('master.deposed');
    await next.term.resign();
    expect(await found(prefix)).toEqual({ 's a': 'old', 's b': 'new' });
  });

  it('a refused write ends the term', async () => {
    const prefix = newPrefix();
    const { client, term, store } = await lead(prefix);
    const key = Buffer.from(`${prefix}/written`);
    await client.txn({ compare: [], success: [{ request_put: { key, value: Buffer.from('other') } }] });
    expect(await codeOf(put(store, 'a', '1'))).toBe('master.deposed');
    expect([term.holds, await term.ended]).toEqual([
      false,
      'etcd refused a write: another one leads, or nobody',
    ]);
  });

  it('a transaction whose answer was lost is done once, and known to be done', async () => {
    const prefix = newPrefix();
    const client = newClient();
    const term = await win(client, prefix);
    let lose = 0;
    // The real client, on a line that swallows an answer now and then.
    const txn = client.txn.bind(client);
    const deaf = Object.assign(client, {
      txn: async (request: Parameters<typeof txn>[0]) => {
        const answer = await txn(request);
        if (++lose % 2 === 0) throw new TenderError('store.unavailable', { store: 'etcd', cause: 'test' });
        return answer;
      },
    });
    const store = await etcdStore({ etcd: deaf, clock: monotonicClock, prefix, term });
    for (let i = 0; i < 10; i++) await put(store, 'a', String(i));
    expect(term.holds).toBe(true);
    await term.resign();
    expect(await found(prefix)).toEqual({ 's a': '9' });
  });

  it.each([
    ['127 changes, in one transaction', 127, 10],
    ['128 changes', 128, 10],
    ['1,000 changes', 1_000, 100],
    ['5 MB', 50, 100_000],
  ])('takes a commit of %s', async (_, changes, size) => {
    const prefix = newPrefix();
    const { store, term } = await lead(prefix);
    await store.commit(many(changes, size));
    await store.commit([{ space: 's', key: 'k0', value: 'after' }]);
    await term.resign();
    const after = await found(prefix);
    expect(Object.keys(after)).toHaveLength(changes);
    expect([after['s k0'], after['s k1']]).toEqual(['after', '1'.padEnd(size, '"')]);
  });

  it('tells how far a large commit is, which is written twice', async () => {
    const { store } = await lead(newPrefix());
    const shares: number[] = [];
    await store.commit(many(1000, 10), (share) => shares.push(share));
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares).toContain(0.5);
    expect(shares.at(-1)).toBe(1);
  });

  it('a large commit is all there or not at all, wherever its writer dies', async () => {
    const outcomes: string[] = [];
    // Dies after its first transaction, after its second, … until it comes to its end.
    for (let deathAt = 1; outcomes.at(-1) !== 'done'; deathAt++) {
      const prefix = newPrefix();
      const client = newClient();
      const { store, term } = await lead(prefix, client);
      await store.commit(many(300, 10).map((change) => ({ ...change, value: 'before' })));
      let writes = 0;
      const txn = client.txn.bind(client);
      const dying = Object.assign(client, {
        txn: async (request: Parameters<typeof txn>[0]) => {
          if (++writes > deathAt) throw new Error('dead');
          return txn(request);
        },
      });
      const code = await codeOf(store.commit(many(300, 10).map((change) => ({ ...change, value: 'after' }))));
      Object.assign(dying, { txn });
      await term.resign();
      const values = new Set(Object.values(await found(prefix)));
      expect(values.size).toBe(1);
      outcomes.push(code === 'no error' ? 'done' : [...values][0]!);
    }
    expect(outcomes.at(-1)).toBe('done');
    // Before the point where it counts nothing of it is seen, after it everything.
    expect(outcomes.slice(0, -1).join(' ')).toMatch(/^(before )+(after ?)+$/);
    expect(outcomes.length).toBeGreaterThan(7);
  }, 60_000);

  it('refuses an entry that etcd could not take, and goes on', async () => {
    const prefix = newPrefix();
    const { store, term } = await lead(prefix);
    expect(await codeOf(put(store, 'long', 'x'.repeat(1_100_000)))).toBe('store.too_large');
    await put(store, 'short', 'y');
    await term.resign();
    expect(await found(prefix)).toEqual({ 's short': 'y' });
  });

  it('acknowledges nothing that is not there: writes go on while members of etcd die', async () => {
    const prefix = newPrefix();
    const { store, term } = await lead(prefix);
    let stop = false;
    const acknowledged: string[] = [];
    const writing = (async () => {
      for (let i = 0; !stop; i++) {
        await put(store, `n${i}`, 'x');
        acknowledged.push(`s n${i}`);
      }
    })();
    await until(() => acknowledged.length > 100);
    const dead = await etcd().leader();
    await etcd().kill(dead);
    const before = acknowledged.length;
    const start = performance.now();
    await until(() => acknowledged.length > before + 50, { timeout: 8_000 });
    console.log(
      `writes went on ${Math.round(performance.now() - start)} ms after the death of etcd's leader`,
    );
    etcd().startMember(dead);
    stop = true;
    await writing;
    await etcd().ready();
    await term.resign();
    const after = await found(prefix);
    expect(acknowledged.filter((key) => after[key] === undefined)).toEqual([]);
  }, 30_000);

  it('rejects what waits when its term ends, and does not hang', async () => {
    const prefix = newPrefix();
    const client = newClient();
    const term = await win(client, prefix, 2);
    const store = await etcdStore({ etcd: client, clock: monotonicClock, prefix, term });
    await etcd().killAll();
    expect(await codeOf(put(store, 'a', '1'))).toBe('master.deposed');
    expect(term.holds).toBe(false);
    etcd().startAll();
    await etcd().ready();
  }, 60_000);

  it('a full etcd is said in words; nothing is lost, and writes go on when there is room', async () => {
    const full = await EtcdCluster.start(['--quota-backend-bytes', String(16 * 1024 * 1024)]);
    closing.push(() => full.close());
    const client = full.newClient();
    closing.push(() => client.close());
    const prefix = newPrefix();
    const { term, store } = await lead(prefix, client);
    const fill = async (): Promise<void> => {
      for (let i = 0; i < 1_000; i++) await put(store, 'same', String(i).padEnd(500_000));
    };
    expect(await codeOf(fill())).toBe('state.write');
    expect(await codeOf(put(store, 'other', 'x'))).toBe('state.write');
    // A lease is renewed without room.
    const end = performance.now() + 6_000;
    await until(() => !term.holds || performance.now() > end);
    expect(term.holds).toBe(true);
    await full.makeRoom();
    await put(store, 'other', 'y');
    await term.resign();
    const { loaded } = await lead(prefix, client);
    expect(loaded.map(({ key }) => key)).toEqual(['other', 'same']);
  }, 60_000);

  it('what all masters have alike is made once, however many begin at the same moment', async () => {
    const key = registryKey(newPrefix(), 'master', 'identity');
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, i) => writtenOnce(newClient(), key, () => `keys ${i}`)),
    );
    expect(new Set(all).size).toBe(1);
  });

  it('the roll names every master that has entered, and tells who has entered before', async () => {
    const prefix = newPrefix();
    const told: string[] = [];
    const roll = (changed: () => void): Roll => {
      const one = new Roll(newClient(), monotonicClock, prefix, changed);
      closing.push(() => one.close());
      return one;
    };
    const a = roll(() => told.push(a.all.join('')));
    const b = roll(() => {});
    await a.enter('tcp://a:5050', 'A');
    await b.enter('tcp://b:5050', 'B');
    expect(b.all).toEqual(['A', 'B']);
    await until(() => a.all.length === 2);
    expect(told).toEqual(['A', 'AB']);
    b.close();
    await roll(() => {}).enter('tcp://b:5050', 'B');
    await roll(() => {}).enter('tcp://c:5050', 'C');
    await until(() => told.at(-1) === 'ABC');
    expect(told).toEqual(['A', 'AB', 'ABC']);
  });

  it('how quick it is', async () => {
    const { store } = await lead(newPrefix());
    const time = async (run: () => Promise<unknown>): Promise<number> => {
      const start = performance.now();
      await run();
      return performance.now() - start;
    };
    const one = await time(async () => {
      for (let i = 0; i < 100; i++) await put(store, 'x', String(i));
    });
    const together = await time(() =>
      Promise.all(Array.from({ length: 2_000 }, (_, i) => put(store, `y${i}`, 'x'.repeat(300)))),
    );
    console.log(
      `one after another ${(one / 100).toFixed(1)} ms each; ${Math.round((2_000 / together) * 1_000)}/s together`,
    );
    expect(one / 100).toBeLessThan(100);
  });
});
