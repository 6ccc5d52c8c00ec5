/** What the detail of a machine, a job and a task draws beside their fields. */
import { describe, expect, it } from 'vitest';
import { createHistory } from '../../src/client/history.ts';
import { defaultRole, type Job } from '../../src/core/cluster.ts';
import type { AgentId, FrameworkId } from '../../src/core/task.ts';
import type { Context } from '../../src/tui/context.ts';
import { BINDINGS } from '../../src/tui/keys.ts';
import { lineWidth, textOf } from '../../src/tui/line.ts';
import { NO_LOGS } from '../../src/tui/log-session.ts';
import { detailLines } from '../../src/tui/pages/detail-page.ts';
import type { DetailPage } from '../../src/tui/ui.ts';
import { homeCluster, job, NOW, setTask } from '../support/cluster-fixture.ts';
import type { FakeClient } from '../support/fake-client.ts';

function drawn(client: FakeClient, table: DetailPage['table'], id: string, columns = 120): string[] {
  const context: Context = {
    client,
    history: createHistory(client),
    readOnly: false,
    bindings: BINDINGS,
    now: NOW,
    size: { columns, rows: 40 },
    ids: [],
    above: [],
    records: [],
    text: [],
    height: 36,
    length: 0,
    log: NO_LOGS,
  };
  const page: DetailPage = { kind: 'detail', table, id, title: id, tab: 'describe', top: 0, find: '' };
  const lines = detailLines(page, context);
  expect(Math.max(...lines.map(lineWidth))).toBeLessThanOrEqual(columns);
  return lines.map(textOf);
}

const publish = (client: FakeClient, one: Job): void =>
  client.emit({ type: 'job.changed', at: NOW, job: one });

describe('the detail of an agent', () => {
  it('sets what each task uses beside what it asked for', () => {
    const lines = drawn(homeCluster(), 'agents', 'agent-nuc1' as AgentId);
    const row = lines.find((text) => text.includes('cache.0'))!;
    expect(row).toMatch(/cache\.0 +RUNNING +redis:8 +cpu ▄+▁+ +0\.64\/1 +mem ▄+▁+ +6 GiB\/8 GiB/);
    expect(lines.some((text) => /memory .*9\.2 GiB {2}57% │ ▄+▁+ +9 GiB │ +15 GiB/.test(text))).toBe(true);
  });

  it.each([60, 80, 200])('fits into %d columns', (columns) => {
    for (const name of ['nuc1', 'nuc2', 'pi']) drawn(homeCluster(), 'agents', `agent-${name}`, columns);
  });
});

describe('the detail of what is under way', () => {
  it('has how far a drain is, and how far the image of a task', () => {
    const client = homeCluster();
    client.emit({
      type: 'agent.withdrawn',
      at: NOW - 60_000,
      agent: 'agent-nuc1' as AgentId,
      withdrawn: { state: 'draining', since: NOW - 60_000, tasks: 6, deadline: undefined },
    });
    const left = drawn(client, 'agents', 'agent-nuc1', 80).find((text) => /drain +━/.test(text));
    expect(left).toMatch(/nuc1 +drain +━+─+ +\d of 6 left +1m/);
    expect(drawn(client, 'tasks', 'cache.1-k3x9', 60).find((text) => /pull +━/.test(text))).toMatch(
      /of 110 MiB/,
    );
  });
});

describe('the detail of a framework', () => {
  it('has for each of its roles the weighted share, what it holds there, and whether it wants offers', () => {
    const client = homeCluster();
    client.emit({ type: 'role.changed', at: NOW, role: { ...defaultRole('*'), weight: 2 } });
    const lines = drawn(client, 'frameworks', 'service');
    const row = lines.findIndex((text) => /ROLE +WEIGHT +WEIGHTED SHARE +ITS SHARE +TASKS/.test(text)) + 1;
    expect(lines[row]).toMatch(/\* +2 +22% +44% +7 +5\.5 .* 2 held/);
    expect(drawn(client, 'frameworks', 'batch').join('\n')).toMatch(/\* +2 +22% +0% +0 .* suppressed/);
  });

  it.each([60, 80, 200])('fits into %d columns', (columns) => {
    drawn(homeCluster(), 'frameworks', 'service', columns);
  });
});

describe('the detail of a job', () => {
  it('has its instances with where they are, and how they are', () => {
    const lines = drawn(homeCluster(), 'jobs', 'web');
    expect(lines.find((text) => text.includes('web.10'))).toMatch(/RUNNING +pi 10\.0\.0\.12:31080 unhealthy/);
  });

  it('says what a held change waits for, and what can be said to it', () => {
    const client = homeCluster();
    publish(
      client,
      job('web', 3, 3, {
        progress: {
          kind: 'change',
          what: 'canary update',
          done: 1,
          failed: 0,
          of: 3,
          from: 3,
          to: 4,
          since: NOW - 60_000,
          step: '',
          held: 'its canaries serve, and wait for your word',
          verbs: ['promote', 'abort'],
        },
      }),
    );
    const text = drawn(client, 'jobs', 'web').join('\n');
    expect(text).toMatch(/canary update +━+╸?─+ +1 of 3/);
    expect(text).toContain('from version 3 to 4');
    expect(text).toContain('held: its canaries serve, and wait for your word');
    expect(text).toContain('you can  m promote  ctrl-x abort');
  });

  it('has the next runs, the last ones, and why what was decided was decided', () => {
    const client = homeCluster();
    publish(
      client,
      job('backup', 0, 0, {
        kind: 'batch',
        timetable: {
          next: [NOW + 3_600_000],
          timezone: 'Europe/Berlin',
          paused: false,
          runs: [{ run: 7, state: 'failed', at: NOW - 60_000, took: 4_200 }],
        },
      }),
    );
    client.emit({
      type: 'job.decided',
      at: NOW,
      framework: 'batch' as FrameworkId,
      job: 'backup',
      cause: 'it was time',
      counters: { 'place schedule': 1 },
      notes: [],
    });
    const text = drawn(client, 'jobs', 'backup').join('\n');
    expect(text).toContain('next      14:00 Europe/Berlin  in 1h');
    expect(text).toContain('run 7     failed      4.2s  1m ago');
    expect(text).toContain('it was time: 1 started (schedule)');
  });
});

describe('what was done for a job again and again', () => {
  it('is told once, with how often', () => {
    const client = homeCluster();
    for (const at of [3, 2, 1])
      client.emit({
        type: 'job.decided',
        at: NOW - at * 2000,
        framework: 'stateful' as FrameworkId,
        job: 'db',
        cause: 'it was time',
        counters: { 'place in-sync': 1 },
        notes: [],
      });
    const told = drawn(client, 'jobs', 'db').filter((text) => text.includes('it was time: 1 started'));
    expect(told[0]).toMatch(/11:59:58 {2}it was time: 1 started \(in-sync\), 3 times$/);
  });
});

describe('the detail of a task', () => {
  it('tells its life state by state', () => {
    const client = homeCluster();
    setTask(client, 'cache.1', 'RUNNING', 'started', '', NOW - 5_000);
    setTask(client, 'cache.1', 'FAILED', 'exited', 'out of cheese', NOW);
    const lines = drawn(client, 'tasks', 'cache.1-k3x9');
    const life = lines.slice(lines.findIndex((text) => text.includes('its life')) + 1).slice(0, 3);
    expect(life.map((text) => text.slice(12).trim())).toEqual([
      expect.stringMatching(/^STAGING +119m|^STAGING/),
      expect.stringMatching(/^RUNNING +5s +started$/),
      expect.stringMatching(/^FAILED +exited: out of cheese$/),
    ]);
  });
});
