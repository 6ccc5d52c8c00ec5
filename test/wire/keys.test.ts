/** Keys made without ZeroMQ work with its CURVE; a proof holds for one key, one connection, one challenge. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import * as zmq from 'zeromq';
import { isKey, newKeyPair, proof, verifyProof, z85decode, z85encode } from '../../src/wire/keys.ts';

test('Z85 agrees with the example of its specification', () => {
  const bytes = Uint8Array.of(0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b);
  expect(z85encode(bytes)).toBe('HelloWorld');
  expect(new Uint8Array(z85decode('HelloWorld'))).toEqual(bytes);
});

test('any 32 bytes survive Z85', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const text = z85encode(bytes);
      expect(isKey(text)).toBe(true);
      expect(new Uint8Array(z85decode(text))).toEqual(bytes);
    }),
  );
});

test.each([
  ['too short', 'a'.repeat(39)],
  ['too long', 'a'.repeat(45)],
  ['a character that is none of Z85', `${'a'.repeat(39)}"`],
  ['a group that says more than 32 bits', `${'a'.repeat(35)}#####`],
  ['beyond ASCII', 'ä'.repeat(40)],
  ['nothing', ''],
  ['no text', 40],
  ['undefined', undefined],
])('%s is no key', (_, text) => {
  expect(isKey(text)).toBe(false);
});

test('our keys and those of ZeroMQ agree on the same secret', () => {
  for (let round = 0; round < 20; round++) {
    const ours = newKeyPair();
    const theirs = zmq.curveKeyPair();
    expect(isKey(ours.publicKey) && isKey(ours.secretKey) && isKey(theirs.publicKey)).toBe(true);
    expect(proof(ours, theirs.publicKey, 'id', 'c')).toBe(proof(theirs, ours.publicKey, 'id', 'c'));
  }
});

test.each([
  ['ours', newKeyPair(), newKeyPair()],
  ['ours with that of ZeroMQ', newKeyPair(), zmq.curveKeyPair()],
  ['that of ZeroMQ with ours', zmq.curveKeyPair(), newKeyPair()],
])('a CURVE connection stands on two key pairs: %s', async (_, server, client) => {
  const router = new zmq.Router();
  const dealer = new zmq.Dealer();
  try {
    Object.assign(router, { linger: 0, curveServer: true, curveSecretKey: server.secretKey });
    Object.assign(dealer, {
      linger: 0,
      curveServerKey: server.publicKey,
      curvePublicKey: client.publicKey,
      curveSecretKey: client.secretKey,
      receiveTimeout: 5000,
    });
    router.receiveTimeout = 5000;
    await router.bind('tcp://127.0.0.1:*');
    dealer.connect(router.lastEndpoint ?? '');
    await dealer.send('ping');
    const [id, text] = await router.receive();
    expect(String(text)).toBe('ping');
    await router.send([id ?? '', 'pong']);
    expect(String((await dealer.receive())[0])).toBe('pong');
  } finally {
    router.close();
    dealer.close();
  }
});

test('a proof holds for its key, connection and challenge only', () => {
  const [agent, master, thief] = [newKeyPair(), newKeyPair(), newKeyPair()];
  const shown = proof(agent, master.publicKey, 'id1', 'challenge');
  expect(shown).toMatch(/^[0-9a-f]{64}$/);
  const holds = (key: string, id: string, challenge: string, text: string): boolean =>
    verifyProof(master, key, id, challenge, text);
  expect(holds(agent.publicKey, 'id1', 'challenge', shown)).toBe(true);
  expect(holds(thief.publicKey, 'id1', 'challenge', shown)).toBe(false);
  expect(holds(agent.publicKey, 'id2', 'challenge', shown)).toBe(false);
  expect(holds(agent.publicKey, 'id1', 'challenges', shown)).toBe(false);
  expect(holds(agent.publicKey, 'id1c', 'hallenge', shown)).toBe(false);
  expect(holds(agent.publicKey, 'id1', 'challenge', shown.slice(1))).toBe(false);
  expect(holds(agent.publicKey, 'id1', 'challenge', '')).toBe(false);
  expect(holds(agent.publicKey, 'id1', 'challenge', proof(thief, master.publicKey, 'id1', 'challenge'))).toBe(
    false,
  );
});

test('a key that proves itself to two others in turn does so to both', () => {
  const [agent, one, two] = [newKeyPair(), newKeyPair(), newKeyPair()];
  for (const master of [one, two, one]) {
    const shown = proof(agent, master.publicKey, 'id', 'c');
    expect(verifyProof(master, agent.publicKey, 'id', 'c', shown)).toBe(true);
  }
  expect(verifyProof(two, agent.publicKey, 'id', 'c', proof(agent, one.publicKey, 'id', 'c'))).toBe(false);
});

test('a bad key throws by code where it is ours, and proves nothing where it is theirs', () => {
  const mine = newKeyPair();
  const zero = z85encode(new Uint8Array(32)); // agrees on zero with every key: anybody could compute the proof
  for (const bad of ['', 'x', zero]) {
    expect(() => proof(mine, bad, 'id', 'c')).toThrow(expect.objectContaining({ code: 'wire.key' }));
    expect(verifyProof(mine, bad, 'id', 'c', 'f'.repeat(64))).toBe(false);
  }
});
