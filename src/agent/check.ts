/** One look at a running task: a connection, a page, or a command in it. The answer is what is wrong, in words. */
import { connect } from 'node:net';
import type { Clock } from '../core/clock.ts';
import type { HealthCheck, TaskSpec } from '../core/task.ts';

// Not fetch, which loads undici: 14 MB for the sake of a status code. And no `import`, which loads it just so.
const { get } = process.getBuiltinModule('node:http');

/** Runs a command in the task; resolves to its exit code. */
export type RunInTask = (spec: TaskSpec, argv: readonly string[], timeoutMs: number) => Promise<number>;

/** @returns what is wrong, or undefined */
export async function problemOf(
  spec: TaskSpec,
  { check, timeout }: HealthCheck,
  { clock, run }: { readonly clock: Clock; readonly run: RunInTask },
): Promise<string | undefined> {
  if (check.kind === 'command') {
    const code = await inTime(clock, run(spec, check.argv, timeout), timeout);
    if (code === undefined) return `the check command did not end within ${timeout} ms`;
    return code === 0 ? undefined : `the check command exited with ${code}`;
  }
  const port = spec.ports.find(({ name }) => name === check.port)?.host;
  if (port === undefined) return `no port is called "${check.port}"`;
  return check.kind === 'tcp' ? checkTcp(port, timeout) : checkHttp(port, check.path, timeout);
}

/** Undefined where the time is over first: a check that hangs must not end the checking. */
function inTime<T>(clock: Clock, work: Promise<T>, ms: number): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(ms, () => resolve(undefined));
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}

function checkTcp(port: number, timeout: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout });
    const done = (problem: string | undefined): void => {
      socket.destroy();
      resolve(problem);
    };
    socket.on('connect', () => done(undefined));
    socket.on('timeout', () => done(`port ${port} did not answer within ${timeout} ms`));
    socket.on('error', (error) => done(error.message));
  });
}

function checkHttp(port: number, path: string, timeout: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(timeout);
    const request = get(new URL(`http://127.0.0.1:${port}${path}`), { agent: false, signal }, (response) => {
      const { statusCode = 0 } = response;
      response.destroy();
      resolve(statusCode >= 200 && statusCode < 400 ? undefined : `HTTP ${statusCode} from ${path}`);
    });
    request.on('error', (error) =>
      resolve(
        signal.aborted
          ? `no answer from ${path} within ${timeout} ms`
          : `no answer from ${path}: ${String(error)}`,
      ),
    );
  });
}
