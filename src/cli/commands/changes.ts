/** Commands about how jobs change: versions, updates, endpoints. */
import type { Command } from 'commander';
import { globalOf, listing, sayings, whole } from './words.ts';

export function changeCommands(root: Command): void {
  root.commandsGroup('Changes:');
  listing(root.command('versions'))
    .description('versions of a job that it can go back to')
    .argument('<name>')
    .action(async (name: string, _, command: Command) =>
      (await import('../changes.ts')).listVersions(name, globalOf(command)),
    );
  root
    .command('rollback')
    .description('goes back to an earlier version of a job (default: the one before)')
    .argument('<name>')
    .argument('[version]')
    .action(async (name: string, version: string | undefined, _, command: Command) => {
      const { rollBack } = await import('../changes.ts');
      await rollBack(name, version === undefined ? undefined : whole('version', version), globalOf(command));
    });
  sayings(root, {
    pause: 'holds the update of a job, or its schedule',
    resume: 'lets it go on, or tries a failed update again',
    abort: 'gives an update up: back to the version before',
    restart: 'starts all instances of a job anew, with the care of a change',
  });
  root
    .command('promote')
    .description('lets the other instances follow the canaries of an update')
    .argument('<name>')
    .option('--force', 'although they have not shown yet that they work', false)
    .action(async (name: string, { force }: { force: boolean }, command: Command) =>
      (await import('../changes.ts')).sayTo(name, 'promote', { force }, globalOf(command)),
    );
  root
    .command('rebalance')
    .description('moves instances to machines where they had better run, one after the other')
    .argument('[name]', 'only of this job')
    .option('--plan', 'only say what would move, and how much better it would be', false)
    .option('--most <n>', 'so many moves at most', '5')
    .action(
      async (name: string | undefined, { plan, most }: { plan: boolean; most: string }, command: Command) =>
        (await import('../changes.ts')).moveJobs(
          { plan, most: whole('--most', most), ...(name !== undefined && { job: name }) },
          globalOf(command),
        ),
    );
  listing(root.command('endpoints'))
    .description('where a job can be reached, with state and weight: for a proxy with --json')
    .argument('<name>')
    .action(async (name: string, _, command: Command) =>
      (await import('../changes.ts')).listEndpoints(name, globalOf(command)),
    );
}
