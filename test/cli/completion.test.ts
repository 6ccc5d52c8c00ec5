/** What may come next on a command line, told from the commands themselves. */
import { describe, expect, it } from 'vitest';
import { wantedAt } from '../../src/cli/completion/wanted.ts';
import { program } from '../../src/cli/program.ts';

const root = program([]);
const at = (...words: string[]) => wantedAt(root, words);
const values = (...words: string[]): string[] => at(...words).candidates.map(({ value }) => value);

describe('verbs', () => {
  it('come first, those that nobody is to say left out', () => {
    expect(values('')).toEqual(expect.arrayContaining(['run', 'ps', 'plugin', 'doctor', 'completion']));
    expect(values('')).not.toContain('framework-host');
    expect(values('')).not.toContain('complete');
  });

  it('have verbs of their own', () => {
    expect(values('plugin', '')).toEqual(['ls', 'add', 'upgrade', 'rm', 'logs']);
  });

  it('have a line of what they do', () => {
    expect(at('').candidates.every(({ description }) => description !== '')).toBe(true);
  });
});

describe('options', () => {
  it('are those of the command, and of all', () => {
    expect(values('drain', '--')).toEqual(
      expect.arrayContaining(['--deadline', '--detach', '--context', '--help']),
    );
  });

  it('that are hidden are not offered, and none twice', () => {
    expect(values('exec', '-')).not.toContain('--interactive');
    const all = values('ps', '-');
    expect(new Set(all).size).toBe(all.length);
  });

  it('with a value have their words or names', () => {
    expect(values('token', 'create', '--role', '')).toEqual(['agent', 'client', 'framework']);
    expect(at('run', '--role', '').names).toEqual(['roles']);
    expect(at('ps', '--context', '').names).toEqual(['contexts']);
    expect(at('backup', 'x', '--state', '').files).toBe(true);
  });

  it('said with = have them, too', () => {
    expect(values('token', 'create', '--role=')).toEqual([
      '--role=agent',
      '--role=client',
      '--role=framework',
    ]);
    expect(at('ps', '--context=ho')).toMatchObject({ names: ['contexts'], prefix: '--context=' });
  });

  it('without a value take no word', () => {
    expect(at('logs', '-f', '').names).toEqual(['jobs', 'tasks']);
    expect(at('logs', '--tail', '5', '').names).toEqual(['jobs', 'tasks']);
  });
});

describe('names', () => {
  it.each([
    [['drain', ''], ['agents']],
    [['give-up', 'nuc1', ''], ['agents']],
    [['stop', ''], ['jobs']],
    [['rm', ''], ['jobs']],
    [
      ['logs', ''],
      ['jobs', 'tasks'],
    ],
    [['replace', ''], ['tasks']],
    [['teardown', ''], ['frameworks']],
    [['revoke', ''], ['members']],
    [['role', 'set', ''], ['roles']],
    [['plugin', 'upgrade', ''], ['plugins']],
    [['context', 'use', ''], ['contexts']],
    [
      ['why', ''],
      ['jobs', 'tasks', 'agents', 'frameworks', 'roles'],
    ],
    [['agents', ''], []],
    [['drain', 'nuc1', ''], []],
  ])('after %j are those of %j', (words, kinds) => {
    expect(at(...words).names).toEqual(kinds);
  });

  it('of scale are followed by =', () => {
    expect(at('scale', 'w')).toMatchObject({ names: ['jobs'], suffix: '=' });
  });

  it('every argument called after a kind of thing is known by it', () => {
    const kinds = ['agent', 'agents', 'job', 'framework', 'role', 'roles', 'member', 'instance'];
    const silent = root.commands
      .flatMap((command) => [command, ...command.commands])
      .flatMap((command) =>
        command.registeredArguments
          .filter((argument) => kinds.includes(argument.name()))
          .map((_, i) => [
            ...(command.parent === root ? [] : [command.parent!.name()]),
            command.name(),
            ...Array.from({ length: i }, () => 'x'),
            '',
          ]),
      )
      .filter((words) => at(...words).names.length === 0);
    expect(silent).toEqual([]);
  });
});

describe('what a command runs', () => {
  it.each([
    [['run', 'nginx', '']],
    [['run', '--name', 'web', '--', '']],
    [['exec', 'web.0', '--', '']],
    [['exec', 'web.0', 'l']],
    [['restore', '']],
    [['plugin', 'add', '']],
  ])('%j: files', (words) => {
    expect(at(...words)).toMatchObject({ files: true, candidates: [], names: [] });
  });
});
