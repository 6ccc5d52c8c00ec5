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

/** The log of a program with a terminal: no frames, a stamp before each line. */
export async function* stampedLines(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Chunk, void, undefined> {
  let held = Buffer.alloc(0);
  for await (const piece of source) {
    held = Buffer.concat([held, piece]);
    for (let end = held.indexOf(10); end >= 0; end = held.indexOf(10)) {
      yield lineOf(held.subarray(0, end + 1));
      held = held.subarray(end + 1);
    }
  }
  if (held.length > STAMP) yield lineOf(held);
}

const lineOf = (line: Buffer): Chunk => ({
  stream: 'stdout',
  at: Date.parse(line.toString('latin1', 0, STAMP - 1)),
  bytes: line.subarray(STAMP),
});

/** A terminal's output: one stream, no frames. */
export async function* undivided(source: AsyncIterable<Uint8Array>): AsyncGenerator<Chunk, void, undefined> {
  for await (const bytes of source) yield { stream: 'stdout', bytes };
}

/** `2026-11-23T05:49:48.985963745Z `: what the engine puts before each line, always as long as this. */
const STAMP = 31;
/** Lines of one stream that follow each other as closely as this are one chunk (ms). */
const TOGETHER = 10;
const MOST_TOGETHER = 64 * 1024;

/** The engine's log with its times: a frame is a line (or a part of a very long one) after a stamp. */
export async function* stamped(source: AsyncIterable<Uint8Array>): AsyncGenerator<Chunk, void, undefined> {
  let held = Buffer.alloc(0);
  for await (const piece of source) {
    const bytes = held.length > 0 ? Buffer.concat([held, piece]) : Buffer.from(piece);
    let at = 0;
    let open: { stream: Chunk['stream']; at: number; parts: Uint8Array[]; size: number } | undefined;
    while (bytes.length - at >= HEADER) {
      const end = at + HEADER + bytes.readUInt32BE(at + 4);
      if (end > bytes.length) break;
      const stream = bytes[at] === 2 ? 'stderr' : 'stdout';
      const text = bytes.subarray(at + HEADER + STAMP, end);
      const when = Date.parse(bytes.toString('latin1', at + HEADER, at + HEADER + STAMP - 1));
      if (open && (open.stream !== stream || when - open.at > TOGETHER || open.size > MOST_TOGETHER)) {
        yield { stream: open.stream, at: open.at, bytes: Buffer.concat(open.parts) };
        open = undefined;
      }
      open ??= { stream, at: when, parts: [], size: 0 };
      open.parts.push(text);
      open.size += text.length;
      at = end;
    }
    if (open) yield { stream: open.stream, at: open.at, bytes: Buffer.concat(open.parts) };
    held = bytes.subarray(at);
  }
}
