/** Commands that only look. */
import type { Command } from 'commander';
import { globalOf, listing, whole } from './words.ts';

export function listCommands(root: Command): void {
  root.commandsGroup('What there is:');
  listing(root.command('ps'))
    .description('tasks')
    .argument('[name]', 'only of this job or task')
    .option('-a, --all', 'also ended ones', false)
    .action(async (name: string | undefined, { all }: { all: boolean }, command: Command) =>
      (await import('../lists.ts')).ps(name, all, globalOf(command)),
    );
  listing(root.command('offers'))
    .description('resources that are offered now, to whom, and until when')
    .option('-a, --all', 'also the last ones that have ended, and what became of them', false)
    .action(async ({ all }: { all: boolean }, command: Command) =>
      (await import('../lists.ts')).listOffers(all, globalOf(command)),
    );
  for (const name of ['agents', 'jobs', 'frameworks'] as const)
    listing(root.command(name))
      .description(`lists the ${name}`)
      .action(async (_, command: Command) => (await import('../lists.ts')).list(name, globalOf(command)));
  root
    .command('inspect')
    .description('all that is known of a job, task, agent, framework, role or member')
    .argument('<name>')
    .action(async (name: string, _, command: Command) =>
      (await import('../inspect.ts')).inspect(name, globalOf(command)),
    );
  listing(root.command('masters'))
    .description('who leads, and which masters stand by')
    .action(async (_, command: Command) => (await import('../masters.ts')).listMasters(globalOf(command)));
  root
    .command('events')
    .description('what has happened')
    .option('-f, --follow', 'and what happens from now on', false)
    .option('--tail <n>', 'so many of the last ones', '50')
    .action(async ({ follow, tail }: { follow: boolean; tail: string }, command: Command) =>
      (await import('../events.ts')).events(follow, whole('--tail', tail), globalOf(command)),
    );
  root
    .command('repl')
    .description('a JavaScript prompt with the live state of the cluster')
    .action(async (_, command: Command) =>
      (await import('../tui.ts')).repl(globalOf(command).readOnly ?? false, globalOf(command)),
    );
  root
    .command('script')
    .description('runs a script, in TypeScript or JavaScript, with the globals of the prompt')
    .argument('<file>', '- reads standard input')
    .argument('[args...]', 'it finds them in args')
    .option('--read-only', 'without anything that changes the cluster')
    .passThroughOptions()
    .action(async (file: string, args: string[], _, command: Command) =>
      (await import('../script.ts')).script(file, args, globalOf(command)),
    );
  root
    .command('replay')
    .description('runs cases of a file against the allocator; needs no cluster')
    .argument('<file>', 'JSON; see docs/roles.md')
    .action(async (file: string, _, command: Command) =>
      (await import('../replay.ts')).replay(file, globalOf(command)),
    );
  root
    .command('version')
    .description('of this program, of the master, and of agents and frameworks that run another one')
    .action(async (_, command: Command) => (await import('../version.ts')).versions(globalOf(command)));
}
