/** Plugins at the prompt: the same words as on the command line, and nothing that changes in read-only mode. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { homeCluster } from '../support/cluster-fixture.ts';
import type { FakeClient } from '../support/fake-client.ts';
import { ReplSession } from '../support/repl-session.ts';

let session: ReplSession | undefined;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tender-plugin-'));
  writeFileSync(join(folder, 'index.ts'), 'export default 1;');
});
afterEach(() => {
  session?.server.close();
  session = undefined;
  rmSync(folder, { recursive: true });
});
async function open(client: FakeClient, readOnly = false): Promise<ReplSession> {
  session = new ReplSession(client, { readOnly });
  await session.until();
  return session;
}

function cluster(): FakeClient {
  const client = homeCluster();
  const lease = {
    name: 'lease',
    version: '1.0.0',
    source: folder,
    state: 'running',
    why: '',
    since: 0,
    jobs: 2,
  };
  client.answer = ({ method }) => {
    if (method === 'plugin.list') return [lease];
    if (method === 'plugin.logs')
      return { bytes: Buffer.from('two\nlines\n').toString('base64'), more: false };
    return method === 'plugin.upload' ? {} : { ...lease, changed: true };
  };
  return client;
}

describe('plugins at the prompt', () => {
  it('are listed as a table', async () => {
    const repl = await open(cluster());
    expect(await repl.type('plugin.ls()')).toMatch(/NAME +VERSION +STATE[\s\S]*lease +1\.0\.0 +running/);
    expect(await repl.type('(await plugin.ls())[0].jobs')).toContain('2');
  });

  it.each([
    ['plugin.add(FOLDER)', 'plugin.add', {}],
    ["plugin.upgrade('lease')", 'plugin.upgrade', { name: 'lease' }],
    ["plugin.upgrade('lease', FOLDER)", 'plugin.upgrade', { name: 'lease' }],
  ])('%s sends the code first', async (typed, method, params) => {
    const client = cluster();
    await (await open(client)).type(typed.replace('FOLDER', `'${folder}'`));
    const [upload, change] = client.asked.filter((asked) => asked.method !== 'plugin.list');
    expect(upload).toMatchObject({ method: 'plugin.upload', params: { from: 0 } });
    expect(change).toMatchObject({ method, params: { ...params, source: folder } });
  });

  it('are removed with their jobs only where that is said', async () => {
    const client = cluster();
    const repl = await open(client);
    await repl.type("plugin.rm('lease')");
    await repl.type("plugin.rm('lease', {force: true})");
    expect(client.asked.map(({ params }) => params)).toEqual([
      { name: 'lease', force: false },
      { name: 'lease', force: true },
    ]);
  });

  it('show what they have written', async () => {
    expect(await (await open(cluster())).type("plugin.logs('lease')")).toContain('two\nlines');
  });

  it('that are not named are asked for', async () => {
    const repl = await open(cluster());
    expect(await repl.type('plugin.add()')).toContain("a name comes first, as in: plugin.add('./lease')");
  });

  it('are only looked at in read-only mode', async () => {
    const repl = await open(cluster(), true);
    expect(await repl.type("plugin.rm('lease')")).toMatch(/^client\.read_only: plugin\.remove would/);
  });
});
