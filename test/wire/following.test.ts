/** Members of a cluster with several masters, on the in-memory network: they find the leader, and follow the next one. */
import { describe, expect, it } from 'vitest';
import type { TenderError } from '../../src/core/errors.ts';
import type { TaskId } from '../../src/core/task.ts';
import { Standby } from '../../src/daemon/standby.ts';
import { Gate, type Peer } from '../../src/wire/gate.ts';
import { newKeyPair } from '../../src/wire/keys.ts';
import { Masters } from '../../src/wire/masters.ts';
import { memoryNetwork } from '../../src/wire/memory.ts';
import type { ToPeer } from '../../src/wire/messages.ts';
import { type Following, Session } from '../../src/wire/session.ts';
import { seeded } from '../support/memory-cluster.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const at = (host: string): string => `tcp://${host}:5050`;
const NAMES = ['a', 'b', 'c'] as const;
type Name = (typeof NAMES)[number];

function stage() {
  const clock = virtualClock();
  const network = memoryNetwork({ clock, random: seeded(1) });
  const keys = newKeyPair();
  const doors = new Map<Name, Gate | Standby>();
  /** Their leases are over, and they have not noticed. */
  const silenced = new Set<Name>();
  /** The member, as each leader knows it. */
  const peers = new Map<Name, Peer>();
  let nonces = 0;
  const close = async (name: Name): Promise<void> => {
    await doors.get(name)?.close();
    doors.delete(name);
  };
  return {
    clock,
    network,
    doors,
    silenced,
    peers,
    close,
    async lead(name: Name, epoch: number, masters: readonly Name[] = NAMES): Promise<void> {
      await close(name);
      const gate = new Gate({
        transport: network.transport(name),
        clock,
        nonce: () => `nonce-${++nonces}`,
        address: at(name),
        keys,
        admit: () => true,
        maySpeak: () => !silenced.has(name),
        handlers: {
          identify: (_, { role }) => ({
            name: 'n1',
            role,
            welcome: { name: 'n1', cluster: 'test', epoch, version: '0', masters: masters.map(at) },
          }),
          joined: (peer) => void peers.set(name, peer),
          message: (peer, message) =>
            peer.send({ t: 'reply', id: (message as { id: number }).id, ok: true, value: null }),
          left() {},
          refused() {},
        },
      });
      await gate.open();
      doors.set(name, gate);
    },
    async standBy(name: Name, leader?: Name): Promise<void> {
      await close(name);
      const standby = new Standby({
        transport: network.transport(name),
        clock,
        randomHex: () => `nonce-${++nonces}`,
        listen: at(name),
        enrol: `tcp://${name}:5051`,
        keys,
      });
      await standby.open();
      if (leader) standby.follow({ master: at(leader), enrol: `tcp://${leader}:5051` });
      doors.set(name, standby);
    },
    follow(name: Name, leader: Name | undefined): void {
      const standby = doors.get(name) as Standby;
      standby.follow(leader && { master: at(leader), enrol: `tcp://${leader}:5051` });
    },
    member(first: Name, others: readonly Name[] | undefined, address = at(first)) {
      const said = {
        epochs: [] as number[],
        problems: [] as TenderError[],
        messages: [] as ToPeer[],
        remembered: [] as (readonly string[])[],
      };
      const following: Following | undefined = others && {
        others: others.map(at),
        remember: (masters) => void said.remembered.push(masters),
      };
      const session = new Session({
        transport: network.transport('peer'),
        clock,
        random: () => 0.5,
        address,
        following,
        serverKey: keys.publicKey,
        keys: newKeyPair(),
        hello: { role: 'agent', version: '0' },
        handlers: {
          welcome: ({ epoch }) => void said.epochs.push(epoch),
          message: (message) => void said.messages.push(message),
          down: (problem) => void said.problems.push(problem),
          trouble() {},
        },
      });
      return Object.assign(said, { session });
    },
  };
}

describe('a member of several masters', () => {
  it('goes from a standby to the leader at once, even to one it has not heard of', async () => {
    const { clock, standBy, lead, member } = stage();
    await lead('c', 7);
    await standBy('a', 'c');
    const one = member('a', []);
    await clock.advance(100);
    expect([one.session.live, one.session.address]).toEqual([true, at('c')]);
    expect(one.problems).toEqual([]);
  });

  it('is sent by the enrolment door of a standby to that of the leader', async () => {
    const { clock, standBy, member } = stage();
    await standBy('a', 'c');
    const one = member('a', [], 'tcp://a:5051');
    await clock.advance(1_000);
    // Nobody is there.
    expect(one.problems[0]?.fields['address']).toBe('tcp://c:5051');
  });

  it('keeps the masters that the leader names, the leader first, and says so once', async () => {
    const { clock, standBy, lead, member } = stage();
    await lead('c', 7);
    await standBy('a', 'c');
    const one = member('a', []);
    await clock.advance(60_000);
    expect(one.remembered).toEqual([[at('c'), at('a'), at('b')]]);
    const knowing = member('c', ['a', 'b']);
    await clock.advance(60_000);
    expect([knowing.session.live, knowing.remembered]).toEqual([true, []]);
  });

  it('hears of masters that are added while it is connected', async () => {
    const { clock, peers, standBy, lead, close, member } = stage();
    await lead('a', 7, ['a']);
    const one = member('a', []);
    await clock.advance(100);
    peers.get('a')?.send({ t: 'masters', masters: [at('a'), at('b')] });
    await clock.advance(100);
    expect(one.remembered).toEqual([[at('a'), at('b')]]);
    await standBy('b');
    await close('a');
    await lead('b', 9);
    await clock.advance(10_000);
    expect(one.session.address).toBe(at('b'));
    expect(one.messages).toEqual([]);
  });

  it('follows within a moment of the election, wherever it asks meanwhile', async () => {
    const { clock, standBy, lead, follow, close, member } = stage();
    await lead('a', 7);
    await standBy('b', 'a');
    await standBy('c', 'a');
    const one = member('a', ['b', 'c']);
    await clock.advance(3_000);
    await close('a'); // as by kill -9
    await clock.advance(2_500);
    follow('b', undefined);
    follow('c', undefined);
    await clock.advance(2_000);
    expect(one.session.live).toBe(false);
    follow('b', 'c');
    follow('c', 'c');
    await lead('c', 9);
    await clock.advance(500);
    expect(one.epochs).toEqual([7, 9]);
    expect(one.session.address).toBe(at('c'));
  });

  it('hears of the next leader also while the standbys still believe in the dead one', async () => {
    const { clock, standBy, lead, follow, close, member } = stage();
    await lead('a', 7);
    await standBy('b', 'a');
    await standBy('c', 'a');
    const one = member('a', ['b', 'c']);
    await clock.advance(1_000);
    await close('a');
    await clock.advance(4_700);
    follow('b', 'c'); // with no moment in which nobody led
    await lead('c', 9);
    await clock.advance(500);
    expect(one.session.live).toBe(true);
  });

  it('that begins with a dead leader hears of the next one as quickly', async () => {
    const { clock, standBy, lead, follow, member } = stage();
    await standBy('b', 'a');
    await standBy('c', 'a');
    const one = member('a', ['b', 'c']);
    await clock.advance(4_700);
    follow('b', 'c');
    follow('c', 'c');
    await lead('c', 9);
    await clock.advance(500);
    expect(one.session.live).toBe(true);
  });

  it('finds the next leader soon, also if it asked it while it was stepping forward', async () => {
    const { clock, standBy, lead, follow, close, member } = stage();
    await lead('a', 7);
    await standBy('b', 'a');
    await standBy('c', 'a');
    const one = member('a', ['b', 'c']);
    await clock.advance(100);
    await close('a');
    await clock.advance(1_000);
    follow('b', 'c');
    await close('c');
    await clock.advance(100);
    expect(one.session.live).toBe(false);
    await lead('c', 9);
    await clock.advance(700);
    expect(one.session.live).toBe(true);
  });

  it('is not held up long by masters that are cut off, on its way to the leader', async () => {
    const { clock, network, standBy, lead, member } = stage();
    await standBy('a');
    await standBy('b');
    await lead('c', 9);
    network.stall('a');
    network.stall('b');
    const one = member('a', ['b', 'c']);
    await clock.advance(3_200);
    expect([one.session.live, one.session.address]).toEqual([true, at('c')]);
  });

  it('has more patience with a leader that a standby has named: all the others go there, too', async () => {
    const { clock, network, standBy, lead, member } = stage();
    await lead('c', 9);
    network.stall('c');
    await standBy('a', 'c');
    const one = member('a', ['b', 'c']);
    await clock.advance(4_500);
    expect(one.session.address).toBe(at('c'));
  });

  it('stays with a standby that steps forward', async () => {
    const { clock, network, standBy, lead, follow, member } = stage();
    await standBy('c');
    network.stall('a');
    network.stall('b');
    const one = member('c', ['a', 'b']);
    await clock.advance(1_000);
    follow('c', 'c');
    await lead('c', 9);
    await clock.advance(500);
    expect([one.session.live, one.session.address]).toEqual([true, at('c')]);
  });

  it('gives them more time where none of them could be reached', async () => {
    const { clock, network, lead, member } = stage();
    await lead('a', 7);
    for (const name of NAMES) network.stall(name);
    const one = member('a', ['b', 'c']);
    await clock.advance(5_000);
    expect(one.problems).toHaveLength(1);
    await clock.advance(55_000);
    // 1.5 s each at first, then 3, then 5: it does not hurry for ever.
    expect(one.problems).toHaveLength(4);
    network.heal();
    await clock.advance(20_000);
    expect(one.session.live).toBe(true);
  });

  it('leaves a leader that is silent though connected', async () => {
    const { clock, network, standBy, lead, member } = stage();
    await lead('a', 7);
    const one = member('a', ['b']);
    await clock.advance(100);
    network.stall('a'); // as by SIGSTOP
    await lead('b', 9);
    await standBy('c', 'b');
    await clock.advance(20_000);
    expect([one.session.live, one.session.address]).toEqual([true, at('b')]);
    expect(one.problems.map(({ code }) => code)).toEqual(['client.unreachable']);
  });

  it('hears nothing more from a former leader that wakes', async () => {
    const { clock, network, peers, lead, member } = stage();
    await lead('a', 7);
    const one = member('a', ['b']);
    await clock.advance(100);
    network.stall('a');
    await lead('b', 9);
    await clock.advance(20_000);
    peers.get('a')?.send({ t: 'kill', task: 'old' as TaskId });
    peers.get('b')?.send({ t: 'kill', task: 'new' as TaskId });
    network.heal('a');
    await clock.advance(60_000);
    expect(one.messages).toEqual([{ t: 'kill', task: 'new' }]);
    expect([one.session.address, one.epochs]).toEqual([at('b'), [7, 9]]);
  });

  it('gets no word from a leader whose lease is over, though it has not noticed yet', async () => {
    const { clock, silenced, lead, member } = stage();
    await lead('a', 7);
    const one = member('a', ['b']);
    await clock.advance(100);
    const first = one.session.request('anything', {});
    await clock.advance(100);
    expect(await first).toBe(null);
    silenced.add('a');
    const second = one.session.request('anything', {}, 5_000).catch(({ code }: TenderError) => code);
    await clock.advance(6_000);
    expect(await second).toBe('request.timeout');
    await lead('b', 9);
    await clock.advance(20_000);
    expect(one.session.address).toBe(at('b'));
  });

  it('does not obey a master of an older epoch, and goes on to the next one', async () => {
    const { clock, lead, close, member } = stage();
    await lead('a', 9);
    const one = member('a', ['b']);
    await clock.advance(100);
    await close('a');
    await lead('b', 7); // it has not noticed yet that it does not lead any more
    await clock.advance(3_000);
    expect(one.epochs).toEqual([9]);
    await lead('a', 11);
    await clock.advance(40_000);
    expect(one.epochs).toEqual([9, 11]);
  });

  it('asks ever more rarely while no master is there, all of them each time', async () => {
    const { clock, member } = stage();
    const one = member('a', ['b', 'c']);
    await clock.advance(120_000);
    // One word for each round through all three.
    expect(one.problems.length).toBeGreaterThan(15);
    expect(one.problems.length).toBeLessThan(60);
  });

  it('does not run in circles between standbys that name each other', async () => {
    const { clock, standBy, member } = stage();
    await standBy('a', 'b');
    await standBy('b', 'a');
    const one = member('a', ['b']);
    await clock.advance(60_000);
    expect(one.session.live).toBe(false);
    expect(one.problems.length).toBeLessThan(40);
    expect(one.problems[0]?.code).toBe('master.standby');
  });

  it('that belongs to one master stays with it', async () => {
    const { clock, standBy, lead, member } = stage();
    await standBy('a', 'b');
    await lead('b', 7);
    const one = member('a', undefined);
    await clock.advance(30_000);
    expect([one.session.live, one.session.address]).toEqual([false, at('a')]);
    await lead('a', 9);
    await clock.advance(6_000);
    expect([one.session.live, one.session.address]).toEqual([true, at('a')]);
    expect(one.remembered).toEqual([]);
  });
});

describe('the masters that a member knows', () => {
  it('are tried in turn, none twice before a wait', () => {
    const masters = new Masters(['a', 'b', 'c']);
    const tried = [masters.current];
    while (masters.next()) tried.push(masters.current);
    expect(tried).toEqual(['a', 'b', 'c']);
    expect(masters.current).toBe('a');
  });

  it('begin anew with those that answered; the silent ones come last', () => {
    const masters = new Masters(['a', 'b', 'c']);
    masters.nextOfSilent();
    masters.nextOfSilent();
    expect([masters.current, masters.areSilent]).toEqual(['c', false]);
    expect(masters.next()).toBe(false);
    const tried = [masters.current];
    while (masters.nextOfSilent()) tried.push(masters.current);
    expect(tried).toEqual(['c', 'a', 'b']);
    expect(masters.areSilent).toBe(true);
  });

  it('are left alone by one that will lead in a moment: it is waited for', () => {
    const masters = new Masters(['a', 'b']);
    expect(masters.next('a')).toBe(false);
    expect(masters.current).toBe('a');
  });

  it('after a wait begin with the one that was named last', () => {
    const masters = new Masters(['a', 'b']);
    expect(masters.next()).toBe(true);
    expect(masters.next('a')).toBe(false);
    expect(masters.current).toBe('a');
  });
});
