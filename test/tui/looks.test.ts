/** What a person with a good eye has looked at: what stays on a narrow screen, what is said on an empty one, what a row looks like. */
import { describe, expect, it } from 'vitest';
import { parseResources } from '../../src/core/resources-text.ts';
import type { FrameworkId } from '../../src/core/task.ts';
import { textOf } from '../../src/tui/line.ts';
import { paint } from '../../src/tui/paint.ts';
import { PALETTES } from '../../src/tui/palette.ts';
import { painter } from '../../src/tui/row.tsx';
import { startUi } from '../../src/tui/ui.ts';
import { homeCluster, job, NOW, setAgent } from '../support/cluster-fixture.ts';
import { FakeClient } from '../support/fake-client.ts';
import { play, sceneOf, typing } from '../support/play.ts';

const home = homeCluster();

/** The lines of a view at a size, as one goes there by keys. */
const look = (keys: readonly string[], columns: number, rows: number, client = home): string[] =>
  paint(sceneOf(client, play(client, keys).ui, false, { columns, rows })).map(textOf);

const view = (name: string): string[] => [':', ...typing(name), 'enter'];

describe('the lines around a page', () => {
  it('name the cluster before they say where its master is', () => {
    expect(look([], 80, 24)[0]).toContain('home  ');
    expect(look([], 80, 24)[0]).toContain('tcp://10.0.0.2:5050  epoch 3');
    const [narrow] = paint(sceneOf(home, startUi(), true, { columns: 60, rows: 15 })).map(textOf);
    expect(narrow).toMatch(/^ tender {2}home {2}read-only +epoch 3 {2}● live {2}<5 ms $/);
  });

  it.each([
    [120, ' 1 overview  2 agents 3  3 jobs 5  4 tasks 9  5 frameworks 2  6 offers 2  7 events  8 roles'],
    [80, ' 1 over 2 agents 3 jobs 4 tasks 5 fw 6 offers 7 events 8 roles 9 updates 0 sched'],
    [60, ' 1 ove 2 age 3 job 4 tas 5 fw 6 off 7 eve 8 rol 9 upd 0 sch'],
  ])('have all views at %d columns, at the same place on every page', (columns, names) => {
    for (const key of ['1', '4', '9']) expect(look([key], columns, 15)[1]).toContain(names);
  });

  it('always show the menu, the commands and the help, and first what a view is there for', () => {
    expect(look(['3'], 60, 15).at(-1)).toBe(' enter open  d describe  l logs   x menu  : command  ? help ');
    const changing = homeCluster();
    const progress = { kind: 'change', what: 'canary update', done: 0, failed: 0, of: 3, step: '' } as const;
    const held = { since: NOW, held: 'its canaries wait for your word', verbs: ['promote', 'abort'] };
    const web = job('web', 3, 4, { status: 'updating', progress: { ...progress, ...held } });
    const service = changing.state.frameworks.get('service' as FrameworkId)!;
    const verbs = held.verbs.map((name) => ({ name, help: '' }));
    changing.emit({ type: 'framework.subscribed', at: NOW, framework: { ...service, verbs } });
    changing.emit({ type: 'job.changed', at: NOW, job: web });
    expect(look(['9'], 80, 24, changing).at(-1)).toMatch(
      /^ enter open {2}m promote {2}ctrl-x abort {2}d describe .* {2}x menu {2}: command {2}\? help $/,
    );
  });
});

describe('a list', () => {
  it('shows by which column it is sorted, also where nobody has asked for an order', () => {
    expect(look(['4'], 120, 40)[3]).toMatch(/^ {2}NAME↑ /);
    expect(look(['7'], 120, 40)[3]).toMatch(/^ {2}NUMBER↓ /);
    expect(look(['4', 'W', 'W'], 120, 40)[3]).toMatch(/ AGENT↓ /);
    expect(look(['2', 'shift-right', 'O'], 120, 40)[2]).toContain('by name ↑');
  });

  it('begins with the largest figure, and with the first of words and times', () => {
    const first = (...keys: string[]): string => look(keys, 120, 40)[4]!.slice(2).split(' ')[0]!;
    expect([first('2', 'C'), first('2', 'C', 'C')]).toEqual(['nuc2', 'pi']);
    expect([first('2', 'N'), first('2', 'N', 'N')]).toEqual(['nuc1', 'pi']);
    expect([first('4', 'A'), first('4', 'A', 'A')]).toEqual(['cache.1', 'backup.0']);
  });

  it('does not show what was measured last of an agent that is away', () => {
    const away = homeCluster();
    setAgent(away, 'pi', 'unreachable', 'silent for 15 s');
    expect(look(['2'], 120, 40, away).find((l) => l.includes('unreachable'))).toMatch(/ - .* - /);
    expect(look(['4'], 200, 40, away).find((l) => l.includes('web.10'))).toMatch(/ 0\.5 +512 MiB /);
  });

  it('of jobs keeps the message on a narrow screen', () => {
    expect(look(['3'], 80, 24).find((l) => l.includes('mailer'))).toMatch(
      /failing +0\/1 .*mailer\.0 failed 4/,
    );
  });

  it.each([
    ['jobs', 'no jobs yet: tender run IMAGE starts one, :up FILE what is in a job file or a Compose file'],
    ['agents', 'no agents yet: :token makes a token, and says what to type on a machine'],
    ['tasks', 'no tasks yet: they come with jobs (3)'],
    ['updates', 'no update and no procedure is under way'],
    ['quotas', 'asking the master…'],
    ['volumes', 'nothing is reserved: tender reserve AGENT AMOUNTS --role ROLE sets something aside'],
  ])('of %s that is empty says what to do, whole on any screen', (name, sentence) => {
    for (const [columns, rows] of [
      [200, 50],
      [60, 15],
    ] as const) {
      const text = look(view(name), columns, rows, new FakeClient()).slice(4, -2).join(' ');
      expect(text.replaceAll(/\s+/g, ' ').trim()).toBe(sentence);
    }
  });
});

describe('the list of events', () => {
  it('is not crowded by offers, which a filter finds all the same', () => {
    const lines = look(['7'], 120, 40);
    expect(lines.filter((l) => l.includes('offer.made'))).toEqual([]);
    expect(lines[2]).toMatch(/a filter finds the offers, too {2}\d+\/\d+ ─$/);
    expect(look(['7', '/', ...typing('offer.made'), 'enter'], 120, 40)[4]).toContain('offer.made');
  });
});

describe('the overview', () => {
  it('measures use by the machines, also where they give less to the pool than they have', () => {
    const client = homeCluster();
    for (const agent of client.state.agents.values())
      client.emit({
        type: 'agent.registered',
        at: NOW,
        agent: { ...agent, total: parseResources('cpus:1;mem:64') },
      });
    const memory = look([], 120, 40, client).find((l) => /memory +[\d.]+ GiB used/.test(l))!;
    expect(memory).toMatch(/memory .* [1-9]\d?% .* alloc of +192 MiB/);
  });

  it('gives events the whole width below both columns where there is room for that', () => {
    const lines = look([], 200, 50);
    const at = lines.findIndex((l) => l.startsWith('─ latest events'));
    expect(lines[at]).toHaveLength(200);
    expect(lines.slice(0, at).join('\n')).toMatch(/agents 3[\s\S]*shares|shares[\s\S]*agents 3/);
    expect(look([], 200, 24).find((l) => l.includes('latest events'))).toMatch(/^(?!─ latest)/);
  });

  it('leaves no line empty while something of a list is not shown', () => {
    const lines = look([], 80, 24).slice(2, -2);
    expect(lines.filter((l) => l.trim() === '')).toEqual([]);
  });
});

describe('the row of the cursor', () => {
  const drawn = (theme: 'dark' | 'ansi' | 'none'): string => {
    const ui = play(home, ['3'], false, startUi()).ui;
    const row = paint(sceneOf(home, ui)).find((l) => textOf(l).startsWith('>'))!;
    return painter(PALETTES[theme], theme === 'none' ? 1 : 24)(row);
  };

  it('is one band: without patches where its colours would be turned round', () => {
    expect(drawn('dark')).toContain('\x1b[38;2;229;192;123m');
    for (const theme of ['ansi', 'none'] as const)
      expect(drawn(theme)).toMatch(/^(?:\x1b\[7m[^\x1b]*\x1b\[27m)+$/);
  });
});
