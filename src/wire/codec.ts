/**
 * Messages as bytes: one byte that names the codec, then JSON. JSON is as quick as msgpack on this Node and can be
 * read in a capture; the byte leaves room for another codec beside it.
 */
import { causeOf, TenderError } from '../core/errors.ts';
import type { Frames } from './transport.ts';

const JSON_CODEC = 1;

/** @param bytes raw bytes that belong to the message (log output, exec input): a second frame, not encoded */
export function encode(message: object, bytes?: Uint8Array): Frames {
  const text = JSON.stringify(message);
  const frame = Buffer.allocUnsafe(1 + Buffer.byteLength(text));
  frame[0] = JSON_CODEC;
  frame.write(text, 1);
  return bytes ? [frame, bytes] : [frame];
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
