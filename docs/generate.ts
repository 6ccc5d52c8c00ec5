/**
 * Writes docs/errors.md from the table in src/core/errors.ts: `node docs/generate.ts`. A test compares the file with
 * what this would write, so the page can't fall behind the program.
 */
import { writeFileSync } from 'node:fs';
import { ERRORS } from '../src/core/errors.ts';

interface Entry {
  readonly message: string;
  readonly next?: string;
}

const HEAD = `# Errors

Every error that tender shows has a code. The sentence may change, the code does not: scripts match on the code.
Words in braces are filled in. A command that fails prints the sentence and, below it, what to do next; its exit code is
1, or 2 if it was used wrongly (\`usage\`).

This page is generated from \`src/core/errors.ts\`. To renew it: \`node docs/generate.ts\`.
`;

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** One section for each first word of the codes, in the alphabet's order. */
export function errorsPage(): string {
  const sections = Map.groupBy(Object.entries<Entry>(ERRORS), ([code]) => code.split('.')[0] ?? '');
  const parts = [...sections].sort().map(([name, entries]) => {
    const rows = entries
      .sort()
      .map(([code, { message, next = '' }]) => `| \`${code}\` | ${cell(message)} | ${cell(next)} |`);
    return [
      `## ${name}`,
      '',
      '| code | what was wrong | what to do next |',
      '| --- | --- | --- |',
      ...rows,
    ].join('\n');
  });
  return `${HEAD}\n${parts.join('\n\n')}\n`;
}

if (import.meta.main) writeFileSync(new URL('errors.md', import.meta.url), errorsPage());
