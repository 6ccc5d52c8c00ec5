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

it('shows the difference, the steps and where they go', () => {
  const text = planLines(page, context(false)).map(textOf).join('\n');
  expect(text).toContain('web: version 4 → 5');
  expect(text).toContain('count: 3 → 5');
  expect(text).toContain('start web.3 (version 5) on nuc1: missing');
});

it('is applied by enter, and left', () => {
  const step = reduce(ui, 'enter', context(false));
  expect(step.effect).toEqual({ kind: 'apply', planned: page.answer });
  expect(step.ui.pages).toEqual([overview]);
});

it('is not applied by a screen that only reads', () => {
  expect(reduce(ui, 'enter', context(true)).effect).toBeUndefined();
});
