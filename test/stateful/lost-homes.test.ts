/** What is decided where homes are gone, or seem to be: views as the simulator has met them. */
import { describe, expect, it } from 'vitest';
import type { StatefulView } from '../../plugins/stateful/memory.ts';
import { reconcile } from '../../plugins/stateful/reconcile.ts';
import { stateful } from '../../plugins/stateful/stateful.ts';
import { stepsOf } from '../../plugins/stateful/steps.ts';
import type { TaskStatus } from '../../src/core/task.ts';
import type { Instance } from '../../src/framework/jobs/instance.ts';
import { agentOf, homeOf, NOW, viewOf } from '../support/stateful-view.ts';

const started = (view: StatefulView): number[] =>
  reconcile(view)
    .place.filter(({ act = 'launch' }) => act === 'launch')
    .map(({ index }) => index);

describe('an instance whose machine is gone for good', () => {
  it.each(['upgrade', 'replace'] as const)('gets another home in the middle of its %s', (kind) => {
    const procedure = { kind, index: 2, runbook: 1, since: 0, from: 1, to: 1 };
    const step = (view: StatefulView): number =>
      stepsOf(view, { ...procedure, step: 0 }).findIndex(({ does }) => does === 'start');
    const homes = { 0: homeOf(0), 1: homeOf(1) };
    const view = viewOf({ formed: true, homes });
    const held = viewOf({ formed: true, homes, procedure: { ...procedure, step: step(view) } });
    expect(reconcile(held).memory.procedure).toMatchObject({ kind: 'replace', index: 2, since: NOW });
  });

  it('gets it before another one is stopped for a change', () => {
    const procedure = { kind: 'upgrade', index: 0, runbook: 1, since: 0, from: 1, to: 1 } as const;
    const homes = { 0: homeOf(0), 1: homeOf(1) };
    const at = (does: string): number =>
      stepsOf(viewOf({}), { ...procedure, step: 0 }).findIndex((act) => act.does === does);
    const kindAfter = (step: number, more: object = {}) =>
      reconcile(viewOf({ formed: true, homes, procedure: { ...procedure, step, ...more } })).memory.procedure;
    expect(kindAfter(at('stop'))).toMatchObject({ kind: 'replace', index: 2 });
    expect(kindAfter(at('start'))).toMatchObject({ kind: 'upgrade', index: 0 });
  });

  it('keeps none of the others from starting, in whatever order that is done', () => {
    const homes = { 1: homeOf(1), 2: homeOf(2) };
    expect(started(viewOf({ formed: true, homes }))).toEqual([1]);
    expect(started(viewOf({ formed: true, homes }, { start: 'parallel', seeds: true }))).toEqual([1, 2]);
  });

  it('is waited for by those after it, where they have never served together', () => {
    const homes = { 1: homeOf(1), 2: homeOf(2) };
    expect(started(viewOf({ homes }))).toEqual([]);
    expect(started(viewOf({ homes }, { start: 'parallel', seeds: true }))).toEqual([]);
  });
});

describe('a home whose agent says that there is none', () => {
  it('has not been used by what was refused for that', () => {
    const view = viewOf({ formed: true, homes: { 2: { ...homeOf(2), used: false } } });
    const instance = { index: 2, note: { home: 'db.2-x' }, state: 'STAGING' } as unknown as Instance;
    const told = (reason: string) => ({ state: 'FAILED', reason, message: '', at: NOW }) as TaskStatus;
    const usedAfter = (reason: string) => stateful.ended!(view, instance, told(reason)).homes[2]?.used;
    expect(['resources_unknown', 'exited'].map(usedAfter)).toEqual([false, true]);
  });
});

describe('a home that was given up', () => {
  const left = [{ ...homeOf(2), isGivenUp: true }];
  const memory = { formed: true, members: { 0: 1, 1: 1 }, homes: { 0: homeOf(0), 1: homeOf(1) } };
  const leftAfter = (view: StatefulView) => reconcile(view).memory.left;

  it('is not forgotten as long as its agent may still forget that it has given it back', () => {
    const view = viewOf({ ...memory, left }, {}, [0, 1]);
    const agents = new Map([...view.agents].map(([id, one]) => [id, { ...one, converting: true } as const]));
    expect(leftAfter({ ...view, agents })).toEqual(left);
  });

  it('is forgotten when its agent has shown nothing of it for a while, and given up once more if it does', () => {
    const [empty] = leftAfter(viewOf({ ...memory, left }, {}, [0, 1]));
    expect(empty).toMatchObject({ emptySince: NOW });
    const back = reconcile(viewOf({ ...memory, left: [empty!] }));
    expect(back.memory.left).toEqual(left);
    expect(back.place.map(({ act, name }) => [act, name])).toContainEqual(['release', 'db.2-x']);
    expect(
      leftAfter(viewOf({ ...memory, left: [{ ...empty!, emptySince: NOW - 20_000 }] }, {}, [0, 1])),
    ).toEqual([]);
  });
});

describe('a home that was left with what is in it', () => {
  const left = [homeOf(2)].map((home) => ({ ...home, isGivenUp: false }));
  const memory = { formed: true, members: { 0: 1, 1: 1 }, homes: { 0: homeOf(0), 1: homeOf(1) }, left };
  const released = (view: StatefulView): string[] =>
    reconcile(view).place.flatMap(({ act, name }) => (act === 'release' ? [name!] : []));

  it('is given back where it never came to a volume, and kept where there is one', () => {
    const view = viewOf(memory);
    expect(released(view)).toEqual(['db.2-x']);
    const agents = new Map(view.agents);
    const there = agents.get(agentOf(2))!;
    const disk = { name: 'disk', role: 'stateful', scalar: 1000, disk: { volume: { id: 'db.2-x' } } };
    agents.set(there.id, { ...there, total: [...there.total, disk] });
    expect(released({ ...view, agents })).toEqual([]);
  });
});
