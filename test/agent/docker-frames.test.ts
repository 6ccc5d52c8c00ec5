import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stamped } from '../../src/agent/docker/frames.ts';

const STAMPS = [
  '2026-11-23T05:49:48.985963745Z',
  '2026-11-23T05:49:48.986000000Z',
  '2026-11-23T05:49:52.000000001Z',
];

function frame(stream: 1 | 2, stamp: string, text: string): Buffer {
  const payload = Buffer.from(`${stamp} ${text}`);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test("the engine's lines come with their times, however the transport cuts them", async () => {
  const bytes = Buffer.concat([
    frame(1, STAMPS[0]!, 'a\n'),
    frame(1, STAMPS[1]!, 'b\n'),
    frame(2, STAMPS[1]!, 'an error: ü\n'),
    frame(1, STAMPS[2]!, 'later\n'),
  ]);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: bytes.length }), async (size) => {
      const lines: string[] = [];
      for await (const { stream, at, bytes: text } of stamped(cut(bytes, size)))
        for (const line of Buffer.from(text).toString().trimEnd().split('\n'))
          lines.push(`${stream} ${new Date(at!).toISOString().slice(17, 19)} ${line}`);
      expect(lines).toEqual(['stdout 48 a', 'stdout 48 b', 'stderr 48 an error: ü', 'stdout 52 later']);
    }),
  );
});

test('lines that come together are one chunk: fifty thousand a second are no fifty thousand messages', async () => {
  const many = Buffer.concat(Array.from({ length: 500 }, (_, i) => frame(1, STAMPS[0]!, `${i}\n`)));
  let chunks = 0;
  for await (const _ of stamped(cut(many, 64 * 1024))) chunks += 1;
  expect(chunks).toBe(1);
});
