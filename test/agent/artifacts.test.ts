import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, constants, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fetchArtifacts } from '../../src/agent/process/artifacts.ts';
import { Cgroups } from '../../src/agent/process/cgroups.ts';
import { processExecutor } from '../../src/agent/process/process-executor.ts';
import { volumeFolders } from '../../src/agent/volumes.ts';
import type { Artifact } from '../../src/core/task.ts';
import { systemClock as clock } from '../../src/wire/system-clock.ts';
import { until } from '../support/until.ts';
import { agentId, program, Told, tempFolder } from './stage.ts';

const BODY = 'the quick brown fox';
const SHA = createHash('sha256').update(BODY).digest('hex');

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function fetchInto(folder: string, artifact: Artifact): Promise<void> {
  await fetchArtifacts([artifact], {
    folder,
    clock,
    signal: new AbortController().signal,
    progress: () => {},
  });
}

describe('an artifact', () => {
  test('comes by http, by file url and by path', async () => {
    const web = await serve((_, response) => void response.end(BODY));
    const source = join(tempFolder(), 'a file');
    writeFileSync(source, BODY);
    for (const url of [`${web}/app.jar`, pathToFileURL(source).href, source]) {
      const folder = tempFolder();
      await fetchInto(folder, { url, sha256: SHA.toUpperCase() });
      const name = url.startsWith('http') ? 'app.jar' : 'a file';
      expect(readdirSync(folder)).toEqual([name]);
      expect(readFileSync(join(folder, name), 'utf8')).toBe(BODY);
    }
  });

  test('can have another name, a folder, and the right to run', async () => {
    const source = join(tempFolder(), 'tool');
    writeFileSync(source, BODY);
    const folder = tempFolder();
    await fetchInto(folder, { url: source, name: 'bin/tool', executable: true });
    accessSync(join(folder, 'bin/tool'), constants.X_OK);
  });

  test.each([
    ['a wrong checksum', { sha256: '0'.repeat(64) }, `its sha256 is ${SHA}, expected ${'0'.repeat(64)}`],
    ['a name outside of the sandbox', { name: '../out' }, '"../out" would lie outside of the sandbox'],
    ['nothing at its path', { url: '/no/such/file' }, 'there is no such file on the agent'],
    ['a folder at its path', { url: '/etc' }, 'it is not a file'],
    ['an unknown kind of url', { url: 'ftp://x/y' }, 'expected http://, https://, file:// or a path'],
  ])('with %s is refused, and leaves nothing', async (_, wish, words) => {
    const source = join(tempFolder(), 'file');
    writeFileSync(source, BODY);
    const folder = tempFolder();
    await expect(fetchInto(folder, { url: source, ...wish })).rejects.toMatchObject({
      code: 'artifact.fetch',
      message: expect.stringContaining(words),
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('that the server does not have, or breaks off, is refused', async () => {
    const web = await serve((request, response) => {
      if (request.url === '/gone') response.writeHead(404).end();
      else {
        response.writeHead(200, { 'content-length': 1000 });
        response.write('part', () => response.destroy());
      }
    });
    const folder = tempFolder();
    await expect(fetchInto(folder, { url: `${web}/gone` })).rejects.toThrow('the server said 404 Not Found');
    await expect(fetchInto(folder, { url: `${web}/broken` })).rejects.toMatchObject({
      code: 'artifact.fetch',
    });
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a task with artifacts', () => {
  test('fetches them before it runs, and says so', async () => {
    const web = await serve((_, response) => void response.end('#!/bin/sh\necho I run in $PWD\n'));
    const told = new Told();
    const agent = agentId();
    const sandboxes = tempFolder();
    const executor = processExecutor({
      agent,
      clock,
      events: told,
      sandboxes,
      volumes: volumeFolders(sandboxes),
      cgroups: new Cgroups(agent),
    });
    onTestFinished(() => executor.close());
    const spec = program(['./run'], { run: { artifacts: [{ url: `${web}/run`, executable: true }] } });
    executor.launch(spec);
    expect(await told.end(spec)).toMatchObject({ state: 'FINISHED' });
    expect(told.of(spec.id)[0]).toMatchObject({
      state: 'STARTING',
      reason: 'fetching_artifact',
      message: 'fetching run',
    });
    expect(readFileSync(join(sandboxes, spec.id, 'stdout'), 'utf8')).toBe(
      `I run in ${join(sandboxes, spec.id)}\n`,
    );
    const bad = program(['./run'], { run: { artifacts: [{ url: `${web}/run`, sha256: 'beef' }] } });
    executor.launch(bad);
    const end = await told.end(bad);
    expect(end).toMatchObject({ state: 'FAILED', reason: 'artifact_failed' });
    expect(end.message).toContain('expected beef');
  });

  test('can be killed while it fetches', async () => {
    const web = await serve((_, response) => void response.write('never ends'));
    const told = new Told();
    const agent = agentId();
    const sandboxes = tempFolder();
    const executor = processExecutor({
      agent,
      clock,
      events: told,
      sandboxes,
      volumes: volumeFolders(sandboxes),
      cgroups: new Cgroups(agent),
    });
    onTestFinished(() => executor.close());
    const spec = program(['./run'], { run: { artifacts: [{ url: `${web}/run` }] } });
    executor.launch(spec);
    await until(() => existsSync(join(sandboxes, spec.id, 'run.part')));
    executor.kill(spec.id, 60_000);
    expect(await told.end(spec)).toMatchObject({ state: 'KILLED', reason: 'killed_during_launch' });
  });
});
