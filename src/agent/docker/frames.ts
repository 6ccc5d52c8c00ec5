/**
 * The engine's multiplexed streams: frames of an 8-byte header (stream, 0, 0, 0, length big-endian) and payload, cut
 * anywhere by the transport. Payload is passed on as it comes; nothing but a header is ever held back.
 */
import type { Chunk } from '../executor.ts';

const HEADER = 8;

export async function* demux(source: AsyncIterable<Uint8Array>): AsyncGenerator<Chunk, void, undefined> {
  const header = Buffer.alloc(HEADER);
  let held = 0;
  let left = 0;
  for await (const piece of source) {
    let at = 0;
    while (at < piece.length) {
      if (left === 0) {
        const taken = Math.min(HEADER - held, piece.length - at);
        header.set(piece.subarray(at, at + taken), held);
        held += taken;
        at += taken;
        if (held < HEADER) continue;
        held = 0;
        left = header.readUInt32BE(4);
        continue;
      }
      const bytes = piece.subarray(at, at + left);
      at += bytes.length;
      left -= bytes.length;
      yield { stream: header[0] === 2 ? 'stderr' : 'stdout', bytes };
    }
  }
}

/** A terminal's output: one stream, no frames. */
export async function* undivided(source: AsyncIterable<Uint8Array>): AsyncGenerator<Chunk, void, undefined> {
  for await (const bytes of source) yield { stream: 'stdout', bytes };
}
