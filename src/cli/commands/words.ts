/**
 * What is read from the words of any command: options that all of them have, whole numbers, what may be repeated; and
 * commands that are no more than a word said to a job.
 */
import type { Command } from 'commander';
import { TenderError } from '../../core/errors.ts';
import type { ThemeName } from '../../tui/palette.ts';
import type { ListGlobal } from '../listing.ts';

/** What may stand before the verb as well as after it. */
export const globalOf = (command: Command): ListGlobal & { readOnly?: boolean; theme?: ThemeName } =>
  command.optsWithGlobals();

/** What every command that lists knows. */
export const listing = (command: Command): Command =>
  command
    .option('-q, --quiet', 'only names', false)
    .option('--watch', 'again whenever something changes; on a terminal in place', false);

export const collect = (value: string, all: string[]): string[] => [...all, value];

export function whole(option: string, text: string): number {
  if (!/^\d+$/.test(text))
    throw new TenderError('usage', { cause: `${option} expects a whole number, found "${text}"` });
  return Number(text);
}

/** Commands that only name a job: a verb of its framework, each with a line of help. */
export function sayings(root: Command, verbs: Readonly<Record<string, string>>): void {
  for (const [verb, description] of Object.entries(verbs))
    root
      .command(verb)
      .description(description)
      .argument('<name>')
      .action(async (name: string, _, command: Command) =>
        (await import('../changes.ts')).sayTo(name, verb, {}, globalOf(command)),
      );
}
