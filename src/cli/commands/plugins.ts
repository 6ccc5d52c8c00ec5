/** Commands about plugins: frameworks of your own, which the master runs. */
import type { Command } from 'commander';
import { globalOf, listing, whole } from './words.ts';

export function pluginCommands(root: Command): void {
  root.commandsGroup('Frameworks of your own:');
  const plugin = root.command('plugin').description('frameworks of your own, run by the master');
  listing(plugin.command('ls', { isDefault: true }))
    .description('lists them')
    .action(async (_, command: Command) => (await import('../plugins.ts')).list(globalOf(command)));
  plugin
    .command('add')
    .description('takes the code as it is now, and runs it')
    .argument('<folder or package>', './lease, or what npm finds under that name')
    .action(async (source: string, _, command: Command) =>
      (await import('../plugins.ts')).addOne(source, globalOf(command)),
    );
  plugin
    .command('upgrade')
    .description('takes the code anew; where the new code does not start, the old goes on')
    .argument('<name>')
    .argument('[folder or package]', 'default: where it came from')
    .action(async (name: string, source: string | undefined, _, command: Command) =>
      (await import('../plugins.ts')).upgrade(name, source, globalOf(command)),
    );
  plugin
    .command('rm')
    .description('removes one, with all that it has stored')
    .argument('<name>')
    .option('--force', 'also with its jobs and tasks', false)
    .option('-y, --yes', 'do not ask', false)
    .action(async (name: string, options: { force: boolean; yes: boolean }, command: Command) =>
      (await import('../plugins.ts')).remove(name, options, globalOf(command)),
    );
  root
    .command('call')
    .description('calls a verb that the framework of a job adds to the usual ones; see: tender frameworks')
    .argument('<job>')
    .argument('<verb>')
    .argument('[name=value...]', 'what it needs to know')
    .action(async (job: string, verb: string, words: string[], _, command: Command) =>
      (await import('../call.ts')).call(job, verb, words, globalOf(command)),
    );
  plugin
    .command('logs')
    .description('what its process has written')
    .argument('<name>')
    .option('-f, --follow', 'go on with what comes', false)
    .option('--tail <n>', 'only the last lines')
    .action(async (name: string, { follow, tail }: { follow: boolean; tail?: string }, command: Command) =>
      (await import('../plugins.ts')).logs(
        name,
        { follow, tail: tail === undefined ? undefined : whole('--tail', tail) },
        globalOf(command),
      ),
    );
}
