/** The contract of a transport, held by both of them: what a user of one may rely on holds for the other. */
import { afterEach, describe, expect, test } from 'vitest';
import { TenderError } from '../../src/core/errors.ts';
import { newKeyPair } from '../../src/wire/keys.ts';
import { memoryNetwork } from '../../src/wire/memory.ts';
import { systemClock } from '../../src/wire/system-clock.ts';
import { MAX_MESSAGE, type Transport } from '../../src/wire/transport.ts';
import { zeromqTransport } from '../../src/wire/zeromq.ts';
import { bytes, call, type Dialled, type Served, serve } from '../support/peers.ts';
import { until } from '../support/until.ts';

const transports: [string, () => Transport][] = [
  ['zeromq', () => zeromqTransport({ patience: 1000 })],
  ['memory', () => memoryNetwork({ clock: systemClock, random: Math.random, patience: 1000 }).transport()],
];

describe.each(transports)('over %s', (_, make) => {
  let transport = make();
  let open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    await Promise.all(open.map((end) => end.close()));
    open = [];
    transport = make();
  });

  const served = async (
    ...args: Parameters<typeof serve> extends [unknown, ...infer R] ? R : never
  ): Promise<Served> => {
    const server = await serve(transport, ...args);
    open.push(server.listener);
    return server;
  };
  const called = (...args: Parameters<typeof call> extends [unknown, ...infer R] ? R : never): Dialled => {
    const client = call(transport, ...args);
    open.push(client.dialer);
    return client;
  };
  const connected = async (server: Served): Promise<Dialled> => {
    const client = called(server);
    await until(() => client.changes.length > 0);
    expect(client.changes).toEqual(['up']);
    return client;
  };

  test('messages arrive in order, both ways, of one frame or two', async () => {
    const server = await served();
    const client = await connected(server);
    for (let n = 0; n < 500; n++)
      expect(client.dialer.send([bytes(`m${n}`), bytes('raw')].slice(0, 1 + (n % 2)))).toBe(true);
    await until(() => server.messages.length === 500);
    expect(server.messages.map(({ texts }) => texts)).toEqual(
      Array.from({ length: 500 }, (_, n) => (n % 2 ? [`m${n}`, 'raw'] : [`m${n}`])),
    );
    expect(new Set(server.messages.map(({ peer }) => peer))).toEqual(new Set([client.dialer.id]));

    for (let n = 0; n < 500; n++) server.listener.send(client.dialer.id, [bytes(`r${n}`), bytes('')]);
    await until(() => client.messages.length === 500);
    expect(client.messages).toEqual(Array.from({ length: 500 }, (_, n) => [`r${n}`, '']));
    expect(server.undelivered).toEqual([]);
  });

  test('peers are told apart, and each gets its own', async () => {
    const server = await served({ reply: (peer, frames, listener) => listener.send(peer, frames) });
    const clients = await Promise.all(Array.from({ length: 20 }, () => connected(server)));
    for (const [n, { dialer }] of clients.entries()) dialer.send([bytes(`from ${n}`)]);
    await until(() => clients.every(({ messages }) => messages.length === 1));
    expect(clients.map(({ messages }) => messages)).toEqual(clients.map((_, n) => [[`from ${n}`]]));
    expect(new Set(clients.map(({ dialer }) => dialer.id)).size).toBe(20);
  });

  test('an unknown key is refused, and both sides are told', async () => {
    const server = await served();
    const client = called(server, { admitted: false });
    expect(client.dialer.send([bytes('too early')])).toBe(false);
    await until(() => client.changes.length > 0 && server.refused.length > 0);
    expect(client.changes).toEqual(['refused']);
    expect(server.refused).toEqual([{ address: '127.0.0.1', why: 'its key is not admitted' }]);
    expect(client.dialer.send([bytes('still not')])).toBe(false);
  });

  test('a key that was refused gets in by a redial once it is admitted', async () => {
    const server = await served();
    const keys = newKeyPair();
    const client = called(server, { keys, admitted: false });
    await until(() => client.changes.length === 1);
    client.dialer.redial();
    await until(() => client.changes.length === 2);
    server.admitted.add(keys.publicKey);
    client.dialer.redial();
    await until(() => client.changes.length === 3);
    expect(client.changes).toEqual(['refused', 'refused', 'up']);
    client.dialer.send([bytes('hello')]);
    await until(() => server.messages.length === 1);
    expect(server.messages[0]).toEqual({ peer: client.dialer.id, texts: ['hello'] });
  });

  test('an admission that throws refuses, and the next peer is served', async () => {
    let broken = true;
    const server = await served({
      admit: () => {
        if (broken) throw new Error('registry is away');
        return true;
      },
    });
    const client = called(server);
    await until(() => client.changes.length > 0);
    expect(client.changes).toEqual(['refused']);
    expect(server.refused.map(({ why }) => why)).toEqual(['its key could not be checked: registry is away']);
    broken = false;
    await connected(server);
  });

  test('another server key is a wrong master, and the listener hears of it', async () => {
    const server = await served();
    const client = called(server, { serverKey: newKeyPair().publicKey });
    await until(() => client.changes.length > 0 && server.refused.length > 0);
    expect(client.changes).toEqual(['wrong_master']);
    expect(server.refused).toEqual([{ address: '', why: 'it expects another server key' }]);
  });

  test('nobody listening is unreachable, once per attempt', async () => {
    const server = await served();
    const { address } = server.listener;
    await server.listener.close();
    const client = called(server, { address });
    await until(() => client.changes.length === 1);
    client.dialer.redial();
    client.dialer.redial(); // one attempt at a time
    await until(() => client.changes.length === 2);
    expect(client.changes).toEqual(['unreachable', 'unreachable']);
  });

  test('a listener that restarts on its port gets its redialled peers back', async () => {
    const first = await served();
    const { address } = first.listener;
    const client = await connected(first);
    await first.listener.close();
    await until(() => client.changes.length === 2);
    expect(client.changes).toEqual(['up', 'lost']);
    expect(client.dialer.send([bytes('nobody there')])).toBe(false);

    const second = await served({ address, keys: first.keys, admit: () => true });
    expect(second.listener.address).toBe(address);
    client.dialer.redial();
    await until(() => client.changes.length === 3);
    expect(client.changes).toEqual(['up', 'lost', 'up']);
    client.dialer.send([bytes('again')]);
    await until(() => second.messages.length === 1);
    expect(second.messages).toEqual([{ peer: client.dialer.id, texts: ['again'] }]);
    second.listener.send(client.dialer.id, [bytes('welcome')]);
    await until(() => client.messages.length === 1);
  });

  test('a redial of a connection that is up makes it anew, without a word', async () => {
    const server = await served({ reply: (peer, frames, listener) => listener.send(peer, frames) });
    const client = await connected(server);
    client.dialer.redial();
    await until(() => client.changes.length === 2);
    client.dialer.send([bytes('echo')]);
    await until(() => client.messages.length === 1);
    expect(client.changes).toEqual(['up', 'up']);
  });

  test('a message for a peer that is gone, or never was, comes back as undelivered', async () => {
    const server = await served();
    const client = await connected(server);
    client.dialer.send([bytes('hello')]);
    await until(() => server.messages.length === 1);
    await client.dialer.close();
    await until(() => {
      server.listener.send(client.dialer.id, [bytes('are you there?')]);
      return server.undelivered.length > 0;
    });
    expect(server.undelivered[0]).toEqual({ peer: client.dialer.id, why: 'gone' });
    server.undelivered.length = 0;
    server.listener.send('00ff', [bytes('who?')]);
    server.listener.send('00ff', [bytes('who?')]);
    await until(() => server.undelivered.filter(({ peer }) => peer === '00ff').length === 2);
  });

  test('a message of the limit passes, a longer one is refused where it is sent', async () => {
    const server = await served({ countOnly: true });
    const client = await connected(server);
    client.dialer.send([new Uint8Array(MAX_MESSAGE)]);
    client.dialer.send([new Uint8Array(10), new Uint8Array(MAX_MESSAGE - 10)]);
    await until(() => server.received === 2);
    server.listener.send(client.dialer.id, [new Uint8Array(MAX_MESSAGE)]);
    await until(() => client.messages.length === 1);

    const over = [new Uint8Array(11), new Uint8Array(MAX_MESSAGE - 10)];
    for (const send of [() => client.dialer.send(over), () => server.listener.send(client.dialer.id, over)]) {
      expect(send).toThrow(TenderError);
      expect(send).toThrow(
        expect.objectContaining({
          code: 'wire.too_large',
          fields: { bytes: MAX_MESSAGE + 1, limit: MAX_MESSAGE },
        }),
      );
    }
    expect(client.changes).toEqual(['up']);
  });

  test('a listener with a lower limit cuts off who sends more', async () => {
    const server = await served({ maxMessage: 1000 });
    const [good, bad] = [await connected(server), await connected(server)];
    bad.dialer.send([new Uint8Array(1000)]);
    await until(() => server.received === 1);
    bad.dialer.send([new Uint8Array(1001)]);
    await until(() => bad.changes.length === 2);
    expect(bad.changes).toEqual(['up', 'lost']);
    good.dialer.send([bytes('still here')]);
    await until(() => server.received === 2);
    expect(good.changes).toEqual(['up']);
  });

  test.each([
    'tcp://nonsense',
    'nonsense',
    'ipc:///tmp/x',
    'tcp://127.0.0.1:99999',
    '',
  ])('to listen on "%s" fails by code', async (address) => {
    await expect(served({ address })).rejects.toThrow(expect.objectContaining({ code: 'wire.address' }));
  });

  test('a port that is taken fails by code, and its owner goes on', async () => {
    const server = await served();
    await expect(served({ address: server.listener.address })).rejects.toThrow(
      expect.objectContaining({ code: 'wire.address' }),
    );
    await connected(server);
  });

  test('what is no key is refused before anything is opened', async () => {
    const keys = newKeyPair();
    const bad = { ...keys, secretKey: 'short' };
    await expect(served({ keys: bad })).rejects.toThrow(expect.objectContaining({ code: 'wire.key' }));
    const server = await served();
    expect(() => called(server, { keys: bad })).toThrow(expect.objectContaining({ code: 'wire.key' }));
    expect(() => called(server, { serverKey: 'short' })).toThrow(
      expect.objectContaining({ code: 'wire.key' }),
    );
  });

  test('close may be called twice, and nothing is told or sent after it', async () => {
    const server = await served();
    const client = await connected(server);
    await Promise.all([client.dialer.close(), client.dialer.close()]);
    await client.dialer.close();
    client.dialer.redial();
    expect(client.dialer.send([bytes('x')])).toBe(false);
    await Promise.all([server.listener.close(), server.listener.close()]);
    await server.listener.close();
    server.listener.send(client.dialer.id, [bytes('x')]);
    // A second pair on the same transport shows that all of the above has passed.
    await connected(await served());
    expect(client.changes).toEqual(['up']);
    expect(server.undelivered).toEqual([]);
  });
});
