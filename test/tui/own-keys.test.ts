/** A person's own keys: what they do, where they are shown, and what is refused because nobody could know what a key means. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BINDINGS, nameOf } from '../../src/tui/keys.ts';
import { textOf } from '../../src/tui/line.ts';
import { entriesOf } from '../../src/tui/menu.ts';
import { problemIn, withOwnKeys } from '../../src/tui/own-keys.ts';
import { contextOf, paint } from '../../src/tui/paint.ts';
import { reduce } from '../../src/tui/reduce.ts';
import { parseSettings } from '../../src/tui/settings.ts';
import { startUi, type Ui } from '../../src/tui/ui.ts';
import { homeCluster } from '../support/cluster-fixture.ts';
import { type Played, sceneOf, where } from '../support/play.ts';

const client = homeCluster();

/** Keys pressed by a person who has these settings. */
function having(settings: string) {
  const bindings = withOwnKeys(parseSettings(settings, 'config.yaml').keys ?? {});
  const scene = (ui: Ui) => {
    const usual = sceneOf(client, ui);
    return { ...usual, base: { ...usual.base, bindings } };
  };
  const play = (...keys: string[]): Played =>
    keys.reduce<Played>(
      ({ ui, effects }, key) => {
        const step = reduce(ui, key, contextOf(scene(ui)));
        return { ui: step.ui, effects: step.effect ? [...effects, step.effect] : effects };
      },
      { ui: startUi(), effects: [] },
    );
  const text = (...keys: string[]): string =>
    paint(scene(play(...keys).ui))
      .map(textOf)
      .join('\n');
  const menu = (...keys: string[]) => {
    const { ui } = play(...keys);
    return entriesOf(ui, contextOf(scene(ui)));
  };
  return { play, text, menu };
}

describe('a key of one’s own', () => {
  it('does what it is for, and the usual one nothing any more', () => {
    const { play } = having('keys: { logs: L }');
    expect(where(play('3', 'L'))).toEqual(['overview', 'jobs', 'logs']);
    expect(where(play('3', 'l'))).toEqual(['overview', 'jobs']);
  });

  it('may be one of several', () => {
    const { play } = having('keys: { stop: [ctrl-d, D] }');
    for (const key of ['ctrl-d', 'D']) expect(play('3', 'G', key).ui.dialog?.title).toBe('stop web');
  });

  it('may be taken from another, that gets none', () => {
    const { play } = having('keys: { logs: w, why: [] }');
    expect(where(play('3', 'w'))).toEqual(['overview', 'jobs', 'logs']);
  });

  it('may be taken from another in exchange', () => {
    const { play } = having('keys: { logs: w, why: l }');
    expect(where(play('3', 'w'))).toEqual(['overview', 'jobs', 'logs']);
    expect(where(play('3', 'l'))).toEqual(['overview', 'jobs', 'why']);
  });

  it('may be a digit, and leads to a view', () => {
    const { play, text } = having('keys: { view-jobs: 5, view-frameworks: 3 }');
    expect(where(play('5'))).toEqual(['overview', 'jobs']);
    expect(text('5').split('\n')[1]).toMatch(/5 jobs.*3 frameworks/);
  });

  it('stands in the help, in the line at the bottom and in the menu', () => {
    const { text, menu } = having('keys: { logs: L, help: "#", drain: D }');
    expect(text('3', '#')).toMatch(/ L +logs, as they come/);
    expect(text('3', '#')).not.toMatch(/ l +logs, as they come/);
    expect(text('3', 'G').split('\n').at(-1)).toMatch(/L logs.*# help/);
    expect(menu('2').find(({ name }) => name === 'drain')?.key).toBe('D');
  });

  it('leaves no key behind where there is none', () => {
    const { text, menu } = having('keys: { logs: [] }');
    expect(text('3', 'G').split('\n').at(-1)).not.toContain('logs');
    expect(menu('3').map(({ name }) => name)).not.toContain('logs');
  });
});

describe('refused, with its line', () => {
  it.each([
    ['an action that is not there', 'lgos: L', 'no action "lgos" (did you mean "logs"?)'],
    ['a key that no terminal tells', 'logs: ctrl-m', /"ctrl-m" is no key that can be told/],
    ['a key under another name', 'logs: shift-l', /"shift-l" is no key that can be told: one character/],
    [
      'a key that is taken there',
      'logs: s',
      's is shell there already (tasks): give that another key, or none: shell: []',
    ],
    ['a key that is taken everywhere', 'logs: j', /^j is down there already/],
    ['one key for two', 'logs: L\n  why: L', /^L is why there already/],
    ['a letter that sorts', 'shell: S', /^S is sort-state there already \(tasks\)/],
    ['a key that quits wherever one is', 'logs: ctrl-c', 'ctrl-c always is quit'],
    ['a key that goes back wherever one is', 'logs: esc', 'esc always is back'],
    ['quitting without its key', 'quit: ctrl-q', 'quit keeps ctrl-c: ctrl-c, ctrl-q'],
  ])('%s', (_, keys, cause) => {
    const caught = ((): unknown => {
      try {
        return parseSettings(`theme: dark\nkeys:\n  ${keys}\n`, 'config.yaml');
      } catch (error) {
        return error;
      }
    })();
    expect(caught).toMatchObject({
      code: 'settings.invalid',
      message: expect.stringMatching(/^config\.yaml:3: keys: /),
    });
    const { message } = caught as Error;
    const said = message.replace('config.yaml:3: keys: ', '');
    if (typeof cause === 'string') expect(said).toBe(cause);
    else expect(said).toMatch(cause);
  });

  it.each(['logs: true', 'logs: [[a]]', '- logs', 'logs:'])('%j, which names no key', (keys) => {
    expect(() => parseSettings(`keys:\n  ${keys}\n`, 'config.yaml')).toThrow(/^config\.yaml:[12]: keys/);
  });
});

describe('the table', () => {
  it('has a name for every key, and one name never means two things', () => {
    const meanings = Map.groupBy(BINDINGS, nameOf);
    for (const [name, bindings] of meanings) {
      expect(name).toMatch(/^[a-z][a-z0-9-]*$/);
      expect(new Set(bindings.map(({ action, with: word }) => `${action} ${word}`)).size, name).toBe(1);
    }
  });

  it('may be written out as settings that are right', () => {
    const own = Object.fromEntries(
      [...Map.groupBy(BINDINGS, nameOf)]
        .filter(([, same]) => same.length === 1)
        .map(([name, [only]]) => [name, only!.keys]),
    );
    expect(problemIn(own)).toBeUndefined();
  });

  it('has the settings of the manual among those that are right', () => {
    const page = readFileSync(new URL('../../docs/screen.md', import.meta.url), 'utf8');
    const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    expect(parseSettings(yaml, 'config.yaml').keys).toMatchObject({ logs: ['L'], 'sort-agent': [] });
  });
});
