/** What the screen answers in words: help, another cluster, what cannot be done, what went wrong. */
import { describe, expect, it } from 'vitest';
import { complete } from '../../src/tui/complete.ts';
import { lineWidth, textOf } from '../../src/tui/line.ts';
import { helpLines } from '../../src/tui/pages/help-page.ts';
import { contextOf, paint } from '../../src/tui/paint.ts';
import { reduce } from '../../src/tui/reduce.ts';
import { startUi } from '../../src/tui/ui.ts';
import { homeCluster, job, NOW } from '../support/cluster-fixture.ts';
import { play, sceneOf, typing } from '../support/play.ts';

const client = homeCluster();

describe('another cluster', () => {
  const world = (text: string, contexts?: readonly string[]) => {
    const { ui } = play(client, [':', ...typing(text)]);
    const context = { ...contextOf(sceneOf(client, ui)), contexts, contextName: 'home' };
    return reduce(ui, 'enter', context);
  };

  it('is gone on to by its name; without one the prompt asks for it', () => {
    expect(world('ctx lab', ['home', 'lab']).effect).toEqual({ kind: 'context', name: 'lab' });
    const asked = world('ctx', ['home', 'lab']).ui;
    expect(asked.prompt?.text).toBe('context ');
    expect(
      complete('context ', { ...contextOf(sceneOf(client, asked)), contexts: ['home', 'lab'] }),
    ).toContain('context lab');
  });

  it.each([
    ['ctx lba', ['home', 'lab'], /^client\.context_unknown/],
    ['ctx', ['home'], /^this machine knows no other cluster/],
    ['ctx home', ['home', 'lab'], /^this is home/],
    ['ctx lab', undefined, /tender --context NAME/],
  ])('%s of %j says why not', (text, contexts, said) => {
    const { ui, effect } = world(text, contexts);
    expect(effect).toBeUndefined();
    expect(ui.notice?.text).toMatch(said);
  });
});

describe('a screen that only reads', () => {
  it('says so to whoever presses a key that would change something', () => {
    const { ui, effects } = play(client, ['3', 'ctrl-d'], true);
    expect(effects).toEqual([]);
    expect(ui.notice?.text).toBe('read-only: nothing is changed here (stop it)');
  });
});

describe('the empty list of a job’s tasks', () => {
  const empty = (...keys: string[]) => {
    const waiting = homeCluster();
    waiting.emit({ type: 'job.changed', at: NOW, job: job('big', 2, 0) });
    return play(waiting, ['3', '/', ...typing('big'), 'enter', 'enter', ...keys]);
  };

  it('is about the job: why, its logs and all that is known of it are a key away', () => {
    expect(empty('w').ui.pages.at(-1)).toMatchObject({ kind: 'why', name: 'big' });
    expect(empty('l').ui.pages.at(-1)).toMatchObject({ kind: 'logs', name: 'big' });
    expect(empty('enter').ui.pages.at(-1)).toMatchObject({ kind: 'detail', table: 'jobs', id: 'big' });
    expect(empty('enter', 'esc').ui.pages).toHaveLength(3);
  });
});

describe('help', () => {
  it.each([60, 80, 120, 200])('is not cut off on %d columns', (columns) => {
    const { ui } = play(client, ['3']);
    const context = { ...contextOf(sceneOf(client, ui)), size: { columns, rows: 40 } };
    const lines = helpLines(ui.pages.at(-1)!, context);
    expect(Math.max(...lines.map(lineWidth))).toBeLessThanOrEqual(columns);
    const words = lines.map(textOf).join(' ').replaceAll(/\s+/g, ' ');
    expect(words).not.toMatch(/\S…/);
    for (const word of [':token', ':guarantee ROLE AMOUNTS', ':procedures', 'ctrl-\\'])
      expect(words).toContain(word);
  });
});

describe('what is said at the bottom', () => {
  const text =
    'job.file: demo.yaml:12: imgae: expected "image", found "imgae" (did you mean "image"?), as every job of this kind has';
  const said = (columns: number, rows: number): string[] =>
    paint(
      sceneOf(
        client,
        startUi({ notice: { tone: 'bad', text, next: 'tender plan FILE shows what a file would do' } }),
        false,
        { columns, rows },
      ),
    ).map(textOf);

  it('takes the lines that it needs, so that what to do next is always seen', () => {
    const lines = said(60, 15);
    expect(lines).toHaveLength(15);
    expect(lines.slice(-4).map((one) => one.trimEnd())).toEqual([
      ' job.file: demo.yaml:12: imgae: expected "image", found',
      ' "imgae" (did you mean "image"?), as every job of this kind',
      ' has',
      ' tender plan FILE shows what a file would do',
    ]);
  });

  it('is one line where that is enough', () => {
    expect(said(200, 50).at(-1)).toContain('as every job of this kind has  tender plan FILE');
  });
});
