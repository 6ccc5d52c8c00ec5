/** Health checks against real ports, on a virtual clock. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Health } from '../../src/agent/health.ts';
import type { HealthCheck, TaskId, TaskSpec } from '../../src/core/task.ts';
import { until } from '../support/until.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const TIMES = { interval: 1_000, timeout: 500, grace: 5_000, failures: 3 };

function spec(port: number, check: HealthCheck['check']): TaskSpec {
  return {
    id: 't' as TaskId,
    name: 't',
    job: 'j',
    resources: [],
    run: { kind: 'process', argv: ['x'], artifacts: [] },
    env: {},
    ports: [{ name: 'http', host: port }],
    volumes: [],
    health: { check, ...TIMES },
    killGrace: 0,
    labels: {},
  };
}

/** A server whose answer the test chooses. */
async function server() {
  const answer = { status: 200 };
  const http = createServer((_, response) => {
    response.statusCode = answer.status;
    response.end();
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return { answer, port: (http.address() as AddressInfo).port, close: () => http.close() };
}

function stage(run: () => Promise<number> = async () => 0) {
  const clock = virtualClock();
  const said: string[] = [];
  const health = new Health(clock, run, {
    changed: (_, healthy) => said.push(healthy ? 'healthy' : 'unhealthy'),
    failed: (_, message) => said.push(`failed: ${message}`),
  });
  /** A round's answer comes from the real network: give it time. */
  const rounds = async (n: number, ms: number) => {
    for (let i = 0; i < n; i++) {
      await clock.advance(ms);
      await until(() => clock.pending > 0 || said.some((line) => line.startsWith('failed')));
    }
  };
  return { clock, said, health, rounds };
}

describe('health checks', () => {
  it('report the first success soon, then only changes, and end the task after three failures in a row', async () => {
    const { port, answer, close } = await server();
    const { said, health, rounds } = stage();
    health.watch(spec(port, { kind: 'http', port: 'http', path: '/' }), 0);
    await rounds(1, 250);
    expect(said).toEqual(['healthy']);
    await rounds(3, 1_000);
    answer.status = 500;
    await rounds(2, 1_000);
    expect(said).toEqual(['healthy', 'unhealthy']);
    answer.status = 302;
    await rounds(1, 1_000);
    answer.status = 404;
    await rounds(3, 1_000);
    expect(said).toEqual([
      'healthy',
      'unhealthy',
      'healthy',
      'unhealthy',
      'failed: 3 health checks failed in a row: HTTP 404 from /',
    ]);
    close();
  });

  it('do not count failures before the grace time is over', async () => {
    const { port, close } = await server();
    close();
    const { said, health, rounds } = stage();
    health.watch(spec(port, { kind: 'tcp', port: 'http' }), 0);
    await rounds(19, 250);
    expect(said).toEqual([]);
    await rounds(1, 250);
    expect(said).toEqual(['unhealthy']);
    health.close();
  });

  it('run commands in the task', async () => {
    let code = 0;
    const { said, health, rounds } = stage(async () => code);
    health.watch(spec(1, { kind: 'command', argv: ['check'] }), 0);
    await rounds(1, 250);
    code = 4;
    await rounds(3, 1_000);
    expect(said).toEqual([
      'healthy',
      'unhealthy',
      'failed: 3 health checks failed in a row: the check command exited with 4',
    ]);
  });

  it('count a command that hangs as failed, and go on', async () => {
    const { said, health, rounds } = stage(() => new Promise(() => {}));
    health.watch(spec(1, { kind: 'command', argv: ['check'] }), 0);
    await rounds(40, 500);
    expect(said).toEqual([
      'unhealthy',
      'failed: 3 health checks failed in a row: the check command did not end within 500 ms',
    ]);
  });

  it('stop when told to', async () => {
    const { clock, said, health } = stage();
    health.watch(spec(1, { kind: 'command', argv: ['check'] }), 0);
    health.stop('t' as TaskId);
    await clock.advance(60_000);
    expect(said).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
