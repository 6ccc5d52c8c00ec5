/** Commands that read files: jobs of tender, or services of Compose. */
import { type Command, Option } from 'commander';
import type { FileOptions } from '../file-jobs.ts';
import type { StopOptions } from '../stop.ts';
import { collect, globalOf } from './words.ts';

export function fileCommands(root: Command): void {
  root.commandsGroup('Files:');
  filesOf(root.command('up').description('runs the jobs of a file, or changes them to what it says'))
    .option(
      '--check-version <name=version>',
      'only if the job is of this version (0: new), as tender plan said; repeatable',
      collect,
      [],
    )
    .addOption(new Option('-d, --detach', 'as it always is').hideHelp())
    .action(async (file: string | undefined, options: UpOptions, command: Command) =>
      (await import('../jobs.ts')).up(file, options.checkVersion, options, globalOf(command)),
    );
  filesOf(root.command('down').description('stops the jobs of a file, all of a Compose project'))
    .option('-d, --detach', 'do not wait until they are gone', false)
    .option('--purge', 'destroy the data that they keep (docker volumes stay)', false)
    .option('--yes', 'without being asked about that', false)
    .action(async (file: string | undefined, options: FileOptions & StopOptions, command: Command) =>
      (await import('../stop.ts')).down(file, options, globalOf(command)),
    );
  filesOf(
    root
      .command('plan')
      .description(
        'says what a file would change: the difference, each step, and where new instances would go',
      ),
  ).action(async (file: string | undefined, options: FileOptions, command: Command) =>
    (await import('../changes.ts')).planFile(file, options, globalOf(command)),
  );
  filesOf(
    root
      .command('convert')
      .description('prints the job file that a Compose file becomes, and starts nothing'),
  ).action(async (file: string | undefined, options: FileOptions, command: Command) =>
    (await import('../convert.ts')).convert(file, options, globalOf(command)),
  );
  root
    .command('init')
    .description(
      'writes a commented job file to start from: service, batch, stateful, compose, or a kind of your own',
    )
    .argument('[what]', 'default: service')
    .option('-o, --output <file>', 'default: tender.yaml, or compose.yaml; - prints it')
    .option('--force', 'over a file that is there', false)
    .action(
      async (what: string | undefined, options: { output?: string; force: boolean }, command: Command) =>
        (await import('../init.ts')).init(what ?? 'service', options, globalOf(command)),
    );
}

type UpOptions = FileOptions & { readonly checkVersion: readonly string[] };

const filesOf = (command: Command): Command =>
  command
    .argument('[file]', 'a job file or a Compose file, known by what is in it; - reads standard input')
    .option('-f, --file <file>', 'the same, and more of them; Compose files lie over each other', collect, [])
    .option('-p, --project-name <name>', 'Compose: what its jobs are called by (default: its folder)')
    .option('--profile <name>', 'Compose: with the services of this profile; repeatable', collect, [])
    .option('--env-file <file>', 'Compose: variables, instead of .env; repeatable', collect, [])
    .option('--strict', 'Compose: refuse what can’t be wholly honoured, although it does no harm', false)
    .option('--on <agent>', 'Compose: the machine for services that find each other by name or have data');
