/** Commands that save a cluster, and bring it back. */
import { type Command, Option } from 'commander';
import type { BackupOptions } from '../backup.ts';
import type { RestoreOptions } from '../restore.ts';
import { globalOf } from './words.ts';

export function backupCommands(root: Command): void {
  const passphrase = new Option(
    '--passphrase-file <file>',
    'where the passphrase is (or: TENDER_PASSPHRASE)',
  );
  root.commandsGroup('To keep:');
  root
    .command('backup')
    .description('saves a cluster, with its keys, into a file that only a passphrase opens')
    .argument('<file>')
    .option('--state <folder>', 'of a master that does not run (default: from the running one)')
    .addOption(passphrase)
    .action(async (file: string, options: BackupOptions, command: Command) =>
      (await import('../backup.ts')).backup(file, options, globalOf(command)),
    );
  root
    .command('restore')
    .description('makes the state folder of a master from a backup')
    .argument('<file>')
    .option('--check', 'only prove the backup, and say what is in it', false)
    .option('--state <folder>', 'where to (default: where a master keeps its registry)')
    .option('--force', 'although there is one: it is moved aside', false)
    .option('--store <address>', 'of several masters: etcd://HOST:PORT,HOST:PORT/PREFIX', 'sqlite')
    .addOption(passphrase)
    .action(async (file: string, options: RestoreOptions, command: Command) =>
      (await import('../restore.ts')).restore(file, options, globalOf(command)),
    );
}
