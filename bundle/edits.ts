/**
 * What dependencies do when they are loaded, and tender does not need then: a few of their lines are others in the bundle.
 * Each names the text it stands for; where that is no longer there the build says so, and someone looks again.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';

interface Edit {
  readonly file: RegExp;
  readonly from: string;
  readonly to: string;
}

const NARROW = join(import.meta.dirname, '../src/client/table/narrow.ts');

const EDITS: readonly Edit[] = [
  // V8 takes thousands of emoji apart as soon as it reads this line, and again at its first use: 50 ms of each command.
  {
    file: /\/string-width\/index\.js$/,
    from: 'const rgiEmojiRegex = /^\\p{RGI_Emoji}$/v;',
    to: [
      `import { isNarrow } from ${JSON.stringify(NARROW)};`,
      'let rgiEmoji;',
      "const rgiEmojiRegex = { test: text => (rgiEmoji ??= new RegExp('^\\\\p{RGI_Emoji}$', 'v')).test(text) };",
    ].join('\n'),
  },
  // The lines of a frame, dots and arrows among them, need none of it.
  {
    file: /\/string-width\/index\.js$/,
    from: 'if (/^[\\u0020-\\u007E]*$/.test(string)) {',
    to: 'if (isNarrow(string)) {',
  },
  // It carries its bytes itself, and asks `fetch` for them: that loads all of Node's HTTP client, 50 ms and 4 MB.
  {
    file: /\/yoga-wasm-base64-esm\.js$/,
    from: '"function"!=typeof fetch?Promise.resolve()',
    to: 'true?Promise.resolve()',
  },
];

export const edits: Plugin = {
  name: 'edits',
  setup({ onLoad }) {
    for (const file of new Set(EDITS.map((edit) => edit.file.source)))
      onLoad({ filter: new RegExp(file) }, ({ path }) => {
        let contents = readFileSync(path, 'utf8');
        for (const { from, to } of EDITS.filter((edit) => edit.file.source === file)) {
          if (!contents.includes(from)) throw new Error(`${path} has no longer: ${from}`);
          contents = contents.replace(from, () => to);
        }
        return { contents, resolveDir: dirname(path) };
      });
  },
};
