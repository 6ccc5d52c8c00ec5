/** The Tab key in real shells, with names from a real cluster; and where there is none, no noise. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { launch } from '../support/launch.ts';
import { missing } from '../support/need.ts';
import { closeTerminals, TerminalSession } from '../support/terminal-session.ts';

let cluster: Cluster;
let env: Record<string, string>;
beforeAll(async () => {
  cluster = await Cluster.start({ agents: 1 });
  await cluster.ok('run', '--name', 'harbour', '--', 'sleep', '1000000');
  await cluster.untilRunning('harbour', 1);
  const bin = mkdtempSync(join(cluster.folder, 'bin-'));
  const words = launch([inject('program')]).map((word) => `'${word}'`);
  writeFileSync(join(bin, 'tender'), `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`);
  chmodSync(join(bin, 'tender'), 0o755);
  const home = join(cluster.folder, 'home');
  mkdirSync(home);
  env = { ...(cluster.env as Record<string, string>), PATH: `${bin}:${process.env['PATH']}`, HOME: home };
});
beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
afterEach(closeTerminals);
afterAll(() => cluster?.close());

const SHELLS: Readonly<Record<string, { readonly words: readonly string[]; readonly use: string }>> = {
  bash: { words: ['bash', '--norc', '--noprofile'], use: 'source <(tender completion bash)' },
  zsh: {
    words: ['zsh', '-f'],
    use: 'autoload -U compinit && compinit -u && source <(tender completion zsh)',
  },
  fish: { words: ['fish', '--no-config'], use: 'tender completion fish | source' },
};

const lacks = (shell: string): boolean =>
  spawnSync(shell, ['-c', 'true']).error !== undefined && missing(`there is no ${shell}`);

describe.each(Object.entries(SHELLS))('%s', (name, { words, use }) => {
  it.skipIf(lacks(name))('completes verbs, options, names of the cluster, and files', async () => {
    writeFileSync(join(cluster.folder, 'cargo.yaml'), '');
    const shell = new TerminalSession(words, { cwd: cluster.folder, env });
    await shell.type(`${use}; echo re""ady\r`);
    await shell.until('ready', 15_000);
    const completes = async (typed: string, seen: string | RegExp): Promise<void> => {
      await shell.type('\x15', typed); // what is left of the line before goes
      await shell.type('\t');
      await shell.until(seen, 15_000);
    };
    await completes('tender comple', 'tender completion');
    await completes('tender drain --dead', 'tender drain --deadline');
    await completes('tender drain n', /tender drain n1 ?/);
    await completes('tender scale harb', 'tender scale harbour=');
    await shell.type('3'); // without a space before it
    await shell.until('tender scale harbour=3');
    await completes('tender token create --role fra', 'tender token create --role framework');
    await completes('tender up car', 'tender up cargo.yaml');
  });
});

it('without a cluster says nothing', () => {
  const [command, ...args] = launch([inject('program'), 'complete', '--', 'logs', '']);
  const { stdout, stderr, status } = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...env, TENDER_CONFIG: join(cluster.folder, 'nowhere') },
  });
  expect([stdout, stderr, status]).toEqual(['', '', 0]);
});
