/**
 * All the randomness of a simulation. Each part draws from a stream of its own, made of the seed and the part's name: what
 * one does then changes nothing in the luck of the others, and a plan of faults stays the same plan with some of them
 * taken out.
 */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { Random } from '../../src/core/clock.ts';
import { z85encode } from '../../src/wire/keys.ts';
import type { KeyPair } from '../../src/wire/transport.ts';

export interface Chance {
  /** 0 ≤ x < 1 */
  readonly next: Random;
  /** A whole number, `from` ≤ n < `to`. */
  between(from: number, to: number): number;
  pick<T>(list: readonly T[]): T;
  /** True with this probability. */
  happens(probability: number): boolean;
  hex(bytes: number): string;
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

export function chanceOf(seed: number, part: string): Chance {
  let state = hashOf(`${seed} ${part}`);
  // mulberry32
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (from: number, to: number): number => from + Math.floor(next() * (to - from));
  const byte = (): string => between(0, 256).toString(16).padStart(2, '0');
  return {
    next,
    between,
    pick: (list) => list[between(0, list.length)]!,
    happens: (probability) => next() < probability,
    hex: (bytes) => Array.from({ length: bytes }, byte).join(''),
  };
}

/** X25519 in PKCS #8, without its 32 bytes. */
const KEY_HEAD = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** A real key pair that repeats with the seed: agents get the same ids, and so the same order, in each run. */
export function keysOf(chance: Chance): KeyPair {
  const secret = Buffer.from(Array.from({ length: 32 }, () => chance.between(0, 256)));
  const key = createPrivateKey({ key: Buffer.concat([KEY_HEAD, secret]), format: 'der', type: 'pkcs8' });
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  return { publicKey: z85encode(Buffer.from(x!, 'base64url')), secretKey: z85encode(secret) };
}
