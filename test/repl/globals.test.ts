/** types/globals.d.ts says what a session has, and nothing else; and every command of the program is to be had in one. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { program } from '../../src/cli/program.ts';
import { EVENT_NAMES } from '../../src/repl/event-names.ts';
import { LISTS, type ListName } from '../../src/repl/lists.ts';
import { methodsOf } from '../../src/repl/methods.ts';
import { createSession } from '../../src/repl/session.ts';
import { VERBS } from '../../src/repl/verbs.ts';
import { homeCluster } from '../support/cluster-fixture.ts';

const declared = readFileSync(join(import.meta.dirname, '../../types/globals.d.ts'), 'utf8');
const session = createSession({ client: homeCluster(), write: () => {}, width: () => 120, colors: false });

const namesIn = (text: string, pattern: RegExp): string[] =>
  [...new Set([...text.matchAll(pattern)].map(([, name = '']) => name))].sort();

describe('the declared globals', () => {
  it('are those that there are', () => {
    const globals = namesIn(declared, /^ {2}(?:const|function) (\w+)/gm);
    expect(globals).toEqual([...Object.keys(session.globals), 'args'].sort());
  });

  it.each(['role', 'quota', 'plugin', 'token'])('%s has its verbs', (group) => {
    const [, body = ''] =
      new RegExp(`^ {2}const ${group}: \\{\\n([\\s\\S]*?)^ {2}\\};`, 'm').exec(declared) ?? [];
    const verbs = Object.keys(VERBS).flatMap((name) =>
      name.startsWith(`${group}.`) ? [name.split('.')[1]!] : [],
    );
    expect(namesIn(body, /^ {4}(\w+)\(/gm)).toEqual(verbs.sort());
  });

  const INTERFACES: Readonly<Record<ListName, string>> = {
    agents: 'Agent',
    jobs: 'Job',
    tasks: 'Task',
    frameworks: 'Framework',
    offers: 'Offer',
    roles: 'Role',
  };
  const bodyOf = (name: string): string =>
    new RegExp(`^ {4}interface ${name}\\b[^\\n]*\\{\\n([\\s\\S]*?)^ {4}\\}`, 'm').exec(declared)![1]!;

  it.each(LISTS)('one of %s has its methods', (list) => {
    const methods = [...new Set(methodsOf(list).map(({ method }) => method))].sort();
    expect(namesIn(bodyOf(INTERFACES[list]), /^ {6}(\w+)\(/gm)).toEqual(methods);
  });

  it.each(LISTS)('one of %s has only fields that there are', (list) => {
    const client = homeCluster();
    const [thing] = (session.globals[list]!.value ?? []) as readonly object[];
    const optional = ['ready', 'exitCode', 'healthy'];
    const fields = namesIn(bodyOf(INTERFACES[list]), /^ {6}readonly (\w+)\??:/gm);
    const figures = [...session.things.figuresOf(list), ...Object.keys(thing ?? {}), ...optional];
    expect(client.state.offers.size > 0 || list !== 'offers').toBe(true);
    expect(fields.filter((field) => !figures.includes(field))).toEqual([]);
  });

  it('know all events', () => {
    const [, body = ''] = /type EventName =\n([\s\S]*?);/.exec(declared) ?? [];
    const written = namesIn(body, /'([a-z]+\.[a-z]+)'/g);
    const states = EVENT_NAMES.filter((name) => !written.includes(name));
    // The others are written as patterns: a state of a task, or of an agent.
    expect(written.filter((name) => !EVENT_NAMES.includes(name))).toEqual([]);
    expect(states.filter((name) => !/^(task|agent)\.[a-z_]+$/.test(name))).toEqual([]);
  });
});

describe('commands of the program', () => {
  /** What is said differently at the prompt. */
  const SAID: Readonly<Record<string, string>> = {
    ps: 'tasks',
    'run-now': 'runNow',
    'give-up': 'giveUp',
    destroy: 'destroyVolume',
    batch: 'run', // with kind: 'batch'
    events: 'events',
    agents: 'agents',
    jobs: 'jobs',
    offers: 'offers',
    frameworks: 'frameworks',
    roles: 'roles',
    'role ls': 'roles',
    inspect: 'state', // and any thing by its name
  };
  /** They start or set up something on this machine, or are about files here: nothing that is said to a cluster. */
  const NOT_AT_THE_PROMPT: Readonly<Record<string, string>> = {
    dev: 'starts a cluster',
    master: 'starts a part of one',
    agent: 'starts a part of one',
    framework: 'runs plugins here; framework() plays one by hand',
    context: 'chooses the cluster, before there is a session',
    backup: 'asks for a passphrase, writes a file',
    restore: 'without a master',
    replay: 'needs no cluster',
    repl: 'that is where one is',
    script: 'that is where one is',
    install: 'makes services of this machine',
    uninstall: 'makes services of this machine',
    convert: 'files only',
    init: 'files only',
    doctor: 'looks at this machine',
    attach: 'lends the terminal to a task',
    down: 'a file as a whole; stop() names jobs',
    completion: 'of a shell',
    help: 'help()',
  };

  const root = program([]);
  const commands = root
    .createHelp()
    .visibleCommands(root)
    .flatMap((command) =>
      command.commands.length > 0 && command.name() !== 'context'
        ? command.commands.map((inner) => `${command.name()} ${inner.name()}`)
        : [command.name()],
    );

  it.each(commands.filter((name) => !(name.split(' ')[0]! in NOT_AT_THE_PROMPT)))('%s is there', (name) => {
    const said = SAID[name] ?? name.replace(' ', '.');
    const [group = '', own] = said.split('.');
    const value = (session.globals[group]?.value ?? {}) as Record<string, unknown>;
    expect(own === undefined ? session.globals[group] : value[own]).toBeDefined();
  });

  it('that are not there are few, and still commands', () => {
    const first = new Set(commands.map((name) => name.split(' ')[0]!));
    const known = Object.keys(NOT_AT_THE_PROMPT).filter((name) => first.has(name));
    expect(known.length).toBeLessThan(21);
    expect(known).toContain('dev');
  });
});
