/** Commands about jobs that keep data: how a procedure goes on, and what may be lost. */
import type { Command } from 'commander';
import { globalOf, sayings } from './words.ts';

export function dataCommands(root: Command): void {
  root.commandsGroup('Jobs that keep data:');
  sayings(root, {
    retry: 'does the step again at which a procedure is held',
    undo: 'puts the instance back that a procedure is held at; it stays held',
  });
  root
    .command('replace')
    .description('gives a lost instance another home, with an empty volume')
    .argument('<instance>', 'such as db.1')
    .action(async (instance: string, _, command: Command) =>
      (await import('../data.ts')).replace(instance, globalOf(command)),
    );
  root
    .command('purge')
    .description('destroys the data of a stopped job; of one that runs, what its instances have left behind')
    .argument('<name>')
    .option('--yes', 'without being asked', false)
    .action(async (name: string, { yes }: { yes: boolean }, command: Command) =>
      (await import('../data.ts')).purge(name, yes, globalOf(command)),
    );
}
