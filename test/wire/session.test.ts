/** Sessions and the master's door, on the in-memory network: who gets in, who doesn't, and how a member comes back. */
import { describe, expect, it } from 'vitest';
import type { MemberRole } from '../../src/core/cluster.ts';
import { TenderError } from '../../src/core/errors.ts';
import { decode, encode } from '../../src/wire/codec.ts';
import { Gate, type Peer } from '../../src/wire/gate.ts';
import { newKeyPair, proof } from '../../src/wire/keys.ts';
import { memoryNetwork } from '../../src/wire/memory.ts';
import type { Hello } from '../../src/wire/messages/session.ts';
import { PROTOCOL_TEXT } from '../../src/wire/protocol.ts';
import { Session } from '../../src/wire/session.ts';
import type { KeyPair } from '../../src/wire/transport.ts';
import { seeded } from '../support/memory-cluster.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const ADDRESS = 'tcp://master:5050';

async function stage() {
  const clock = virtualClock();
  /** Timers of the master come so much later than they should (ms). */
  const master = { late: 0 };
  const network = memoryNetwork({ clock, random: seeded(1) });
  const masterKeys = newKeyPair();
  const members = new Map<string, { name: string; role: MemberRole }>();
  const joined: Peer[] = [];
  const left: string[] = [];
  const refused: string[] = [];
  const heard: unknown[] = [];
  let epoch = 1;
  let gate: Gate;
  const open = async () => {
    gate = new Gate({
      transport: network.transport('master'),
      clock: { now: clock.now, after: (ms, run) => clock.after(ms + master.late, run) },
      nonce: () => `nonce-${clock.now()}-${joined.length}`,
      address: ADDRESS,
      keys: masterKeys,
      admit: (key) => members.has(key),
      handlers: {
        identify: (key, hello) => {
          const member = members.get(key);
          if (!member || member.role !== hello.role) throw new TenderError('security.unknown_key');
          return { ...member, welcome: { name: member.name, cluster: 'test', epoch, version: '0' } };
        },
        joined: (peer) => joined.push(peer),
        message: (peer, message) => {
          heard.push(message);
          if ((message as { t: string }).t === 'bad')
            throw new TenderError('protocol.message', { cause: 'bad' });
          if (message.t === 'request') peer.send({ t: 'reply', id: message.id, ok: true, value: 42 });
        },
        left: (peer, why) => left.push(`${peer.name}: ${why}`),
        refused: (_, why) => refused.push(why),
      },
    });
    await gate.open();
    return gate;
  };
  await open();
  const member = (name: string, role: MemberRole = 'agent') => {
    const keys = newKeyPair();
    members.set(keys.publicKey, { name, role });
    return keys;
  };
  const session = (keys: KeyPair, hello: Partial<Hello> = {}, serverKey = masterKeys.publicKey) => {
    const said = { welcomes: 0, problems: [] as TenderError[], messages: [] as unknown[] };
    const it = new Session({
      transport: network.transport('peer'),
      clock,
      random: () => 0.5,
      address: ADDRESS,
      serverKey,
      keys,
      hello: { role: 'agent', version: '0', ...hello },
      handlers: {
        welcome: () => {
          said.welcomes += 1;
        },
        message: (message) => said.messages.push(message),
        down: (problem) => said.problems.push(problem),
        trouble: () => {},
      },
    });
    return Object.assign(said, { session: it });
  };
  return {
    clock,
    network,
    masterKeys,
    members,
    joined,
    left,
    refused,
    heard,
    member,
    session,
    open,
    get gate() {
      return gate;
    },
    master,
    setEpoch: (value: number) => {
      epoch = value;
    },
  };
}

describe('a master that stood still', () => {
  it('hears first what was said meanwhile, and then ends only the sessions of those who are silent', async () => {
    const { clock, network, member, session, left, master } = await stage();
    master.late = 1_500;
    const [one, two] = [session(member('n1')), session(member('n2'))];
    await clock.advance(100);
    network.stall('master'); // nothing reaches it, and its timers come too late: as if it were stopped
    await clock.advance(11_650);
    network.heal();
    await clock.advance(100);
    await two.session.close();
    master.late = 0;
    await clock.advance(8_000);
    expect(left).toEqual([]);
    expect(one.session.live).toBe(true);
    await clock.advance(22_000);
    expect(left).toEqual(['n2: silent for 10 s']);
    expect(one.welcomes).toBe(1);
  });
});

describe('a session', () => {
  it('goes live with a proven key, and requests get their answers', async () => {
    const { clock, member, session, joined } = await stage();
    const one = session(member('n1'));
    await clock.advance(100);
    expect(one.session.live).toBe(true);
    expect(joined.map(({ name }) => name)).toEqual(['n1']);
    const answer = one.session.request('anything', {});
    await clock.advance(100);
    expect(await answer).toBe(42);
  });

  it('is refused with the reason when its role is another, and tries again ever more rarely', async () => {
    const { clock, member, session, refused } = await stage();
    const one = session(member('n1', 'client'));
    await clock.advance(120_000);
    expect(one.welcomes).toBe(0);
    expect(one.problems[0]!.code).toBe('security.unknown_key');
    expect(one.problems.length).toBeGreaterThan(3);
    expect(one.problems.length).toBeLessThan(12);
    expect(refused[0]).toContain('does not know this key');
  });

  it('that is let in and then turned out tries again ever more rarely, too', async () => {
    const { clock, gate, joined, member, session } = await stage();
    const one = session(member('n1'));
    for (let second = 0; second < 300; second++) {
      await clock.advance(1_000);
      for (const peer of joined.splice(0)) gate.turnOut(peer, new TenderError('agent.gone', { name: 'n1' }));
    }
    expect(one.welcomes).toBeGreaterThan(5);
    expect(one.welcomes).toBeLessThan(25);
    expect(new Set(one.problems.map(({ code }) => code))).toEqual(new Set(['agent.gone']));
  });

  it('that the master has forgotten comes back at once, however many messages were on their way', async () => {
    const { clock, network, member, session, refused, left } = await stage();
    const one = session(member('n1'));
    await clock.advance(4_000);
    network.stall('peer');
    await clock.advance(7_000);
    for (let i = 0; i < 5; i++) one.session.send({ t: 'suppress' });
    network.heal('peer');
    await clock.advance(200);
    expect(left).toEqual(['n1: silent for 10 s']);
    expect([one.session.live, one.welcomes]).toEqual([true, 2]);
    expect(refused).toEqual([]);
  });

  it('does not believe a master with another key, nor one of an older epoch', async () => {
    const { clock, member, session, setEpoch, gate, open } = await stage();
    const wrong = session(member('n1'), {}, newKeyPair().publicKey);
    const right = session(member('n2'));
    await clock.advance(1_000);
    expect(wrong.problems[0]!.code).toBe('security.wrong_master');
    expect(right.session.live).toBe(true);
    await gate.close();
    setEpoch(0);
    await open();
    await clock.advance(20_000);
    expect(right.session.live).toBe(false);
    expect(right.problems.at(-1)!.code).toBe('protocol.epoch');
  });

  it('comes back by itself when the master restarts, and when the line is cut', async () => {
    const { clock, network, member, session, gate, open } = await stage();
    const one = session(member('n1'));
    await clock.advance(100);
    await gate.close();
    await clock.advance(30_000);
    expect(one.session.live).toBe(false);
    await open();
    await clock.advance(6_000);
    expect(one.session.live).toBe(true);
    network.cut('peer');
    await clock.advance(30_000);
    network.heal();
    await clock.advance(6_000);
    expect(one.session.live).toBe(true);
    expect(one.welcomes).toBe(3);
  });

  it('notices a master that is silent though connected, and the door notices a silent member', async () => {
    const { clock, network, member, session, left } = await stage();
    const one = session(member('n1'));
    await clock.advance(100);
    network.stall('peer');
    await clock.advance(25_000);
    expect(one.session.live).toBe(false);
    expect(left).toEqual(['n1: silent for 10 s']);
    network.heal();
    await clock.advance(20_000);
    expect(one.session.live).toBe(true);
  });

  it('fails what it asked when the line breaks or time is over', async () => {
    const { clock, network, member, session } = await stage();
    const one = session(member('n1'));
    await clock.advance(100);
    network.stall('peer');
    const late = one.session.request('slow', {}, 2_000).catch((error: TenderError) => error.code);
    await clock.advance(3_000);
    expect(await late).toBe('request.timeout');
    const lost = one.session.request('slow', {}, 60_000).catch((error: TenderError) => error.code);
    await clock.advance(30_000);
    expect(await lost).toBe('client.lost');
  });
});

describe('the door', () => {
  /** A hand-made peer that says what it likes. */
  async function raw(at: Awaited<ReturnType<typeof stage>>, keys: KeyPair) {
    const said: { t: string; nonce?: string; error?: { code: string } }[] = [];
    const dialer = at.network.transport('thief').dial({
      address: ADDRESS,
      keys,
      serverKey: at.masterKeys.publicKey,
      handlers: { up() {}, down() {}, message: (frames) => said.push(decode(frames).message) },
    });
    await at.clock.advance(100);
    return {
      said,
      dialer,
      async say(message: object) {
        dialer.send(encode(message));
        await at.clock.advance(100);
      },
    };
  }

  it('lets nobody speak under a key that is not his', async () => {
    const at = await stage();
    const victim = at.member('n1');
    const thief = at.member('thief');
    const one = await raw(at, thief);
    await one.say({ t: 'knock', key: victim.publicKey });
    const nonce = one.said[0]!.nonce!;
    const forged = proof(thief, at.masterKeys.publicKey, one.dialer.id, nonce);
    await one.say({ t: 'hello', proof: forged, protocol: PROTOCOL_TEXT, version: '0', role: 'agent' });
    expect(one.said.at(-1)!.error?.code).toBe('security.proof');
    expect(at.joined).toEqual([]);
  });

  it('takes each challenge once: a proof that was overheard is worth nothing', async () => {
    const at = await stage();
    const keys = at.member('n1');
    const one = await raw(at, keys);
    await one.say({ t: 'knock', key: keys.publicKey });
    const hello = {
      t: 'hello',
      proof: proof(keys, at.masterKeys.publicKey, one.dialer.id, one.said[0]!.nonce!),
      protocol: PROTOCOL_TEXT,
      version: '0',
      role: 'agent',
    };
    await one.say(hello);
    expect(one.said.at(-1)!.t).toBe('welcome');
    const other = await raw(at, keys);
    await other.say({ t: 'knock', key: keys.publicKey });
    await other.say(hello);
    expect(other.said.at(-1)!.error?.code).toBe('security.proof');
  });

  it('answers a stranger only with who, and hears nothing from him', async () => {
    const at = await stage();
    const one = await raw(at, at.member('n1'));
    await one.say({ t: 'register', anything: true });
    await one.say({ t: 'ping' });
    expect(one.said.map(({ t }) => t)).toEqual(['who', 'who']);
    expect(at.heard).toEqual([]);
  });

  it('tells a peer of another major version so', async () => {
    const at = await stage();
    const keys = at.member('n1');
    const one = await raw(at, keys);
    await one.say({ t: 'knock', key: keys.publicKey });
    const hmac = proof(keys, at.masterKeys.publicKey, one.dialer.id, one.said[0]!.nonce!);
    await one.say({ t: 'hello', proof: hmac, protocol: '999.0', version: '9', role: 'agent' });
    expect(one.said.at(-1)!.error?.code).toBe('protocol.version');
  });

  it('turns out a member that sends nothing but rubbish, and no other', async () => {
    const at = await stage();
    const good = at.session(at.member('good'));
    const bad = at.session(at.member('bad'));
    await at.clock.advance(100);
    for (let i = 0; i < 25; i++) bad.session.send({ t: 'bad' } as never);
    await at.clock.advance(100);
    expect(at.left).toEqual(['bad: a message could not be understood: bad']);
    expect(good.session.live).toBe(true);
  });
});
