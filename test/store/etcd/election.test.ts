/** The election on a real etcd: one leader at any time, whoever dies, stops, or comes back. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Election, leaderKey, type Term } from '../../../src/store/etcd/election.ts';
import { monotonicClock } from '../../../src/wire/system-clock.ts';
import { needEtcd } from '../../support/etcd.ts';
import { eventually } from '../../support/eventually.ts';
import { until } from '../../support/until.ts';
import { etcdStage } from './stage.ts';

describe.skipIf(needEtcd())('an election', () => {
  const { etcd, closing, newPrefix } = etcdStage('election');

  /** In this process. */
  function candidate(prefix: string, name: string, ttl = 2) {
    const client = etcd().newClient();
    const said: (string | undefined)[] = [];
    const trouble: string[] = [];
    const election = new Election({
      etcd: client,
      clock: monotonicClock,
      prefix,
      ttl,
      self: name,
      leader: (leader) => said.push(leader),
      trouble: (cause) => trouble.push(cause),
    });
    let term: Term | undefined;
    closing.push(async () => {
      election.close();
      await term?.resign();
      client.close();
    });
    return {
      said,
      trouble,
      election,
      async win(): Promise<Term> {
        term = await election.win();
        return term!;
      },
    };
  }

  /** A process of its own, so that it can be killed and stopped; it prints what it becomes. */
  function candidateProcess(prefix: string, name: string, ttl = 2): Candidate {
    const one = new Candidate(etcd().endpoints, prefix, name, ttl);
    closing.push(() => one.kill());
    return one;
  }

  it('has one winner; the others hear who, and one of them follows as soon as it resigns', async () => {
    const prefix = newPrefix();
    const [a, b] = [candidate(prefix, 'a'), candidate(prefix, 'b')];
    const first = await a.win();
    expect(first.holds).toBe(true);
    const next = b.win();
    await until(() => b.said.includes('a'));
    const start = performance.now();
    await first.resign();
    const second = await next;
    expect(performance.now() - start).toBeLessThan(1_000);
    expect([first.holds, second.holds]).toEqual([false, true]);
    expect(await first.ended).toBe('it has resigned');
    expect(Number(second.epoch)).toBeGreaterThan(Number(first.epoch));
  });

  it('is won by another when the holder is killed, within the time of its lease', async () => {
    const prefix = newPrefix();
    const holder = candidateProcess(prefix, 'killed', 5);
    await holder.said('leads');
    const heir = candidate(prefix, 'heir', 5);
    const next = heir.win();
    await until(() => heir.said.includes('killed'));
    const start = performance.now();
    holder.kill();
    await next;
    const took = performance.now() - start;
    console.log(`a killed holder of a lease of 5 s was followed after ${(took / 1000).toFixed(2)} s`);
    expect(took).toBeGreaterThan(3_000);
    expect(took).toBeLessThan(6_000);
  });

  it('is won in time also where the member of etcd that the heir watches stands still', async () => {
    await etcd().follows(0); // every client begins with the first one
    const prefix = newPrefix();
    const holder = candidateProcess(prefix, 'killed', 5);
    await holder.said('leads');
    const heir = candidate(prefix, 'heir', 5);
    const next = heir.win();
    await until(() => heir.said.includes('killed'));
    etcd().signal(0, 'SIGSTOP');
    holder.kill();
    const start = performance.now();
    await next;
    const took = performance.now() - start;
    etcd().signal(0, 'SIGCONT');
    await etcd().ready();
    console.log(`beside a member of etcd that stood still, after ${(took / 1000).toFixed(2)} s`);
    // gRPC alone would take 8 s to notice.
    expect(took).toBeLessThan(6_000);
  }, 60_000);

  it('a holder that was stopped knows, the moment it wakes, that it does not lead', async () => {
    const prefix = newPrefix();
    const holder = candidateProcess(prefix, 'sleeper');
    await holder.said('leads');
    const heir = candidate(prefix, 'heir');
    const next = heir.win();
    await until(() => heir.said.includes('sleeper'));
    holder.signal('SIGSTOP');
    const term = await next;
    holder.signal('SIGCONT');
    // It asks itself as the first thing whenever its loop turns: no turn after the wake has said yes.
    await holder.said('over');
    expect(holder.turnsAfterGap).toBe('no');
    expect(term.holds).toBe(true);
  });

  it('a term outlives the death of the leader of etcd itself', async () => {
    const one = candidate(newPrefix(), 'a', 5);
    const term = await one.win();
    const dead = await etcd().leader();
    await etcd().kill(dead);
    await etcd().leader();
    let over = false;
    void term.ended.then(() => {
      over = true;
    });
    // Longer than the lease: it has been renewed by the new leader of etcd.
    const end = performance.now() + 7_000;
    await until(() => over || performance.now() > end, { timeout: 10_000 });
    expect([over, term.holds]).toEqual([false, true]);
    etcd().startMember(dead);
    await etcd().ready();
  }, 30_000);

  it('a term outlives a stop of the member of etcd that it speaks to', async () => {
    const one = candidate(newPrefix(), 'a', 5);
    const term = await one.win();
    etcd().signal(0, 'SIGSTOP'); // every client begins with the first one
    const end = performance.now() + 7_000;
    await until(() => !term.holds || performance.now() > end, { timeout: 10_000 });
    expect(term.holds).toBe(true);
    etcd().signal(0, 'SIGCONT');
    await etcd().ready();
  }, 30_000);

  it('while all of etcd is down nobody leads; when it is back, exactly one', async () => {
    const prefix = newPrefix();
    const all = ['a', 'b', 'c'].map((name) => ({ name, one: candidate(prefix, name) }));
    const terms: { name: string; term: Term }[] = [];
    let stopped = false;
    const running = all.map(async ({ name, one }) => {
      while (!stopped) {
        const term = await one.win();
        if (!term) return;
        terms.push({ name, term });
        await term.ended;
      }
    });
    const leading = (): string[] => terms.filter(({ term }) => term.holds).map(({ name }) => name);
    await until(() => leading().length === 1);
    const before = terms.length;
    await etcd().killAll();
    await until(() => leading().length === 0, { timeout: 4_000, what: 'the leader steps down by itself' });
    expect(terms).toHaveLength(before);
    etcd().startAll();
    await etcd().ready();
    let most = 0;
    await until(
      () => {
        most = Math.max(most, leading().length);
        return leading().length === 1;
      },
      { timeout: 15_000 },
    );
    // For as long as a lease, so that a second one would have come.
    const end = performance.now() + 3_000;
    await until(() => {
      most = Math.max(most, leading().length);
      return performance.now() > end;
    });
    expect([most, leading().length]).toEqual([1, 1]);
    const epochs = terms.map(({ term }) => Number(term.epoch));
    expect(epochs).toEqual([...new Set(epochs)].sort((x, y) => x - y));
    stopped = true;
    for (const { one } of all) one.election.close();
    for (const { term } of terms) await term.resign();
    await Promise.all(running);
  }, 60_000);

  it('a holder whose key is taken away steps down', async () => {
    const prefix = newPrefix();
    const term = await candidate(prefix, 'a').win();
    const person = etcd().newClient();
    closing.push(() => person.close());
    await person.txn({ compare: [], success: [{ request_delete_range: { key: leaderKey(prefix) } }] });
    expect(await term.ended).toBe('the leader key is gone');
    expect(term.holds).toBe(false);
  });
});

class Candidate {
  readonly #process: ChildProcess;
  #output = '';

  constructor(endpoints: readonly string[], prefix: string, name: string, ttl: number) {
    const file = fileURLToPath(new URL('candidate.ts', import.meta.url));
    this.#process = spawn(process.execPath, [file, endpoints.join(','), prefix, name, String(ttl)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#process.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
    });
  }

  /** What the first turn of its loop after a long gap said to "do you lead?". */
  get turnsAfterGap(): string | undefined {
    return /^gap (\w+)$/m.exec(this.#output)?.[1];
  }

  async said(word: string): Promise<void> {
    await eventually(() => new RegExp(`^${word}`, 'm').test(this.#output), {
      what: `the process says ${word}`,
      timeout: 15_000,
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }
}
