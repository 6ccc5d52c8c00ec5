/** What a person has set and what the screen remembers: read, checked, kept; and what is wrong is said, never fatal. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openMemory } from '../../src/tui/memory.ts';
import { themeOf } from '../../src/tui/palette.ts';
import { parseSettings, readSettings } from '../../src/tui/settings.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tender-screen-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('settings', () => {
  it('are read, none of them needed', () => {
    expect(parseSettings('', 'c')).toEqual({});
    expect(
      parseSettings('theme: light\nmouse: true\nrefresh: 250ms\ncolumns:\n  tasks: [name, state]\n', 'c'),
    ).toEqual({ theme: 'light', mouse: true, refresh: 250, columns: { tasks: ['name', 'state'] } });
  });

  it.each([
    ['# mine\ntheem: dark\n', 'c:2: no setting "theem" (did you mean "theme"?)'],
    [
      'theme: drak',
      'c:1: theme: expected one of dark, light, ansi, none, found "drak" (did you mean "dark"?)',
    ],
    ['mouse: true\n\nrefresh: soon', /^c:3: refresh: /],
    ['columns:\n  taks: [name]', /^c:2: /],
    ['theme: [', /^c:1: /],
    ['- a', /^c:1: /],
  ])('%j is refused with its line', (text, message) => {
    const caught = ((): unknown => {
      try {
        return parseSettings(text, 'c');
      } catch (error) {
        return error;
      }
    })();
    expect(caught).toMatchObject({
      code: 'settings.invalid',
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    });
  });

  it('that are wrong are said, and the screen has its usual ones', () => {
    const file = join(folder, 'config.yaml');
    expect(readSettings(file)).toEqual({ settings: {} });
    writeFileSync(file, 'mous: true');
    expect(readSettings(file)).toMatchObject({ settings: {}, problem: { code: 'settings.invalid' } });
  });
});

describe('what is remembered', () => {
  const one = {
    orders: { tasks: { key: 'agent', descending: true } },
    columns: { jobs: ['name', 'status'] },
    history: ['why web'],
  };

  it('is there at the next start, for its owner only', () => {
    const file = join(folder, 'deep', 'screen.json');
    const memory = openMemory(file);
    expect(memory.start).toEqual({ orders: {}, columns: {}, history: [] });
    memory.keep(one);
    memory.close();
    expect(openMemory(file)).toMatchObject({ start: one, problem: undefined });
    expect(readFileSync(file, 'utf8')).toContain('why web');
  });

  it.each([
    '{',
    '{"orders": 3}',
    '{"orders": {"taks": {}}, "columns": {}, "history": []}',
  ])('is begun anew, and said to be, where the file holds %s', (text) => {
    const file = join(folder, 'screen.json');
    writeFileSync(file, text);
    const { start, problem } = openMemory(file);
    expect(start.history).toEqual([]);
    expect(problem?.code).toBe('screen.memory');
  });

  it('is nothing where there is no file to keep it in', () => {
    const memory = openMemory(undefined);
    memory.keep(one);
    memory.close();
    expect(memory.problem).toBeUndefined();
  });
});

describe('the theme', () => {
  it.each([
    [{ NO_COLOR: '1' }, 'light', 24, 'none'],
    [{}, 'light', 24, 'light'],
    [{ TENDER_THEME: 'light' }, undefined, 24, 'light'],
    [{ TENDER_THEME: 'pink' }, undefined, 24, 'dark'],
    [{ COLORFGBG: '0;15' }, undefined, 24, 'light'],
    [{ COLORFGBG: '15;0' }, undefined, 24, 'dark'],
    [{}, undefined, 4, 'ansi'],
    [{}, 'none', 4, 'none'],
  ] as const)('with %j, wished %s, %d bits is %s', (env, wished, depth, theme) =>
    expect(themeOf(env, wished, depth)).toBe(theme));
});
