/** Byte streams through the master: paced by their readers, ended by either side, and never a burden on others. */
import { describe, expect, it } from 'vitest';
import service from '../../plugins/service/index.ts';
import type { Chunk, Pipe } from '../../src/agent/executor.ts';
import type { TaskStream } from '../../src/client/client.ts';
import { logs, submit } from '../../src/client/commands.ts';
import { resourcesOf } from '../../src/core/resources.ts';
import type { FrameworkId, TaskSpec } from '../../src/core/task.ts';
import type { Register } from '../../src/wire/messages/agent.ts';
import { STREAM_WINDOW } from '../../src/wire/protocol.ts';
import { memoryCluster } from '../support/memory-cluster.ts';
import { memoryMember } from '../support/memory-member.ts';
import { task } from '../support/puppet.ts';

const CHUNK = new Uint8Array(100_000).fill(46);

/** A pipe that gives as many chunks as anybody takes, or so many. */
function flood(chunks = Number.POSITIVE_INFINITY) {
  const taken = { bytes: 0, closed: false };
  async function* output(): AsyncGenerator<Chunk> {
    for (let i = 0; i < chunks && !taken.closed; i++) {
      taken.bytes += CHUNK.length;
      yield { stream: 'stdout', bytes: CHUNK };
    }
  }
  const pipe: Pipe = {
    output: output(),
    write: async () => {},
    end() {},
    resize() {},
    close() {
      taken.closed = true;
    },
    exitCode: () => undefined,
  };
  return { pipe, taken };
}

/** What an agent says that runs these. */
const registration = (specs: readonly TaskSpec[]): Register => ({
  t: 'register',
  host: { hostname: 'n', os: '', kernel: '', arch: '', cpuModel: '', cpus: 1, mem: 1, disk: 1, address: '' },
  executors: [],
  attributes: {},
  total: resourcesOf({ cpus: 4000 }),
  tasks: specs.map((spec) => ({
    spec,
    framework: 'f' as FrameworkId,
    role: 'f',
    status: { task: spec.id, state: 'RUNNING', reason: 'started', message: '', at: 0 },
    launchedAt: 0,
  })),
});

async function stage(source: Pipe) {
  const cluster = await memoryCluster();
  const { world } = await cluster.startAgent('n1');
  world.logs = () => source;
  cluster.startHost(service);
  const client = cluster.startClient();
  await cluster.clock.advance(1_000);
  await cluster.answer(submit(client, { name: 'web', command: ['x'] }));
  await cluster.clock.advance(1_000);
  return { cluster, client, stream: logs(client, 'web.0', { follow: true }) };
}

/** Reads until the end, with the clock running. */
async function readAll(
  stream: TaskStream,
  advance: (ms: number) => Promise<void>,
): Promise<{ bytes: number; error: unknown }> {
  const read = { bytes: 0, error: undefined as unknown, done: false };
  const reading = (async () => {
    try {
      for await (const { bytes } of stream.output) read.bytes += bytes.length;
    } catch (error) {
      read.error = error;
    }
    read.done = true;
  })();
  while (!read.done) await advance(10);
  await reading;
  return read;
}

describe('a stream', () => {
  it('brings every byte, in order, to its end', async () => {
    const { pipe } = flood(50);
    const { cluster, stream } = await stage(pipe);
    const { bytes, error } = await readAll(stream, (ms) => cluster.clock.advance(ms));
    expect(error).toBeUndefined();
    expect(bytes).toBe(50 * CHUNK.length);
  });

  it('takes no more from the task than its reader reads, plus one window', async () => {
    const { pipe, taken } = flood();
    const { cluster, stream, client } = await stage(pipe);
    await cluster.clock.advance(10_000);
    expect(taken.bytes).toBeLessThanOrEqual(STREAM_WINDOW + 2 * CHUNK.length);
    const reader = stream.output[Symbol.asyncIterator]();
    for (let i = 0; i < 5; i++) {
      const next = reader.next();
      await cluster.clock.advance(10);
      await next;
    }
    await cluster.clock.advance(1_000);
    expect(taken.bytes).toBeLessThanOrEqual(STREAM_WINDOW + 8 * CHUNK.length);
    expect(client.status.phase).toBe('live');
    stream.close();
    await cluster.clock.advance(100);
    expect(taken.closed).toBe(true);
  });

  it('ends at the task when its reader is gone', async () => {
    const { pipe, taken } = flood();
    const { cluster } = await stage(pipe);
    await cluster.clock.advance(1_000);
    cluster.network.cut('client');
    await cluster.clock.advance(15_000);
    expect(taken.closed).toBe(true);
  });

  it('ends with an error at its reader when the agent is gone, or there is nothing to read', async () => {
    const { pipe } = flood(1);
    const { cluster, stream, client } = await stage(pipe);
    cluster.network.cut('n1');
    const cut = await readAll(stream, (ms) => cluster.clock.advance(ms));
    expect(cut.error).toMatchObject({ code: 'stream.ended' });
    const nothing = client.stream('never' as never, { kind: 'logs', follow: false });
    const refused = await readAll(nothing, (ms) => cluster.clock.advance(ms));
    expect(refused.error).toMatchObject({ code: 'task.unknown' });
  });

  it.each([
    ['agent', 'client'],
    ['client', 'agent'],
  ] as const)('is ended when its %s sends more than its %s asked for; both go on with the rest', async (from, to) => {
    const cluster = await memoryCluster();
    const agent = await memoryMember(cluster, 'n1', 'agent');
    agent.say(registration([task('t')]));
    const client = await memoryMember(cluster, 'me-too', 'client');
    const what = { kind: 'exec', argv: ['sh'], tty: false };
    for (const stream of ['loud', 'quiet']) client.say({ t: 'stream.open', stream, task: 't', what });
    await cluster.clock.advance(100);
    const [loud, quiet] = agent.heard('stream.open').map(({ stream }) => stream);
    const ends = { agent: { ...agent, loud, quiet }, client: { ...client, loud: 'loud', quiet: 'quiet' } };
    const [flooder, victim] = [ends[from], ends[to]];
    const channel = from === 'agent' ? 'stdout' : 'stdin';
    for (let i = 0; i < 20; i++)
      flooder.session.send({ t: 'stream.data', stream: flooder.loud!, channel }, new Uint8Array(65_536));
    flooder.session.send({ t: 'stream.data', stream: flooder.quiet!, channel }, new Uint8Array(10));
    await cluster.clock.advance(100);
    const got = (stream: string): number =>
      victim.heard('stream.data').filter((message) => message.stream === stream).length;
    expect([got(victim.loud!), got(victim.quiet!)]).toEqual([5, 1]);
    for (const end of [flooder, victim])
      expect(end.heard('stream.end')).toMatchObject([{ stream: end.loud, error: { code: 'stream.ended' } }]);
    expect([...agent.problems, ...client.problems]).toEqual([]);
  });

  it('beyond the 64th of one client is refused', async () => {
    const { pipe } = flood();
    const { cluster, client } = await stage(pipe);
    const streams = Array.from({ length: 64 }, () => logs(client, 'web.0', { follow: true }));
    const last = await readAll(streams.at(-1)!, (ms) => cluster.clock.advance(ms));
    expect(last.error).toMatchObject({ code: 'stream.too_many' });
  });
});
