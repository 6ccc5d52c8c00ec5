/** Faults of the memory network, on a virtual clock: what breaks, who notices, and that a seed gives the same run. */
import { expect, test } from 'vitest';
import { memoryNetwork } from '../../src/wire/memory.ts';
import { MAX_QUEUED } from '../../src/wire/transport.ts';
import { bytes, call, serve } from '../support/peers.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const dice = (seed: number) => () => {
  seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32;
  return seed / 2 ** 32;
};

const network = async (seed = 1) => {
  const clock = virtualClock();
  const net = memoryNetwork({ clock, random: dice(seed) });
  const server = await serve(net.transport('master'), { address: 'tcp://*:5050' });
  const [a, b] = [call(net.transport('a'), server), call(net.transport('b'), server)];
  clock.advanceSync(10);
  expect([a.changes, b.changes]).toEqual([['up'], ['up']]);
  return { clock, net, server, a, b };
};

test('a cut is noticed by the one it hits, and lasts until it is healed', async () => {
  const { clock, net, server, a, b } = await network();
  net.cut('a');
  clock.advanceSync(10);
  a.dialer.redial();
  clock.advanceSync(10);
  server.listener.send(a.dialer.id, [bytes('gone')]);
  server.listener.send(b.dialer.id, [bytes('there')]);
  clock.advanceSync(10);
  expect(a.changes).toEqual(['up', 'lost', 'unreachable']);
  expect(server.undelivered).toEqual([{ peer: a.dialer.id, why: 'gone' }]);
  expect([b.changes, b.messages]).toEqual([['up'], [['there']]]);
  net.heal('a');
  a.dialer.redial();
  clock.advanceSync(10);
  expect(a.changes.at(-1)).toBe('up');
});

test('a cut of the listener hits all', async () => {
  const { clock, net, server, a, b } = await network();
  net.cut(server.listener.address);
  clock.advanceSync(10);
  expect([a.changes, b.changes]).toEqual([
    ['up', 'lost'],
    ['up', 'lost'],
  ]);
});

test('a stall is noticed by nobody, fills the queue, and heals without loss', async () => {
  const { clock, net, server, a } = await network();
  net.stall(a.dialer.id);
  for (let n = 0; n < MAX_QUEUED; n++) expect(a.dialer.send([bytes(`m${n}`)])).toBe(true);
  expect(a.dialer.send([bytes('one too many')])).toBe(false);
  for (let n = 0; n <= MAX_QUEUED; n++) server.listener.send(a.dialer.id, [bytes(`r${n}`)]);
  clock.advanceSync(60_000);
  expect([a.changes, server.messages, a.messages]).toEqual([['up'], [], []]);
  expect(server.undelivered).toEqual([{ peer: a.dialer.id, why: 'full' }]);
  net.heal();
  clock.advanceSync(10);
  expect(server.messages.map(({ texts: [text] }) => text)).toEqual(
    Array.from({ length: MAX_QUEUED }, (_, n) => `m${n}`),
  );
  expect(a.messages.map(([text]) => text)).toEqual(Array.from({ length: MAX_QUEUED }, (_, n) => `r${n}`));
});

test('who redials in a stall finds nobody after some seconds, and takes its place again afterwards', async () => {
  const { clock, net, server, a } = await network();
  net.stall('a');
  a.dialer.send([bytes('lost with the old connection')]);
  a.dialer.redial();
  clock.advanceSync(4999);
  expect(a.changes).toEqual(['up']);
  clock.advanceSync(1);
  expect(a.changes).toEqual(['up', 'unreachable']);
  net.heal('a');
  server.listener.send(a.dialer.id, [bytes('to the old connection')]);
  a.dialer.redial();
  clock.advanceSync(10);
  a.dialer.send([bytes('new')]);
  clock.advanceSync(10);
  expect(a.changes).toEqual(['up', 'unreachable', 'up']);
  expect(server.messages.map(({ texts }) => texts)).toEqual([['new']]);
  expect(a.messages).toEqual([]);
});

test.each([
  ['toListener', { toListener: 0.02 }],
  ['toDialer', { toDialer: 0.02 }],
] as const)('loss %s breaks the connection after a run without gaps', async (direction, chance) => {
  const { clock, net, server, a, b } = await network();
  net.lossy('a', chance);
  for (let n = 0; n < 1000; n++) {
    for (const { dialer } of [a, b]) {
      dialer.send([bytes(`${n}`)]);
      server.listener.send(dialer.id, [bytes(`${n}`)]);
    }
    clock.advanceSync(2);
  }
  expect([a.changes, b.changes]).toEqual([['up', 'lost'], ['up']]);
  const got =
    direction === 'toDialer'
      ? a.messages.map(([text]) => text)
      : server.messages.filter(({ peer }) => peer === a.dialer.id).map(({ texts: [text] }) => text);
  expect(got.length).toBeLessThan(1000);
  expect(got).toEqual(Array.from(got, (_, n) => `${n}`));
  expect(b.messages.length).toBe(1000);
});

test('a seed gives the same run again', async () => {
  const run = async (seed: number): Promise<string> => {
    const { clock, net, server, a, b } = await network(seed);
    net.lossy('b', { toListener: 0.05 });
    for (let n = 0; n < 200; n++) {
      for (const { dialer } of [a, b]) dialer.send([bytes(`${n}`)]);
      clock.advanceSync(1);
    }
    return JSON.stringify([a.dialer.id, b.dialer.id, a.changes, b.changes, server.messages]);
  };
  expect(await run(3)).toBe(await run(3));
  expect(await run(3)).not.toBe(await run(4));
});
