/** Commands about machines and frameworks: a person's word on whether they stay. */
import type { Command } from 'commander';
import { TenderError } from '../../core/errors.ts';
import { globalOf } from './words.ts';

export function machineCommands(root: Command, words: readonly string[]): void {
  root.commandsGroup('Machines and frameworks:');
  root
    .command('drain')
    .description('moves the tasks of a machine elsewhere, and gives it no new ones')
    .argument('<agent>')
    .option('--deadline <time>', 'when what is left is killed, or none', '1h')
    .option('-d, --detach', 'do not wait until nothing is left', false)
    .action(async (name: string, options: { deadline: string; detach: boolean }, command: Command) =>
      (await import('../machines.ts')).drain(name, options.deadline, options.detach, globalOf(command)),
    );
  root
    .command('reboot')
    .description('drains a machine, waits until it was restarted, and gives it new work again')
    .usage('[options] AGENT [-- COMMAND [ARG…]]')
    .argument('<agent>')
    .argument('[command...]', 'after --: run here when nothing is left there, such as ssh nuc2 sudo reboot')
    .option('--deadline <time>', 'when what is left is killed, or none', '1h')
    .action(async (name: string, argv: string[], { deadline }: { deadline: string }, command: Command) => {
      const dashes = words.indexOf('--');
      if (argv.length > 0 && (dashes < 0 || words.length - dashes - 1 !== argv.length))
        throw new TenderError('usage', { cause: 'one machine at a time; a command comes after --' });
      await (await import('../reboot.ts')).rebootAgent(name, deadline, argv, globalOf(command));
    });
  root
    .command('deactivate')
    .description('gives a machine no new work; its tasks go on')
    .argument('<agent>')
    .action(async (name: string, _, command: Command) =>
      (await import('../machines.ts')).deactivate(name, globalOf(command)),
    );
  root
    .command('activate')
    .description('gives a machine new work again, after drain or deactivate')
    .argument('<agent>')
    .action(async (name: string, _, command: Command) =>
      (await import('../machines.ts')).activate(name, globalOf(command)),
    );
  root
    .command('give-up')
    .description('does not wait for machines that are away: their tasks go to others now')
    .argument('[agents...]')
    .option('--all', 'all that are away', false)
    .action(async (names: string[], { all }: { all: boolean }, command: Command) =>
      (await import('../machines.ts')).giveUp(names, all, globalOf(command)),
    );
  root
    .command('gone')
    .description('declares that a machine will not come back: its tasks are given up; final')
    .argument('<agent>')
    .action(async (name: string, _, command: Command) =>
      (await import('../machines.ts')).gone(name, globalOf(command)),
    );
  root
    .command('teardown')
    .description('removes a framework with its tasks, jobs and all that it has stored; final')
    .argument('<framework>')
    .option('-y, --yes', 'do not ask', false)
    .action(async (name: string, { yes }: { yes: boolean }, command: Command) =>
      (await import('../teardown.ts')).teardown(name, yes, globalOf(command)),
    );
}
