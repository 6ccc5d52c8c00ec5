/** Commands about work that ends: what starts it, and its runs. */
import type { Command } from 'commander';
import type { BatchOptions } from '../batch.ts';
import { runOptions } from './jobs.ts';
import { globalOf, whole } from './words.ts';

export function batchCommands(root: Command, words: readonly string[]): void {
  root.commandsGroup('Batch work:');
  runOptions(
    root
      .command('batch')
      .description('runs a container to its end; after -- a plain program')
      .usage('[options] IMAGE [ARG…]  |  [options] -- COMMAND [ARG…]')
      .argument('[words...]')
      .option('--parallelism <n>', 'so many instances at a time (default: as many as there is room for)')
      .option('--timeout <time>', 'so long one may run, such as 30s, 5m, 1h')
      .option('--retries <n>', 'so often a failed one is tried again (default: 3)')
      .option('--everywhere', 'one on each agent', false)
      .option('--schedule <cron>', 'runs again and again: "30 2 * * *"')
      .option('--timezone <zone>', 'of the schedule, such as Europe/Berlin (default: UTC)')
      .option('--after <jobs>', 'runs when these have ended well: NAME,NAME')
      .option('-w, --wait', 'waits until it is over; exit code 1 when it failed', false),
  ).action(async (args: string[], options: BatchOptions, command: Command) => {
    const dashes = words.indexOf('--');
    const plain = dashes >= 0 && words.length - dashes - 1 === args.length;
    await (await import('../batch.ts')).runBatch(args, plain, options, globalOf(command));
  });
  root
    .command('dispatch')
    .description('starts a run of a job with parameters')
    .usage('[options] JOB [NAME=VALUE…]')
    .argument('<job>')
    .argument('[parameters...]')
    .option('--payload <file>', 'a text of at most 16 KiB that it gets; - reads standard input')
    .option('-w, --wait', 'waits until it is over; exit code 1 when it failed', false)
    .action(
      async (job: string, pairs: string[], options: { payload?: string; wait: boolean }, command: Command) =>
        (await import('../batch.ts')).dispatchJob(job, pairs, options, globalOf(command)),
    );
  root
    .command('run-now')
    .description('starts a run of a batch job now')
    .argument('<job>')
    .option('-w, --wait', 'waits until it is over; exit code 1 when it failed', false)
    .action(async (job: string, { wait }: { wait: boolean }, command: Command) =>
      (await import('../batch.ts')).runJobNow(job, wait, globalOf(command)),
    );
  root
    .command('runs')
    .description('the last runs of a batch job with their results, and when the next ones come')
    .argument('<job>')
    .action(async (job: string, _, command: Command) =>
      (await import('../batch.ts')).listRuns(job, globalOf(command)),
    );
  root
    .command('skip')
    .description('lets the next time of a schedule pass')
    .argument('<job>')
    .action(async (job: string, _, command: Command) =>
      (await import('../batch.ts')).skipNext(job, globalOf(command)),
    );
  root
    .command('cancel')
    .description('ends one run of a batch job')
    .argument('<job>')
    .argument('<run>', 'its number, as in: tender runs JOB')
    .action(async (job: string, run: string, _, command: Command) =>
      (await import('../batch.ts')).cancelRun(job, whole('run', run), globalOf(command)),
    );
}
