/** Frames that are drawn without Ink's cells look as those with them. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Terminal } from '@xterm/headless';
import { beforeAll, describe, expect, it } from 'vitest';
import { drawWholeLines, type InkOutput } from '../../src/tui/whole-lines.ts';

interface Writable extends InkOutput {
  write(x: number, y: number, text: string, options: { readonly transformers: readonly never[] }): void;
}
type OutputClass = new (size: { readonly width: number; readonly height: number }) => Writable;

const SIZE = { width: 40, height: 5 };
const module = pathToFileURL(join(import.meta.dirname, '../../node_modules/ink/build/output.js')).href;
const load = async (copy: string): Promise<OutputClass> =>
  ((await import(`${module}?${copy}`)) as { default: OutputClass }).default;

const draw = (
  output: OutputClass,
  rows: readonly (readonly [x: number, y: number, text: string])[],
): string => {
  const one = new output(SIZE);
  for (const [x, y, text] of rows) one.write(x, y, text, { transformers: [] });
  return one.get().output;
};

/** What one sees: characters with their colours, cell by cell. */
async function seen(text: string): Promise<string[]> {
  const terminal = new Terminal({ cols: SIZE.width, rows: SIZE.height, allowProposedApi: true });
  await new Promise<void>((done) => terminal.write(text.replaceAll('\n', '\r\n'), done));
  const { active } = terminal.buffer;
  return Array.from({ length: SIZE.height * SIZE.width }, (_, i) => {
    const cell = active.getLine(Math.floor(i / SIZE.width))!.getCell(i % SIZE.width)!;
    const look = [cell.getFgColor(), cell.getBgColor(), cell.isBold(), cell.isDim(), cell.isInverse()];
    return `${cell.getChars() || ' '} ${look.join(' ')}`;
  });
}

describe('a frame', () => {
  let cells: OutputClass;
  let lines: OutputClass;
  beforeAll(async () => {
    cells = await load('cells');
    lines = await load('lines');
    drawWholeLines(lines);
  });

  it.each([
    [
      'of plain lines',
      [
        [0, 0, 'one'],
        [0, 1, 'two  '],
        [0, 3, 'four'],
      ],
    ],
    [
      'of coloured ones',
      [
        [0, 0, '\x1b[1m\x1b[32mgood\x1b[39m\x1b[22m and \x1b[41m bad \x1b[49m'],
        [0, 2, '\x1b[7m> \x1b[27mrow'],
      ],
    ],
    [
      'of wide characters',
      [
        [0, 0, '日本 web-🚀 x'],
        [0, 4, '│ é │'],
      ],
    ],
    ['with characters that take no cell', [[0, 0, 'a\u200bb\ufe0fc']]],
    [
      'in which one thing is drawn over another',
      [
        [0, 0, 'below below'],
        [6, 0, 'above'],
      ],
    ],
    ['with a text of several lines', [[0, 1, 'first\nsecond']]],
    [
      'with lines outside',
      [
        [0, 9, 'nowhere'],
        [0, 0, 'here'],
      ],
    ],
    ['of nothing', []],
  ] as const)('%s looks as Ink draws it', async (_, rows) => {
    expect(await seen(draw(lines, rows))).toEqual(await seen(draw(cells, rows)));
  });

  it('of whole lines is these lines', () => {
    const text = '\x1b[32mweb\x1b[39m 日本';
    expect(draw(lines, [[0, 0, text]])).toBe(`${text}\n\n\n\n`);
  });
});
