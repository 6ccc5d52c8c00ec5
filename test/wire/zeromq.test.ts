/** Traps of real sockets, and peers that are stuck, hostile or gone: the listener goes on serving the others. */
import { type ChildProcess, spawn } from 'node:child_process';
import net, { type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import * as zmq from 'zeromq';
import { newKeyPair } from '../../src/wire/keys.ts';
import { type KeyPair, MAX_QUEUED } from '../../src/wire/transport.ts';
import { zeromqTransport } from '../../src/wire/zeromq.ts';
import { bytes, call, type Dialled, type Served, serve } from '../support/peers.ts';
import { until } from '../support/until.ts';

const transport = zeromqTransport({ patience: 1000 });
let cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of cleanup.reverse()) await undo();
  cleanup = [];
});

const served = async (options?: Parameters<typeof serve>[1]): Promise<Served> => {
  const server = await serve(transport, options);
  cleanup.push(() => server.listener.close());
  return server;
};
const called = (...args: [Served, Parameters<typeof call>[2]?]): Dialled => {
  const client = call(transport, ...args);
  cleanup.push(() => client.dialer.close());
  return client;
};
const connected = async (server: Served): Promise<Dialled> => {
  const client = called(server);
  await until(() => client.changes.length > 0);
  expect(client.changes).toEqual(['up']);
  return client;
};
/** Asks and is answered: the listener lives. @returns milliseconds it took */
const roundTrip = async (client: Dialled): Promise<number> => {
  const before = client.messages.length;
  const start = performance.now();
  client.dialer.send([bytes('ping')]);
  await until(() => client.messages.length > before);
  return performance.now() - start;
};

/** A bare ZeroMQ socket: what somebody writes who does not use our code. */
const bareDealer = (server: Served, options: { keys?: KeyPair; routingId?: string } = {}): zmq.Dealer => {
  const { keys = newKeyPair(), routingId } = options;
  server.admitted.add(keys.publicKey);
  const dealer = new zmq.Dealer();
  cleanup.push(() => dealer.close());
  Object.assign(dealer, {
    linger: 0,
    curvePublicKey: keys.publicKey,
    curveSecretKey: keys.secretKey,
    curveServerKey: server.keys.publicKey,
    ...(routingId === undefined ? {} : { routingId }),
  });
  dealer.connect(server.listener.address);
  return dealer;
};

interface Peer {
  readonly process: ChildProcess;
  readonly lines: string[];
  exited: boolean;
}

const peer = (role: string, address: string, keys: KeyPair): Peer => {
  const file = new URL('../support/wire-peer.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [file, role, address, JSON.stringify(keys)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const started: Peer = { process: child, lines: [], exited: false };
  createInterface({ input: child.stdout }).on('line', (line) => void started.lines.push(line));
  child.on('exit', () => {
    started.exited = true;
  });
  cleanup.push(() => child.kill('SIGKILL'));
  return started;
};

const echo = {
  reply: (id: string, frames: readonly Uint8Array[], to: Served['listener']) => to.send(id, frames),
};
/** Not `Math.random`: a failure must come again. */
const dice = (seed: number) => () => {
  seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32;
  return seed / 2 ** 32;
};

test('5,000 sends in one go arrive in order, both ways', async () => {
  const server = await served();
  const client = await connected(server);
  const expected = Array.from({ length: 5000 }, (_, n) => [`m${n}`]);
  expect(expected.every(([text = '']) => client.dialer.send([bytes(text)]))).toBe(true);
  await until(() => server.messages.length === 5000);
  expect(server.messages.map(({ texts: [text] }) => [text])).toEqual(expected);
  for (const [text = ''] of expected) server.listener.send(client.dialer.id, [bytes(text)]);
  await until(() => client.messages.length === 5000);
  expect(client.messages).toEqual(expected);
});

test('a dialler takes no more than it can hold, and sends all that it took, in order', async () => {
  const server = await served();
  const client = await connected(server);
  let taken = 0;
  while (client.dialer.send([bytes(`m${taken}`)])) taken++;
  expect(taken).toBeGreaterThanOrEqual(MAX_QUEUED);
  expect(taken).toBeLessThan(MAX_QUEUED + 5000);
  await until(() => server.messages.length === taken);
  expect(server.messages.map(({ texts: [text] }) => text)).toEqual(
    Array.from({ length: taken }, (_, n) => `m${n}`),
  );
});

test('who claims the routing id of another is not heard, and harms nobody', async () => {
  const server = await served(echo);
  const [victim, other] = [await connected(server), await connected(server)];
  await roundTrip(victim);
  const id = victim.dialer.id;
  const thief = bareDealer(server, { routingId: Buffer.from(id, 'hex').toString() });
  await thief.send('mine');
  for (let n = 0; n < 10; n++) {
    await roundTrip(other);
    await roundTrip(victim);
  }
  victim.dialer.redial();
  await until(() => victim.changes.filter((change) => change === 'up').length === 2);
  await roundTrip(victim);
  expect(victim.dialer.id).not.toBe(id);
  expect(server.messages.flatMap(({ texts: said }) => said)).not.toContain('mine');
});

test('a stopped process fills its own queue only, and memory stays bounded', async () => {
  const server = await served({ admit: () => true, ...echo });
  const [other, stuck] = [await connected(server), peer('sit', server.listener.address, server.keys)];
  await until(() => server.received === 1);
  const id = server.messages[0]?.peer ?? '';
  stuck.process.kill('SIGSTOP');

  const before = process.memoryUsage().rss;
  const load = new Uint8Array(1000);
  let sent = 0;
  await until(() => {
    for (let n = 0; n < 1000; n++) server.listener.send(id, [load]);
    sent += 1000;
    return server.undelivered.length > 0;
  });
  expect(server.undelivered[0]).toEqual({ peer: id, why: 'full' });
  expect(sent).toBeGreaterThanOrEqual(MAX_QUEUED);
  const told = server.undelivered.length;
  for (let n = 0; n < 20_000; n++) server.listener.send(id, [load]);
  await until(() => server.undelivered.length === told + 20_000);
  expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);

  const slowest = Math.max(...[await roundTrip(other), await roundTrip(other), await roundTrip(other)]);
  expect(slowest).toBeLessThan(500);
  expect(other.changes).toEqual(['up']);

  stuck.process.kill('SIGCONT');
  await until(() => {
    server.listener.send(id, [bytes('are you well?')]);
    return server.messages.some(({ peer, texts: [text] }) => peer === id && text === 'yes');
  });
  expect(stuck.lines).toEqual(['up']);

  stuck.process.kill('SIGKILL');
  await until(() => {
    server.listener.send(id, [load]);
    return server.undelivered.at(-1)?.why === 'gone';
  });
});

test('a dialler of a stopped listener says so, and a process that leaves then is gone within a second', async () => {
  const keys = newKeyPair();
  const listener = peer('listen', 'tcp://127.0.0.1:0', keys);
  await until(() => listener.lines.length === 1);
  const leaver = peer('leave', listener.lines[0] ?? '', keys);
  await until(() => leaver.lines[0] === 'up');
  listener.process.kill('SIGSTOP');
  leaver.process.stdin?.write('now\n');
  await until(() => leaver.lines[1] === 'leaving');
  const start = performance.now();
  await until(() => leaver.exited);
  expect(performance.now() - start).toBeLessThan(1000);
  expect(leaver.process.exitCode).toBe(0);
});

test('what arrived before the end is heard before the end', async () => {
  const server = await served();
  const client = await connected(server);
  client.dialer.send([bytes('hello')]);
  await until(() => server.messages.length === 1);
  for (let n = 0; n < 900; n++) server.listener.send(client.dialer.id, [bytes(`last words ${n}`)]);
  // Everything crosses, and ends, while this thread is busy: then it learns of all that at once.
  const busy = (ms: number): void => {
    for (const start = performance.now(); performance.now() - start < ms; );
  };
  busy(200);
  const closed = server.listener.close();
  busy(100);
  await closed;
  await until(() => client.changes.length === 2);
  expect(client.messages.length).toBe(900);
});

test('a killed process is lost to its dialler', async () => {
  const keys = newKeyPair();
  const listener = peer('listen', 'tcp://127.0.0.1:0', keys);
  await until(() => listener.lines.length === 1);
  const client = called({ ...(await served()), keys }, { address: listener.lines[0] ?? '' });
  await until(() => client.changes.length === 1);
  listener.process.kill('SIGKILL');
  await until(() => client.changes.length === 2);
  expect(client.changes).toEqual(['up', 'lost']);
});

test('100,000 messages of nonsense and garbage on the port leave the listener serving', async () => {
  const server = await served({ countOnly: true });
  const dealer = bareDealer(server);
  const random = dice(7);
  const noise = Buffer.from(Array.from({ length: 4096 }, () => Math.floor(random() * 256)));
  const piece = (longest: number): Buffer => {
    const start = Math.floor(random() * (noise.length - longest));
    return noise.subarray(start, start + Math.floor(random() * longest));
  };
  const { port } = new URL(server.listener.address);
  const greeting = Buffer.from('ff00000000000000017f03014355525645'.padEnd(128, '0'), 'hex');
  let ended = 0;
  const garbage = 200;
  for (let n = 0; n < garbage; n++) {
    const raw = net.connect(Number(port), '127.0.0.1');
    cleanup.push(() => raw.destroy());
    raw.on('error', () => {}).on('close', () => void ended++);
    // Some are no ZeroMQ; some shake hands properly and then go wrong; some just leave.
    const beginnings = [Buffer.alloc(0), greeting, Buffer.from('GET / HTTP/1.1\r\n\r\n')];
    raw.end(Buffer.concat([beginnings[n % 3] ?? greeting, piece(500)]));
    raw.resume();
  }
  let wellFormed = 0;
  for (let n = 0; n < 100_000; n++) {
    const frames = Array.from({ length: 1 + Math.floor(random() * 3) }, () => piece(200));
    if (frames.length <= 2) wellFormed++;
    await dealer.send(frames);
  }
  await until(() => server.received === wellFormed && ended === garbage, { timeout: 20_000 });
  await until(() => server.refused.length >= garbage);
  expect(server.refused.length).toBe(garbage);

  const client = await connected(server);
  client.dialer.send([bytes('still there?')]);
  await until(() => server.received === wellFormed + 1);
});

test('close is prompt in the midst of a flood, whichever side closes', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  cleanup.push(() => process.off('unhandledRejection', note));
  for (let round = 0; round < 12; round++) {
    const server = await served({ ...echo, countOnly: true });
    const clients = await Promise.all(Array.from({ length: 3 }, () => connected(server)));
    let flooding = true;
    const flood = (async () => {
      while (flooding) {
        for (const { dialer } of clients) for (let n = 0; n < 200; n++) dialer.send([new Uint8Array(300)]);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    await until(() => server.received > 2000);
    const start = performance.now();
    if (round % 2 === 0) await server.listener.close();
    else await Promise.all(clients.map(({ dialer }) => dialer.close()));
    expect(performance.now() - start).toBeLessThan(1000);
    if (round % 2 === 0) await until(() => clients.every(({ changes }) => changes.at(-1) === 'lost'));
    flooding = false;
    await flood;
    await server.listener.close();
    for (const { dialer, changes } of clients) {
      await dialer.close();
      expect(changes).toEqual(round % 2 === 0 ? ['up', 'lost'] : ['up']);
    }
  }
  expect(unhandled).toEqual([]);
});

test('a program that speaks something else is reported', async () => {
  const server = await served();
  await connected(server);
  const raw = net.connect(Number(new URL(server.listener.address).port), '127.0.0.1');
  cleanup.push(() => raw.destroy());
  raw.on('error', () => {}).write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await until(() => server.refused.length > 0);
  expect(server.refused).toEqual([{ address: '', why: 'it does not speak ZeroMQ' }]);
});

test('peers that come, leave and come again are not taken for garbage', async () => {
  const server = await served();
  const clients = await Promise.all(Array.from({ length: 5 }, () => connected(server)));
  for (let round = 2; round < 40; round++) {
    for (const { dialer } of clients) dialer.redial();
    await until(() => clients.every(({ changes }) => changes.length === round));
  }
  // One real stranger: when it is told, all before it has been judged.
  const raw = net.connect(Number(new URL(server.listener.address).port), '127.0.0.1');
  cleanup.push(() => raw.destroy());
  raw.on('error', () => {}).write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await until(() => server.refused.length > 0);
  expect(server.refused.length).toBe(1);
});

test('a socket without CURVE is turned away and reported', async () => {
  const server = await served({ admit: () => true });
  const plain = new zmq.Dealer();
  cleanup.push(() => plain.close());
  plain.linger = 0;
  plain.connect(server.listener.address);
  await plain.send('let me in');
  await until(() => server.refused.length > 0);
  expect(server.refused).toEqual([{ address: '', why: 'it does not use CURVE' }]);
  expect(server.received).toBe(0);
});

test.each([
  ['says nothing', 'unreachable', () => {}],
  ['hangs up', 'unreachable', (socket: net.Socket) => socket.resetAndDestroy()],
  [
    'speaks something else',
    'wrong_master',
    (socket: net.Socket) => void socket.write('HTTP/1.1 400 \r\n\r\n'.repeat(9)),
  ],
])('a host that %s is %s, and is left alone until the next redial', async (_, reason, greet) => {
  let connections = 0;
  const sockets: net.Socket[] = [];
  const host = net.createServer((socket) => {
    connections++;
    sockets.push(socket.on('error', () => {}));
    greet(socket);
  });
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
  cleanup.push(
    () => host.close(),
    () => sockets.map((socket) => socket.destroy()),
  );
  const client = called(await served(), {
    address: `tcp://127.0.0.1:${(host.address() as AddressInfo).port}`,
  });
  await until(() => client.changes.length === 1);
  client.dialer.redial();
  await until(() => client.changes.length === 2);
  expect(client.changes).toEqual([reason, reason]);
  expect(connections).toBe(2);
});

test.each([
  'tcp://no-such-host.invalid:5050',
  'tcp://127.0.0.1:99999',
  'nonsense',
])('%s is unreachable', async (address) => {
  const client = called(await served(), { address });
  await until(() => client.changes.length === 1);
  expect(client.changes).toEqual(['unreachable']);
});

test('a host is found by its name', async () => {
  const server = await served({ address: 'tcp://*:0' });
  const client = called(server, { address: server.listener.address.replace('0.0.0.0', 'localhost') });
  await until(() => client.changes.length === 1);
  expect(client.changes).toEqual(['up']);
});

test('two listeners of one process admit each its own, and open again as often as they like', async () => {
  for (let round = 0; round < 10; round++) {
    const [one, two] = [await served(), await served()];
    const keys = newKeyPair();
    const [in1, in2] = [called(one, { keys }), called(two, { keys, admitted: false })];
    await until(() => in1.changes.length + in2.changes.length === 2);
    expect([in1.changes, in2.changes]).toEqual([['up'], ['refused']]);
    await one.listener.close();
    two.admitted.add(keys.publicKey);
    in2.dialer.redial();
    await until(() => in2.changes.length === 2);
    expect(in2.changes).toEqual(['refused', 'up']);
    await two.listener.close();
  }
});

test('a handler that throws is a warning, and the next message is heard', async () => {
  const warnings: string[] = [];
  const note = (warning: Error): void => void warnings.push(warning.message);
  process.on('warning', note);
  cleanup.push(() => process.off('warning', note));
  const server = await served({
    reply: () => {
      if (server.received === 1) throw new Error('a defect');
    },
  });
  const client = await connected(server);
  client.dialer.send([bytes('one')]);
  client.dialer.send([bytes('two')]);
  await until(() => server.received === 2 && warnings.length === 1);
  expect(warnings).toEqual(['a defect']);
});

test('whoever has less time than the transport says so, for one attempt', async () => {
  const host = net.createServer((socket) => void socket.on('error', () => {}));
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
  cleanup.push(() => host.close());
  const changes: string[] = [];
  const dialer = zeromqTransport({ patience: 60_000 }).dial({
    address: `tcp://127.0.0.1:${(host.address() as AddressInfo).port}`,
    patience: 100,
    keys: newKeyPair(),
    serverKey: newKeyPair().publicKey,
    handlers: { up() {}, down: (reason) => void changes.push(reason), message() {} },
  });
  cleanup.push(() => dialer.close());
  await until(() => changes.length === 1);
  dialer.redial(undefined, 100);
  await until(() => changes.length === 2);
  expect(changes).toEqual(['unreachable', 'unreachable']);
});

test('the last listener may close while a stranger is being judged, and the next one is heard', async () => {
  const keys = newKeyPair();
  const first = await transport.listen({
    address: 'tcp://127.0.0.1:0',
    keys,
    admit: () => {
      void first.close();
      return true;
    },
    handlers: { message() {}, undelivered() {}, refused() {} },
  });
  const dialer = transport.dial({
    address: first.address,
    keys: newKeyPair(),
    serverKey: keys.publicKey,
    handlers: { up() {}, down: () => void ended.resolve(), message() {} },
  });
  cleanup.push(() => dialer.close());
  const ended = Promise.withResolvers<void>();
  await ended.promise;
  await connected(await served());
});
