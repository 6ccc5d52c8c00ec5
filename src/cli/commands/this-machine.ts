/** Commands about this machine itself: its services, and what is wrong with it. */
import { Argument, type Command } from 'commander';
import type { Shell } from '../completion/scripts.ts';
import type { InstallCommand } from '../install/install.ts';
import { globalOf } from './words.ts';

export function thisMachineCommands(root: Command): void {
  root.commandsGroup('This machine:');
  root
    .command('completion')
    .description('what a shell needs to complete commands and names; see the first lines of what it prints')
    .addArgument(new Argument('<shell>', 'which one').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: Shell) => {
      process.stdout.write((await import('../completion/scripts.ts')).SCRIPTS[shell]);
    });
  root
    .command('complete', { hidden: true })
    .argument('[words...]', 'of a line that is being typed')
    .action(async (words: string[]) => (await import('../completion/complete.ts')).complete(root, words));
  root
    .command('doctor')
    .description('what is wrong on this machine, and how to mend it; exit code 1 where something is')
    .action(async (_, command: Command) => (await import('../doctor/doctor.ts')).doctor(globalOf(command)));
  root
    .command('install')
    .description('starts master or agent with this machine, as services of systemd')
    .usage('--master | --agent [--join TOKEN] [options] [-- OPTIONS OF THAT COMMAND]')
    .argument('[words...]', 'after --: for the command line of the service, such as --name nuc1')
    .option('--master', 'the master of a cluster', false)
    .option('--agent', 'the agent of this machine', false)
    .option('--join <token>', 'from: tender token create --role agent; used at once')
    .option('--user', 'a service of yours, not of the machine', false)
    .option('--print', 'only show what would be written', false)
    .option('--root <folder>', 'into another system below this folder; nothing is started')
    .action(async (words: string[], options: Omit<InstallCommand, 'words'>) =>
      (await import('../install/install.ts')).install({ ...options, words }),
    );
  root
    .command('uninstall')
    .description('removes these services again (all of them, unless one is named); state is kept')
    .option('--master', 'only the master', false)
    .option('--agent', 'only the agent', false)
    .option('--user', 'services of yours, not of the machine', false)
    .option('--root <folder>', 'of another system below this folder')
    .action(async (options) => (await import('../install/install.ts')).uninstall(options));
}
