/** A framework of one's own, as docs/plugins.md leads to it; and what becomes of it when things go wrong around it. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PluginInfo } from '../../src/client/plugins.ts';
import { Cluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { isAlive, processesBelow, processesNaming, programs } from '../support/machine.ts';
import { type Block, blocksOf, patternOf, stepsOf } from '../support/page-steps.ts';
import { until } from '../support/until.ts';

const LEASE = join(import.meta.dirname, '../../examples/lease');

/** Processes of a plugin's host. */
const hosts = (cluster: Cluster, plugin: string): number[] =>
  processesNaming(join(cluster.masterState, 'plugins', plugin));

/** Processes of the page's tasks here: tests beside this one may say the same words. */
const sleepers = (cluster: Cluster, seconds: string): number[] => {
  const here = new Set(processesBelow(cluster.folder));
  return programs('sleep', seconds).filter((pid) => here.has(pid));
};

const known = async (cluster: Cluster, plugin: string): Promise<PluginInfo | undefined> =>
  (await cluster.json<PluginInfo[]>('plugin', 'ls')).find(({ name }) => name === plugin);

describe('the fifteen minutes of docs/plugins.md', () => {
  const blocks = blocksOf('plugins.md', 'Fifteen minutes');
  const [code, verb] = blocks.filter(({ language }) => language === 'ts');
  const job = blocks.find(({ language }) => language === 'yaml');
  const [adding, submitting, upgrading, breaking, removing] = blocks.filter(
    ({ language }) => language === 'console',
  );
  let cluster: Cluster;
  let file: string;
  let task: { id: string; pids: number[] };
  beforeAll(async () => {
    cluster = await Cluster.start({ agents: 1 });
    mkdirSync(join(cluster.folder, 'lease'));
    file = join(cluster.folder, 'lease', 'index.ts');
    writeFileSync(file, code!.text);
    writeFileSync(join(cluster.folder, 'lab.yaml'), job!.text);
  });
  beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
  afterAll(() => cluster?.close());

  /** Says the same words, and finds the same answers, as soon as they are true. */
  async function follow(block: Block | undefined): Promise<void> {
    for (const step of stepsOf(block!)) {
      let said = '';
      await eventually(
        async () => {
          const { stdout, stderr } = await cluster.run(...step.words);
          said = `${stdout}${stderr}`;
          return patternOf(step).test(said) || changes(step.words);
        },
        { what: `tender ${step.words.join(' ')}` },
      ).catch(() => {});
      expect(said, `tender ${step.words.join(' ')}`).toMatch(patternOf(step));
    }
  }
  const changes = ([first, second]: readonly string[]): boolean =>
    ['up', 'call', 'stop'].includes(first!) || ['add', 'upgrade'].includes(second!);

  it('its code is that of examples/lease', () => {
    expect(code!.text).toBe(readFileSync(join(LEASE, 'index.ts'), 'utf8'));
  });

  it('adds the plugin', () => follow(adding));

  it('runs a job of the new kind', async () => {
    await follow(submitting);
    const [running] = await cluster.untilRunning('lab', 1);
    await until(() => sleepers(cluster, '100000').length === 1);
    task = { id: running!.id, pids: sleepers(cluster, '100000') };
  });

  it('upgrades it while its task goes on', async () => {
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('  columns: [', `${verb!.text}  columns: [`));
    await follow(upgrading);
  });

  it('goes back where the new code does not work', async () => {
    const text = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      text.replace('reconcile(view) {', "reconcile(view) {\n    throw new Error('not today');"),
    );
    await follow(breaking);
    await cluster.ok('call', 'lab', 'extend', 'by=1m');
    expect(cluster.running('lab').map(({ id }) => id)).toEqual([task.id]);
    expect(sleepers(cluster, '100000')).toEqual(task.pids);
  });

  it('removes it', async () => {
    await follow(removing);
    await until(() => !cluster.client.state.frameworks.has('lease' as never));
    expect(hosts(cluster, 'lease')).toEqual([]);
    expect([...cluster.client.state.members.keys()]).not.toContain('plugin-lease');
  });
});

/** A framework that runs nothing, and does what its name says. */
const plugin = (name: string, subscribed: string, kind = name): string => `
import { defineFramework } from 'tender/framework';
export default defineFramework({
  name: '${name}',
  kinds: ['${kind}'],
  verbs: { go: 'goes' },
  create: (context) => ({
    async subscribed() { context.suppress(); ${subscribed} },
    offersChanged() {},
    update() {},
    call() { while (true) {} },
  }),
});
`;

describe('a plugin', () => {
  let cluster: Cluster;
  const folderOf = (name: string, code: string, more: Record<string, string> = {}): string => {
    const folder = join(cluster.folder, name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'index.ts'), code);
    for (const [file, text] of Object.entries(more)) writeFileSync(join(folder, file), text);
    return folder;
  };
  beforeAll(async () => {
    cluster = await Cluster.start({ agents: 1 });
    cpSync(LEASE, join(cluster.folder, 'lease'), { recursive: true });
  });
  beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
  afterAll(() => cluster?.close());

  it.each([
    ['that is no framework', 'export default {};', 'index.ts exports no framework as default'],
    ['that cannot be read', 'export default {', 'index.ts:1: '],
    ['of a strange name', plugin('Bad Name', ''), 'name of the framework: expected lower-case letters'],
    ['of a name that is taken', plugin('service', ''), 'there is a framework service already'],
    [
      'of a kind that is taken',
      plugin('other', '', 'service'),
      'jobs of kind "service" are framework service\'s',
    ],
    ['that fails at once', plugin('fails', "throw new Error('not today');"), 'not today'],
    ['that never subscribes', plugin('spins', 'while (true) {}'), 'it did not start within 12 s'],
    [
      'that reads what is not its own',
      `import { readdirSync } from 'node:fs';\nreaddirSync('/etc');\n${plugin('reads', '')}`,
      'Access to this API has been restricted',
    ],
  ])('%s is refused, and leaves nothing', async (_, code, cause) => {
    const { stderr } = await cluster.run('plugin', 'add', folderOf('refused', code));
    expect(stderr).toContain(cause);
    expect(stderr).toContain('[plugin.refused]');
    expect(await cluster.json('plugin', 'ls')).toEqual([]);
    const { members, frameworks } = cluster.client.state;
    expect([...members.keys()].filter((name) => name.startsWith('plugin-'))).toEqual([]);
    expect([...frameworks.keys()].filter((name) => ['fails', 'spins'].includes(name))).toEqual([]);
  });

  it('goes on after the death of the master, as it was added', async () => {
    await cluster.ok('plugin', 'add', './lease');
    writeFileSync(join(cluster.folder, 'lab.yaml'), 'name: lab\nkind: lease\ncommand: sleep 100001\n');
    await cluster.ok('up', 'lab.yaml');
    const [task] = await cluster.untilRunning('lab', 1);
    await until(() => sleepers(cluster, '100001').length === 1);
    const pids = sleepers(cluster, '100001');
    const before = hosts(cluster, 'lease');
    folderOf('lease', 'export default nothing at all');
    await cluster.master.kill9();
    await cluster.restartMaster();
    await until(() => cluster.client.status.phase === 'live');
    const after = await eventually(async () => {
      const { state } = (await known(cluster, 'lease'))!;
      return state === 'running' && hosts(cluster, 'lease');
    });
    expect(after).toHaveLength(1);
    expect(before).not.toEqual(after);
    await eventually(() => !isAlive(before[0]!));
    await cluster.untilRunning('lab', 1);
    expect(cluster.running('lab').map(({ id }) => id)).toEqual([task!.id]);
    expect(sleepers(cluster, '100001')).toEqual(pids);
    expect(await cluster.ok('why', 'lab')).toContain('lab runs until');
  });

  it('that dies is started anew', async () => {
    const [before] = hosts(cluster, 'lease');
    process.kill(before!, 'SIGKILL');
    await until(() => hosts(cluster, 'lease').some((pid) => pid !== before), { what: 'another host' });
    await eventually(async () => (await known(cluster, 'lease'))?.state === 'running');
    expect(hosts(cluster, 'lease')).not.toContain(before);
  });

  it('that does not answer hurts nobody else, and is started anew', async () => {
    await cluster.ok('plugin', 'add', folderOf('busy', plugin('busy', '')));
    const [before] = hosts(cluster, 'busy');
    const call = { to: { framework: 'busy' }, verb: 'go', args: null };
    const answer = cluster.client
      .request('framework.call', call)
      .catch((error: { code: string }) => error.code);
    await cluster.ok('call', 'lab', 'why');
    expect(await answer).toBe('framework.away');
    await eventually(async () => (await known(cluster, 'busy'))?.why === 'it does not answer', {
      timeout: 30_000,
    });
    await eventually(async () => (await known(cluster, 'busy'))?.state === 'running');
    expect(isAlive(before!)).toBe(false);
  });

  it('that does not answer ends with a master that is killed', async () => {
    const [before] = hosts(cluster, 'busy');
    void cluster.client
      .request('framework.call', { to: { framework: 'busy' }, verb: 'go', args: null })
      .catch(() => {});
    await cluster.ok('call', 'lab', 'why');
    await cluster.master.kill9();
    await cluster.restartMaster();
    await eventually(() => !isAlive(before!));
    await eventually(async () => (await known(cluster, 'busy'))?.state === 'running');
  });

  it('of a package, with what it depends on, is fetched by npm', async () => {
    folderOf(
      'depends',
      plugin('depends', "context.log('it is ' + plural);").replace(
        "from 'tender/framework';",
        "from 'tender/framework';\nimport { plural } from 'plural-of';",
      ),
      {
        'package.json': JSON.stringify({
          name: 'depends',
          version: '1.2.3',
          type: 'module',
          dependencies: { 'plural-of': `file:${join(cluster.folder, 'plural-of')}` },
        }),
      },
    );
    const other = join(cluster.folder, 'plural-of');
    mkdirSync(other);
    writeFileSync(join(other, 'index.js'), "export const plural = 'octopodes';");
    writeFileSync(
      join(other, 'package.json'),
      JSON.stringify({ name: 'plural-of', version: '1.0.0', type: 'module', main: 'index.js' }),
    );
    await cluster.ok('plugin', 'add', './depends');
    expect(await known(cluster, 'depends')).toMatchObject({ version: '1.2.3', state: 'running' });
    expect(await cluster.ok('plugin', 'logs', 'depends')).toContain('it is octopodes');
  });

  it('that is followed shows what comes', async () => {
    const following = cluster.spawn(['plugin', 'logs', '-f', 'depends']);
    await until(() => following.stdout.includes('octopodes'));
    process.kill(hosts(cluster, 'depends')[0]!, 'SIGKILL');
    await until(() => following.stdout.split('octopodes').length >= 3, { timeout: 15_000 });
    await following.stop();
  });

  it('is removed with its jobs only when told so', async () => {
    expect((await cluster.run('plugin', 'rm', 'lease')).stderr).toContain('[plugin.has_jobs]');
    expect((await cluster.run('plugin', 'rm', 'lease', '--force')).stderr).toContain('say --yes');
    await cluster.ok('plugin', 'rm', 'lease', '--force', '--yes');
    await until(() => sleepers(cluster, '100001').length === 0);
    expect((await cluster.run('plugin', 'upgrade', 'leas')).stderr).toContain('[plugin.unknown]');
  });
});
