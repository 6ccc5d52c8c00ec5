/**
 * A command inside a running container. The engine leaves a command running when its connection goes, so closing the
 * pipe also kills it: a health check that timed out must not pile up in the container.
 */
import { readFile } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import type { Exec } from 'dockerode';
import type { Clock } from '../../core/clock.ts';
import { TenderError } from '../../core/errors.ts';
import type { Chunk, ExecOptions, Pipe } from '../executor.ts';
import { pipeOf } from '../pipe.ts';
import { type Engine, engineCause } from './engine.ts';
import { demux, undivided } from './frames.ts';

/** The stream may end a moment before the engine knows the exit code. */
const TRIES = 50;
const TRY_WAIT = 20;

/** @throws TenderError `docker.failed` */
export async function containerExec(
  engine: Engine,
  id: string,
  options: ExecOptions,
  clock: Clock,
): Promise<Pipe> {
  const { argv, tty, columns, rows } = options;
  let exec: Exec;
  let socket: Duplex;
  try {
    exec = await engine.getContainer(id).exec({
      Cmd: [...argv],
      Tty: tty,
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      ...(tty ? { Env: ['TERM=xterm-256color'] } : {}),
      // Engines before API 1.42 don't know it; for them the size is set below, a moment after the start.
      ...(tty && columns !== undefined && rows !== undefined ? { ConsoleSize: [rows, columns] } : {}),
    });
    socket = await exec.start({ hijack: true, stdin: true, Tty: tty });
  } catch (error) {
    throw new TenderError('docker.failed', { cause: engineCause(error) });
  }
  socket.on('error', () => {});
  const resize = resizer(exec, clock);
  // Input waits for it: a command that was typed ahead would see a terminal without a size.
  const sized =
    tty && columns !== undefined && rows !== undefined ? resize(columns, rows) : Promise.resolve();

  let code: number | undefined;
  async function* output(): AsyncGenerator<Chunk> {
    yield* tty ? undivided(socket) : demux(socket);
    code = await exitCode(exec, clock);
  }
  return pipeOf({
    output: output(),
    stop: () => {
      socket.destroy();
      if (code === undefined) void killExec(exec, id);
    },
    write: async (bytes) => {
      await sized;
      if (socket.writable) await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
    },
    end: () => void sized.then(() => socket.end()),
    ...(tty ? { resize: (w: number, h: number) => void resize(w, h) } : {}),
    exitCode: () => code,
  });
}

/**
 * The engine refuses a size until the command is really running: the newest one is tried again for a while.
 * What it returns resolves when the size is set, or is not to be tried any more.
 */
function resizer(exec: Exec, clock: Clock): (columns: number, rows: number) => Promise<void> {
  let newest = 0;
  return async (columns, rows) => {
    newest += 1;
    const turn = newest;
    for (let tries = 0; tries <= TRIES && turn === newest; tries += 1) {
      const isSet = await exec.resize({ w: columns, h: rows }).then(
        () => true,
        () => false,
      );
      if (isSet) return;
      await new Promise<void>((resolve) => clock.after(TRY_WAIT, resolve));
    }
  };
}

async function exitCode(exec: Exec, clock: Clock): Promise<number | undefined> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const { ExitCode, Running } = await exec.inspect();
    if (!Running && ExitCode !== null) return ExitCode;
    await new Promise<void>((resolve) => clock.after(TRY_WAIT, resolve));
  }
  return undefined;
}

/** The engine tells the pid on this machine; it is killed only if it still is of that container. */
async function killExec(exec: Exec, container: string): Promise<void> {
  try {
    const { Running, Pid, ContainerID } = await exec.inspect();
    if (!Running || Pid <= 1) return;
    const groups = await readFile(`/proc/${Pid}/cgroup`, 'utf8');
    if (groups.includes(ContainerID) || groups.includes(container)) process.kill(Pid, 'SIGKILL');
  } catch {
    // It ended meanwhile, or the engine runs elsewhere.
  }
}
