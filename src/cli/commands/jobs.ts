/** Commands about work: jobs and their instances. */
import { type Command, Option } from 'commander';
import type { RunOptions } from '../run-spec.ts';
import type { StopOptions } from '../stop.ts';
import { collect, globalOf, whole } from './words.ts';

export function jobCommands(root: Command, words: readonly string[]): void {
  root.commandsGroup('Work:');
  runOptions(
    root
      .command('run')
      .description('runs a container as a service; after -- a plain program')
      .usage('[options] IMAGE [ARG…]  |  [options] -- COMMAND [ARG…]')
      .argument('[words...]'),
  ).action(async (args: string[], options: RunOptions, command: Command) => {
    const dashes = words.indexOf('--');
    const plain = dashes >= 0 && words.length - dashes - 1 === args.length;
    await (await import('../jobs.ts')).run(args, plain, options, globalOf(command));
  });
  root
    .command('scale')
    .description('changes the number of instances')
    .argument('<name=count...>', 'such as web=5; or web 5')
    .addOption(new Option('--replicas <count>').hideHelp())
    .action(async (words: string[], { replicas }: { replicas?: string }, command: Command) =>
      (await import('../jobs.ts')).scaleJobs(words, replicas, globalOf(command)),
    );
  root
    .command('stop')
    .description('stops all instances of jobs and forgets the jobs, but for those that keep data')
    .argument('<names...>')
    .option('-d, --detach', 'do not wait until they are gone', false)
    .option('--purge', 'destroy the data that they keep', false)
    .option('--yes', 'without being asked about that', false)
    .action(async (names: string[], options: StopOptions, command: Command) =>
      (await import('../stop.ts')).stopJobs(names, options, globalOf(command)),
    );
  root
    .command('kill')
    .description('ends tasks; their framework most often puts others in their place')
    .argument('<tasks...>', 'such as web.0')
    .option('--grace <time>', 'so long from the first signal to the last one (default: as the job says)')
    .action(async (names: string[], { grace }: { grace?: string }, command: Command) =>
      (await import('../kill.ts')).killTasks(names, grace, globalOf(command)),
    );
  root
    .command('why')
    .description(
      'says why a job, an instance or an agent is as it is, or why a framework or a role gets no more offers; without a name, everything that waits',
    )
    .argument('[name]')
    .action(async (name: string | undefined, _, command: Command) =>
      (await import('../jobs.ts')).explain(name, globalOf(command)),
    );
  root
    .command('logs')
    .description('output of an instance, or of all instances of a job')
    .argument('<name>')
    .option('-f, --follow', 'go on with what comes', false)
    .option('-n, --tail <n>', 'only the last lines of each')
    .option('--since <time>', 'only what was written since: 10m, 2h, 2026-11-23T08:00')
    .option('-t, --timestamps', 'each line with its time', false)
    .action(async (name: string, options: LogWords, command: Command) => {
      const { logs, sinceOf } = await import('../logs.ts');
      const { tail, since, ...rest } = options;
      const wanted = {
        ...rest,
        tail: tail === undefined ? undefined : whole('--tail', tail),
        since: since === undefined ? undefined : sinceOf(since, Date.now()),
      };
      await logs(name, wanted, globalOf(command));
    });
  root
    .command('exec')
    .description('runs a command inside a task, with a terminal if there is one')
    .usage('[-it] NAME -- COMMAND [ARG…]')
    .argument('<name>')
    .argument('<command...>')
    .addOption(new Option('-i, --interactive').hideHelp()) // always so
    .option('-t, --tty', 'with a terminal (default: if this is one)')
    .option('-T, --no-tty', 'without one')
    .passThroughOptions()
    .action(async (name: string, argv: string[], { tty }: { tty?: boolean }, command: Command) => {
      const inner = argv[0] === '--' ? argv.slice(1) : argv;
      await (await import('../exec.ts')).execIn(name, inner, { tty }, globalOf(command));
    });
  root
    .command('attach')
    .description('what a task writes from now on, and its input; ctrl-] leaves it running')
    .argument('<name>')
    .action(async (name: string, _, command: Command) => {
      await (await import('../exec.ts')).attachTo(name, globalOf(command));
    });
}

interface LogWords {
  readonly follow: boolean;
  readonly tail?: string;
  readonly since?: string;
  readonly timestamps: boolean;
}

/** What one instance is, and how many there are. */
export const runOptions = (command: Command): Command =>
  asDockerSays(command)
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
    .option(
      '--constraint <rule>',
      'where it may run: "rack == r1", "gpu is_set", distinct_hosts, …; repeatable',
      collect,
      [],
    )
    .option(
      '--device <host[:container[:rwm]]>',
      'a device that agents offer, such as /dev/dri; repeatable',
      collect,
      [],
    )
    .option('--platform <os/arch>', 'of the image, such as linux/arm64')
    .option('--health <path>', 'an HTTP path that answers when all is well')
    .option('--role <role>', 'whose share it is of; see tender roles')
    .option('--priority <n>', '0 to 100, how urgent it is (default: that of its role)')
    .option('--cwd <folder>', 'where it runs (default: a program here, a container as its image says)')
    .passThroughOptions();

/** Words of `docker run`, for fingers that know them; some are so by themselves here. */
const asDockerSays = (command: Command): Command =>
  command
    .addOption(new Option('-d, --detach').hideHelp())
    .addOption(new Option('--rm').hideHelp())
    .addOption(new Option('--workdir <folder>').hideHelp())
    .on('option:workdir', (folder: string) => command.setOptionValue('cwd', folder))
    .addOption(new Option('--replicas <n>').hideHelp())
    .on('option:replicas', (count: string) => command.setOptionValue('count', count))
    .addOption(new Option('-m, --memory <size>').hideHelp())
    .on('option:memory', (size: string) => command.setOptionValue('mem', size));
