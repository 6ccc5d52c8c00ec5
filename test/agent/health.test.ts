/** Checks of health and readiness against real ports, on a virtual clock. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Health } from '../../src/agent/health.ts';
import type { HealthCheck, TaskId, TaskSpec } from '../../src/core/task.ts';
import { until } from '../support/until.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const TIMES = { interval: 1_000, timeout: 500, grace: 5_000, failures: 3 };

type Checks = Pick<TaskSpec, 'health' | 'readiness'>;

const spec = (port: number, check: HealthCheck['check']): TaskSpec =>
  checked(port, { health: { check, ...TIMES } });

function checked(port: number, checks: Checks): TaskSpec {
  return {
    id: 't' as TaskId,
    name: 't',
    job: 'j',
    resources: [],
    run: { kind: 'process', argv: ['x'], artifacts: [] },
    env: {},
    ports: [{ name: 'http', host: port }],
    volumes: [],
    ...checks,
    killGrace: 0,
    labels: {},
  };
}

/** A server whose answers the test chooses, if need be by path. */
async function server() {
  const answer: { status: number; [path: string]: number } = { status: 200 };
  const http = createServer(({ url = '/' }, response) => {
    response.statusCode = answer[url] ?? answer.status;
    response.end();
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return { answer, port: (http.address() as AddressInfo).port, close: () => http.close() };
}

function stage(run: () => Promise<number> = async () => 0) {
  const clock = virtualClock();
  const said: string[] = [];
  const health = new Health(clock, run, {
    changed: (_, { healthy, ready }, message) => {
      if (healthy !== undefined) said.push(healthy ? 'healthy' : 'unhealthy');
      else said.push(ready ? `ready${message && `, but ${message}`}` : `not ready: ${message}`);
    },
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

describe('readiness checks', () => {
  const page = (path: string): HealthCheck => ({ check: { kind: 'http', port: 'http', path }, ...TIMES });

  it('say at once why it is not ready yet, ask often while it starts, and never end it', async () => {
    const { port, answer, close } = await server();
    const { said, health, rounds } = stage();
    answer.status = 503;
    health.watch(checked(port, { readiness: page('/') }), 0);
    await rounds(20, 250);
    expect(said).toEqual(['not ready: HTTP 503 from /']);
    await rounds(20, 1_000);
    expect(said).toHaveLength(1);
    answer.status = 500;
    await rounds(20, 1_000);
    answer.status = 200;
    await rounds(1, 1_000);
    expect(said.slice(1)).toEqual(['not ready: HTTP 500 from /', 'ready']);
    health.close();
    close();
  });

  it('take it for ready until so many have failed in a row', async () => {
    const { port, answer, close } = await server();
    const { said, health, rounds } = stage();
    health.watch(checked(port, { readiness: page('/') }), 0);
    await rounds(1, 250);
    answer.status = 503;
    await rounds(2, 1_000);
    answer.status = 200;
    await rounds(1, 1_000);
    answer.status = 503;
    await rounds(2, 1_000);
    expect(said).toEqual(['ready']);
    await rounds(10, 1_000);
    expect(said).toEqual(['ready', 'not ready: HTTP 503 from /']);
    health.close();
    close();
  });

  it('go on beside those of health: what is wrong with that is said first', async () => {
    const { port, answer, close } = await server();
    const { clock, said, health } = stage();
    health.watch(checked(port, { health: page('/alive'), readiness: page('/ready') }), 0);
    const pass = async (ms: number, lines: number) => {
      await clock.advance(ms);
      await until(() => said.length >= lines && clock.pending === 2);
    };
    await pass(250, 2);
    expect(said.toSorted()).toEqual(['healthy', 'ready']);
    answer['/alive'] = 500;
    await pass(1_000, 3);
    answer['/alive'] = 200;
    answer['/ready'] = 503;
    for (let i = 0; i < 3; i++) await pass(1_000, 3);
    await until(() => said.length === 5);
    expect(said.slice(2)).toEqual(['unhealthy', 'healthy', 'not ready: HTTP 503 from /ready']);
    answer['/alive'] = 500;
    await pass(1_000, 6);
    answer['/ready'] = 200;
    await pass(1_000, 7);
    expect(said.slice(5)).toEqual(['unhealthy', 'ready, but HTTP 500 from /alive']);
    health.close();
    close();
  });

  it('stop with the task', async () => {
    const { clock, said, health } = stage();
    health.watch(checked(1, { health: page('/'), readiness: page('/') }), 0);
    health.stop('t' as TaskId);
    await clock.advance(60_000);
    expect([said, clock.pending]).toEqual([[], 0]);
  });
});
