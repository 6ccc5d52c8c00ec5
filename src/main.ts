/** From the words on the command line to a command; from an error to a line and an exit code (2: used wrongly). */
import { CommanderError } from 'commander';
import { program } from './cli/program.ts';
import { causeOf, TenderError } from './core/errors.ts';

try {
  await program(process.argv).parseAsync(process.argv);
} catch (error) {
  process.exitCode = report(error);
}

function report(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0; // help or version, printed already
    const said = error.message.replace(/^error: /, '');
    if (said !== '(outputHelp)') console.error(`tender: ${said}\n  tender help shows how`);
    return 2;
  }
  const known = error instanceof TenderError ? error : undefined;
  if (process.argv.includes('--json')) {
    const { code, next } = known ?? {};
    console.error(JSON.stringify({ error: { code, message: causeOf(error), next } }));
  } else {
    console.error(`tender: ${causeOf(error)}${known ? ` [${known.code}]` : ''}`);
    if (known?.next) console.error(`  ${known.next}`);
  }
  return known?.code === 'usage' ? 2 : 1;
}
