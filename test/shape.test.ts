/**
 * The shape of the house (design: imports run one way, the core is pure, files are small and named after their idea),
 * enforced on the files themselves; and what is written down elsewhere (versions, pages, commands) compared with the
 * program.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FIELD_PAGES, fieldsPage, fieldsShown, SCHEMAS } from '../docs/field-tables.ts';
import { errorsPage, screenPage } from '../docs/generate.ts';
import { program } from '../src/cli/program.ts';
import { fieldsOf } from '../src/client/job-fields.ts';
import { ERRORS } from '../src/core/errors.ts';
import { VERSION } from '../src/core/version.ts';

const ROOT = resolve(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** Paths from the root, with `/`. */
const filesIn = (...folders: string[]): string[] =>
  folders
    .filter((folder) => existsSync(join(ROOT, folder)))
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
        .filter((item) => item.isFile() && /\.(ts|tsx|mjs)$/.test(item.name))
        .map((item) => relative(ROOT, join(item.parentPath, item.name)).split(sep).join('/')),
    )
    .sort();

/** Without comments, which may name what code may not. */
const codeOf = (file: string): string => read(file).replaceAll(/\/\*[\s\S]*?\*\/|(?<![:'"`])\/\/.*$/gm, '');

const IMPORT = /\b(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g;
const importsOf = (file: string): string[] =>
  [...codeOf(file).matchAll(IMPORT)].map(([, from, bare]) => from ?? bare ?? '');

/** Where a relative import leads; others as they are. */
const targetOf = (file: string, specifier: string): string =>
  specifier.startsWith('.') ? join(dirname(file), specifier).split(sep).join('/') : specifier;

const SOURCES = filesIn('src');
const PLUGINS = readdirSync(join(ROOT, 'plugins')).filter((name) =>
  existsSync(join(ROOT, 'plugins', name, 'index.ts')),
);

it('looks at real files', () => {
  expect(SOURCES.length).toBeGreaterThan(100);
  expect(importsOf('src/main.ts')).toEqual(['commander', './cli/program.ts', './core/errors.ts']);
  expect(PLUGINS).toContain('service');
});

/** A folder of src → the others that it may import. The command line is the top: it alone puts everything together. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  wire: ['core'],
  store: ['core'],
  daemon: ['core', 'wire', 'store'],
  agent: ['core', 'wire', 'store'],
  client: ['core', 'wire'],
  framework: ['core', 'wire', 'client'],
  repl: ['core', 'wire', 'client', 'framework'],
  tui: ['core', 'wire', 'client', 'repl'],
  cli: ['core', 'wire', 'store', 'daemon', 'agent', 'client', 'framework', 'repl', 'tui'],
};

describe('imports run one way', () => {
  it('every folder has its line in the table', () => {
    const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((item) =>
      item.isDirectory(),
    );
    expect(folders.map(({ name }) => name).sort()).toEqual(Object.keys(MAY_IMPORT).sort());
  });

  it.each(Object.entries(MAY_IMPORT))('%s imports only itself and %j', (folder, allowed) => {
    const strange = filesIn(`src/${folder}`).flatMap((file) =>
      importsOf(file)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => targetOf(file, specifier))
        .filter((target) => ![folder, ...allowed].some((name) => target.startsWith(`src/${name}/`)))
        .map((target) => `${file} imports ${target}`),
    );
    expect(strange).toEqual([]);
  });

  it('nothing under src imports a plugin, and the master names none', () => {
    expect(
      SOURCES.filter((file) => importsOf(file).some((one) => targetOf(file, one).startsWith('plugins/'))),
    ).toEqual([]);
    const named = new RegExp(`['"\`](${PLUGINS.join('|')})['"\`]`);
    expect(filesIn('src/daemon').filter((file) => named.test(codeOf(file)))).toEqual([]);
  });

  it.each(PLUGINS)('plugin %s imports only tender/framework and its own files', (plugin) => {
    const own = `plugins/${plugin}/`;
    const strange = filesIn(own).flatMap((file) =>
      importsOf(file)
        .map((one) => targetOf(file, one))
        .filter((target) => target !== 'tender/framework' && !target.startsWith(own)),
    );
    expect(strange).toEqual([]);
  });

  it('only src/wire/zeromq.ts imports zeromq', () => {
    expect(SOURCES.filter((file) => importsOf(file).includes('zeromq'))).toEqual(['src/wire/zeromq.ts']);
  });

  it('every package that is imported is named in package.json', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    const packages = [...SOURCES, ...filesIn('plugins')]
      .flatMap(importsOf)
      .filter((one) => !/^(\.|node:|tender\/)/.test(one))
      .map((one) =>
        one
          .split('/')
          .slice(0, one.startsWith('@') ? 2 : 1)
          .join('/'),
      );
    expect([...new Set(packages)].sort()).toEqual(Object.keys(dependencies).sort());
  });
});

/** Not those that are asked for later, nor those of types. */
const STATIC = /^(?:import|export)\b(?!\s+type\b)\s*(?:[^'"`;()=]*?\bfrom\s*)?['"]([^'"]+)['"]/gm;

/** What is loaded with a file: packages, and the files of ours. */
function loadedWith(file: string, known = new Set<string>()): Set<string> {
  if (known.has(file)) return known;
  known.add(file);
  if (file.startsWith('src/'))
    for (const [, specifier = ''] of codeOf(file).matchAll(STATIC))
      loadedWith(targetOf(file, specifier), known);
  return known;
}

const packagesWith = (file: string): string[] =>
  [...loadedWith(file)].filter((name) => !name.startsWith('src/') && !name.startsWith('node:')).sort();

describe('what is loaded before it is needed', () => {
  it('is nothing but commander on the command line', () => {
    expect(packagesWith('src/main.ts')).toEqual(['commander']);
  });

  it('is no schema where a list is printed', () => {
    expect(packagesWith('src/cli/lists.ts')).toEqual(['string-width', 'zeromq']);
  });

  it('is no job and no plugin where the screen opens', () => {
    expect(packagesWith('src/tui/start-tui.tsx')).toContain('ink');
    expect([...loadedWith('src/tui/start-tui.tsx')]).not.toContain('src/core/job-spec.ts');
    expect([...loadedWith('src/tui/run-tui.ts')]).not.toContain('src/core/job-spec.ts');
  });
});

describe('the core is pure', () => {
  it('imports only itself and zod', () => {
    const strange = filesIn('src/core').flatMap((file) =>
      importsOf(file).filter((one) => one !== 'zod' && !targetOf(file, one).startsWith('src/core/')),
    );
    expect(strange).toEqual([]);
  });

  const IMPURE =
    /(?<![.'"`\w])(Date|performance|process|setTimeout|setInterval|setImmediate|fetch|console|globalThis|Buffer|crypto|require)\b\s*[.([]|\bMath\.random\b|['"]node:/;

  it.each(filesIn('src/core'))('%s has no clock, chance or outside', (file) => {
    expect(IMPURE.exec(codeOf(file))?.[0]).toBeUndefined();
  });

  it('this test would notice', () => {
    for (const code of [
      'Date.now()',
      'new Date()',
      'Math.random()',
      "import 'node:fs'",
      'process.env',
      'setTimeout(f)',
    ])
      expect(code).toMatch(IMPURE);
    expect(`const { kind: 'process' }; event.process`).not.toMatch(IMPURE);
  });
});

describe('files', () => {
  const WRITTEN = filesIn('src', 'plugins', 'examples', 'docs', 'bench', 'test');

  it('have at most 500 lines (tests 600)', () => {
    const lines = (file: string): number => read(file).split('\n').length - 1;
    const long = WRITTEN.filter((file) => lines(file) > (file.startsWith('test/') ? 600 : 500));
    expect(long.map((file) => `${file}: ${lines(file)}`)).toEqual([]);
  });

  it('are named after an idea', () => {
    const forbidden = /^(utils?|helpers?|managers?|common|misc|shared)\b|[-.](utils?|helpers?|manager)\b/i;
    expect(WRITTEN.filter((file) => forbidden.test(basename(file)))).toEqual([]);
  });

  it('of src and plugins open with a comment', () => {
    const bare = [...SOURCES, ...filesIn('plugins')].filter((file) => !read(file).startsWith('/**'));
    expect(bare).toEqual([]);
  });
});

describe('what is written twice is the same', () => {
  const pages = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)].filter(
    (file) => file.endsWith('.md') && existsSync(join(ROOT, file)),
  );

  it('the version', () => {
    expect(VERSION).toBe((JSON.parse(read('package.json')) as { version: string }).version);
  });

  it('docs/errors.md (renew it with: node docs/generate.ts)', () => {
    expect(read('docs/errors.md')).toBe(errorsPage());
  });

  it('docs/screen.md, its keys and commands (renew them with: node docs/generate.ts)', () => {
    const page = read('docs/screen.md');
    expect(page).toBe(screenPage(page));
  });

  it.each(FIELD_PAGES)('docs/%s, its tables of fields (renew them with: node docs/generate.ts)', (name) => {
    const page = read(`docs/${name}`);
    expect(page).toBe(fieldsPage(page));
  });

  it.each(Object.keys(SCHEMAS))('every field of a %s is in a table', (kind) => {
    const text = FIELD_PAGES.map((name) => read(`docs/${name}`)).join('\n');
    const shown = new Set([kind, 'service'].flatMap((one) => fieldsShown(text, one)));
    const known = fieldsOf(SCHEMAS[kind]!).map(({ name }) => name);
    expect(known.filter((name) => !shown.has(name))).toEqual([]);
  });

  /** Of `token create` both words are commands; of `run nginx` only the first. */
  const root = program([]);
  const known = (words: string): boolean => {
    const [first = '', second] = words.split(' ');
    const command = root.commands.find((one) => one.name() === first || one.aliases().includes(first));
    if (!command) return false;
    return command.commands.length === 0 || !second || command.commands.some((one) => one.name() === second);
  };

  it('commands that errors speak of exist', () => {
    const unknown = Object.values<{ next?: string }>(ERRORS).flatMap(({ next = '' }) =>
      [...next.matchAll(/(?:^|: |\()tender ([a-z-]+(?: [a-z-]+)?)/g)]
        .map(([, words = '']) => words)
        .filter((words) => !known(words)),
    );
    expect(unknown).toEqual([]);
  });

  it.each(pages)('commands in %s exist', (page) => {
    const code = [...read(page).matchAll(/```(?:sh|console)\n([\s\S]*?)```|`(tender [^`]+)`/g)].map(
      ([, block, inline]) => block ?? inline ?? '',
    );
    const unknown = code
      .flatMap((text) => text.split('\n'))
      .map((line) => /^(?:\$ )?(?:npx )?tender ([a-z][a-z-]*(?: [a-z-]+)?)/.exec(line)?.[1])
      .filter((words) => words !== undefined && !known(words));
    expect(unknown).toEqual([]);
  });

  it.each(pages)('links in %s lead somewhere', (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target = '']) => target);
    expect(links.filter((target) => !existsSync(join(ROOT, dirname(page), target)))).toEqual([]);
  });
});
