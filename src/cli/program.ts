/**
 * The command line: verbs and flags as people who know docker and nomad guess them. Only the words are here; what a
 * verb does is loaded when it is called, so that no command waits for another's libraries.
 */
import { Command, Option } from 'commander';
import { TenderError } from '../core/errors.ts';
import { VERSION } from '../core/version.ts';
import { PROTOCOL_TEXT } from '../wire/protocol.ts';
import type { BackupOptions } from './backup.ts';
import type { QuotaOptions } from './quota.ts';
import type { RestoreOptions } from './restore.ts';
import type { RoleOptions } from './role.ts';
import type { RunOptions } from './run-spec.ts';
import type { Global } from './session.ts';

const collect = (value: string, all: string[]): string[] => [...all, value];

function whole(option: string, text: string): number {
  if (!/^\d+$/.test(text))
    throw new TenderError('usage', { cause: `${option} expects a whole number, found "${text}"` });
  return Number(text);
}

/** @param words process.argv: what came after a `--` can only be told from them */
export function program(words: readonly string[]): Command {
  const root = new Command('tender')
    .description('A cluster manager that fits in one terminal. Without a command it opens the screen.')
    .option('--context <name>', 'which cluster; see: tender context')
    .option('--json', 'print JSON (events and logs: one object a line)')
    .option('--read-only', 'without anything that changes the cluster')
    .version(VERSION, '-V, --version')
    .configureHelp({ showGlobalOptions: true })
    .helpCommand('help [command]', 'how a command is used')
    .enablePositionalOptions()
    .allowExcessArguments() // `root.action` names the unknown command
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  const global = (command: Command): Global & { readOnly?: boolean } => command.optsWithGlobals();

  root.action(async (_, command: Command) => {
    const [unknown] = command.args;
    if (unknown !== undefined) throw new TenderError('usage', { cause: `there is no command "${unknown}"` });
    const { tui } = await import('./tui.ts');
    await tui(global(command).readOnly ?? false, global(command));
  });
  clusterCommands(root, global);
  jobCommands(root, global, words);
  listCommands(root, global);
  roleCommands(root, global);
  accessCommands(root, global);
  backupCommands(root, global);
  for (const command of root.commands) shareJson(command);
  return root;
}

/** `--json` and `--context` after the verb, too. */
function shareJson(command: Command): void {
  command.exitOverride().configureOutput({ outputError: () => {} });
  if (command.commands.length > 0) for (const inner of command.commands) shareJson(inner);
  else
    command
      .addOption(new Option('--json', 'print JSON (events and logs: one object a line)'))
      .addOption(new Option('--context <name>', 'which cluster').hideHelp());
}

type GlobalOf = (command: Command) => Global & { readOnly?: boolean };

function clusterCommands(root: Command, _: GlobalOf): void {
  root.commandsGroup('To start:');
  root
    .command('dev')
    .description('a whole cluster on this machine, and the screen')
    .option('--example', 'with the example job', false)
    .option('--keep', 'leave it running on exit', false)
    .option('--stop', 'end one that was left running, with its tasks', false)
    .option('--state <folder>', 'where it keeps its state')
    .option('--name <name>', 'name of the cluster', 'dev')
    .action(async (options) => (await import('./dev.ts')).runDev(options));
  root
    .command('master')
    .description('the master of a cluster, with the shipped frameworks')
    .option('--listen <address>', 'for members', 'tcp://*:5050')
    .option('--enrol <address>', 'for new machines with a token', 'tcp://*:5051')
    .option('--advertise <host>', 'name or address of this machine in tokens (default: its address)')
    .option('--state <folder>', 'where it keeps its registry')
    .option('--name <name>', 'name of a new cluster', 'tender')
    .option(
      '--store <address>',
      'where the registry is: sqlite, in the state folder; or, for several masters, etcd://HOST:PORT,HOST:PORT/PREFIX',
      'sqlite',
    )
    .option('--lease <time>', 'of several masters: how long the leader may be silent', '5s')
    .option('--offer-timeout <time>', 'how long a framework may leave an offer unanswered', '60s')
    .option(
      '--preemption-grace <time>',
      'how long frameworks have to end tasks themselves that must make room',
      '10s',
    )
    .option('--agent-timeout <time>', 'an agent that is silent for so long is unreachable', '15s')
    .option('--no-frameworks', 'without the shipped frameworks')
    .action(async (options) => (await import('./master.ts')).runMaster(options));
  root
    .command('agent')
    .description('makes this machine part of a cluster')
    .option('--join <token>', 'from: tender token create --role agent')
    .option('--master <address>', "the master's address, if it has moved")
    .option('--name <name>', 'name of this machine (default: its host name)')
    .option('--state <folder>', 'where it keeps its key, tasks and sandboxes')
    .option('--attribute <name=value>', 'something frameworks can ask for; repeatable', collect, [])
    .option('--region <name>', 'short for --attribute region=NAME')
    .option('--zone <name>', 'short for --attribute zone=NAME')
    .option('--resources <text>', 'what to offer instead of what is there: cpus:2;mem:1024', '')
    .action(async ({ attribute, region, zone, ...options }: AgentWords) => {
      const attributes = Object.fromEntries(attribute.map(attributeOf));
      if (region !== undefined) attributes['region'] = region;
      if (zone !== undefined) attributes['zone'] = zone;
      await (await import('./agent.ts')).runAgent({ ...options, attributes });
    });
  root
    .command('framework')
    .description('runs your own frameworks (plugins) in a cluster')
    .argument('<folders...>', 'each with an index.ts; see docs/plugins.md')
    .option('--join <token>', 'from: tender token create --role framework')
    .option('--master <address>', "the master's address, if it has moved")
    .option('--name <name>', 'name of this member (default: from the first folder)')
    .option('--state <folder>', 'where it keeps its key')
    .action(async (folders: string[], options) =>
      (await import('./framework-host.ts')).runFramework(options, folders),
    );
  root
    .command('framework-host', { hidden: true })
    .argument('<file>', 'how it reaches the master')
    .argument('[folders...]', 'plugins (default: the shipped ones)')
    .action(async (file: string, folders: string[]) =>
      (await import('./framework-host.ts')).runFrameworkHost(file, folders),
    );
}

interface AgentWords {
  readonly attribute: string[];
  readonly region?: string;
  readonly zone?: string;
  readonly resources: string;
}

function attributeOf(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at <= 0) throw new TenderError('usage', { cause: `--attribute expects NAME=VALUE, found "${text}"` });
  return [text.slice(0, at), text.slice(at + 1)];
}

function jobCommands(root: Command, global: GlobalOf, words: readonly string[]): void {
  root.commandsGroup('Work:');
  root
    .command('run')
    .description('runs a container as a service; after -- a plain program')
    .usage('[options] IMAGE [ARG…]  |  [options] -- COMMAND [ARG…]')
    .argument('[words...]')
    .option('--name <name>', 'name of the job (default: from the image or program)')
    .option('-n, --count <n>', 'number of instances')
    .option('--cpus <n>', 'cpus of one instance, such as 0.5')
    .option('--mem <size>', 'memory of one instance: MiB, or 64m, 2g')
    .option(
      '-p, --publish <port>',
      '[NAME:][HOST:]PORT; for a program NAME, found in $PORT_NAME; repeatable',
      collect,
      [],
    )
    .option('-e, --env <name=value>', 'repeatable', collect, [])
    .option('-v, --volume <source:target[:ro]>', 'repeatable', collect, [])
    .option('--health <path>', 'an HTTP path that answers when all is well')
    .option('--role <role>', 'whose share it is of; see tender roles')
    .option('--priority <n>', '0 to 100, how urgent it is (default: that of its role)')
    .option('--cwd <folder>', 'where a program runs (default: here)')
    .passThroughOptions()
    .action(async (args: string[], options: RunOptions, command: Command) => {
      const dashes = words.indexOf('--');
      const plain = dashes >= 0 && words.length - dashes - 1 === args.length;
      await (await import('./jobs.ts')).run(args, plain, options, global(command));
    });
  root
    .command('up')
    .description('runs the jobs of a file, or changes them to what it says')
    .argument('<file>', 'YAML; - reads standard input')
    .action(async (file: string, _, command: Command) =>
      (await import('./jobs.ts')).up(file, global(command)),
    );
  root
    .command('scale')
    .description('changes the number of instances')
    .argument('<name=count...>')
    .action(async (pairs: string[], _, command: Command) =>
      (await import('./jobs.ts')).scaleJobs(pairs, global(command)),
    );
  root
    .command('stop')
    .description('stops all instances of jobs and forgets the jobs')
    .argument('<names...>')
    .option('-d, --detach', 'do not wait until they are gone', false)
    .action(async (names: string[], { detach }: { detach: boolean }, command: Command) =>
      (await import('./jobs.ts')).stopJobs(names, detach, global(command)),
    );
  root
    .command('why')
    .description(
      'says why a job or an instance is as it is, or why a framework or a role gets no more offers; without a name, everything that waits',
    )
    .argument('[name]')
    .action(async (name: string | undefined, _, command: Command) =>
      (await import('./jobs.ts')).explain(name, global(command)),
    );
  root
    .command('logs')
    .description('output of an instance, or of all instances of a job')
    .argument('<name>')
    .option('-f, --follow', 'go on with what comes', false)
    .option('--tail <n>', 'only the last lines')
    .action(async (name: string, { follow, tail }: { follow: boolean; tail?: string }, command: Command) => {
      const { logs } = await import('./logs.ts');
      await logs(
        name,
        { follow, tail: tail === undefined ? undefined : whole('--tail', tail) },
        global(command),
      );
    });
  root
    .command('exec')
    .description('runs a command inside a task, with a terminal if there is one')
    .usage('NAME -- COMMAND [ARG…]')
    .argument('<name>')
    .argument('<command...>')
    .passThroughOptions()
    .action(async (name: string, argv: string[], _, command: Command) => {
      const inner = argv[0] === '--' ? argv.slice(1) : argv;
      await (await import('./logs.ts')).execIn(name, inner, global(command));
    });
}

function listCommands(root: Command, global: GlobalOf): void {
  root.commandsGroup('What there is:');
  root
    .command('ps')
    .description('tasks')
    .argument('[name]', 'only of this job or task')
    .option('-a, --all', 'also ended ones', false)
    .action(async (name: string | undefined, { all }: { all: boolean }, command: Command) =>
      (await import('./lists.ts')).ps(name, all, global(command)),
    );
  for (const name of ['agents', 'jobs', 'offers', 'frameworks'] as const)
    root
      .command(name)
      .description(`lists the ${name}`)
      .action(async (_, command: Command) => (await import('./lists.ts')).list(name, global(command)));
  root
    .command('masters')
    .description('who leads, and which masters stand by')
    .action(async (_, command: Command) => (await import('./masters.ts')).listMasters(global(command)));
  root
    .command('events')
    .description('what has happened')
    .option('-f, --follow', 'and what happens from now on', false)
    .option('--tail <n>', 'so many of the last ones', '50')
    .action(async ({ follow, tail }: { follow: boolean; tail: string }, command: Command) =>
      (await import('./events.ts')).events(follow, whole('--tail', tail), global(command)),
    );
  root
    .command('repl')
    .description('a JavaScript prompt with the live state of the cluster')
    .action(async (_, command: Command) =>
      (await import('./tui.ts')).repl(global(command).readOnly ?? false, global(command)),
    );
  root
    .command('replay')
    .description('runs cases of a file against the allocator; needs no cluster')
    .argument('<file>', 'JSON; see docs/roles.md')
    .action(async (file: string, _, command: Command) =>
      (await import('./replay.ts')).replay(file, global(command)),
    );
  root
    .command('version')
    .description('versions of program, protocol and Node')
    .action((_, command: Command) => {
      const versions = { tender: VERSION, protocol: PROTOCOL_TEXT, node: process.versions.node };
      if (global(command).json) console.log(JSON.stringify(versions));
      else console.log(`tender ${VERSION}, protocol ${PROTOCOL_TEXT}, Node ${process.versions.node}`);
    });
}

function roleCommands(root: Command, global: GlobalOf): void {
  const list = async (_: unknown, command: Command): Promise<void> =>
    (await import('./lists.ts')).list('roles', global(command));
  root.commandsGroup('Who gets how much:');
  root.command('roles').description('lists the roles').action(list);
  const role = root.command('role').description('how much a role counts beside others');
  role.command('ls', { isDefault: true }).description('lists them').action(list);
  role
    .command('set')
    .description('changes one; what is not said stays')
    .argument('<role>')
    .option('--weight <n>', 'its part beside its siblings; 1 unless set')
    .option('--priority <n>', '0 to 100, how urgent its work is; 50 unless set')
    .option('--preemption <on|off>', 'whether work of lower priority may be ended for it; off unless set')
    .action(async (name: string, options: RoleOptions, command: Command) =>
      (await import('./role.ts')).setRole(name, options, global(command)),
    );
  role
    .command('rm')
    .description('back to the defaults, without quota')
    .argument('<roles...>')
    .action(async (names: string[], _, command: Command) =>
      (await import('./role.ts')).removeRoles(names, global(command)),
    );
  const quota = root.command('quota').description('what roles are guaranteed, and limited to');
  quota
    .command('ls', { isDefault: true })
    .description('lists them, with what is used')
    .action(async (_, command: Command) => (await import('./quota.ts')).listQuotas(global(command)));
  quota
    .command('set')
    .description('for a role and all below it; what is not said stays')
    .argument('<roles...>')
    .option('--guarantee <amounts>', 'kept free for it, such as cpus=2,mem=4g; or none')
    .option('--limit <amounts>', 'at most so much; a name that is not said is not limited; or none')
    .option('--force', 'although more is used, or more promised than there is', false)
    .action(async (names: string[], options: QuotaOptions, command: Command) =>
      (await import('./quota.ts')).setQuota(names, options, global(command)),
    );
  quota
    .command('rm')
    .description('neither guaranteed nor limited any more')
    .argument('<roles...>')
    .action(async (names: string[], _, command: Command) =>
      (await import('./quota.ts')).removeQuota(names, global(command)),
    );
}

function accessCommands(root: Command, global: GlobalOf): void {
  root.commandsGroup('Who may connect:');
  const token = root.command('token').description('join tokens');
  token
    .command('create')
    .description('a token that lets one machine or person in, once')
    .requiredOption('--role <role>', 'agent, client or framework')
    .option('--ttl <time>', 'how long it is good', '1h')
    .option('--name <name>', 'the name its user gets')
    .action(async ({ role, ttl, name }: { role: string; ttl: string; name?: string }, command: Command) =>
      (await import('./access.ts')).createToken(role, ttl, name, global(command)),
    );
  root
    .command('members')
    .description('who may connect')
    .action(async (_, command: Command) => (await import('./access.ts')).listMembers(global(command)));
  root
    .command('revoke')
    .description('takes a key away, at once')
    .argument('<member>')
    .action(async (name: string, _, command: Command) =>
      (await import('./access.ts')).revoke(name, global(command)),
    );
  const context = root.command('context').description('the clusters that this user knows');
  context
    .command('ls', { isDefault: true })
    .description('lists them')
    .action(async (_, command: Command) => (await import('./access.ts')).showContexts(global(command)));
  context
    .command('add')
    .description('with a token from: tender token create --role client')
    .argument('<token>')
    .option('--name <name>', 'what to call it here')
    .action(async (text: string, { name }: { name?: string }, command: Command) =>
      (await import('./access.ts')).addContext(text, name, global(command)),
    );
  context
    .command('use')
    .description('makes it the one that commands speak to')
    .argument('<name>')
    .action(async (name: string) => (await import('./contexts.ts')).useContext(name));
  context
    .command('rm')
    .description('forgets it, with its key')
    .argument('<name>')
    .action(async (name: string) => (await import('./contexts.ts')).removeContext(name));
}

function backupCommands(root: Command, global: GlobalOf): void {
  const passphrase = new Option(
    '--passphrase-file <file>',
    'where the passphrase is (or: TENDER_PASSPHRASE)',
  );
  root.commandsGroup('Machines and frameworks:');
  root
    .command('drain')
    .description('moves the tasks of a machine elsewhere, and gives it no new ones')
    .argument('<agent>')
    .option('--deadline <time>', 'when what is left is killed, or none', '1h')
    .option('-d, --detach', 'do not wait until nothing is left', false)
    .action(async (name: string, options: { deadline: string; detach: boolean }, command: Command) =>
      (await import('./machines.ts')).drain(name, options.deadline, options.detach, global(command)),
    );
  root
    .command('deactivate')
    .description('gives a machine no new work; its tasks go on')
    .argument('<agent>')
    .action(async (name: string, _, command: Command) =>
      (await import('./machines.ts')).deactivate(name, global(command)),
    );
  root
    .command('activate')
    .description('gives a machine new work again, after drain or deactivate')
    .argument('<agent>')
    .action(async (name: string, _, command: Command) =>
      (await import('./machines.ts')).activate(name, global(command)),
    );
  root
    .command('give-up')
    .description('does not wait for machines that are away: their tasks go to others now')
    .argument('[agents...]')
    .option('--all', 'all that are away', false)
    .action(async (names: string[], { all }: { all: boolean }, command: Command) =>
      (await import('./machines.ts')).giveUp(names, all, global(command)),
    );
  root
    .command('gone')
    .description('declares that a machine will not come back: its tasks are given up; final')
    .argument('<agent>')
    .action(async (name: string, _, command: Command) =>
      (await import('./machines.ts')).gone(name, global(command)),
    );
  root
    .command('teardown')
    .description('removes a framework with its tasks, jobs and all that it has stored; final')
    .argument('<framework>')
    .option('-y, --yes', 'do not ask', false)
    .action(async (name: string, { yes }: { yes: boolean }, command: Command) =>
      (await import('./teardown.ts')).teardown(name, yes, global(command)),
    );
  root.commandsGroup('To keep:');
  root
    .command('backup')
    .description('saves a cluster, with its keys, into a file that only a passphrase opens')
    .argument('<file>')
    .option('--state <folder>', 'of a master that does not run (default: from the running one)')
    .addOption(passphrase)
    .action(async (file: string, options: BackupOptions, command: Command) =>
      (await import('./backup.ts')).backup(file, options, global(command)),
    );
  root
    .command('restore')
    .description('makes the state folder of a master from a backup')
    .argument('<file>')
    .option('--check', 'only prove the backup, and say what is in it', false)
    .option('--state <folder>', 'where to (default: where a master keeps its registry)')
    .option('--force', 'although there is one: it is moved aside', false)
    .option('--store <address>', 'of several masters: etcd://HOST:PORT,HOST:PORT/PREFIX', 'sqlite')
    .addOption(passphrase)
    .action(async (file: string, options: RestoreOptions, command: Command) =>
      (await import('./restore.ts')).restore(file, options, global(command)),
    );
}
