/** The screen's manners as pure steps: marks and what is said to them, the menu, sorting, columns, the trail, searching. */
import { describe, expect, it } from 'vitest';
import { textOf } from '../../src/tui/line.ts';
import { entriesOf } from '../../src/tui/menu.ts';
import { contextOf, paint } from '../../src/tui/paint.ts';
import { pointed } from '../../src/tui/pointed.ts';
import { pageOf, startUi, type TablePage } from '../../src/tui/ui.ts';
import { homeCluster, NOW } from '../support/cluster-fixture.ts';
import { play, sceneOf, screenText, typing, where } from '../support/play.ts';

const client = homeCluster();
const said = (verb: string, names: readonly string[], argument = '') => ({
  kind: 'verb',
  verb,
  names,
  argument,
});
const table = (page: ReturnType<typeof pageOf>): TablePage => page as TablePage;

describe('marked rows', () => {
  // Of the jobs, sorted: cache and mailer need attention, then backup, db and web.
  it('take what is said, with one question that names them all', () => {
    const asked = play(client, ['3', 'G', 'space', 'k', 'space', 'ctrl-d']);
    expect(asked.ui.dialog).toMatchObject({
      title: 'stop 2 jobs',
      sentence: 'stops 2 jobs with 5 tasks: web (4 on 3 agents), db (1 on nuc2)',
      focus: 'cancel',
    });
    const done = play(client, ['3', 'G', 'space', 'k', 'space', 'ctrl-d', 'y']);
    expect(done.effects).toEqual([said('stop', ['cache', 'db', 'web'].slice(1).reverse())]);
    expect(table(pageOf(done.ui)).marked).toEqual([]);
  });

  it('stay marked when the answer is no', () => {
    const { ui } = play(client, ['3', 'G', 'space', 'ctrl-d', 'enter']);
    expect(table(pageOf(ui)).marked).toEqual(['web']);
  });

  it('are a range with ctrl-space, and cleared with ctrl-\\ or esc', () => {
    const range = ['3', 'space', 'G', 'ctrl-space'];
    expect(table(pageOf(play(client, range).ui)).marked).toHaveLength(5);
    for (const key of ['ctrl-\\', 'esc'])
      expect(table(pageOf(play(client, [...range, key]).ui)).marked).toEqual([]);
  });

  it('are seen, and counted in the title', () => {
    const text = screenText(client, play(client, ['3', 'G', 'space']).ui);
    expect(text).toMatch(/>•web/);
    expect(text).toContain('1 marked');
  });

  it('count even where a filter hides them', () => {
    const { ui } = play(client, ['3', 'G', 'space', '/', ...typing('cache'), 'enter', 'ctrl-d']);
    expect(ui.dialog?.sentence).toBe('stops web: 4 tasks on 3 agents');
  });

  it('of agents are drained together', () => {
    const { ui } = play(client, ['2', 'space', 'space', 'r']);
    expect(ui.dialog?.sentence).toBe(
      'moves 6 tasks away from nuc1 and nuc2; what is left after 1h is killed',
    );
  });
});

describe('marked rows of which some cannot be meant', () => {
  it('are told of those that can', () => {
    const all = ['4', 'space', 'G', 'ctrl-space', 'ctrl-k'];
    const { ui } = play(client, all);
    expect(ui.dialog?.title).toBe('kill 7 tasks');
    expect(ui.dialog?.sentence).toMatch(/^ends cache.0, cache.1, db.0, web.0, web.1, web.2 and web.10 on /);
    const shown = paint(sceneOf(client, ui, false, { columns: 60, rows: 15 }))
      .map(textOf)
      .join('\n');
    expect(shown).toMatch(/\[ Cancel \] +kill 7 tasks/);
  });
});

describe('what is said by name', () => {
  const ask = (text: string, ...more: string[]) => play(client, [':', ...typing(text), 'enter', ...more]);

  it('may be said to several, and with what the verb takes', () => {
    expect(ask('drain nuc1,pi 30m').ui.dialog?.sentence).toMatch(
      /away from nuc1 and pi; what is left after 30m is killed$/,
    );
    expect(ask('drain nuc1 none', 'y').effects).toEqual([said('drain', ['nuc1'], 'none')]);
    expect(ask('drain nuc1 soon').ui.notice?.text).toMatch(/^usage: drain takes a time/);
  });

  it('means what one stands on where no name is said', () => {
    expect(play(client, ['2', ':', ...typing('deactivate'), 'enter']).effects).toEqual([
      said('deactivate', ['nuc1']),
    ]);
    expect(ask('deactivate').ui.notice?.text).toBe('usage: deactivate what? as in: deactivate AGENT');
  });

  it('goes back to a version, and asks', () => {
    expect(ask('rollback web 2').ui.dialog?.sentence).toBe('takes web back to version 2');
    expect(play(client, ['3', 'G', 'b']).ui.dialog?.sentence).toBe('takes web back to the version before');
  });

  it('ends a task, with its agent in the question', () => {
    const { ui } = play(client, ['4', 'ctrl-k']);
    expect(ui.dialog?.sentence).toBe('ends cache.0 on nuc1; its job starts another');
  });

  it('is suggested where a letter is wrong', () => {
    expect(ask('drian nuc1').ui.notice?.text).toBe(
      'usage: there is no command or view "drian" (did you mean "drain"?)',
    );
    expect(ask('frameworsk').ui.notice?.text).toContain('(did you mean "frameworks"?)');
  });

  it('a key says so where there is nothing to be said', () => {
    expect(play(client, ['3', 'p']).ui.notice?.text).toBe(
      'pause or resume is nothing that can be said here now',
    );
  });
});

describe('the menu', () => {
  const entriesAt = (keys: readonly string[], readOnly = false) => {
    const { ui } = play(client, keys, readOnly);
    return entriesOf(ui, contextOf(sceneOf(client, ui, readOnly)));
  };

  it('has the verbs of what one stands on, with their keys, and what can be looked at', () => {
    const names = entriesAt(['2']).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['drain', 'deactivate', 'gone', 'describe', 'columns']));
    expect(names).not.toContain('activate');
    expect(names).not.toContain('stop');
    expect(entriesAt(['2']).find(({ name }) => name === 'drain')?.key).toBe('r');
  });

  it('has only what can be said to all marked rows', () => {
    // web is of the fourth version, db of the first.
    const one = entriesAt(['3', 'G', 'space']).map(({ name }) => name);
    const both = entriesAt(['3', 'G', 'space', 'k', 'space']).map(({ name }) => name);
    expect(one).toContain('rollback');
    expect(both).not.toContain('rollback');
    expect(both).toContain('stop');
  });

  it('is found by typing and run with enter', () => {
    expect(play(client, ['2', 'x', ...typing('deact'), 'enter']).effects).toEqual([
      said('deactivate', ['nuc1']),
    ]);
    expect(where(play(client, ['4', 'x', ...typing('raw'), 'enter']))).toEqual([
      'overview',
      'tasks',
      'detail',
    ]);
  });

  it('asks in the prompt for what a verb needs', () => {
    const { ui } = play(client, ['3', 'G', 'x', ...typing('so many'), 'enter']);
    expect(ui.prompt?.text).toBe('scale web ');
  });

  it('has nothing that changes anything in read-only mode', () => {
    const names = entriesAt(['3'], true).map(({ name }) => name);
    for (const name of ['stop', 'more', 'scale …', 'kill']) expect(names).not.toContain(name);
    expect(names).toContain('describe');
  });

  it('every entry runs on every page without throwing', () => {
    for (const keys of [[], ['2'], ['3'], ['4'], ['5'], ['6'], ['7'], ['8'], ['3', 'd'], ['3', 'l'], ['?']])
      for (const entry of entriesAt(keys)) expect(entry.run().ui.pages.length).toBeGreaterThan(0);
  });
});

describe('sorting', () => {
  it('takes any column: shift and an arrow picks it, O sorts by it, O again turns it round', () => {
    const right = ['4', 'shift-right', 'shift-right', 'shift-right'];
    expect(table(pageOf(play(client, right).ui)).picked).toBe('agent');
    expect(play(client, [...right, 'O']).ui.orders.tasks).toEqual({ key: 'agent', descending: false });
    expect(play(client, [...right, 'O', 'O']).ui.orders.tasks).toEqual({ key: 'agent', descending: true });
    expect(table(pageOf(play(client, ['4', 'shift-left']).ui)).picked).toBe('message');
  });
});

describe('choosing columns', () => {
  it('hides, moves and keeps them; esc changes nothing, r is as before', () => {
    // The second one away, the third one a place up.
    const chosen = play(client, ['8', 'v', 'down', 'space', '<', 'enter']);
    const keys = chosen.ui.columns.roles!;
    expect(keys).not.toContain('weight');
    expect(keys.slice(0, 2)).toEqual(['role', 'priority']);
    expect(screenText(client, chosen.ui)).not.toContain('WEIGHT');
    expect(play(client, ['8', 'v', 'space', 'esc']).ui.columns).toEqual({});
    expect(play(client, ['8', 'v', 'r'], false, chosen.ui).ui.columns).toEqual({});
  });

  it('each column is there once, and one at least stays', () => {
    const { ui } = play(client, ['4', 'v']);
    const keys = ui.chooser!.columns.map((c) => c.key);
    expect(new Set(keys).size).toBe(keys.length);
    const none = play(client, ['4', 'v', ...keys.map(() => 'space'), 'enter']);
    expect(none.ui.notice?.tone).toBe('bad');
    expect(none.ui.chooser).toBeDefined();
  });
});

describe('the way one came', () => {
  it('- goes to the view before and back, [ and ] along all of them', () => {
    expect(where(play(client, ['4', '2', '-']))).toEqual(['overview', 'tasks']);
    expect(where(play(client, ['4', '2', '-', '-']))).toEqual(['overview', 'agents']);
    expect(where(play(client, ['4', '2', '3', '[', '[']))).toEqual(['overview', 'tasks']);
    expect(where(play(client, ['4', '2', '3', '[', '[', ']']))).toEqual(['overview', 'agents']);
    expect(where(play(client, ['4', '[', '[', '[']))).toEqual(['overview']);
    expect(where(play(client, [':', '4', 'esc', '4', ':', '-', 'enter']))).toEqual(['overview']);
  });

  it('keeps the place in a view', () => {
    const back = play(client, ['4', 'j', 'j', '2', '-']);
    expect(table(pageOf(back.ui)).cursor.index).toBe(2);
  });
});

describe('the faces of a thing', () => {
  it('are described, raw and its events, one from the other with [ and ]', () => {
    const tab = (keys: readonly string[]) => (pageOf(play(client, keys).ui) as { tab?: string }).tab;
    expect(tab(['4', 'd'])).toBe('describe');
    expect(tab(['4', 'y'])).toBe('raw');
    expect(tab(['4', 'e'])).toBe('events');
    expect(tab(['4', 'd', ']'])).toBe('raw');
    expect(tab(['4', 'd', '['])).toBe('events');
    expect(tab(['4', 'y', 'd'])).toBe('describe');
  });

  it('raw is YAML, and of a job first its spec', () => {
    expect(screenText(client, play(client, ['4', 'y']).ui)).toMatch(/^ {2}name: cache\.0$/m);
    expect(screenText(client, play(client, ['3', 'G', 'y']).ui)).toContain('asking for its spec');
  });

  it('are searched with /, n goes on to the next', () => {
    const found = play(client, ['4', 'y', '/', ...typing('scalar'), 'enter']);
    expect(screenText(client, found.ui)).toContain('/scalar  2 lines');
    expect(play(client, ['4', 'y', 'n']).ui.notice?.text).toBe('nothing is searched for; / asks for it');
    expect(play(client, ['?', '/', ...typing('repl'), 'enter', 'n']).ui.pages.at(-1)).toMatchObject({
      kind: 'help',
      find: 'repl',
    });
    expect(where(play(client, ['4', 'y', '/', 'x', 'enter', 'esc']))).toEqual([
      'overview',
      'tasks',
      'detail',
    ]);
  });
});

describe('completion', () => {
  const typed = (keys: readonly string[]) => play(client, keys).ui.prompt?.text;

  it('goes from one to the next with tab, back with shift-tab', () => {
    const start = [':', ...typing('d')];
    const all = ['dispatch', 'drain'];
    expect(typed([...start, 'tab'])).toBe(all[0]);
    expect(typed([...start, 'tab', 'tab'])).toBe(all[1]);
    expect(typed([...start, 'tab', 'tab', 'shift-tab'])).toBe(all[0]);
  });

  it('gives names after a comma, none twice', () => {
    expect(typed([':', ...typing('drain nuc1,'), 'tab'])).toBe('drain nuc1,nuc2');
    expect(typed([':', ...typing('stop db,w'), 'tab'])).toBe('stop db,web');
  });

  it('gives what was typed before', () => {
    const once = [':', ...typing('logs web.0'), 'enter', 'q'];
    expect(typed([...once, ':', ...typing('lo'), 'tab', 'tab'])).toBe('logs web.0');
  });

  it('rubs out whole characters, however many code points they have', () => {
    expect(typed([':', 'a', '👩‍💻', 'backspace'])).toBe('a');
  });
});

describe('the mouse', () => {
  const { ui } = play(client, ['4']);
  const scene = sceneOf(client, ui);
  const lines = paint(scene);
  const click = (row: number, column = 5) =>
    pointed(ui, { kind: 'click', row, column }, lines, contextOf(scene));

  it('chooses a row, and opens the chosen one', () => {
    const row = lines.findIndex((l) => l.id === 'db.0-k3x9');
    const chosen = click(row).ui;
    expect(pageOf(chosen)).toMatchObject({ kind: 'table', cursor: { id: 'db.0-k3x9' } });
    const first = lines.findIndex((l) => l.id !== undefined);
    expect(pageOf(click(first).ui).kind).toBe('detail');
  });

  it('takes a view by its name above', () => {
    const at = screenText(client, ui).split('\n')[1]!.indexOf('agents');
    expect(pageOf(click(1, at).ui)).toMatchObject({ table: 'agents' });
  });

  it('chooses a row of the overview, and nothing beside it', () => {
    const home = startUi();
    const wide = sceneOf(client, home, false, { columns: 200, rows: 50 });
    const shown = paint(wide);
    const at = (row: number, column: number) =>
      pointed(home, { kind: 'click', row, column }, shown, contextOf(wide)).ui;
    const web = shown.findIndex((l) => l.id === 'jobs:web');
    expect(pageOf(at(web, 5))).toMatchObject({ kind: 'overview', cursor: { id: 'jobs:web' } });
    expect(at(web, 150)).toBe(home);
  });

  it('scrolls, and answers no question', () => {
    const wheel = pointed(ui, { kind: 'wheel', by: 1 }, lines, contextOf(scene));
    expect(pageOf(wheel.ui)).toMatchObject({ cursor: { index: 3 } });
    const asked = play(client, ['4', 'ctrl-k']).ui;
    expect(pointed(asked, { kind: 'click', row: 10, column: 50 }, lines, contextOf(scene)).ui).toBe(asked);
  });
});

it.each([
  [{ phase: 'stale', heardAt: NOW - 12_000, retryAt: NOW + 2_500 }, '◌ stale 12s, again in 3s'],
  [{ phase: 'stale', heardAt: NOW - 12_000 }, '◌ stale 12s, trying'],
  [{ phase: 'live', heardAt: NOW - 2_000 }, /● live {2}<5 ms $/],
  [{ phase: 'live', heardAt: NOW - 9_000 }, 'data 9s old'],
] as const)('the line at the top tells of a connection that is %j', (status, expected) => {
  const other = homeCluster();
  other.setStatus(status);
  const [head = ''] = screenText(other, startUi()).split('\n');
  if (typeof expected === 'string') expect(head).toContain(expected);
  else expect(head).toMatch(expected);
});

it('remembered orders, columns and commands are there from the start', () => {
  const start = startUi({ orders: { tasks: { key: 'agent', descending: true } }, history: ['why web'] });
  expect(screenText(client, play(client, ['4'], false, start).ui)).toContain('by agent ↓');
  expect(play(client, [':', 'up'], false, start).ui.prompt?.text).toBe('why web');
});
