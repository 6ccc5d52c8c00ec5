/** The plugin that docs/plugins.md tells strangers to start from: loaded as a host loads it, run on a whole cluster. */
import { readFileSync, rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stop, submit, why } from '../../src/client/commands.ts';
import { loadPlugin, pluginsIn } from '../../src/framework/host.ts';
import { type Machine, memoryCluster } from '../support/memory-cluster.ts';

const FOLDER = resolve(import.meta.dirname, '../../examples/plugin');
const hello = { name: 'hello', kind: 'once', command: ['echo', 'hello'], ports: { http: 'auto' } };

async function started() {
  const cluster = await memoryCluster();
  const machine: Machine = await cluster.startAgent('n1');
  const definition = await loadPlugin(FOLDER);
  const host = cluster.startHost(definition);
  const client = cluster.startClient();
  await cluster.clock.advance(1_000);
  const task = () => cluster.tasks('hello')[0];
  const status = () => client.state.jobs.get('hello')?.status;
  return { cluster, machine, definition, host, client, task, status };
}

describe('the example plugin', () => {
  it('runs a job once, to its end', async () => {
    const { cluster, machine, client, task, status } = await started();
    expect(await cluster.answer(submit(client, hello))).toEqual({ job: 'hello', version: 1, changed: true });
    await cluster.clock.advance(1_000);
    expect([status(), cluster.running('hello')]).toEqual(['running', ['hello.0']]);
    machine.world.end(task()!.id, { state: 'FINISHED', reason: 'exited', message: '', exitCode: 0 });
    await cluster.clock.advance(30_000);
    expect([status(), cluster.running('hello')]).toEqual(['finished', []]);
    expect(machine.world.starts.size).toBe(1);
    expect((await cluster.answer(why(client, 'hello'))).sentence).toBe('hello is FINISHED: exited');
    expect((await cluster.answer(submit(client, hello))).changed).toBe(false);
  });

  it('goes on where a former host died', async () => {
    const { cluster, machine, definition, host, client, task, status } = await started();
    await cluster.answer(submit(client, hello));
    await cluster.clock.advance(1_000);
    await host.close();
    machine.world.end(task()!.id, {
      state: 'FAILED',
      reason: 'exited',
      message: 'exited with code 3',
      exitCode: 3,
    });
    await cluster.clock.advance(1_000);
    cluster.startHost(definition);
    await cluster.clock.advance(30_000);
    expect(status()).toBe('failed');
    expect(cluster.doubleStarts()).toEqual([]);
    expect(machine.world.starts.size).toBe(1);
  });

  it('launches what a former host wrote down and had no time to launch', async () => {
    const { cluster, definition, host, client, status } = await started();
    await host.close();
    const dying = cluster.startHost({
      ...definition,
      create: (context) => definition.create({ ...context, accept: () => {} }),
    });
    await cluster.clock.advance(1_000);
    await cluster.answer(submit(client, hello));
    await cluster.clock.advance(1_000);
    await dying.close();
    expect([status(), cluster.running('hello')]).toEqual(['staging', []]);
    cluster.startHost(definition);
    await cluster.clock.advance(30_000);
    expect([status(), cluster.running('hello')]).toEqual(['running', ['hello.0']]);
  });

  it('waits for room, and is launched again after a machine was given up', async () => {
    const { cluster, client, status } = await started();
    await cluster.answer(submit(client, { ...hello, cpus: 8 }));
    await cluster.clock.advance(1_000);
    expect(status()).toBe('waiting');
    await cluster.startAgent('n2', 'cpus:8;mem:1024;ports:[31000-31001]');
    await cluster.clock.advance(10_000);
    expect(status()).toBe('running');
    await cluster.killAgent('n2');
    await cluster.answer(client.request('agent.gone', { name: 'n2' }));
    await cluster.clock.advance(1_000);
    expect(status()).toBe('waiting');
  });

  it('stops and forgets', async () => {
    const { cluster, client } = await started();
    await cluster.answer(submit(client, hello));
    await cluster.clock.advance(1_000);
    await cluster.answer(stop(client, 'hello'));
    await cluster.clock.advance(1_000);
    expect([cluster.running('hello'), client.state.jobs.size]).toEqual([[], 0]);
  });

  it('says what is wrong with a job', async () => {
    const { cluster, client } = await started();
    const wrong = submit(client, { ...hello, comand: 'x' });
    await expect(cluster.answer(wrong)).rejects.toThrow('comand: expected "command"');
  });
});

it('docs/plugins.md shows it as it is', () => {
  const plain = (text: string): string => text.replaceAll(/^ +/gm, '');
  const page = readFileSync(resolve(FOLDER, '../../docs/plugins.md'), 'utf8');
  const [, shown = ''] = /```ts\n(async offersChanged[\s\S]*?)```/.exec(page) ?? [];
  expect(shown).not.toBe('');
  expect(plain(readFileSync(join(FOLDER, 'index.ts'), 'utf8'))).toContain(plain(shown));
});

describe('loading a plugin', () => {
  it('finds the folders that hold one', () => {
    const names = pluginsIn(resolve(FOLDER, '..')).map((folder) => folder.split('/').at(-1));
    expect(names).toContain('plugin');
    expect(names).not.toContain('postgres.yaml');
    expect(pluginsIn('/no/such/folder')).toEqual([]);
  });

  it.each([
    ['exports nothing', 'export const x = 1;', 'index.ts exports no framework as default'],
    ['throws', "throw new Error('not today');", 'index.ts:1: not today'],
  ])('that %s is refused with the reason', async (_, code, cause) => {
    const folder = await mkdtemp(join(tmpdir(), 'tender-plugin-'));
    await writeFile(join(folder, 'index.ts'), code);
    await expect(loadPlugin(folder)).rejects.toThrow(
      expect.objectContaining({ code: 'framework.failed', fields: { name: folder, cause } }),
    );
    rmSync(folder, { recursive: true });
  });
});
