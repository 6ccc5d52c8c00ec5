/**
 * Messages as bytes: one byte that names the codec, then JSON. JSON is as quick as msgpack on this Node and can be
 * read in a capture; the byte leaves room for another codec beside it, and tells a pack of several messages.
 */
import { causeOf, TenderError } from '../core/errors.ts';
import type { Frames } from './transport.ts';

const JSON_CODEC = 1;
/** Each of its messages comes after the number of its bytes, in four. */
const PACK = 2;
const LENGTH = 4;

/** @param bytes raw bytes that belong to the message (log output, exec input): a second frame, not encoded */
export function encode(message: object, bytes?: Uint8Array): Frames {
  const text = JSON.stringify(message);
  const frame = Buffer.allocUnsafe(1 + Buffer.byteLength(text));
  frame[0] = JSON_CODEC;
  frame.write(text, 1);
  return bytes ? [frame, bytes] : [frame];
}

/** Several messages as one, each of one frame. */
export function pack(messages: readonly Uint8Array[]): Uint8Array {
  const frame = Buffer.allocUnsafe(messages.reduce((sum, { length }) => sum + LENGTH + length, 1));
  frame[0] = PACK;
  let at = 1;
  for (const message of messages) {
    at = frame.writeUInt32LE(message.length, at);
    frame.set(message, at);
    at += message.length;
  }
  return frame;
}

/** The messages of a pack, or the one that it is. @throws TenderError `protocol.message` */
export function unpack(frames: Frames): Frames[] {
  const [frame] = frames;
  if (frames.length !== 1 || frame?.[0] !== PACK) return [frames];
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.length);
  const messages: Frames[] = [];
  for (let at = 1; at < bytes.length; ) {
    const start = at + LENGTH;
    const end = start <= bytes.length ? start + bytes.readUInt32LE(at) : Number.POSITIVE_INFINITY;
    if (end > bytes.length) throw new TenderError('protocol.message', { cause: 'a pack that ends too soon' });
    messages.push([bytes.subarray(start, end)]);
    at = end;
  }
  return messages;
}

/** @throws TenderError `protocol.message`; what comes out is some object with a `t`, still to be checked */
export function decode(frames: Frames): { message: { t: string }; bytes: Uint8Array | undefined } {
  const [frame, bytes] = frames;
  if (!frame || frames.length > 2)
    throw new TenderError('protocol.message', { cause: `${frames.length} frames` });
  if (frame[0] !== JSON_CODEC)
    throw new TenderError('protocol.message', { cause: `codec ${frame[0] ?? 'missing'}` });
  let value: unknown;
  try {
    value = JSON.parse(
      Buffer.from(frame.buffer, frame.byteOffset + 1, frame.byteLength - 1).toString('utf8'),
    );
  } catch (error) {
    throw new TenderError('protocol.message', { cause: causeOf(error) });
  }
  if (typeof value !== 'object' || value === null || typeof (value as { t?: unknown }).t !== 'string')
    throw new TenderError('protocol.message', { cause: 'no message type' });
  return { message: value as { t: string }, bytes };
}
