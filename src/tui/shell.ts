/**
 * A shell in a task, on this terminal: stdin raw, bytes relayed in this process (a child would have to share stdin with
 * Ink, which loses keys: faces.md 3.4). `ctrl-]` leaves the shell; the terminal is put back whatever happens.
 */
import type { Client } from '../client/client.ts';
import { exec } from '../client/commands.ts';
import type { TaskId } from '../core/task.ts';

export interface Terminal {
  readonly stdin: NodeJS.ReadableStream & { ref?(): void; setRawMode?(on: boolean): void };
  readonly stdout: NodeJS.WritableStream & { readonly columns?: number; readonly rows?: number };
}

/** ctrl-] */
const DETACH = 0x1d;

/** @returns the exit code; undefined when left by ctrl-] */
export async function runShell(
  client: Client,
  task: TaskId,
  name: string,
  { stdin, stdout }: Terminal,
): Promise<number | undefined> {
  const size = { columns: stdout.columns ?? 80, rows: stdout.rows ?? 24 };
  stdout.write(`\x1b[2mshell on ${name}: ctrl-] comes back\x1b[22m\r\n`);
  const stream = exec(client, task, ['sh'], size);
  let detached = false;
  const type = (data: Buffer | string): void => {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    const at = bytes.indexOf(DETACH);
    const own = at < 0 ? bytes : bytes.subarray(0, at);
    if (own.length > 0) stream.write(own).catch(() => undefined);
    if (at < 0) return;
    detached = true;
    stream.close();
  };
  const resize = (): void => stream.resize(stdout.columns ?? 80, stdout.rows ?? 24);
  stdin.ref?.();
  stdin.setRawMode?.(true);
  stdin.on('data', type);
  stdin.resume();
  stdout.on('resize', resize);
  try {
    for await (const { bytes } of stream.output) stdout.write(bytes);
    return stream.exitCode;
  } catch (error) {
    if (detached) return undefined;
    throw error;
  } finally {
    stdin.off('data', type);
    stdout.off('resize', resize);
    stdin.setRawMode?.(false);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
