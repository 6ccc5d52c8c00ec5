/** A container's own streams, live: what it writes from now on, and its input where its job keeps that open. */
import type { Duplex } from 'node:stream';
import { TenderError } from '../../core/errors.ts';
import type { DockerRun } from '../../core/task.ts';
import type { AttachOptions, Chunk, Pipe } from '../executor.ts';
import { pipeOf } from '../pipe.ts';
import { type Engine, engineCause } from './engine.ts';
import { demux, undivided } from './frames.ts';

/** @throws TenderError `docker.failed` */
export async function containerAttach(
  engine: Engine,
  id: string,
  { container: { stdin = false, tty = false } = {} }: DockerRun,
  { columns, rows }: AttachOptions,
): Promise<Pipe> {
  const container = engine.getContainer(id);
  let socket: Duplex;
  try {
    const wanted = { stream: true, stdout: true, stderr: true, stdin, hijack: true };
    socket = (await container.attach(wanted)) as Duplex;
  } catch (error) {
    throw new TenderError('docker.failed', { cause: engineCause(error) });
  }
  socket.on('error', () => {});
  // A size that comes as the container ends is of no use to anybody.
  const resize = (w: number, h: number): void => void container.resize({ w, h }).catch(() => {});
  if (tty && columns !== undefined && rows !== undefined) resize(columns, rows);
  let code: number | undefined;
  async function* output(): AsyncGenerator<Chunk, void, undefined> {
    yield { stream: 'stdout', bytes: new Uint8Array(), attached: { tty, stdin } };
    yield* tty ? undivided(socket) : demux(socket);
    const { State } = await container.inspect();
    if (!State.Running) code = State.ExitCode;
  }
  return pipeOf({
    output: output(),
    stop: () => socket.destroy(),
    write: (bytes) =>
      new Promise((resolve) => {
        if (!stdin || !socket.writable) resolve();
        else socket.write(bytes, () => resolve());
      }),
    ...(tty ? { resize } : {}),
    exitCode: () => code,
  });
}
