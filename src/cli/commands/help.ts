/** How a command is used, and what a job is told: of commands from themselves, of jobs from the schemas of their kinds. */
import type { Command } from 'commander';
import { causeOf, TenderError } from '../../core/errors.ts';
import { globalOf } from './words.ts';

export function helpCommands(root: Command): void {
  root.commandsGroup('Help:');
  root
    .helpCommand(false)
    .command('help')
    .description('how a command is used; or, of a kind of job, its fields')
    .argument('[command or kind...]')
    .action((words: string[], _, command: Command) => help(root, words, command));
  root
    .command('explain')
    .description('the fields of a kind of job, with what they take and their defaults')
    .argument('<kind>', 'such as service; or a group of its fields, such as service.update')
    .action(async (path: string, _, command: Command) =>
      (await import('../explain.ts')).explainKind(path, globalOf(command)),
    );
  for (const [name, kind] of [
    ['up', 'service'],
    ['plan', 'service'],
    ['init', 'service'],
    ['batch', 'batch'],
  ] as const)
    root.commands
      .find((one) => one.name() === name)
      ?.addHelpText('after', `\nThe fields of a job file: tender explain ${kind}`);
}

async function help(root: Command, words: readonly string[], own: Command): Promise<void> {
  let found = root;
  for (const word of words) {
    const inner = found.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (!inner) return ofKind(words.join(' '), own);
    found = inner;
  }
  found.outputHelp();
}

/** @throws TenderError `usage` */
async function ofKind(path: string, own: Command): Promise<void> {
  try {
    await (await import('../explain.ts')).explainKind(path, globalOf(own));
  } catch (error) {
    if (!(error instanceof TenderError) || error.code === 'usage') throw error;
    throw new TenderError('usage', {
      cause: `there is no command "${path}", and as a kind of job: ${causeOf(error)}`,
    });
  }
}
