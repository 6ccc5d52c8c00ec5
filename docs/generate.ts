/**
 * Writes docs/errors.md from the table in src/core/errors.ts, the table of keys in docs/compose.md from
 * src/cli/compose/keys.ts, the keys and commands in docs/screen.md from those of src/tui, and the tables of a job's fields from
 * the schemas of its kinds (field-tables.ts): `node docs/generate.ts`. Tests compare the files with what this would write, so
 * that no page can fall behind the program.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import {
  DEPLOY,
  HEALTHCHECK,
  NETWORKS,
  SERVICE,
  STORES,
  type Standing,
  TOP,
} from '../src/cli/compose/keys.ts';
import { emptyCluster } from '../src/core/cluster.ts';
import { ERRORS } from '../src/core/errors.ts';
import { COMMANDS, wordsOfVerb } from '../src/tui/commands.ts';
import { BINDINGS, type Binding, nameOf } from '../src/tui/keys.ts';
import { verbsIn } from '../src/tui/verbs/all-verbs.ts';
import { VIEWS } from '../src/tui/views.ts';
import { FIELD_PAGES, fieldsPage } from './field-tables.ts';

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

const PARTS: readonly (readonly [title: string, rows: readonly Standing[]])[] = [
  ['At the top of the file', TOP],
  ['Of a service', SERVICE],
  ['Healthcheck', HEALTHCHECK],
  ['Deploy', DEPLOY],
  ['Networks, and of a service in one', NETWORKS],
  ['Volumes, configs and secrets at the top of the file', STORES],
];

const KEYS_START = '<!-- keys -->';

const standing = ({ is, notice }: Standing): string =>
  is === 'not' ? `no: ${notice === 'error' ? 'refused' : 'warning'}` : is === 'partly' ? 'partly' : 'yes';

/** The page with its table made anew. */
export function composePage(page: string): string {
  const parts = PARTS.map(([title, rows]) => {
    const lines = rows.map((row) => `| \`${row.key}\` | ${standing(row)} | ${cell(row.says)} |`);
    return [`### ${title}`, '', '| key | honoured | |', '| --- | --- | --- |', ...lines].join('\n');
  });
  const [text = ''] = page.split(KEYS_START);
  return `${text}${KEYS_START}\n\n${parts.join('\n\n')}\n`;
}

const SCREEN_START = '<!-- keys and commands -->';

const code = (words: readonly string[]): string => words.map((word) => `\`${cell(word)}\``).join(' ');

/** Where a key works, in words. */
function places(on: readonly string[] | undefined): string {
  if (!on) return 'everywhere';
  const details = on.filter((place) => place.endsWith(' detail'));
  const others = on.filter((place) => !place.endsWith(' detail'));
  const lists = others.length > 6 ? ['lists'] : others;
  return [...lists, ...(details.length > 0 ? ['details'] : [])].join(', ');
}

const GROUPS: readonly (readonly [Binding['group'], string])[] = [
  ['move', 'Moving'],
  ['look', 'Looking'],
  ['act', 'Changing (not with `--read-only`)'],
  ['mark', 'Marking'],
  ['sort', 'Sorting and columns'],
  ['screen', 'The screen'],
];

/** The page with its tables of keys and commands made anew. */
export function screenPage(page: string): string {
  const keys = GROUPS.map(([group, title]) => {
    const rows = BINDINGS.filter((b) => b.group === group && b.action !== 'view').map(
      (b) => `| ${code(b.keys)} | ${cell(b.help)} | ${places(b.on)} | \`${nameOf(b)}\` |`,
    );
    return [`### ${title}`, '', '| key | | where | its name |', '| --- | --- | --- | --- |', ...rows].join(
      '\n',
    );
  });
  const views = VIEWS.map(
    ({ name, digit, aliases }) =>
      `| \`:${name}\` | ${digit === undefined ? '' : `\`${digit}\``} | ${code(aliases)} | ${digit === undefined ? '' : `\`view-${name}\``} |`,
  );
  const commands = COMMANDS.map(
    ({ names, words, help }) => `| ${code(names.map((name) => `:${name}`))} ${words ?? ''} | ${cell(help)} |`,
  );
  const nothing = emptyCluster({ cluster: '', version: '', epoch: 0, startedAt: 0, address: '' });
  const verbs = verbsIn(nothing).map(
    (verb) => `| \`:${verb.name}\` ${cell(wordsOfVerb(verb))} | ${cell(verb.help)} |`,
  );
  const parts = [
    ...keys,
    ['### Views', '', '| command | key | short | its name |', '| --- | --- | --- | --- |', ...views].join(
      '\n',
    ),
    ['### Commands', '', '| command | |', '| --- | --- |', ...commands].join('\n'),
    [
      '### What is said to things',
      '',
      'To names (several with commas), to marked rows, or to what the cursor stands on.',
      '',
      '| command | |',
      '| --- | --- |',
      ...verbs,
    ].join('\n'),
  ];
  const [text = ''] = page.split(SCREEN_START);
  return `${text}${SCREEN_START}\n\n${parts.join('\n\n')}\n`;
}

if (import.meta.main) {
  writeFileSync(new URL('errors.md', import.meta.url), errorsPage());
  const compose = new URL('compose.md', import.meta.url);
  writeFileSync(compose, composePage(readFileSync(compose, 'utf8')));
  const screen = new URL('screen.md', import.meta.url);
  writeFileSync(screen, screenPage(readFileSync(screen, 'utf8')));
  for (const name of FIELD_PAGES) {
    const page = new URL(name, import.meta.url);
    writeFileSync(page, fieldsPage(readFileSync(page, 'utf8')));
  }
}
