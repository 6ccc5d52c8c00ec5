/**
 * CURVE keys without ZeroMQ: X25519 pairs from node:crypto, written in Z85 as libzmq wants them. A process proves its
 * key to the other side by an HMAC under the secret that both keys agree on, because zeromq.js does not say which key
 * a message came under. Invariant: key text never reaches libzmq, or a socket option, before `isKey` has accepted it.
 */
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto';
import { TenderError } from '../core/errors.ts';
import type { KeyPair, PeerId } from './transport.ts';

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';
const DIGITS = new Map([...ALPHABET].map((char, digit) => [char, digit]));
const KEY_BYTES = 32;
const KEY_TEXT = 40;
/** What stands before the 32 bytes of an X25519 secret in PKCS #8 (RFC 8410). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** @param bytes a whole number of groups of four */
export function z85encode(bytes: Uint8Array): string {
  if (bytes.length % 4 !== 0) throw new TenderError('wire.key');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let text = '';
  for (let at = 0; at < bytes.length; at += 4) {
    let value = view.getUint32(at);
    let group = '';
    for (let digit = 0; digit < 5; digit++) {
      group = (ALPHABET[value % 85] ?? '') + group;
      value = Math.floor(value / 85);
    }
    text += group;
  }
  return text;
}

/** @throws TenderError `wire.key` where the text is no Z85 */
export function z85decode(text: string): Buffer {
  if (text.length % 5 !== 0) throw new TenderError('wire.key');
  const bytes = Buffer.alloc((text.length / 5) * 4);
  for (let at = 0, to = 0; at < text.length; at += 5, to += 4) {
    let value = 0;
    for (let digit = 0; digit < 5; digit++)
      value = value * 85 + (DIGITS.get(text[at + digit] ?? '') ?? Number.NaN);
    // Not only a foreign character: five digits can also say more than 32 bits hold.
    if (!(value <= 0xffff_ffff)) throw new TenderError('wire.key');
    bytes.writeUInt32BE(value, to);
  }
  return bytes;
}

/** Whether this is the text of a CURVE key; says nothing about whose. */
export function isKey(text: unknown): text is string {
  if (typeof text !== 'string' || text.length !== KEY_TEXT) return false;
  try {
    return z85decode(text).length === KEY_BYTES;
  } catch {
    return false;
  }
}

export function newKeyPair(): KeyPair {
  const { x, d } = generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' });
  if (x === undefined || d === undefined) throw new TenderError('wire.key');
  const text = (part: string): string => z85encode(Buffer.from(part, 'base64url'));
  return { publicKey: text(x), secretKey: text(d) };
}

/** Whether the secret key is that of the public one. */
export function isPair({ publicKey, secretKey }: KeyPair): boolean {
  if (!isKey(publicKey) || !isKey(secretKey)) return false;
  const der = Buffer.concat([PKCS8_HEAD, z85decode(secretKey)]);
  const { x } = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })).export({
    format: 'jwk',
  });
  return x === jwk(publicKey);
}

const jwk = (key: string): string => {
  if (!isKey(key)) throw new TenderError('wire.key');
  return z85decode(key).toString('base64url');
};

/** Of a key pair: its secret as node:crypto takes it, which takes longer to make than a proof does. */
interface Ready {
  readonly secret: KeyObject;
  /** What was agreed on last, and with whom: a member speaks to one master, and may come back often. */
  agreed?: { readonly theirs: string; readonly on: Buffer };
}
const ready = new WeakMap<KeyPair, Ready>();

const CURVE = { kty: 'OKP', crv: 'X25519' };

function readyOf(mine: KeyPair): Ready {
  const known = ready.get(mine);
  if (known) return known;
  const secret = { ...CURVE, x: jwk(mine.publicKey), d: jwk(mine.secretKey) };
  const made: Ready = { secret: createPrivateKey({ key: secret, format: 'jwk' }) };
  ready.set(mine, made);
  return made;
}

/** @throws TenderError `wire.key`: no key, or one of the few points under which every secret agrees on zero */
function agree(mine: KeyPair, theirs: string): Buffer {
  const x = jwk(theirs);
  try {
    const own = readyOf(mine);
    if (own.agreed?.theirs === theirs) return own.agreed.on;
    const publicKey = createPublicKey({ key: { ...CURVE, x }, format: 'jwk' });
    const on = diffieHellman({ privateKey: own.secret, publicKey });
    own.agreed = { theirs, on };
    return on;
  } catch {
    throw new TenderError('wire.key');
  }
}

/**
 * Shows whoever holds the secret of `theirPublicKey` that we hold ours, for this connection and this challenge only.
 * Both sides compute the same text: the side that checks must never send one for a challenge it did not choose.
 * @returns hex HMAC-SHA256
 * @throws TenderError `wire.key`
 */
export function proof(mine: KeyPair, theirPublicKey: string, routingId: PeerId, challenge: string): string {
  // JSON, so that no two pairs of routing id and challenge read the same.
  const said = JSON.stringify(['tender proof 1', routingId, challenge]);
  return createHmac('sha256', agree(mine, theirPublicKey)).update(said).digest('hex');
}

/** Never throws: a bad key proves nothing. Takes as long for a near miss as for a far one. */
export function verifyProof(
  mine: KeyPair,
  theirPublicKey: string,
  routingId: PeerId,
  challenge: string,
  shown: string,
): boolean {
  try {
    const expected = Buffer.from(proof(mine, theirPublicKey, routingId, challenge));
    const given = Buffer.from(shown);
    return given.length === expected.length && timingSafeEqual(given, expected);
  } catch {
    return false;
  }
}
