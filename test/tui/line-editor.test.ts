/** The line that one types: its cursor, what is pasted into it, and what is seen of one that is longer than the screen. */
import { describe, expect, it } from 'vitest';
import { textOf } from '../../src/tui/line.ts';
import { type Edited, editKey, halves, pastedLine } from '../../src/tui/line-editor.ts';
import { contextOf, paint } from '../../src/tui/paint.ts';
import { pasted } from '../../src/tui/prompt.ts';
import type { Ui } from '../../src/tui/ui.ts';
import { homeCluster } from '../support/cluster-fixture.ts';
import { play, sceneOf, typing } from '../support/play.ts';

/** The line after these keys, with `|` where its cursor is. */
const edited = (text: string, ...keys: readonly string[]): string =>
  halves(keys.reduce<Edited>((line, key) => editKey(line, key) ?? line, { text })).join('|');

describe('a line', () => {
  it.each([
    ['scale web 5', ['left', 'left', 'X'], 'scale webX| 5'],
    ['scale web', ['home', 'x'], 'x|scale web'],
    ['scale web', ['ctrl-a', 'delete', 'ctrl-e', 'z'], 'cale webz|'],
    ['scale web', ['left', 'backspace'], 'scale w|b'],
    ['drain nuc1,nuc2', ['ctrl-w'], 'drain nuc1,|'],
    ['drain nuc1,nuc2', ['left', 'left', 'ctrl-u'], '|c2'],
    ['drain nuc1', ['home', 'right', 'right', 'ctrl-k'], 'dr|'],
    ['a🚢b', ['left', 'backspace'], 'a|b'],
    ['', ['left', 'right', 'delete', 'backspace', 'space', 'a'], ' a|'],
  ])('%j after %j is %j', (text, keys, expected) => {
    expect(edited(text, ...keys)).toBe(expected);
  });

  it('takes no notice of keys that mean nothing in it', () => {
    expect(editKey({ text: 'web' }, 'pgdn')).toBeUndefined();
    expect(editKey({ text: 'web' }, 'ctrl-x')).toBeUndefined();
  });
});

const client = homeCluster();
const typed = (...keys: string[]): Ui => play(client, keys).ui;
const paste = (ui: Ui, text: string): Ui => pasted(ui, text, contextOf(sceneOf(client, ui)));

describe('what is pasted', () => {
  it('is one line without control characters', () => {
    expect(pastedLine('  web\r\n\x1b[31mdb\x07\t1\n')).toBe('web [31mdb 1');
  });

  it('goes where the cursor is', () => {
    const ui = paste(typed(':', ...typing('logs '), 'left'), 'web.1\n');
    expect(ui.prompt).toMatchObject({ text: 'logsweb.1 ', behind: 1 });
  });

  it('filters at once, and in the menu', () => {
    expect(paste(typed('4', '/'), 'web').pages.at(-1)).toMatchObject({ filter: 'web' });
    expect(paste(typed('3', 'x'), 'describe\n').menu).toEqual({ filter: 'describe', at: 0 });
  });

  it('is no keys: nothing is done where nothing is typed, and no question is answered by it', () => {
    const plain = paste(typed('3'), 'q\ny');
    expect(plain.pages).toHaveLength(2);
    expect(plain.notice?.text).toBe('what is pasted goes where one types: press : or / first');
    const asked = typed('3', 'G', 'ctrl-d');
    expect(paste(asked, 'y')).toBe(asked);
  });
});

describe('the prompt', () => {
  const bottom = (ui: Ui, columns = 60): string =>
    paint(sceneOf(client, ui, false, { columns, rows: 15 }))
      .map(textOf)
      .at(-1)!
      .trimEnd();

  it('shows its cursor, and the end of a line that is longer than the screen', () => {
    expect(bottom(typed(':', ...typing('scale web 5'), 'left', 'left'))).toBe(' :scale web▏ 5');
    const long = `dispatch report ${'name=value '.repeat(9)}last`;
    const shown = bottom(typed(':', ...typing(long)));
    expect(shown).toMatch(/^ :….*name=value last▏/);
    expect(bottom(typed(':', ...typing(long), 'home'))).toMatch(/^ :▏dispatch report name.*…$/);
  });

  it('completes only at its end', () => {
    expect(bottom(typed(':', ...typing('ag')))).toContain('ag▏ents');
    expect(bottom(typed(':', ...typing('ag'), 'left'))).toBe(' :a▏g');
  });

  it('keeps what was typed while one looks at what was typed before', () => {
    const ui = typed(':', ...typing('jobs'), 'enter', ':', ...typing('sca'), 'up', 'down');
    expect(ui.prompt?.text).toBe('sca');
  });

  it('keeps the row one stood on through a filter that it passes, and after esc', () => {
    const at = (...keys: string[]) => {
      const page = typed('4', 'G', ...keys).pages.at(-1);
      return page?.kind === 'table' ? page.cursor.id : undefined;
    };
    expect(at('/', 'e', 'esc')).toBe(at());
  });
});
