import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { BINARY } from '../support/launch.ts';
import { childrenOf, isAlive, kill, programs, untilPrograms } from '../support/machine.ts';
import { needSetpriv, olderNode } from '../support/need-more.ts';
import { until } from '../support/until.ts';

let cluster: Cluster;
beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
afterEach(() => cluster?.close());

/** Only the line and the hint: no stack, no time stamps. */
const lines = (stderr: string): string[] => stderr.trim().split('\n');

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  it('ends master, framework host and agent with code 0; tasks go on, and all come back', async () => {
    cluster = await Cluster.start({ agents: 1 });
    const word = `${50_000_000 + process.pid}.${signal.length}`;
    await cluster.ok('run', '--name', 'stays', '--', 'sleep', word);
    const [task] = await cluster.untilRunning('stays', 1);
    const host = cluster.frameworkHost!;
    const agent = cluster.agents.get('n1')!;
    expect(await agent.stop(signal)).toEqual({ code: 0, signal: null });
    expect(await cluster.master.stop(signal)).toEqual({ code: 0, signal: null });
    expect(isAlive(host)).toBe(false);
    expect(childrenOf(agent.pid)).toEqual([]);
    await untilPrograms(1, 'sleep', word);
    await cluster.restartMaster();
    await cluster.agentBack('n1');
    expect((await cluster.untilRunning('stays', 1))[0]!.id).toBe(task!.id);
    await cluster.ok('stop', 'stays');
    await until(() => programs('sleep', word).length === 0);
  });
});

describe('a master', () => {
  it('that is slow to end ends at once at the second SIGINT, and its child follows', async () => {
    cluster = await Cluster.start({ agents: 0 });
    const host = cluster.frameworkHost!;
    kill(host, 'SIGSTOP'); // it is waited for
    cluster.master.signal('SIGINT');
    await until(() => cluster.master.stderr.includes('stopping (SIGINT)'));
    const start = performance.now();
    expect(await cluster.master.stop('SIGINT')).toEqual({ code: 130, signal: null });
    expect(performance.now() - start).toBeLessThan(1_000);
    kill(host, 'SIGCONT');
    await until(() => !isAlive(host));
  });

  it('does not start on the state folder of a running one, and names its process', async () => {
    cluster = await Cluster.start({ agents: 0 });
    const { code, stderr } = await cluster.run(
      'master',
      '--listen',
      'tcp://127.0.0.1:0',
      '--enrol',
      'tcp://127.0.0.1:0',
    );
    expect(lines(stderr)).toEqual([
      `tender: ${cluster.masterState} is in use by process ${cluster.master.pid} [state.locked]`,
      '  stop that process, or choose another --state folder',
    ]);
    expect(code).toBe(1);
  });

  it('does not start on a port that is taken, and says which', async () => {
    cluster = await Cluster.start({ agents: 0 });
    const folder = join(cluster.folder, 'other');
    const { code, stderr } = await cluster.run(
      'master',
      '--state',
      folder,
      '--listen',
      cluster.ready.address,
      '--enrol',
      'tcp://127.0.0.1:0',
    );
    expect(lines(stderr)[0]).toMatch(
      new RegExp(`^tender: cannot listen on ${cluster.ready.address}: .*in use`),
    );
    expect(lines(stderr)[1]).toBe(
      '  is another master running? choose another address with --listen or --enrol',
    );
    expect(lines(stderr)).toHaveLength(2);
    expect(code).toBe(1);
  });

  it('does not read a folder of another format, nor a file that is no database', async () => {
    cluster = new Cluster();
    const folder = join(cluster.folder, 'newer');
    mkdirSync(folder);
    const db = new DatabaseSync(join(folder, 'registry.db'));
    db.exec('PRAGMA user_version=99');
    db.close();
    const start = (state: string) =>
      cluster.run(
        'master',
        '--state',
        state,
        '--listen',
        'tcp://127.0.0.1:0',
        '--enrol',
        'tcp://127.0.0.1:0',
      );
    const newer = await start(folder);
    expect(lines(newer.stderr)[0]).toBe(
      `tender: ${folder} was written by format 99, this program reads format 2 [state.version]`,
    );
    expect(newer.code).toBe(1);
    const broken = join(cluster.folder, 'broken');
    mkdirSync(broken);
    writeFileSync(
      join(broken, 'registry.db'),
      'this is no database at all, but long enough to look like one'.repeat(50),
    );
    const other = await start(broken);
    expect(other.stderr).toContain(`tender: cannot read ${broken}: file is not a database`);
    expect(lines(other.stderr).length).toBeLessThanOrEqual(2);
    expect(other.code).toBe(1);
  });

  it('is not kept from starting by what a dead one, or anybody, left in its pid file', async () => {
    cluster = await Cluster.start({ agents: 0 });
    await cluster.master.kill9();
    writeFileSync(join(cluster.masterState, 'registry.pid'), String(process.pid));
    await cluster.restartMaster();
    await until(() => cluster.client.status.phase === 'live');
  });

  it('and an agent say that they may not write to a folder', { skip: needSetpriv() }, async () => {
    cluster = await Cluster.start({ agents: 0 });
    const nobody = { prefix: ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'], cwd: '/' };
    const folder = join(cluster.folder, 'locked');
    for (const command of [['master', '--listen', 'tcp://127.0.0.1:0'], ['agent'], ['dev']]) {
      const { code, stderr } = await cluster.runIn(nobody, ...command, '--state', folder);
      expect(lines(stderr)[0]).toMatch(new RegExp(`^tender: cannot write to ${folder}: EACCES`));
      expect(lines(stderr)).toHaveLength(2);
      expect(code).toBe(1);
    }
  });
});

const older = olderNode();
describe.skipIf(older === undefined || BINARY !== undefined)('an older Node', () => {
  it('is told so in one line', async () => {
    cluster = new Cluster();
    const { code, stdout, stderr } = await cluster.runIn({ node: older }, 'version');
    expect(stdout).toBe('');
    expect(stderr.trim()).toMatch(
      /^tender needs Node 26 or newer, this is \d+\.\d+\.\d+\. Run it with: npm start, or npx tender$/,
    );
    expect(code).toBe(1);
  });
});
