/** Input for programs: taken as fast as they take it, and never hoarded. */
import { expect, it } from 'vitest';
import type { Chunk, Pipe } from '../../src/agent/executor.ts';
import { TaskStreams } from '../../src/agent/task-streams.ts';
import type { TaskId } from '../../src/core/task.ts';
import { PIECE } from '../../src/wire/credit.ts';
import type { FromAgent } from '../../src/wire/messages/agent.ts';
import { STREAM_WINDOW } from '../../src/wire/protocol.ts';

/** A program that reads nothing until it is told to. */
async function stage() {
  const reads = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  async function* output(): AsyncGenerator<Chunk> {
    await over.promise;
    yield { stream: 'stdout', bytes: new Uint8Array() };
  }
  const pipe: Pipe = {
    output: output(),
    write: () => reads.promise,
    end() {},
    resize() {},
    close: () => over.resolve(),
    exitCode: () => 0,
  };
  const said: FromAgent[] = [];
  const streams = new TaskStreams(
    async () => pipe,
    (message) => said.push(message) > 0,
  );
  const what = { kind: 'exec', argv: ['cat'], tty: false } as const;
  streams.handle({ t: 'stream.open', stream: 's', task: 't' as TaskId, what }, undefined);
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  await settle();
  return {
    said,
    settle,
    read: () => reads.resolve(),
    type: (bytes: number) =>
      streams.handle({ t: 'stream.data', stream: 's', channel: 'stdin' }, new Uint8Array(bytes)),
  };
}

it('a window of input waits for a program that does not read, and is granted anew as it reads', async () => {
  const { said, settle, read, type } = await stage();
  for (let sent = 0; sent < STREAM_WINDOW + PIECE; sent += PIECE) type(PIECE);
  await settle();
  expect(said).toEqual([]);
  read();
  await settle();
  expect(said).toEqual(Array(5).fill({ t: 'stream.credit', stream: 's', bytes: PIECE }));
});

it('more than that ends the stream: whoever sends it keeps to no window', async () => {
  const { said, settle, type } = await stage();
  for (let sent = 0; sent < 4 * STREAM_WINDOW; sent += PIECE) type(PIECE);
  await settle();
  expect(said[0]).toMatchObject({ t: 'stream.end', error: { code: 'stream.ended' } });
});
