/** Verbs: each can be found out about, and what people of other tools say is understood or answered. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { ALIASES, GUESSES, guess } from '../../src/cli/commands/guesses.ts';
import { ANYWHERE, OF_COMMAND } from '../../src/cli/commands/refuse.ts';
import { commandIn, program } from '../../src/cli/program.ts';

const root = program([]);
const isShown = (command: Command): boolean => !(command as unknown as { readonly _hidden: boolean })._hidden;
const verbs = root.commands.filter(isShown);
const known = (words: string): boolean => {
  const [first = '', second] = words.split(' ');
  const command = root.commands.find((one) => one.name() === first);
  if (!command) return false;
  return command.commands.length === 0 || !second || command.commands.some((one) => one.name() === second);
};

/** Commands in an answer that do not exist. */
const strangeIn = (said: string): string[] =>
  [...said.matchAll(/tender ([a-z-]+(?: [a-z-]+)?)/g)]
    .map(([, words = '']) => words)
    .filter((words) => !known(words) && !known(words.split(' ')[0]!) && !words.startsWith('alone'));

const ROOT = join(import.meta.dirname, '../..');
const pages = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)]
  .filter((name) => name.endsWith('.md') && name !== 'docs/errors.md')
  .map((name) => readFileSync(join(ROOT, name), 'utf8'))
  .join('\n');

describe('every verb', () => {
  it('has a line of help, and so has each option and argument that is not plain by its name', () => {
    const all = verbs.flatMap((command) => [command, ...command.commands]);
    const silent = all.filter((command) => command.description() === '').map((command) => command.name());
    expect(silent).toEqual([]);
    const options = all.flatMap((command) =>
      command.options
        .filter((option) => !option.hidden && option.description === '')
        .map((option) => `${command.name()} ${option.flags}`),
    );
    expect(options).toEqual([]);
  });

  it.each(verbs.map((command) => command.name()))('%s is shown on a page of the docs', (name) => {
    expect(new RegExp(`tender ${name}\\b`).test(pages), `tender ${name} is on no page`).toBe(true);
  });
});

describe('words of other tools', () => {
  it.each(Object.entries(ALIASES))('%s is also called %j', (name, also) => {
    const command = root.commands.find((one) => one.name() === name);
    expect(command?.aliases()).toEqual(expect.arrayContaining([...also]));
  });

  it('no alias is the name of a command, and none is said twice', () => {
    const all = root.commands.flatMap((command) => [command.name(), ...command.aliases()]);
    expect(all.filter((one, i) => all.indexOf(one) !== i)).toEqual([]);
  });

  it.each(Object.entries(GUESSES))('%s is answered with commands that exist', (word, said) => {
    expect(known(word), 'it is a command by now').toBe(false);
    expect(strangeIn(said)).toEqual([]);
  });

  it('the word after it makes the answer the better one, where there is one', () => {
    expect(guess('rollout', root, 'restart')).toBe('tender restart JOB');
    expect(guess('rollout', root, 'what')).toBe(GUESSES['rollout']);
  });

  it.each([
    ['reservatoins', 'did you mean tender reservations?'],
    ['kil', 'did you mean tender kill?'],
    ['zzzzzz', undefined],
  ])('%s is taken for %j', (word, said) => {
    expect(guess(word, root)).toBe(said);
  });
});

describe('options of other tools', () => {
  const parsed = (...words: string[]): Record<string, unknown> => {
    const fresh = program(['node', 'tender', ...words]);
    const command = fresh.commands.find((one) => one.name() === words[0])!;
    command.action(() => {});
    fresh.parse(['node', 'tender', ...words]);
    return { ...command.opts(), args: command.args };
  };

  it('run -d -m 64m is understood', () => {
    expect(parsed('run', '-d', '--rm', '-m', '64m', 'nginx')).toMatchObject({ mem: '64m', args: ['nginx'] });
  });

  it('exec -it is understood, and what belongs to the command is left to it', () => {
    expect(parsed('exec', '-it', 'web.0', 'ls', '-l')).toMatchObject({ args: ['web.0', 'ls', '-l'] });
  });

  it('logs -f --tail 5 is understood', () => {
    expect(parsed('logs', '-f', '--tail', '5', 'web')).toMatchObject({ follow: true, tail: '5' });
  });

  it.each([['run'], ['batch']])('%s --replicas 3 is its count', (verb) => {
    expect(parsed(verb, '--replicas', '3', 'nginx')).toMatchObject({ count: '3' });
  });

  const answers = [['anywhere', ANYWHERE] as const, ...Object.entries(OF_COMMAND)];
  it.each(
    answers,
  )('%s: those that are answered are no options, and the answers name commands', (name, all) => {
    const own = root.commands.find((one) => one.name() === name)?.options ?? [];
    const flags = own.flatMap(({ long, short }) => [long, short]);
    expect(Object.keys(all).filter((option) => flags.includes(option))).toEqual([]);
    expect(Object.values(all).flatMap(strangeIn)).toEqual([]);
  });

  const refused = async (...words: string[]): Promise<string> => {
    const argv = ['node', 'tender', ...words];
    return program(argv)
      .parseAsync(argv)
      .then(
        () => 'taken',
        (error: Error) => error.message,
      );
  };

  it.each([
    ['run --restart always nginx', 'there is no --restart: a service is always started again'],
    ['run -it busybox sh', 'there is no -it: a job has no terminal'],
    ['ps -o json', 'there is no -o: --json'],
    ['down -v', 'there is no -v: docker volumes stay'],
    ['get pods -o json', 'there is no command "get": tender ps'],
    ['node ls', 'there is no command "node": tender agents'],
    ['--foo', 'there is no option "--foo"'],
    ['run --conut 3 nginx', "unknown option '--conut'\n(Did you mean --count?)"],
    ['stop', "missing required argument 'names'"],
    ['drain nuc1 nuc2', 'too many arguments'],
    ['describe node nuc1', 'a name is enough, whatever it is'],
    ['up a.yaml b.yaml', 'tender up -f ONE -f OTHER'],
  ])('tender %s is answered: %s', async (line, said) => {
    expect(await refused(...line.split(' '))).toContain(said);
  });

  it.each([
    ['ps -x', 'tender ps'],
    ['token create --role', 'tender token create'],
    ['delete --x', 'tender stop'],
    ['nonsense', 'tender'],
  ])('what was meant by %s is told by: %s --help', (line, command) => {
    expect(commandIn(line.split(' '), root)).toBe(command);
  });
});
