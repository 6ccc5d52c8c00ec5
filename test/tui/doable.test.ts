/** The line at the bottom and the menu: they name what can be done now, and nothing else. */
import { describe, expect, it } from 'vitest';
import type { Job, VerbInfo } from '../../src/core/cluster.ts';
import type { Progress, Timetable } from '../../src/core/progress.ts';
import type { FrameworkId } from '../../src/core/task.ts';
import { textOf } from '../../src/tui/line.ts';
import { entriesOf } from '../../src/tui/menu.ts';
import { contextOf, paint } from '../../src/tui/paint.ts';
import { pushPage, startUi, type Ui } from '../../src/tui/ui.ts';
import { homeCluster, job, NOW, setTask } from '../support/cluster-fixture.ts';
import { play, sceneOf } from '../support/play.ts';

const WORDS =
  'submit scale rollback pause resume promote abort retry undo restart run-now dispatch skip cancel'.split(
    ' ',
  );

/** A job of a framework that has all these verbs, as it stands with the cursor on it. */
function on(more: Partial<Job>) {
  const client = homeCluster();
  const framework = client.state.frameworks.get('service' as FrameworkId)!;
  const verbs: VerbInfo[] = WORDS.map((name) => ({ name, help: name }));
  client.emit({ type: 'framework.subscribed', at: NOW, framework: { ...framework, verbs } });
  client.emit({ type: 'job.changed', at: NOW, job: job('aa', 3, 3, { updatedAt: NOW, ...more }) });
  const look = (page: 'list' | 'detail') => {
    const { ui } = play(client, page === 'list' ? ['3', 'N'] : ['3', 'N', 'd']);
    const bottom = paint(sceneOf(client, ui, false, { columns: 200, rows: 40 }))
      .map(textOf)
      .at(-1)!;
    const menu = entriesOf(ui, contextOf(sceneOf(client, ui))).map(({ name }) => name.replace(' …', ''));
    return { bottom, menu };
  };
  return look;
}

const change = (verbs: readonly string[], more: Partial<Progress> = {}): Pick<Job, 'progress'> => ({
  progress: {
    kind: 'change',
    what: 'update',
    done: 1,
    failed: 0,
    of: 3,
    since: NOW,
    step: '',
    verbs,
    ...more,
  },
});
const runs = (
  verbs: readonly string[] | undefined,
  more: Partial<Timetable> = {},
): Pick<Job, 'timetable'> => ({
  timetable: { next: [], paused: false, runs: [], verbs, ...more },
});

const OF_CHANGES = ['pause', 'resume', 'promote', 'abort', 'retry', 'undo', 'cancel'];
const among = (menu: readonly string[], words: readonly string[]): string[] =>
  words.filter((word) => menu.includes(word));

describe('of a job', () => {
  it.each([
    ['that is as it shall be', {}, []],
    ['whose update goes on', change(['pause', 'abort']), ['pause', 'abort']],
    ['whose canaries wait', change(['promote', 'abort']), ['promote', 'abort']],
    ['whose update is paused', change(['resume', 'abort']), ['resume', 'abort']],
    [
      'whose procedure is held',
      change(['retry', 'resume', 'undo', 'abort']),
      ['resume', 'abort', 'retry', 'undo'],
    ],
    ['that starts for the first time', change([]), []],
  ] as const)('%s, what fits its change', (_, more, expected) => {
    const look = on(more);
    for (const page of ['list', 'detail'] as const)
      expect(among(look(page).menu, OF_CHANGES), page).toEqual(expected);
    const { bottom } = look('detail');
    for (const word of ['pause', 'resume', 'promote', 'abort', 'retry', 'undo'])
      expect(bottom.includes(` ${word} `), word).toBe((expected as readonly string[]).includes(word));
  });

  it.each([
    ['that waits for its time', runs(['run-now', 'skip', 'pause']), ['pause', 'run-now', 'skip']],
    ['that is held', runs(['run-now', 'skip', 'resume'], { paused: true }), ['resume', 'run-now', 'skip']],
    ['that takes parameters', runs(['dispatch', 'pause']), ['pause', 'dispatch']],
    [
      'that runs now',
      { ...runs(['run-now', 'pause']), ...change(['cancel', 'pause'], { kind: 'run' }) },
      ['pause', 'cancel', 'run-now'],
    ],
    [
      'of a framework of before, that says only whether it is held',
      runs(undefined, { paused: true }),
      ['resume', 'run-now', 'dispatch', 'skip'],
    ],
    ['of a framework without a timetable', {}, ['run-now', 'dispatch', 'skip']],
  ] as const)('%s, what fits its runs', (_, more, expected) => {
    expect(among(on(more)('list').menu, [...OF_CHANGES, 'run-now', 'dispatch', 'skip'])).toEqual(expected);
  });

  it('that is being stopped is neither stopped nor restarted again', () => {
    const { menu, bottom } = on({ status: 'stopping' })('detail');
    expect(among(menu, ['stop', 'restart'])).toEqual([]);
    expect(bottom).not.toContain('stop');
  });

  it('without instances has none to take away', () => {
    expect(on({ desired: 0, running: 0, healthy: 0 })('list').bottom).toMatch(/\+ more(?!.*fewer)/);
    expect(on({})('list').bottom).toMatch(/\+ more .*_ fewer/);
  });
});

describe('of what else one stands on', () => {
  const client = homeCluster();
  const bottom = (ui: Ui): string => paint(sceneOf(client, ui)).map(textOf).at(-1)!;
  const menu = (ui: Ui): string[] => entriesOf(ui, contextOf(sceneOf(client, ui))).map(({ name }) => name);
  const at = (...keys: string[]): Ui => play(client, keys).ui;

  it('a task that has ended gives no shell, and cannot be killed', () => {
    const first = at('4', 'd');
    expect(bottom(first)).toMatch(/s shell .*ctrl-k kill/);
    setTask(client, 'cache.0', 'FINISHED', 'exited', '', NOW);
    expect(bottom(first)).not.toMatch(/shell|kill/);
    expect(among(menu(first), ['shell', 'attach', 'kill'])).toEqual([]);
    expect(menu(first)).toContain('logs');
  });

  it('a machine that gets no work is activated, not deactivated', () => {
    expect(bottom(at('2'))).toContain('u deactivate');
    const nuc1 = [...client.state.agents.values()].find(({ name }) => name === 'nuc1')!;
    client.emit({
      type: 'agent.registered',
      at: NOW,
      agent: { ...nuc1, withdrawn: { state: 'deactivated', since: NOW } },
    });
    expect(bottom(at('2'))).toMatch(/u activate/);
  });

  it('an empty list has nothing to open', () => {
    expect(bottom(at('9'))).not.toContain('open');
    expect(bottom(at('9'))).toContain('/ filter');
  });

  it('a plan is applied once it is there', () => {
    const page = { kind: 'plan', file: 'web.yaml', top: 0, find: '' } as const;
    expect(bottom(pushPage(startUi(), page))).not.toContain('apply');
    const answer = { plans: [], specs: [], notes: [] };
    expect(bottom(pushPage(startUi(), { ...page, answer }))).toContain('enter apply');
  });
});
