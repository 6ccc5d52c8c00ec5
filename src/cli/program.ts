/**
 * The command line: verbs and flags as people who know docker and nomad guess them. Only the words are here and in
 * commands/; what a verb does is loaded when it is called, so that no command waits for another's libraries.
 */
import { Command, Option } from 'commander';
import { TenderError } from '../core/errors.ts';
import { VERSION } from '../core/version.ts';
import { accessCommands } from './commands/access.ts';
import { backupCommands } from './commands/backup.ts';
import { batchCommands } from './commands/batch.ts';
import { changeCommands } from './commands/changes.ts';
import { daemonCommands } from './commands/daemons.ts';
import { dataCommands } from './commands/data.ts';
import { fileCommands } from './commands/files.ts';
import { giveAliases, guess } from './commands/guesses.ts';
import { helpCommands } from './commands/help.ts';
import { jobCommands } from './commands/jobs.ts';
import { listCommands } from './commands/lists.ts';
import { machineCommands } from './commands/machines.ts';
import { pluginCommands } from './commands/plugins.ts';
import { refuse } from './commands/refuse.ts';
import { reservationCommands } from './commands/reservations.ts';
import { roleCommands } from './commands/roles.ts';
import { thisMachineCommands } from './commands/this-machine.ts';
import { globalOf } from './commands/words.ts';

/** @param words process.argv: what came after a `--` can only be told from them */
export function program(words: readonly string[]): Command {
  const root = new Command('tender')
    .description('A cluster manager that fits in one terminal. Without a command it opens the screen.')
    .option('--context <name>', 'which cluster; see: tender context')
    .option('--json', 'print JSON (events and logs: one object a line)')
    .option('--read-only', 'without anything that changes the cluster')
    .addOption(
      new Option('--theme <name>', 'colours of the screen').choices(['dark', 'light', 'ansi', 'none']),
    )
    .option('-e, --eval <code>', 'runs a line of JavaScript as at the prompt, and prints its value')
    .version(VERSION, '-V, --version')
    .configureHelp({ showGlobalOptions: true })
    .enablePositionalOptions()
    .exitOverride((error) => refuse(error, root))
    .configureOutput({ outputError: () => {} });

  root.action(async (_, command: Command) => {
    const { eval: code } = command.opts<{ eval?: string }>();
    if (code !== undefined)
      return (await import('./script.ts')).evaluate(code, command.args, globalOf(command));
    if (command.args.length > 0) throw unknownCommand(command.args, root);
    const { tui } = await import('./tui.ts');
    const { readOnly, theme } = globalOf(command);
    await tui({ readOnly: readOnly ?? false, theme }, globalOf(command));
  });
  daemonCommands(root);
  jobCommands(root, words);
  fileCommands(root);
  batchCommands(root, words);
  changeCommands(root);
  dataCommands(root);
  listCommands(root);
  roleCommands(root);
  reservationCommands(root);
  accessCommands(root);
  machineCommands(root, words);
  pluginCommands(root);
  backupCommands(root);
  thisMachineCommands(root);
  helpCommands(root);
  giveAliases(root);
  // `root.action` names the unknown command, which may have options of its own. Last: the others would inherit it.
  root.allowExcessArguments().allowUnknownOption();
  for (const command of root.commands) shareJson(command);
  return root;
}

/** The longest name of a command that is in these words: `tender token create`. */
export function commandIn(words: readonly string[], root: Command): string {
  let found = root;
  const path = [root.name()];
  for (const word of words) {
    const inner = found.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (!inner) continue;
    found = inner;
    path.push(inner.name());
  }
  return path.join(' ');
}

function unknownCommand([word = '', next]: readonly string[], root: Command): TenderError {
  const meant = guess(word, root, next);
  const what = word.startsWith('-') ? 'option' : 'command';
  return new TenderError('usage', {
    cause: `there is no ${what} "${word}"${meant === undefined ? '' : `: ${meant}`}`,
  });
}

/** `--json` and `--context` after the verb, too. */
function shareJson(command: Command): void {
  command.exitOverride((error) => refuse(error, command)).configureOutput({ outputError: () => {} });
  if (command.commands.length > 0) for (const inner of command.commands) shareJson(inner);
  else
    command
      .addOption(new Option('--json', 'print JSON (events and logs: one object a line)'))
      .addOption(new Option('--context <name>', 'which cluster').hideHelp());
}
