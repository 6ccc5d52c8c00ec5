/** Services of systemd: what is written, that it is what systemd takes, that nobody else's file is touched. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type InstallCommand, install, uninstall } from '../../src/cli/install/install.ts';
import { type UnitFacts, unitText } from '../../src/cli/install/unit.ts';
import { missing } from '../support/need.ts';

const facts: UnitFacts = {
  part: 'agent',
  scope: 'system',
  program: ['/usr/local/bin/tender'],
  words: [],
  state: '/var/lib/tender/agent',
  config: '/root/.config/tender',
};
const lines = (more: Partial<UnitFacts>): string[] => unitText({ ...facts, ...more }).split('\n');

describe('a unit', () => {
  it.each([
    [
      'of an agent leaves its tasks alone',
      {},
      ['KillMode=process', 'OOMPolicy=continue', 'TasksMax=infinity'],
    ],
    [
      'of an agent closes what no task needs',
      {},
      ['NoNewPrivileges=yes', 'ProtectSystem=yes', 'Delegate=yes'],
    ],
    ['is started again, always', {}, ['Restart=always', 'StartLimitIntervalSec=0']],
    ['of a master ends its children', { part: 'master' }, ['KillMode=mixed', 'ProtectSystem=strict']],
    ['of a master may write contexts', { part: 'master' }, ['ReadWritePaths=/root/.config/tender']],
    ['of the machine starts with it', {}, ['WantedBy=multi-user.target', 'StateDirectory=tender/agent']],
    ['of a person starts with their login', { scope: 'user' }, ['WantedBy=default.target']],
  ] as const)('%s', (_, more, expected) => {
    expect(lines(more)).toEqual(expect.arrayContaining([...expected]));
  });

  it('of a person asks for nothing that only root may have', () => {
    expect(lines({ scope: 'user' }).join()).not.toMatch(/Protect|StateDirectory|Capability/);
  });

  it.each([
    ['nuc1', 'nuc1'],
    ['two words', '"two words"'],
    ['100%', '100%%'],
    ['$HOME', '$$HOME'],
    ['a"b\\', '"a\\"b\\\\"'],
    ['', '""'],
  ])('says the word %j as %s', (word, said) => {
    const start = lines({ words: [word] }).find((line) => line.startsWith('ExecStart='));
    expect(start).toBe(`ExecStart=/usr/local/bin/tender agent --state /var/lib/tender/agent ${said}`);
  });

  const noSystemd = spawnSync('systemd-analyze', ['--version']).error !== undefined;
  /** What systemd-analyze says of the unit: its exit code, and its lines about it. */
  function analyzed(words: readonly string[], more: Pick<UnitFacts, 'part' | 'scope'>) {
    const folder = mkdtempSync(join(tmpdir(), 'tender-unit-'));
    try {
      const file = join(folder, `tender-${more.part}.service`);
      writeFileSync(file, unitText({ ...facts, ...more, program: ['/bin/sh'], words: ['50% of $x'] }));
      const { stderr, stdout, status } = spawnSync('systemd-analyze', [...words, file], {
        encoding: 'utf8',
        env: { ...process.env, XDG_RUNTIME_DIR: folder },
      });
      // Of other units of this machine it may say what it likes.
      const said = stderr.split('\n').filter((line) => line.includes(`tender-${more.part}`));
      return { said, stdout, status };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it.skipIf(noSystemd && missing('there is no systemd-analyze')).each([
    ['master', 'system'],
    ['agent', 'system'],
    ['master', 'user'],
    ['agent', 'user'],
  ] as const)('of %s (%s) is what systemd takes', (part, scope) => {
    expect(analyzed(['verify', `--${scope}`], { part, scope }).said).toEqual([]);
  });

  // In tenths of systemd's own measure, 100 for a service that is closed nowhere: an agent's tasks may be anything.
  it.skipIf(noSystemd && missing('there is no systemd-analyze')).each([
    ['master', 25],
    ['agent', 86],
  ] as const)('of %s is no more exposed than %i', (part, most) => {
    const words = ['security', '--offline=true', '--no-pager', `--threshold=${most}`];
    const { status, stdout } = analyzed(words, { part, scope: 'system' });
    expect(status, stdout.split('\n').at(-2)).toBe(0);
  });
});

describe('into another system', () => {
  let root: string;
  let said: string[];
  const units = (): string => join(root, 'etc/systemd/system');
  const command = (more: Partial<InstallCommand> = {}): InstallCommand => ({
    ...{ master: false, agent: true, user: false, print: false, words: [], root },
    ...more,
  });
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tender-root-'));
    said = [];
    vi.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line));
  });
  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(root, { recursive: true });
  });

  it('a service is written, and starts with the machine', async () => {
    await install(command({ words: ['--name', 'nuc1'] }));
    expect(readFileSync(join(units(), 'tender-agent.service'), 'utf8')).toContain(' --name nuc1\n');
    expect(readlinkSync(join(units(), 'multi-user.target.wants/tender-agent.service'))).toBe(
      '/etc/systemd/system/tender-agent.service',
    );
  });

  it('the same words again change nothing', async () => {
    await install(command());
    await install(command());
    expect(said.filter((line) => line.endsWith('is written'))).toHaveLength(1);
    expect(said.filter((line) => line.endsWith('is as it should be'))).toHaveLength(1);
  });

  it('is removed without a trace, and only what is there', async () => {
    await install(command({ master: true }));
    uninstall({ master: false, agent: false, user: false, root });
    expect(readdirSync(units(), { recursive: true })).toEqual(['multi-user.target.wants']);
    uninstall({ master: false, agent: true, user: false, root });
    expect(said.at(-1)).toBe('tender-agent.service is not installed');
  });

  it("a person's own unit is left alone", async () => {
    mkdirSync(units(), { recursive: true });
    const file = join(units(), 'tender-agent.service');
    writeFileSync(file, '[Service]\nExecStart=/bin/true\n');
    await expect(install(command())).rejects.toMatchObject({ code: 'install.foreign' });
    expect(() => uninstall({ master: false, agent: true, user: false, root })).toThrow('was not written by');
    expect(readFileSync(file, 'utf8')).toContain('/bin/true');
  });

  it('printed, nothing is written', async () => {
    await install(command({ print: true }));
    expect(said.join('\n')).toContain('ExecStart=');
    expect(existsSync(join(root, 'etc'))).toBe(false);
  });

  it.each([
    ['neither part', { agent: false }, 'say --master, --agent, or both'],
    ['words for two', { master: true, words: ['--name', 'x'] }, 'words after -- are for one'],
    ['a token without an agent', { master: true, agent: false, join: 'x' }, '--join is for an agent'],
  ])('%s is a mistake that is told', async (_, more, told) => {
    await expect(install(command(more))).rejects.toThrow(told);
  });
});

it.skipIf(existsSync('/run/systemd/system'))('where systemd does not run, that is said', async () => {
  await expect(
    install({ master: true, agent: false, user: false, print: false, words: [] }),
  ).rejects.toMatchObject({ code: 'install.no_systemd' });
});
