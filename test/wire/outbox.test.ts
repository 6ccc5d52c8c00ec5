/** What is said in the same moment goes as one message, in order; whoever cannot read that hears each by itself. */
import { describe, expect, it } from 'vitest';
import { decode, encode, pack, unpack } from '../../src/wire/codec.ts';
import { Outbox } from '../../src/wire/outbox.ts';
import type { Frames } from '../../src/wire/transport.ts';

function stage() {
  const sent: Frames[] = [];
  const outbox = new Outbox((frames) => {
    sent.push(frames);
    return true;
  });
  const heard = (): string[] => sent.flatMap(unpack).map((frames) => decode(frames).message.t);
  const say = (t: string, bytes?: Uint8Array, alone = false): boolean =>
    outbox.add(encode({ t }, bytes), alone);
  return { outbox, sent, heard, say };
}

describe('what is said to one peer', () => {
  it('in the same moment is one message, and what is said later another', async () => {
    const { sent, heard, say } = stage();
    for (const t of ['a', 'b', 'c']) say(t);
    await Promise.resolve();
    expect(sent).toHaveLength(1);
    say('d');
    await Promise.resolve();
    expect(sent).toHaveLength(2);
    expect(heard()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('keeps its order where bytes belong to some of it, and where it would be too much for one', async () => {
    const { sent, heard, say } = stage();
    say('a');
    say('b', Buffer.from('raw'));
    say('c');
    say('d'.repeat(100_000));
    for (let n = 0; n < 5; n++) say('e'.repeat(30_000));
    await Promise.resolve();
    expect(heard().map((t) => t[0])).toEqual(['a', 'b', 'c', 'd', 'e', 'e', 'e', 'e', 'e']);
    expect(sent.length).toBeLessThan(heard().length);
  });

  it('is said one by one to a peer that knows of no packs', () => {
    const { sent, heard, say } = stage();
    for (const t of ['a', 'b']) say(t, undefined, true);
    expect(sent.map((frames) => decode(frames).message.t)).toEqual(heard());
    expect(sent).toHaveLength(2);
  });

  it('comes as a pack that is whole, or is refused', () => {
    const whole = pack([encode({ t: 'a' })[0]!, encode({ t: 'b' })[0]!]);
    for (const end of [2, 4, 8, whole.length - 1])
      expect(() => unpack([whole.subarray(0, end)]), String(end)).toThrow('a pack that ends too soon');
    // No pack in a pack.
    const [inner] = unpack([pack([whole])]);
    expect(() => decode(inner!)).toThrow('codec 2');
  });
});
