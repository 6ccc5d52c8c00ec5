/** Of members that serve one is stopped at a time, for whatever reason: views as the simulator has met them. */
import { describe, expect, it } from 'vitest';
import { reconcile } from '../../plugins/stateful/reconcile.ts';
import { statefulSchema } from '../../plugins/stateful/spec.ts';
import type { TaskId } from '../../src/core/task.ts';
import type { Instance } from '../../src/framework/jobs/instance.ts';
import { db } from '../support/stateful-stage.ts';
import { agentOf, homeOf, NOW, viewOf } from '../support/stateful-view.ts';

const member = (index: number, version: number): Instance => ({
  task: `db.${index}-t` as TaskId,
  name: `db.${index}`,
  job: 'db',
  index,
  agent: agentOf(index),
  version,
  launchedAt: 0,
  checked: false,
  note: { home: homeOf(index).id },
  state: 'RUNNING',
  healthy: undefined,
  message: '',
  since: 0,
  servesSince: 0,
});

/** All serve; version 2 is wanted, with so many members. @param versions as which they run */
function view(versions: readonly number[], count: number, drained: readonly number[] = []) {
  const members = { 0: 2, 1: 2, 2: 2 };
  const homes = { 0: homeOf(0), 1: homeOf(1), 2: homeOf(2) };
  const seen = viewOf({ formed: true, isUp: true, members, homes }, { count });
  const [before, spec] = ['1', '2'].map((MARK) => statefulSchema.parse(db({ count, env: { MARK } })));
  return {
    ...seen,
    job: { ...seen.job, spec: spec!, version: 2 },
    versions: new Map([before!, spec!].map((one, n) => [n + 1, { spec: one, input: null, at: 0 }])),
    instances: versions.map((version, index) => member(index, version)),
    agents: new Map(
      [...seen.agents].map(([id, agent], n) => [
        id,
        drained.includes(n) ? { ...agent, withdrawn: 'draining' as const } : agent,
      ]),
    ),
    now: NOW,
  };
}

const stopped = (given: ReturnType<typeof view>): [number, string][] =>
  reconcile(given).stop.map(({ instance, why }) => [instance.index, why]);

describe('while all serve', () => {
  it('one that has come back as what it was before waits for one that is taken away', () => {
    expect(stopped(view([1, 2, 2], 2))).toEqual([[2, 'scaleDown']]);
    expect(stopped(view([1, 2, 2], 3))).toEqual([[0, 'version']]);
  });

  it('of two that have come back so one goes after the other', () => {
    expect(stopped(view([1, 1, 2], 3))).toEqual([[0, 'version']]);
  });

  it('one that has come back so waits for one that leaves a machine that is drained', () => {
    expect(stopped(view([1, 2, 2], 3, [2]))).toEqual([[2, 'drain']]);
  });

  it('nothing of that while one does not', () => {
    const given = view([1, 2, 2], 3);
    const instances = given.instances.map((one) => (one.index === 1 ? { ...one, state: 'STARTING' } : one));
    expect(stopped({ ...given, instances: instances as Instance[] })).toEqual([]);
  });
});
