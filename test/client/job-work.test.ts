/** The lists of changes and of runs: bars that count steps, strips of the last runs, times where the schedule's clock is. */
import { describe, expect, it } from 'vitest';
import { barParts, dueText, shareOf } from '../../src/client/table/job-work.ts';
import { layout, linesOf, schedule, sorted, updates } from '../../src/client/tables.ts';
import type { Job } from '../../src/core/cluster.ts';
import type { Progress } from '../../src/core/progress.ts';
import { homeCluster, job, NOW } from '../support/cluster-fixture.ts';

const MINUTE = 60_000;
const change = (more: Partial<Progress>): Progress => ({
  kind: 'change',
  what: 'upgrade',
  done: 1,
  failed: 0,
  of: 3,
  from: 6,
  to: 7,
  since: NOW - 2 * MINUTE,
  step: 'db.1 runs snapshot (step 3 of 6)',
  verbs: ['pause', 'abort'],
  ...more,
});

function clusterWith(...all: Job[]) {
  const client = homeCluster();
  for (const one of all) client.emit({ type: 'job.changed', at: NOW, job: one });
  return client;
}

describe('a bar', () => {
  it.each([
    [0, '────'],
    [0.5, '━━──'],
    [0.6, '━━╸─'],
    [1, '━━━━'],
    [7, '━━━━'],
    [Number.NaN, '────'],
  ])('of %d', (share, expected) => {
    expect(
      barParts(share, 4, 'good')
        .map(({ text }) => text)
        .join(''),
    ).toBe(expected);
  });

  it('counts the steps of what is under way', () => {
    expect(shareOf(change({ done: 1, of: 4, part: 0.5 }))).toBe(0.375);
    expect(shareOf(change({ done: 0, of: 0 }))).toBe(0);
  });
});

describe('the list of changes', () => {
  it('has what is held first, with what a person can say', () => {
    const client = clusterWith(
      job('api', 3, 3, { progress: change({ part: 0.5 }) }),
      job('web', 3, 3, { progress: change({ held: 'its canaries serve', verbs: ['promote', 'abort'] }) }),
      job('nightly', 1, 1, { progress: { ...change({}), kind: 'run' } }),
    );
    const rows = sorted(updates, updates.list(client), client.state);
    const laid = layout(updates.columns(client.state), rows, 160, { state: client.state, now: NOW });
    expect(linesOf(laid, 160)).toEqual([
      'NAME  STATE          WHAT     VERSION  PROGRESS          HEALTHY  FOR  YOU CAN        AT',
      'web   waits for you  upgrade  v6 → v7  ━━━━──────── 1/3      3/3   2m  promote abort  db.1 runs snapshot (step 3 of 6): its canaries serve',
      'api   going on       upgrade  v6 → v7  ━━━━━━────── 1/3      3/3   2m  pause abort    db.1 runs snapshot (step 3 of 6)',
    ]);
  });
});

describe('the list of runs', () => {
  it('shows what comes next, and how the last ones ended', () => {
    const client = clusterWith(
      job('thumbs', 0, 0, {
        status: 'active',
        progress: { ...change({ done: 17, failed: 1, of: 40, part: undefined }), kind: 'run' },
        timetable: { next: [], paused: false, runs: [] },
      }),
      job('report', 0, 0, {
        status: 'complete',
        timetable: {
          next: [NOW + 30 * MINUTE, NOW + 24 * 60 * MINUTE],
          timezone: 'Europe/Berlin',
          paused: false,
          runs: [
            { run: 9, state: 'complete', at: NOW - 30 * MINUTE, took: 2_100 },
            { run: 8, state: 'failed', at: NOW - 90 * MINUTE, took: 70_000 },
          ],
        },
      }),
    );
    const rows = sorted(schedule, schedule.list(client), client.state);
    const laid = layout(schedule.columns(client.state), rows, 160, { state: client.state, now: NOW });
    expect(linesOf(laid, 160)).toEqual([
      'NAME    STATUS      NEXT  LAST RUNS     LAST  TOOK  PROGRESS                      NEXT FIVE                          MESSAGE',
      'report  complete  in 30m         ✗■  30m ago  2.1s                                13:30, Nov 23 13:00 Europe/Berlin',
      'thumbs  active         -                            ━━━━━╸────── 17/40, 1 failed',
    ]);
  });

  it.each([
    ['Europe/Berlin', '13:30'],
    ['America/New_York', '07:30'],
    ['Asia/Tokyo', '21:30'],
  ])('tells a time as the clock shows it in %s', (zone, expected) => {
    expect(dueText(NOW + 30 * MINUTE, zone, NOW)).toBe(expected);
  });
});
