/** Commands about what is set aside on machines, and for whom. */
import type { Command } from 'commander';
import type { UnreserveOptions } from '../reservations.ts';
import { collect, globalOf, listing } from './words.ts';

export function reservationCommands(root: Command): void {
  root.commandsGroup('What is set aside on machines:');
  listing(root.command('reservations'))
    .description('lists reservations and volumes, with who uses them')
    .action(async (_, command: Command) =>
      (await import('../reservations.ts')).listReservations(globalOf(command)),
    );
  root
    .command('reserve')
    .description('sets aside for a role what is free on a machine')
    .argument('<agent>')
    .argument('<amounts>', 'such as cpus=2,mem=1g,disk=10g,ports=8080-8089')
    .requiredOption('--role <role>', 'who may use it, and all below')
    .action(async (name: string, amounts: string, { role }: { role: string }, command: Command) =>
      (await import('../reservations.ts')).reserveOn(name, amounts, role, globalOf(command)),
    );
  root
    .command('unreserve')
    .description('ends what is reserved for a role on a machine, or a part of it')
    .argument('<agent>')
    .argument('[amounts]', 'of one reservation, such as cpus=2,mem=1g')
    .requiredOption('--role <role>', 'for whom it is reserved')
    .option('--by <name>', 'only what this framework, or person, has reserved')
    .option('--label <key=value>', 'only what has this label; may be said several times', collect, [])
    .option('--all', 'all that no task uses', false)
    .action(async (name: string, amounts: string | undefined, options: UnreserveOptions, command: Command) =>
      (await import('../reservations.ts')).unreserveOn(name, amounts, options, globalOf(command)),
    );
  root
    .command('destroy')
    .description('destroys a volume with what is in it; its disk stays reserved')
    .argument('<agent>')
    .argument('<volume>')
    .option('--role <role>', 'where several roles have a volume of that name')
    .option('-y, --yes', 'do not ask', false)
    .action(
      async (
        name: string,
        volume: string,
        { role, yes }: { role?: string; yes: boolean },
        command: Command,
      ) => (await import('../reservations.ts')).destroy(name, volume, role, yes, globalOf(command)),
    );
}
