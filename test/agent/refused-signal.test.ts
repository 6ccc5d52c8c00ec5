/** An engine that answers, and refuses to signal a container: said to whoever looks after the machine. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { containerName } from '../../src/agent/docker/container.ts';
import { dockerExecutor } from '../../src/agent/docker/docker-executor.ts';
import { volumeFolders } from '../../src/agent/volumes.ts';
import { systemClock as clock } from '../../src/wire/system-clock.ts';
import { needDocker } from '../support/need.ts';
import { until } from '../support/until.ts';
import { agentId, container, Told, tempFolder } from './stage.ts';

/** Passes everything on to the real engine, but for signals while `refuses`. */
async function engineThatRefuses(path: string): Promise<{ refuses: boolean }> {
  const state = { refuses: true };
  const server = createServer((asked, answer) => {
    if (state.refuses && asked.url?.includes('/kill')) {
      answer.writeHead(500, { 'content-type': 'application/json' });
      return void answer.end(JSON.stringify({ message: 'permission denied' }));
    }
    const { method, url, headers } = asked;
    const passed = request({ socketPath: '/var/run/docker.sock', method, path: url, headers }, (given) => {
      answer.writeHead(given.statusCode!, given.headers);
      answer.flushHeaders();
      given.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    answer.on('close', () => passed.destroy());
    asked.pipe(passed);
  }).listen(path);
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  return state;
}

describe.skipIf(needDocker())('a signal that the engine refuses', () => {
  test('is told with its cause; the task ends when it is taken', async () => {
    const socket = join(tempFolder(), 'docker.sock');
    const engine = await engineThatRefuses(socket);
    const [told, sandboxes, agent] = [new Told(), tempFolder(), agentId()];
    const volumes = volumeFolders(sandboxes);
    const executor = dockerExecutor({
      agent,
      cluster: 'test',
      clock,
      events: told,
      sandboxes,
      volumes,
      socket,
    });
    const spec = container('sleep 300');
    onTestFinished(async () => {
      await executor.close();
      execFileSync('docker', ['rm', '-f', containerName(spec.id)], { stdio: 'ignore' });
    });
    executor.launch(spec);
    await told.running(spec);
    executor.kill(spec.id, 60_000);
    await until(() => told.troubles.length > 0);
    expect(told.troubles).toMatchObject([{ code: 'task.signal', fields: { task: spec.id } }]);
    expect(String(told.troubles[0])).toContain('permission denied');
    engine.refuses = false;
    executor.kill(spec.id, 0);
    expect(await told.end(spec)).toMatchObject({ state: 'KILLED' });
    expect(told.troubles).toHaveLength(1);
  });
});
