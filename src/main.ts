/** From the words on the command line to a command; from an error to a line and an exit code (2: used wrongly). */
import { CommanderError } from 'commander';
import { commandIn, program } from './cli/program.ts';
import { causeOf, TenderError } from './core/errors.ts';

const root = program(process.argv);
try {
  await root.parseAsync(process.argv);
} catch (error) {
  process.exitCode = report(error);
}

function report(error: unknown): number {
  // Help or version, printed already: of a verb that has others below it because none was said.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const known = error instanceof TenderError ? error : undefined;
  const isMisuse = known?.code === 'usage';
  const next = isMisuse ? `${commandIn(process.argv.slice(2), root)} --help shows how` : known?.next;
  if (process.argv.includes('--json'))
    console.error(JSON.stringify({ error: { code: known?.code, message: causeOf(error), next } }));
  else {
    console.error(`tender: ${causeOf(error)}${known ? ` [${known.code}]` : ''}`);
    if (next) console.error(`  ${next}`);
  }
  return isMisuse ? 2 : 1;
}
