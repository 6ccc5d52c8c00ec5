/**
 * What may come next on a command line, told from the very commands that will read it: verbs, options, their choices;
 * and where a name of something in the cluster is due, of what kind. Pure: asks nobody.
 */
import type { Argument, Command, Option } from 'commander';

export type NameKind =
  | 'jobs'
  | 'tasks'
  | 'agents'
  | 'frameworks'
  | 'roles'
  | 'members'
  | 'plugins'
  | 'kinds'
  | 'contexts';

export interface Candidate {
  readonly value: string;
  readonly description: string;
}

export interface Wanted {
  readonly candidates: readonly Candidate[];
  /** Names of these things, besides. */
  readonly names: readonly NameKind[];
  /** What stands before each name: `--context=`; and after it: `=` in `scale web=3`. */
  readonly prefix?: string;
  readonly suffix?: string;
  /** Files and folders, as the shell completes them. */
  readonly files: boolean;
}

const NOTHING: Wanted = { candidates: [], names: [], files: false };
const FILES: Wanted = { ...NOTHING, files: true };
const ofKind = (...names: NameKind[]): Wanted => ({ ...NOTHING, names });

/** By what a command calls its argument, without dots; `VERB NAME` where the same word means other things. */
const ARGUMENTS: Readonly<Record<string, Wanted>> = {
  agent: ofKind('agents'),
  agents: ofKind('agents'),
  framework: ofKind('frameworks'),
  instance: ofKind('tasks'),
  job: ofKind('jobs'),
  member: ofKind('members'),
  name: ofKind('jobs', 'tasks'),
  names: ofKind('jobs'),
  'name=count': { ...ofKind('jobs'), suffix: '=' },
  role: ofKind('roles'),
  roles: ofKind('roles'),
  file: FILES,
  files: FILES,
  folder: FILES,
  folders: FILES,
  'folder or package': FILES,
  script: FILES,
  kind: ofKind('kinds'),
  'context use name': ofKind('contexts'),
  'context rm name': ofKind('contexts'),
  'plugin upgrade name': ofKind('plugins'),
  'plugin rm name': ofKind('plugins'),
  'plugin logs name': ofKind('plugins'),
  'versions name': ofKind('jobs'),
  'rollback name': ofKind('jobs'),
  'endpoints name': ofKind('jobs'),
  'purge name': ofKind('jobs'),
  'rebalance name': ofKind('jobs'),
  'why name': ofKind('jobs', 'tasks', 'agents', 'frameworks', 'roles'),
  'inspect name': ofKind('jobs', 'tasks', 'agents', 'frameworks', 'roles', 'members'),
};

/** By what an option calls its value, or itself. */
const VALUES: Readonly<Record<string, Wanted>> = {
  '--context': ofKind('contexts'),
  '--role': ofKind('roles'),
  '--on': ofKind('agents'),
  '--after': ofKind('jobs'),
  file: FILES,
  folder: FILES,
};

/** @param words after the program's name; the last one is being typed, and may be empty */
export function wantedAt(root: Command, words: readonly string[]): Wanted {
  const current = words.at(-1) ?? '';
  let command = root;
  let position = 0;
  let expects: Option | undefined;
  for (const word of words.slice(0, -1)) {
    if (expects) {
      expects = undefined;
      continue;
    }
    if (word === '--') return FILES; // a program and its arguments
    if (word.startsWith('-') && word !== '-') {
      expects = word.includes('=') ? undefined : optionWithValue(command, word);
      continue;
    }
    const inner = position === 0 ? subcommand(command, word) : undefined;
    if (inner) command = inner;
    else position += 1;
    // Options after it belong to what it runs.
    if (position > 0 && runsOthers(command)) return FILES;
  }
  if (expects) return valuesFor(expects);
  const [flag = '', value] = current.startsWith('-') ? current.split(/=(.*)/s) : [];
  if (value !== undefined) {
    const option = optionWithValue(command, flag);
    return option ? withPrefix(valuesFor(option), `${flag}=`) : NOTHING;
  }
  if (current.startsWith('-')) return { ...NOTHING, candidates: optionsOf(command) };
  const verbs = position === 0 ? command.commands.filter((one) => !isHidden(one)) : [];
  if (verbs.length > 0)
    return {
      ...NOTHING,
      candidates: verbs.map((one) => ({ value: one.name(), description: one.description() })),
    };
  return argumentAt(command, position);
}

function argumentAt(command: Command, position: number): Wanted {
  const all = command.registeredArguments;
  const argument: Argument | undefined = all[position] ?? (all.at(-1)?.variadic ? all.at(-1) : undefined);
  if (!argument) return NOTHING;
  if (argument.argChoices) return choices(argument.argChoices);
  const path = command.parent?.parent ? `${command.parent.name()} ${command.name()}` : command.name();
  return ARGUMENTS[`${path} ${argument.name()}`] ?? ARGUMENTS[argument.name()] ?? NOTHING;
}

function valuesFor(option: Option): Wanted {
  if (option.argChoices) return choices(option.argChoices);
  const [, valueName = ''] = /[<[]([^>\].]+)/.exec(option.flags) ?? [];
  // Of a token it is what somebody will be; elsewhere whose share.
  if (/^agent, client or framework/.test(option.description))
    return choices(['agent', 'client', 'framework']);
  return VALUES[option.long ?? ''] ?? VALUES[valueName] ?? NOTHING;
}

const choices = (values: readonly string[]): Wanted => ({
  ...NOTHING,
  candidates: values.map((value) => ({ value, description: '' })),
});

const withPrefix = (wanted: Wanted, prefix: string): Wanted => ({
  ...wanted,
  prefix,
  candidates: wanted.candidates.map(({ value, description }) => ({ value: prefix + value, description })),
});

/** The option of that flag, if it takes a value. */
function optionWithValue(command: Command, flag: string): Option | undefined {
  const all = [...command.options, ...rootOf(command).options];
  const option = all.find(({ short, long }) => flag === short || flag === long);
  return option?.required || option?.optional ? option : undefined;
}

const optionsOf = (command: Command): Candidate[] => {
  const seen = new Set<string>();
  return [...command.options, ...rootOf(command).options]
    .filter(({ hidden, long }) => long && !hidden && !seen.has(long) && seen.add(long))
    .map(({ long = '', description }) => ({ value: long, description }))
    .concat({ value: '--help', description: 'how it is used' });
};

const subcommand = (command: Command, word: string): Command | undefined =>
  command.commands.find((one) => one.name() === word || one.aliases().includes(word));

const rootOf = (command: Command): Command => (command.parent ? rootOf(command.parent) : command);

/** commander keeps these two to itself. */
const isHidden = (command: Command): boolean =>
  Boolean((command as unknown as { _hidden?: boolean })._hidden);
const runsOthers = (command: Command): boolean =>
  Boolean((command as unknown as { _passThroughOptions?: boolean })._passThroughOptions);
