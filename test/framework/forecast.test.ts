/** What a plan says would happen is what the kind itself would do, to the end; and at the end there is nothing left to do. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batch } from '../../plugins/batch/batch.ts';
import { reconcile } from '../../plugins/service/reconcile.ts';
import { service } from '../../plugins/service/service.ts';
import { sameTask } from '../../plugins/service/spec.ts';
import type { Json } from '../../src/core/json.ts';
import type { AgentId } from '../../src/core/task.ts';
import type { TaskState } from '../../src/core/task-state.ts';
import { forecast as forecastOf, type Ground, type Step } from '../../src/framework/jobs/forecast.ts';
import { fills } from '../../src/framework/jobs/instance.ts';
import type { JobKind, View } from '../../src/framework/jobs/kind.ts';
import { BatchWorld } from '../support/batch-view.ts';
import { instanceOf, type Scene, type ServiceView, viewOf } from '../support/service-view.ts';

const ANYWHERE: Ground = { land: (_, { on }) => on ?? ('a' as AgentId), leave() {} };
const kind = service as unknown as JobKind;
const forecast = (scene: Scene, ground = ANYWHERE) =>
  forecastOf(kind, viewOf(scene) as unknown as View, ground);
const text = ({ does, name, version, at }: Step): string =>
  `${at / 1000} ${does} ${name} ${version ?? ''}`.trim();

const OLD = { env: { VERSION: 1 } };
const NEW = { env: { VERSION: 2 } };
const three = [0, 1, 2].map((index) => instanceOf(index));
const STABLE = { failures: {}, stable: 1 };

describe('a forecast', () => {
  it('of a change goes through all of it, with its waits', () => {
    const specs = [OLD, NEW].map((more) => ({ count: 3, ...more }));
    const { steps, isCut } = forecast({ specs, instances: three, memory: STABLE });
    expect(steps.map(text)).toEqual([
      '0 stop web.0 1',
      '0 start web.0 2',
      '0 wait web',
      '10 stop web.1 1',
      '10 start web.1 2',
      '10 wait web',
      '20 stop web.2 1',
      '20 start web.2 2',
      '20 wait web',
    ]);
    expect(isCut).toBe(false);
  });

  it('of canaries ends where a person is asked', () => {
    const specs = [OLD, NEW].map((more) => ({ count: 3, update: { strategy: 'canary' }, ...more }));
    const { steps } = forecast({ specs, instances: three, memory: STABLE });
    expect(steps.map(text)).toEqual(['0 start web.0 2', '0 wait web']);
  });

  it('of what comes by the clock shows the first time, and that it goes on', () => {
    const { view } = new BatchWorld({ schedule: '0 * * * *' });
    const { steps, isCut } = forecastOf(batch as unknown as JobKind, view as unknown as View, ANYWHERE);
    expect(steps.map(text)).toEqual(['0 wait job', '3600 start job.1.0 1']);
    expect(isCut).toBe(true);
  });

  it('says what would have no place, and asks for it once', () => {
    const ground: Ground = {
      ...ANYWHERE,
      land: (_, { index }) => (index < 2 ? ('a' as AgentId) : undefined),
    };
    const { steps } = forecast({ count: 4 }, ground);
    expect(steps.filter(({ does }) => does !== 'wait').map(({ does, name }) => `${does} ${name}`)).toEqual([
      'start web.0',
      'start web.1',
      'stays without a place web.2',
      'stays without a place web.3',
    ]);
  });
});

const state = fc.constantFrom<TaskState>('RUNNING', 'STARTING', 'STAGING', 'KILLING', 'UNREACHABLE');
const instances = (versions: number) =>
  fc
    .array(fc.record({ index: fc.nat(5), state, version: fc.integer({ min: 1, max: versions }) }), {
      maxLength: 8,
    })
    .map((list) =>
      list.map((one, i) =>
        instanceOf(one.index, one.state, {
          version: one.version,
          launchedAt: i,
          agent: `n${i % 3}` as AgentId,
        }),
      ),
    );
const strategy = fc.constantFrom('rolling', 'canary', 'bluegreen');
const scene = fc.integer({ min: 1, max: 3 }).chain((versions) =>
  fc.record({
    specs: fc
      .tuple(
        fc.integer({ min: 1, max: 5 }),
        strategy,
        fc.boolean(),
        fc.integer({ min: 1, max: 3 }),
        fc.boolean(),
      )
      .map(([count, how, overCapacity, maxParallel, autoPromote]) =>
        Array.from({ length: versions }, (_, i): { readonly [key: string]: Json } => ({
          count,
          update: { strategy: how, overCapacity, maxParallel, autoPromote },
          env: { VERSION: i },
        })),
      ),
    instances: instances(versions),
    memory: fc.constantFrom(STABLE, { failures: {} }),
    agents: fc.subarray(['n0', 'n1', 'n2']).map((left) =>
      ['n0', 'n1', 'n2'].map((id) => ({
        id: id as AgentId,
        ...(left.includes(id) && { withdrawn: 'draining' as const }),
      })),
    ),
    stopping: fc.boolean(),
  }),
);
/** Somewhere that is not to be left. */
const elsewhere: Ground = { land: (_, { on }) => on ?? ('n9' as AgentId), leave() {} };

describe('whatever a service is like', () => {
  it('comes to an end, with as many as are wanted, and of the newest version (or waits for a word)', () => {
    fc.assert(
      fc.property(scene, (one) => {
        const { isCut, after } = forecast(one, elsewhere);
        expect(isCut).toBe(false);
        const view = after as unknown as ServiceView;
        const { stop, place, memory } = reconcile(view);
        expect([stop, place, memory === view.job.memory]).toEqual([[], [], true]);
        const filling = view.instances.filter(fills);
        const current = filling.filter(({ version }) =>
          sameTask(view.versions.get(version)?.spec, view.job.spec),
        );
        const count = view.job.stopping ? 0 : view.job.spec.count;
        if (memory.update?.promoted === false) return; // it waits for a word
        expect([current.length, filling.length]).toEqual([count, count]);
      }),
      { numRuns: 500 },
    );
  });

  it('never has more of it away for a change than may be', () => {
    fc.assert(
      fc.property(scene, (one) => {
        const view = viewOf(one);
        const { stop } = reconcile(view);
        const serving = view.instances.filter(({ state }) => state === 'RUNNING');
        const changed = stop.filter(({ why, instance }) => why !== 'surplus' && serving.includes(instance));
        expect(changed.length).toBeLessThanOrEqual(
          view.job.memory.update?.promoted && view.job.spec.update.strategy !== 'rolling'
            ? view.job.spec.count
            : view.job.spec.update.maxParallel + doubled(view),
        );
      }),
      { numRuns: 500 },
    );
  });
});

/** Old ones beside a new one that serves are no loss. */
const doubled = ({ instances: all }: ServiceView): number => {
  const slots = Map.groupBy(all.filter(fills), ({ index }) => index);
  return [...slots.values()].filter((here) => here.length > 1).length;
};
