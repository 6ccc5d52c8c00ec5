/** Keys, prompts and dialogs as pure steps: what a key makes of the screen, and what it asks of the world. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BINDINGS, bindingsAt } from '../../src/tui/keys.ts';
import { lineWidth, textOf } from '../../src/tui/line.ts';
import { helpLines } from '../../src/tui/pages/help-page.ts';
import { paint } from '../../src/tui/paint.ts';
import { type Effect, pageOf, startUi } from '../../src/tui/ui.ts';
import { homeCluster, someWaiting } from '../support/cluster-fixture.ts';
import { play, sceneOf, screenText as screen, typing, where } from '../support/play.ts';

describe('going places', () => {
  const client = homeCluster();

  it.each([
    [['4'], ['overview', 'tasks']],
    [
      ['4', '2'],
      ['overview', 'agents'],
    ],
    [
      ['3', 'enter', 'enter'],
      ['overview', 'jobs', 'tasks', 'detail'],
    ],
    [
      ['3', 'enter', 'enter', 'esc'],
      ['overview', 'jobs', 'tasks'],
    ],
    [['3', 'enter', 'q', 'q'], ['overview']],
    [
      [':', ...typing('ps'), 'enter'],
      ['overview', 'tasks'],
    ],
    [['enter'], ['overview', 'tasks']],
    [['?'], ['overview', 'help']],
    [['esc', 'esc'], ['overview']],
  ])('%j leads to %j', (keys, pages) => expect(where(play(client, keys))).toEqual(pages));

  it('quits with q at the root only, and with ctrl-c anywhere', () => {
    expect(play(client, ['4', 'q']).effects).toEqual([]);
    expect(play(client, ['q']).effects).toEqual([{ kind: 'quit' }]);
    expect(play(client, ['4', '/', 'ctrl-c']).effects).toEqual([{ kind: 'quit' }]);
    expect(play(client, [':', 'q', 'enter']).effects).toEqual([{ kind: 'quit' }]);
  });

  it('drills from a job to its own tasks only', () => {
    const { ui } = play(client, ['3', 'j', 'enter']);
    expect(screen(client, ui)).toContain('tasks of mailer');
    expect(screen(client, ui)).toContain('mailer.0');
    expect(screen(client, ui)).not.toContain('web.0');
  });

  it('keeps the cursor on its row when rows come before it', () => {
    const { ui } = play(client, ['2', 'G']);
    expect(pageOf(ui)).toMatchObject({ cursor: { id: 'agent-pi' } });
    expect(screen(client, ui)).toMatch(/> pi/);
  });
});

describe('sorting', () => {
  const client = homeCluster();
  it('sorts by a letter, and the other way with the same letter again', () => {
    expect(play(client, ['4', 'N']).ui.orders.tasks).toEqual({ key: 'name', descending: false });
    expect(play(client, ['4', 'N', 'N']).ui.orders.tasks).toEqual({ key: 'name', descending: true });
    expect(play(client, ['4', 'N', 'A']).ui.orders.tasks).toEqual({ key: 'age', descending: false });
    expect(screen(client, play(client, ['4', 'N', 'N']).ui)).toMatch(/> web\.10/);
  });
});

describe('filtering', () => {
  const client = homeCluster();
  it('works while one types, case ignored, over all columns', () => {
    const { ui } = play(client, ['4', '/', ...typing('POSTGRES')]);
    expect(screen(client, ui)).toContain('db.0');
    expect(screen(client, ui)).not.toContain('web.0');
  });
  it('turns round with a leading !', () => {
    const text = screen(client, play(client, ['4', '/', ...typing('!web|cache')]).ui);
    expect(text).toContain('db.0');
    expect(text).not.toContain('web.1');
  });
  it('takes a half-typed expression as text', () => {
    expect(screen(client, play(client, ['4', '/', '(']).ui)).toContain('nothing matches /(');
  });
  it('goes back to what it was with esc, and esc once more clears a kept one before leaving', () => {
    expect(pageOf(play(client, ['4', '/', 'w', 'esc']).ui)).toMatchObject({ filter: '' });
    const kept = play(client, ['4', '/', 'w', 'enter']);
    expect(pageOf(kept.ui)).toMatchObject({ filter: 'w' });
    expect(where(play(client, ['4', '/', 'w', 'enter', 'esc']))).toEqual(['overview', 'tasks']);
    expect(where(play(client, ['4', '/', 'w', 'enter', 'esc', 'esc']))).toEqual(['overview']);
  });
});

describe('commands', () => {
  const client = homeCluster();
  it('completes views, commands and names with tab', () => {
    expect(play(client, [':', 'a', 'g', 'tab']).ui.prompt?.text).toBe('agents ');
    expect(play(client, [':', ...typing('scale w'), 'tab']).ui.prompt?.text).toBe('scale web');
    expect(play(client, [':', ...typing('logs web.1'), 'tab']).ui.prompt?.text).toBe('logs web.10');
  });
  it('remembers what was typed', () => {
    expect(play(client, [':', ...typing('jobs'), 'enter', ':', 'up']).ui.prompt?.text).toBe('jobs');
  });
  it('says what is wrong in the bottom line', () => {
    expect(play(client, [':', ...typing('nonsense'), 'enter']).ui.notice?.text).toBe(
      'usage: there is no command or view "nonsense"',
    );
    expect(play(client, [':', ...typing('scale nope 3'), 'enter']).ui.notice?.text).toMatch(
      /^job\.unknown: /,
    );
  });
  it('scales up at once and asks before scaling down', () => {
    expect(play(client, [':', ...typing('scale web 5'), 'enter']).effects).toEqual([
      { kind: 'verb', verb: 'scale', names: ['web'], argument: '5' },
    ]);
    const down = play(client, [':', ...typing('scale web 1'), 'enter']);
    expect(down.effects).toEqual([]);
    expect(down.ui.dialog?.sentence).toBe('stops 2 instances of web, leaves 1');
  });
});

describe('changing jobs', () => {
  const client = homeCluster();
  const onWeb = ['3', 'G'];

  it('adds two for two pluses, though the replica has not moved yet', () => {
    expect(play(client, [...onWeb, '+', '+']).effects.map((e) => e.kind === 'verb' && e.argument)).toEqual([
      '4',
      '5',
    ]);
  });

  it('asks before it stops a job, with Cancel in focus and what will happen', () => {
    const asked = play(client, [...onWeb, 'ctrl-d']);
    expect(asked.ui.dialog).toMatchObject({ focus: 'cancel', sentence: 'stops web: 4 tasks on 3 agents' });
    expect(play(client, [...onWeb, 'ctrl-d', 'enter']).effects).toEqual([]);
    expect(play(client, [...onWeb, 'ctrl-d', 'esc']).effects).toEqual([]);
    expect(play(client, [...onWeb, 'ctrl-d', 'tab', 'enter']).effects).toEqual([
      { kind: 'verb', verb: 'stop', names: ['web'], argument: '' },
    ]);
  });

  it('is not stopped by a ctrl-d that scrolls: in what is read that is half a page down', () => {
    const help = play(client, [...onWeb, '?', 'ctrl-d']);
    expect(help.ui.dialog).toBeUndefined();
    expect(help.ui.pages.at(-1)).toMatchObject({ kind: 'help', top: 17 });
    expect(play(client, [...onWeb, '?', 'ctrl-d', 'ctrl-u']).ui.pages.at(-1)).toMatchObject({ top: 0 });
  });

  it('has no such keys and commands in read-only mode', () => {
    for (const key of ['+', '_', 'ctrl-d', 's']) {
      const played = play(client, [...onWeb, key], true);
      expect(played.effects).toEqual([]);
      expect(played.ui.dialog).toBeUndefined();
    }
    expect(play(client, [':', ...typing('stop web'), 'enter'], true).ui.notice?.text).toMatch(
      /^client.read_only: stop would change the cluster/,
    );
    expect(bindingsAt('jobs', { bindings: BINDINGS, readOnly: true }).some((b) => b.changes)).toBe(false);
  });
});

const said = (verb: string, name: string, argument = ''): Effect => ({
  kind: 'verb',
  verb,
  names: [name],
  argument,
});

describe('what is said of machines and frameworks', () => {
  const client = homeCluster();
  const say = (text: string, ...more: string[]) => play(client, [':', ...typing(text), 'enter', ...more]);
  const nuc1 = [...client.state.agents.values()].find(({ name }) => name === 'nuc1')!;

  it.each([
    ['deactivate nuc1', said('deactivate', 'nuc1')],
    ['activate nuc1', said('activate', 'nuc1')],
  ])(':%s is done at once', (text, effect) => {
    expect(nuc1.state).toBe('ready');
    expect(say(text).effects).toEqual([effect]);
  });

  it.each([
    ['drain nuc1', /^moves \d+ tasks? away from nuc1; what is left after 1h is killed$/, 'drain'],
    [
      'reboot nuc1',
      /^moves \d+ tasks? away from nuc1; .* When it is drained, restart it: back again, it gets new work$/,
      'reboot',
    ],
    ['gone nuc1', /^gives \d+ tasks? up and refuses nuc1 for ever$/, 'gone'],
    ['give-up nuc1', /^gives \d+ tasks? of nuc1 to others, while nuc1 may still run them$/, 'give-up'],
  ])(':%s asks first', (text, sentence, word) => {
    const asked = say(text);
    expect(asked.ui.dialog).toMatchObject({ focus: 'cancel', sentence: expect.stringMatching(sentence) });
    expect(say(text, 'enter').effects).toEqual([]);
    expect(say(text, 'tab', 'enter').effects).toEqual([said(word, 'nuc1')]);
  });

  it(':teardown says what goes, and asks first', () => {
    const asked = say('teardown service');
    expect(asked.ui.dialog?.sentence).toMatch(
      /^ends \d+ tasks? of \d+ jobs?, forgets all that service has stored$/,
    );
    expect(say('teardown service', 'enter').effects).toEqual([]);
    expect(say('teardown service', 'tab', 'enter').effects).toEqual([said('teardown', 'service')]);
  });

  it('a name that nobody has is an error', () => {
    expect(say('drain nope').ui.notice?.text).toMatch(/^agent\.unknown: /);
    expect(say('teardown nope').ui.notice?.text).toMatch(/^framework\.unknown: /);
  });
});

describe('help', () => {
  const usual = { bindings: BINDINGS, readOnly: false };

  it('lists every key that works there and none that does not', () => {
    const client = homeCluster();
    for (const keys of [['3'], ['4'], ['2'], [] as string[]]) {
      const { ui } = play(client, keys);
      const page = pageOf(ui);
      const place = page.kind === 'table' ? page.table : 'overview';
      const text = helpLines(page, { client, ...usual, size: { columns: 120, rows: 40 } })
        .map(textOf)
        .join('\n');
      const shows = (b: (typeof BINDINGS)[number]): boolean =>
        text.split('\n').some((l) => l.replaceAll(/ +/g, ' ').includes(` ${b.keys.join(' ')} ${b.help}`));
      const here = bindingsAt(place, usual).filter((b) => b.action !== 'view');
      expect(here.filter((b) => !shows(b))).toEqual([]);
      const elsewhere = BINDINGS.filter((b) => b.action !== 'view' && !here.includes(b));
      expect(elsewhere.filter((b) => shows(b) && !here.some((h) => h.help === b.help))).toEqual([]);
    }
  });

  it('binds no key twice in one place', () => {
    for (const place of [
      'overview',
      'agents',
      'jobs',
      'tasks',
      'frameworks',
      'offers',
      'events',
      'roles',
      'logs',
      'why',
      'jobs detail',
      'tasks detail',
    ] as const) {
      const keys = bindingsAt(place, usual).flatMap((b) => b.keys);
      expect(
        keys.filter((key, i) => keys.indexOf(key) !== i),
        place,
      ).toEqual([]);
    }
  });
});

describe('any keys at all', () => {
  it('never throw, and never draw a line too wide or a screen too high', () => {
    const client = homeCluster();
    const key = fc.constantFrom(
      ...BINDINGS.flatMap((b) => b.keys),
      'a',
      'z',
      'tab',
      'enter',
      'esc',
      'backspace',
      'left',
      'right',
    );
    const size = fc.record({
      columns: fc.integer({ min: 20, max: 210 }),
      rows: fc.integer({ min: 5, max: 60 }),
    });
    fc.assert(
      fc.property(fc.array(key, { maxLength: 25 }), size, fc.nat(30), (keys, dimensions, waiting) => {
        const { ui } = play(client, keys, false, { ...startUi(), waiting: someWaiting(waiting) });
        const lines = paint(sceneOf(client, ui, false, dimensions));
        expect(lines.length).toBeLessThanOrEqual(dimensions.rows);
        for (const l of lines) expect(lineWidth(l)).toBeLessThanOrEqual(dimensions.columns);
      }),
      { numRuns: 200 },
    );
  });
});

describe('what is said of roles', () => {
  const client = homeCluster();
  it.each([
    ['weight data 2.5', 'weight', '2.5'],
    ['limit data cpus=2,mem=4g', 'limit', 'cpus=2,mem=4g'],
    ['guarantee data none', 'guarantee', 'none'],
  ])('is changed by :%s', (text, verb, argument) => {
    expect(play(client, [':', ...typing(text), 'enter']).effects).toEqual([said(verb, 'data', argument)]);
  });

  it.each([
    'weight data heavy',
    'weight data',
    'limit data',
    'limit data cpus=2 mem=4g',
    'guarantee data much',
  ])('is not changed by :%s', (text) => {
    const { ui, effects } = play(client, [':', ...typing(text), 'enter']);
    expect(effects).toEqual([]);
    expect(ui.notice).toMatchObject({ tone: 'bad', text: expect.stringMatching(/^usage: /) });
  });

  it('is not changed at all in read-only mode, and roles are completed', () => {
    expect(play(client, [':', ...typing('weight data 2'), 'enter'], true).effects).toEqual([]);
    const { ui } = play(client, [':', ...typing('weight da'), 'tab']);
    expect(ui.prompt?.text).toBe('weight data');
  });
});
