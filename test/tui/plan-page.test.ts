/** `:up FILE`: what it would do is read before it is done. */
import { expect, it } from 'vitest';
import type { PlannedJob } from '../../src/client/changes.ts';
import type { Context } from '../../src/tui/context.ts';
import { BINDINGS } from '../../src/tui/keys.ts';
import { textOf } from '../../src/tui/line.ts';
import { NO_LOGS } from '../../src/tui/log-session.ts';
import { planLines } from '../../src/tui/pages/plan-page.ts';
import { reduce } from '../../src/tui/reduce.ts';
import { overview, type PlanPage, startUi } from '../../src/tui/ui.ts';
import { homeCluster, NOW } from '../support/cluster-fixture.ts';

const planned: PlannedJob = {
  job: 'web',
  version: 4,
  diff: [{ path: 'count', from: 3, to: 5 }],
  counters: { 'place missing': 2 },
  steps: [{ does: 'start', name: 'web.3', version: 5, agent: 'nuc1', why: 'missing', at: 0 }],
  isCut: false,
  unplaced: [],
  waitsFor: [],
  stopping: false,
};

const spec = { name: 'web', kind: 'service' };
const page: PlanPage = {
  kind: 'plan',
  file: 'web.yaml',
  top: 0,
  find: '',
  answer: { plans: [planned], specs: [spec], notes: [] },
};
const context = (readOnly: boolean): Context => ({
  client: homeCluster(),
  readOnly,
  bindings: BINDINGS,
  now: NOW,
  size: { columns: 80, rows: 24 },
  ids: [],
  above: [],
  records: [],
  text: [],
  height: 20,
  length: 0,
  log: NO_LOGS,
});
const ui = { ...startUi(), pages: [overview, page] };

const shown = (of: PlanPage, columns = 80): string[] =>
  planLines(of, { ...context(false), size: { columns, rows: 24 } }).map((one) => textOf(one).trimEnd());

it('shows the difference, the steps and where they go', () => {
  expect(shown(page)).toEqual([
    '  enter applies it, if nobody has changed the jobs meanwhile   esc leaves',
    '',
    '─ web  version 4 → 5 ────────────────────────────────────────────────── 1 step ─',
    '  count  3 → 5',
    '      0 s  start  web.3 (version 5)  nuc1  missing',
  ]);
});

it('tells together of those that the same stands in the way of, and in a line of what stays as it is', () => {
  const away = { agents: [{ agent: 'pi', reasons: ['2 cpus too few'] }], help: 'add a machine' };
  const place = { does: 'stays without a place', version: 5, why: 'missing', at: 0 };
  const steps = ['web.3', 'web.4'].map((name) => ({ ...place, name }));
  const unplaced = ['web.3', 'web.4'].map((name) => ({ ...away, name }));
  const same = { ...planned, job: 'db', diff: [], steps: [] };
  const plans = [{ ...planned, steps, unplaced }, same];
  expect(shown({ ...page, answer: { plans, specs: [spec], notes: ['note: x'] } }, 60)).toEqual([
    '  enter applies it   esc leaves',
    '  note: x',
    '',
    '─ web  version 4 → 5 ─────────── not all of it has a place ─',
    '  count  3 → 5',
    '      0 s  stays without a place  web.3 (version 5)  missing',
    '      0 s  stays without a place  web.4 (version 5)  missing',
    '',
    '  web.3, web.4 would have no place',
    '  pi: 2 cpus too few',
    '  add a machine',
    '',
    '  nothing would change in db',
  ]);
});

it('is applied by enter, and left', () => {
  const step = reduce(ui, 'enter', context(false));
  expect(step.effect).toEqual({ kind: 'apply', planned: page.answer });
  expect(step.ui.pages).toEqual([overview]);
});

it('is not applied by a screen that only reads', () => {
  expect(reduce(ui, 'enter', context(true)).effect).toBeUndefined();
});
