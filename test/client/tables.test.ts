/** The tables that all faces share: figures, natural order, widths that hold, columns that go in order of importance. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventText } from '../../src/client/event-text.ts';
import { cpus, momentText } from '../../src/client/table/figures.ts';
import { holdingsOf } from '../../src/client/table/holdings.ts';
import { cut, cutItems, cutMiddle, pad, plain, widthOf, wrap } from '../../src/client/table/width.ts';
import {
  age,
  compareValues,
  layout,
  linesOf,
  naturalKey,
  size,
  sizeShare,
  sorted,
  TABLES,
  type TableName,
  tableOf,
  tableText,
} from '../../src/client/tables.ts';
import type { Event } from '../../src/core/events.ts';
import { resourcesOf } from '../../src/core/resources.ts';
import type { AgentId, FrameworkId, OfferId, TaskId } from '../../src/core/task.ts';
import { agent, homeCluster, job, NOW, setTask, task, usage } from '../support/cluster-fixture.ts';

const names = Object.keys(TABLES) as TableName[];
const anyText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('名前', '🚀 web', 'a\x1b[31mb', 'x\ny'),
);

describe('figures', () => {
  it.each([
    [0, '0s'],
    [-5000, '0s'],
    [59_999, '59s'],
    [60_000, '1m'],
    [3_599_999, '59m'],
    [7_200_000, '2h'],
    [47 * 3_600_000, '47h'],
    [4 * 86_400_000, '4d'],
  ])('%d ms is %s', (ms, text) => expect(age(ms)).toBe(text));

  it.each([
    [512, '512 MiB'],
    [1024, '1 GiB'],
    [6963, '6.8 GiB'],
    [2 * 1024 * 1024, '2 TiB'],
  ])('%d MiB is %s', (mib, text) => expect(size(mib)).toBe(text));

  it('gives shares in the unit of the whole', () => {
    expect(sizeShare(1229, 3891)).toBe('1.2/3.8 GiB');
    expect(sizeShare(88, 4096)).toBe('0.1/4 GiB');
  });

  it('gives small cpus two decimals, large ones one and very large ones none', () => {
    expect(cpus(3)).toBe('0.003');
    expect(cpus(250)).toBe('0.25');
    expect(cpus(1500)).toBe('1.5');
    expect(cpus(12_000)).toBe('12');
    expect(cpus(8_270_900)).toBe('8271');
  });

  it('says the day of what happened on another day', () => {
    expect(momentText(NOW, NOW)).toMatch(/^\d\d:\d\d:\d\d$/);
    expect(momentText(NOW - 3 * 86_400_000, NOW)).toBe('Nov 19  ');
  });
});

describe('width', () => {
  it('counts wide characters and emoji as two cells', () => {
    expect(widthOf('名前')).toBe(4);
    expect(widthOf('🚀')).toBe(2);
    expect(cut('名前です', 5)).toBe('名前…');
    expect(cutMiddle('名前です', 6)).toBe('名…す');
    expect(cutMiddle('front-of-the-shop.12', 11)).toBe('front…op.12');
  });

  it('cuts lists between their items: half a figure would be a wrong one', () => {
    expect(cutItems('shop 10%, batch 18%', 19)).toBe('shop 10%, batch 18%');
    expect(cutItems('shop 10%, batch 18%', 18)).toBe('shop 10%, …');
    expect(cutItems('13:31, 13:32, 13:33', 15)).toBe('13:31, 13:32, …');
    expect(cutItems('13:31, 13:32, 13:33', 14)).toBe('13:31, …');
    expect(cutItems('alone-and-long', 6)).toBe('alone…');
  });

  it('never makes text wider than asked, and pads to exactly that', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 0, max: 40 }), (text, cells) => {
        expect(widthOf(cut(plain(text), cells))).toBeLessThanOrEqual(cells);
        expect(widthOf(cutMiddle(plain(text), cells))).toBeLessThanOrEqual(cells);
        expect(widthOf(cutItems(plain(text), cells))).toBeLessThanOrEqual(cells);
        expect(widthOf(pad(plain(text), cells))).toBe(cells);
        for (const l of wrap(plain(text), cells)) expect(widthOf(l)).toBeLessThanOrEqual(Math.max(2, cells));
      }),
    );
  });

  it('lets no control character through', () => {
    expect(plain('a\x1b[31mred\x1b[0m\x07b\tc\nd\x1b]0;title\x07e')).toBe('aredb c de');
    fc.assert(
      fc.property(anyText, (text) => {
        expect(plain(text)).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
      }),
    );
  });
});

describe('order', () => {
  it('is natural: web.2 before web.10', () => {
    expect(compareValues(naturalKey('web.2'), naturalKey('web.10'))).toBe(-1);
    const client = homeCluster();
    const order = sorted(TABLES.tasks, TABLES.tasks.list(client), client.state).map((t) => t.name);
    expect(order).toEqual([
      'cache.0',
      'cache.1',
      'db.0',
      'web.0',
      'web.1',
      'web.2',
      'web.10',
      'backup.0',
      'mailer.0',
    ]);
  });

  it('puts jobs that need attention first, unless another order is asked for', () => {
    const client = homeCluster();
    const list = TABLES.jobs.list(client);
    expect(sorted(TABLES.jobs, list, client.state).map((j) => j.name)).toEqual([
      'cache',
      'mailer',
      'backup',
      'db',
      'web',
    ]);
    const down = sorted(TABLES.jobs, list, client.state, { key: 'name', descending: true }).map(
      (j) => j.name,
    );
    expect(down).toEqual(['web', 'mailer', 'db', 'cache', 'backup']);
  });
});

describe('layout', () => {
  const client = homeCluster();
  const laidOut = (name: TableName, width: number) => {
    const table = tableOf(name);
    return layout(table.columns(client.state), table.list(client), width, { state: client.state, now: NOW });
  };

  it.each(names)('of %s never exceeds the width', (name) => {
    for (let width = 1; width <= 220; width++)
      for (const l of linesOf(laidOut(name, width), width)) expect(widthOf(l)).toBeLessThanOrEqual(width);
  });

  it('holds the width for texts of any kind', () => {
    fc.assert(
      fc.property(anyText, anyText, fc.integer({ min: 1, max: 160 }), (name, message, width) => {
        const records = [task('web.0', 'nuc1', 'RUNNING', { name, message, what: message })];
        const laid = layout(TABLES.tasks.columns(client.state), records, width, {
          state: client.state,
          now: NOW,
        });
        for (const l of linesOf(laid, width)) expect(widthOf(l)).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('drops the least important columns first and keeps name and state', () => {
    const titles = (width: number) => laidOut('tasks', width).columns.map((c) => c.title);
    expect(titles(250)).toHaveLength(TABLES.tasks.columns(client.state).length);
    expect(titles(110)).toContain('MESSAGE');
    expect(titles(110)).not.toContain('ID');
    expect(titles(30).slice(0, 2)).toEqual(['NAME', 'STATE']);
  });

  it('never cuts a figure or a state', () => {
    for (const width of [60, 80, 100, 120, 200]) {
      const text = linesOf(laidOut('tasks', width), width).join('\n');
      expect(text).toContain('FINISHED');
      // A message is a sentence, and may be cut anywhere.
      expect(text.replaceAll(/pulling .*/g, '')).not.toMatch(/\d…/);
    }
  });

  it('cuts names in their middle, and leaves out what only adds to others before that', () => {
    const name = 'the-front-of-the-shop-in-the-harbour.12';
    const records = [task('web.0', 'nuc1', 'RUNNING', { name, message: 'm'.repeat(60) })];
    const at = (width: number) =>
      linesOf(
        layout(TABLES.tasks.columns(client.state), records, width, { state: client.state, now: NOW }),
        width,
      );
    expect(at(120)[0]).not.toMatch(/REASON|PORTS|RUNS|ID/);
    expect(at(80)[1]).toMatch(/^the-.*….*\.12 +RUNNING +nuc1 /);
    expect(at(200)[1]).toContain(name);
  });

  it('keeps the widths it is told, so that scrolling moves no column', () => {
    const table = TABLES.tasks;
    const options = { state: client.state, now: NOW, atLeast: new Map([['name', 30]]) };
    expect(layout(table.columns(client.state), [], 200, options).widths[0]).toBe(30);
  });
});

describe('tableText', () => {
  const client = homeCluster();

  it('colours only states, and only when asked', () => {
    const options = { state: client.state, now: NOW, width: 160 };
    expect(tableText(TABLES.tasks, TABLES.tasks.list(client), options)).not.toContain('\x1b');
    const coloured = tableText(TABLES.tasks, TABLES.tasks.list(client), { ...options, colors: true });
    expect(coloured).toContain('\x1b[31mFAILED');
    expect(coloured.replaceAll(/\x1b\[\d+m/g, '')).toBe(
      tableText(TABLES.tasks, TABLES.tasks.list(client), options),
    );
  });

  it('shows what tasks hold on their agent', () => {
    const text = tableText(TABLES.agents, TABLES.agents.list(client), {
      state: client.state,
      now: NOW,
      width: 160,
    });
    expect(text.split('\n').find((l) => l.startsWith('nuc1'))).toMatch(/ready +3 +2\/8 +23% +9\/15 GiB/);
  });

  it('adds the columns that frameworks publish', () => {
    const text = tableText(TABLES.jobs, TABLES.jobs.list(client), {
      state: client.state,
      now: NOW,
      width: 220,
    });
    expect(text.split('\n')[0]).toMatch(/UPDATE +NEXT RUN/);
    expect(text).toContain('03:00');
  });
});

describe('holdings', () => {
  it('are counted again after an event, without tasks that have ended', () => {
    const client = homeCluster();
    expect(holdingsOf(client.state).total.tasks).toBe(7);
    setTask(client, 'web.0', 'FINISHED', 'exited');
    expect(holdingsOf(client.state).total.tasks).toBe(6);
    expect(holdingsOf(client.state)).toBe(holdingsOf(client.state));
  });
});

describe('roles', () => {
  it('are those of frameworks, of tasks with all above them, and those that something was said of', () => {
    const client = homeCluster();
    client.emit({
      type: 'task.launched',
      at: NOW,
      task: task('x.0', 'pi', 'RUNNING', { role: 'eng/web', resources: resourcesOf({ cpus: 250 }) }),
    });
    const text = tableText(TABLES.roles, sorted(TABLES.roles, TABLES.roles.list(client), client.state), {
      state: client.state,
      now: NOW,
      width: 160,
    });
    expect(text.split('\n').map((line) => line.split(/ {2,}/)[0])).toEqual([
      'ROLE',
      '*',
      'data',
      'eng',
      'eng/web',
    ]);
    expect(text).toMatch(/\ndata +2 +80 +on +cpus 2, mem 4 GiB +cpus 6 +0 /);
    expect(text).toMatch(/\neng +1 +50 +off +- +- +0\.25 /);
    expect(text).toMatch(/\n\* .* service batch\n/);
  });

  it('are bad where more is used than they are limited to', () => {
    const client = homeCluster();
    const over = (cpus: number) => {
      const quota = { guarantee: {}, limit: { cpus } };
      return TABLES.roles.tone({ ...client.state.roles.get('data')!, role: '*', quota }, client.state);
    };
    expect([over(5500), over(5499)]).toEqual(['plain', 'bad']);
  });
});

describe('event text', () => {
  const client = homeCluster();
  const one = agent('new', 4, 8);
  const at = NOW;
  const offer = [...client.state.offers.values()][0]!;
  const room = {
    framework: 'service' as FrameworkId,
    role: 'db',
    job: 'shop',
    agent: 'agent-nuc1' as AgentId,
    tasks: ['web.2-k3x9', 'web.3-gone'] as TaskId[],
  };
  const cases: readonly (readonly [Event, string])[] = [
    [
      { at, type: 'master.started', master: client.state.master },
      'master of home started at tcp://10.0.0.2:5050, epoch 3',
    ],
    [{ at, type: 'agent.registered', agent: one }, 'agent new registered: cpus 4, mem 7 GiB'],
    [
      {
        at,
        type: 'agent.state',
        agent: 'agent-nuc1' as AgentId,
        state: 'disconnected',
        why: 'silent for 15 s',
      },
      'agent nuc1 disconnected: silent for 15 s',
    ],
    [
      { at, type: 'agent.usage', agent: 'agent-nuc1' as AgentId, usage: usage(1500, 2, 3) },
      'agent nuc1 uses cpus 1.5, mem 2 GiB',
    ],
    [
      { at, type: 'framework.disconnected', framework: 'batch' as FrameworkId, why: 'it left' },
      'framework batch disconnected: it left',
    ],
    [
      { at, type: 'framework.suppressed', framework: 'batch' as FrameworkId, roles: ['*'] },
      'framework batch wants no offers for now',
    ],
    [
      { at, type: 'framework.suppressed', framework: 'batch' as FrameworkId, roles: [] },
      'framework batch wants offers again',
    ],
    [
      { at, type: 'framework.suppressed', framework: 'batch' as FrameworkId, roles: ['night'] },
      'framework batch wants no offers in role night for now',
    ],
    [
      {
        at,
        type: 'agent.total',
        agent: 'agent-nuc1' as AgentId,
        total: [],
        why: 'cpus:1 reserved for service',
      },
      'agent nuc1: cpus:1 reserved for service',
    ],
    [
      { at, type: 'framework.error', framework: 'batch' as FrameworkId, message: 'no' },
      'framework batch complains: no',
    ],
    [
      { at, type: 'offer.made', offer },
      `offer ${offer.id} to service: cpus 4, mem 6.8 GiB on ${offer.id === 'o-7' ? 'nuc1' : 'nuc2'}`,
    ],
    [
      { at, type: 'offer.ended', offer: 'o-9' as OfferId, outcome: 'declined', why: '' },
      'offer o-9 declined',
    ],
    [
      {
        at,
        type: 'offer.ended',
        offer: 'o-9' as OfferId,
        outcome: 'accepted',
        why: 'reserve',
        tasks: ['web.7-k3x9', 'web.8-k3x9'] as TaskId[],
      },
      'offer o-9 accepted for web.7, web.8; reserve',
    ],
    [
      {
        at,
        type: 'offer.ended',
        offer: 'o-9' as OfferId,
        outcome: 'accepted',
        why: '',
        tasks: Array.from({ length: 9 }, (_, i) => `job.${i}-x` as TaskId),
      },
      'offer o-9 accepted for job.0, job.1, job.2 and 6 more',
    ],
    [
      {
        at,
        type: 'offer.ended',
        offer: 'o-9' as OfferId,
        outcome: 'rescinded',
        why: 'the agent was declared gone',
      },
      'offer o-9 rescinded: the agent was declared gone',
    ],
    [
      {
        at,
        type: 'framework.roles',
        framework: 'service' as FrameworkId,
        roles: ['db', 'web'],
        suppressed: [],
      },
      'framework service is in roles db, web now',
    ],
    [
      { at, type: 'preemption.proposed', ...room, deadline: at + 10_000 },
      'shop (role db) needs room on nuc1: web.2, web.3 must end within 10 s',
    ],
    [
      { at, type: 'preemption.ended', ...room, outcome: 'made room', why: '' },
      'web.2, web.3 made room on nuc1 for shop (role db)',
    ],
    [
      { at, type: 'preemption.ended', ...room, outcome: 'rescinded', why: 'shop does not wait any more' },
      'web.2, web.3 may stay on nuc1: shop does not wait any more',
    ],
    [{ at, type: 'task.launched', task: task('web.7', 'pi', 'STAGING') }, 'web.7 launched on pi: nginx:1.27'],
    [
      {
        at,
        type: 'task.status',
        status: { task: 'web.2-k3x9' as TaskId, state: 'RUNNING', reason: 'started', message: '', at },
      },
      'web.2 RUNNING on nuc1 (started)',
    ],
    [
      {
        at,
        type: 'task.status',
        status: {
          task: 'web.2-k3x9' as TaskId,
          state: 'FAILED',
          reason: 'exited',
          message: 'no config',
          exitCode: 78,
          at,
        },
      },
      'web.2 FAILED on nuc1 (exited 78): no config',
    ],
    [
      { at, type: 'task.closed', task: 'old.4-abcd' as TaskId },
      'old.4 is history: its framework has acknowledged the end',
    ],
    [
      { at, type: 'job.changed', job: job('web', 3, 2, { message: 'one waits' }) },
      'job web waiting, 2 of 3 running: one waits',
    ],
    [{ at, type: 'job.removed', job: 'web' }, 'job web removed'],
    [
      { at, type: 'member.admitted', member: { name: 'pi', role: 'agent', publicKey: 'k', since: at } },
      'agent pi admitted to the cluster',
    ],
    [{ at, type: 'member.revoked', name: 'pi' }, 'the key of pi was revoked'],
    [
      { at, type: 'peer.refused', address: '1.2.3.4', why: 'unknown key' },
      'a peer at 1.2.3.4 was refused: unknown key',
    ],
    [
      { at, type: 'role.changed', role: client.state.roles.get('data')! },
      'role data changed: weight 2, priority 80, preemption on, guaranteed cpus 2, mem 4 GiB, at most cpus 6',
    ],
    [{ at, type: 'role.removed', role: 'data' }, 'role data is back to the defaults'],
    [{ at, type: 'master.warning', message: 'the disk is slow' }, 'master warns: the disk is slow'],
  ];
  it.each(cases)('%#: is a sentence', (event, text) => expect(eventText(event, client.state)).toBe(text));
});
