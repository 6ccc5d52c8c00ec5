/** What a service does next, case by case: those that schedulers of its sort are held to, and what is its own. */
import { describe, expect, it } from 'vitest';
import type { ServiceMemory, Update } from '../../plugins/service/memory.ts';
import { reconcile } from '../../plugins/service/reconcile.ts';
import type { AgentId } from '../../src/core/task.ts';
import type { Instance } from '../../src/framework/jobs/instance.ts';
import { instanceOf, type Scene, viewOf } from '../support/service-view.ts';

/** Instances of these slots: running for a while, if nothing else is said. */
const some = (from: number, to: number, more: Partial<Instance> = {}): Instance[] =>
  Array.from({ length: to - from + 1 }, (_, i) => instanceOf(from + i, 'RUNNING', more));
const OLD = { env: { VERSION: 1 } };
const NEW = { env: { VERSION: 2 } };
const running = (more: Partial<Update> = {}): ServiceMemory => ({
  failures: {},
  stable: 1,
  update: { version: 2, from: 1, state: 'running', promoted: true, startedAt: 0, ...more },
});
const LEFT = [{ id: 'a' as AgentId }, { id: 'b' as AgentId, withdrawn: 'draining' as const }];
const onB = { agent: 'b' as AgentId };
const fresh = { version: 2, launchedAt: 100 };
const justStarted = { ...fresh, servesSince: 59_000 };

/** `P` place, `S` stop, with the slots and why: `P missing 5-9`. */
function decided(scene: Scene): string[] {
  const { place, stop } = reconcile(viewOf(scene));
  const said = (sign: string, list: readonly (readonly [why: string, index: number])[]): string[] =>
    [...Map.groupBy(list, ([why]) => why)].map(
      ([why, all]) => `${sign} ${why} ${rangesText(all.map(([, index]) => index).sort((a, b) => a - b))}`,
    );
  return [
    ...said(
      'P',
      place.map(({ why, index }) => [why, index] as const),
    ),
    ...said(
      'S',
      stop.map(({ why, instance }) => [why, instance.index] as const),
    ),
  ];
}

function rangesText(indices: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < indices.length; ) {
    let end = i;
    while (indices[end + 1] === indices[end]! + 1) end++;
    parts.push(end === i ? `${indices[i]}` : `${indices[i]}-${indices[end]}`);
    i = end + 1;
  }
  return parts.join(',');
}

describe('as many as are wanted', () => {
  it.each<[string, Scene, string[]]>([
    ['of nothing, ten are started', {}, ['P missing 0-9']],
    ['what is missing is started', { instances: some(0, 4) }, ['P missing 5-9']],
    ['what is too much is stopped, the highest first', { instances: some(0, 19) }, ['S surplus 10-19']],
    ['none is wanted', { count: 0, instances: some(0, 19) }, ['S surplus 0-19']],
    [
      'none is wanted, of doubles neither',
      { count: 0, instances: [...some(0, 1), ...some(0, 1, fresh)] },
      ['S surplus 0,0-1,1'],
    ],
    ['two were lost', { instances: some(2, 9) }, ['P missing 0-1']],
    ['two were lost, and more are wanted', { count: 15, instances: some(2, 9) }, ['P missing 0-1,10-14']],
    ['two were lost, and fewer are wanted', { count: 5, instances: some(2, 9) }, ['S surplus 7-9']],
    ['it is stopped', { stopping: true, instances: some(0, 9) }, ['S surplus 0-9']],
    [
      'what does not serve goes first',
      { count: 2, instances: [instanceOf(0, 'STARTING'), ...some(1, 2)] },
      ['S surplus 0'],
    ],
    [
      'what has to leave its machine goes first, and what is left of it moves',
      { count: 8, instances: [...some(0, 2, onB), ...some(3, 9)], agents: LEFT },
      ['S surplus 1-2', 'S leave 0'],
    ],
  ])('%s', (_, scene, expected) => {
    expect(decided(scene)).toEqual(expected);
  });
});

describe('a change of everything', () => {
  const four = { count: 10, update: { maxParallel: 4 } };
  const specs = [
    { ...four, ...OLD },
    { ...four, ...NEW },
  ];
  it('begins with as many as may be away', () => {
    expect(decided({ specs, instances: some(0, 9), memory: { failures: {}, stable: 1 } })).toEqual([
      'S update 0-3',
    ]);
  });

  it.each([0, 1, 2, 3, 4])('goes on with as many as are healthy: %i', (healthy) => {
    const instances = [
      ...some(0, healthy - 1, fresh),
      ...some(healthy, 3, { ...fresh, state: 'STARTING', servesSince: undefined }),
      ...some(4, 9),
    ];
    const next =
      healthy === 0 ? [] : [`S update ${rangesText([...Array(healthy).keys()].map((i) => i + 4))}`];
    expect(decided({ specs, instances, memory: running() })).toEqual(next);
  });

  it('waits until the new ones have served for a while', () => {
    const scene = { specs, instances: [...some(0, 3, justStarted), ...some(4, 9)], memory: running() };
    expect(decided(scene)).toEqual([]);
    expect(reconcile(viewOf(scene)).waitUntil).toBe(69_000);
  });

  it('comes from what is wholly there, though that has not shown yet that it lasts', () => {
    const third = [...specs, { ...four, env: { VERSION: 3 } }];
    const from = (instances: Instance[], stable?: number) =>
      reconcile(viewOf({ specs: third, instances, memory: { failures: {}, ...(stable && { stable }) } }))
        .memory.update?.from;
    expect(from(some(0, 9, justStarted))).toBe(2);
    expect(from(some(0, 9, justStarted), 1)).toBe(2);
    expect(from([...some(0, 8, justStarted), ...some(9, 9)], 1)).toBe(1);
    expect(from([...some(0, 8, justStarted), instanceOf(9, 'STARTING', fresh)])).toBeUndefined();
  });

  it('is none where only the count differs', () => {
    const scaled = [
      { count: 9, ...OLD },
      { count: 10, ...OLD },
    ];
    const { memory, stop } = reconcile(
      viewOf({ specs: scaled, instances: some(0, 9), memory: { failures: {}, stable: 1 } }),
    );
    expect([memory, stop]).toEqual([{ failures: {}, stable: 2 }, []]);
  });

  it('costs nothing that does not serve anyway', () => {
    const instances = [instanceOf(0), instanceOf(1, 'STARTING'), instanceOf(2)];
    const three = [
      { count: 3, ...OLD },
      { count: 3, ...NEW },
    ];
    expect(decided({ specs: three, instances, memory: { failures: {}, stable: 1 } })).toEqual(['S update 1']);
  });

  it('begins with those that are not ready: nobody has anything of them', () => {
    const instances = [
      instanceOf(0),
      instanceOf(1, 'RUNNING', { ready: false, servesSince: undefined }),
      instanceOf(2),
    ];
    const three = [OLD, NEW].map((more) => ({ count: 3, ...more }));
    expect(decided({ specs: three, instances, memory: { failures: {}, stable: 1 } })).toEqual(['S update 1']);
  });

  it('waits for one that is not ready any more', () => {
    const unready = instanceOf(0, 'RUNNING', { ...fresh, ready: false, servesSince: undefined });
    const instances = [...some(1, 3, fresh), unready, ...some(4, 9)];
    expect(decided({ specs, instances, memory: running() })).toEqual(['S update 4-6']);
    const one = specs.map((spec) => ({ ...spec, update: { maxParallel: 1 } }));
    expect(decided({ specs: one, instances, memory: running() })).toEqual([]);
  });

  it('held or failed goes no further, and replaces what is lost as it was', () => {
    for (const state of ['paused', 'failed'] as const) {
      const memory = running({ state });
      const held = specs.map((spec) => ({ ...spec, update: { maxParallel: 4, autoRevert: false } }));
      const nine = [...some(0, 0, fresh), ...some(1, 9)];
      expect(decided({ specs: held, instances: nine, memory })).toEqual([]);
      const scene = { specs: held, instances: nine.slice(0, 9), memory };
      expect(decided(scene)).toEqual(['P missing 9']);
      expect(reconcile(viewOf(scene)).place[0]!.version).toBe(1);
    }
  });

  it('with more than the count for a while starts the new ones first', () => {
    const over = [OLD, NEW].map((more) => ({
      count: 3,
      update: { overCapacity: true, maxParallel: 2 },
      ...more,
    }));
    const memory = running();
    expect(decided({ specs: over, instances: some(0, 2), memory })).toEqual(['P update 0-1']);
    const both = [...some(0, 2), ...some(0, 1, justStarted)];
    expect(decided({ specs: over, instances: both, memory })).toEqual([]);
    const served = [...some(0, 2), ...some(0, 1, fresh)];
    expect(decided({ specs: over, instances: served, memory })).toEqual(['P update 2', 'S update 0-1']);
  });
});

describe('canaries', () => {
  const two = { strategy: 'canary', canaries: 2, maxParallel: 2 };
  const specs = [
    { count: 10, update: two, ...OLD },
    { count: 10, update: two, ...NEW },
  ];
  const trying = running({ promoted: false });
  it('are started beside all old ones', () => {
    const scene = { specs, instances: some(0, 9), memory: { failures: {}, stable: 1 } };
    expect(decided(scene)).toEqual(['P canary 0-1']);
    expect(reconcile(viewOf(scene)).memory.update).toMatchObject({ promoted: false, from: 1, version: 2 });
  });

  it('wait for a word', () => {
    expect(decided({ specs, instances: [...some(0, 9), ...some(0, 1, fresh)], memory: trying })).toEqual([]);
  });

  it('promoted take the place of the old ones, and the others follow', () => {
    const instances = [...some(0, 9), ...some(0, 1, fresh)];
    expect(decided({ specs, instances, memory: running() })).toEqual(['S update 0-3']);
  });

  it('give way to those of a newer version', () => {
    const newer = [...specs, { count: 10, update: two, env: { VERSION: 3 } }];
    const instances = [...some(0, 9), ...some(0, 1, fresh)];
    const { stop, place } = reconcile(viewOf({ specs: newer, instances, memory: trying }));
    expect(stop.map(({ instance: { index, version } }) => [index, version])).toEqual([
      [0, 2],
      [1, 2],
    ]);
    expect(place.map(({ index, version }) => [index, version])).toEqual([
      [0, 3],
      [1, 3],
    ]);
  });

  it('promote themselves when all of them have served, where that is said', () => {
    const auto = specs.map((spec) => ({ ...spec, update: { ...two, autoPromote: true } }));
    const promoted = (instances: Instance[]) =>
      reconcile(viewOf({ specs: auto, instances, memory: trying })).memory.update?.promoted;
    expect(promoted([...some(0, 9), ...some(0, 0, fresh), ...some(1, 1, justStarted)])).toBe(false);
    expect(promoted([...some(0, 9), ...some(0, 1, fresh)])).toBe(true);
  });

  it('as many as there are instances are blue and green: all old ones go at once', () => {
    const green = [OLD, NEW].map((more) => ({ count: 4, update: { strategy: 'bluegreen' }, ...more }));
    expect(decided({ specs: green, instances: some(0, 3), memory: trying })).toEqual(['P canary 0-3']);
    const both = [...some(0, 3), ...some(0, 3, fresh)];
    expect(decided({ specs: green, instances: both, memory: trying })).toEqual([]);
    expect(decided({ specs: green, instances: both, memory: running() })).toEqual(['S update 0-3']);
  });

  it('do not wait for an old one that is lost, and may find no room any more', () => {
    const scene = { specs, instances: some(1, 9), memory: trying };
    expect(decided(scene)).toEqual(['P canary 0-1', 'P missing 0']);
    expect(reconcile(viewOf(scene)).place.map(({ index, version }) => [index, version])).toEqual([
      [0, 2],
      [0, 1],
      [1, 2],
    ]);
  });

  it('are not needed where nothing was there before: none of that is started for their sake', () => {
    const first = { ...specs[0]!, count: 0, update: { strategy: 'bluegreen' } };
    const scene = { specs: [first, specs[1]!], instances: [], memory: { failures: {}, stable: 1 } };
    expect(decided(scene)).toEqual(['P missing 0-9']);
    const { memory, place } = reconcile(viewOf(scene));
    expect(memory.update).toMatchObject({ promoted: true });
    expect(memory.update?.from).toBeUndefined();
    expect(new Set(place.map(({ version }) => version))).toEqual(new Set([2]));
  });

  it('are not more than there are instances', () => {
    expect(() => viewOf({ specs: [{ count: 3, update: { strategy: 'canary', canaries: 7 } }] })).toThrow(
      'at most',
    );
  });
});

describe('a change that fails', () => {
  const specs = [
    { count: 2, ...OLD },
    { count: 2, ...NEW },
  ];
  const failing = (inARow: number): ServiceMemory => ({
    ...running(),
    failures: { 0: { inARow, until: 0, agent: 'a' as AgentId, version: 2 } },
  });
  const after = (scene: Partial<Scene>) =>
    reconcile(viewOf({ specs, instances: some(1, 1), memory: running(), ...scene }));

  it('because an instance does so again and again, goes back to what was there', () => {
    expect(after({ memory: failing(2) }).goBackTo).toBeUndefined();
    const { goBackTo, memory } = after({ memory: failing(3) });
    expect(goBackTo).toBe(1);
    expect(memory.update).toMatchObject({
      version: 3,
      returning: true,
      why: 'web.0 failed 3 times in a row',
    });
  });

  it('because an instance is not healthy in time', () => {
    const sick = instanceOf(0, 'RUNNING', { ...fresh, checked: true, since: 1_000, servesSince: undefined });
    const at = (now: number) => after({ instances: [sick, ...some(1, 1)], now });
    expect(at(300_999).goBackTo).toBeUndefined();
    expect(at(300_999).waitUntil).toBe(301_000);
    expect(at(301_000).memory.update?.why).toBe('web.0 was not healthy after 300 s');
  });

  it('because an instance that served does so no more for as long', () => {
    const late = { ...fresh, ready: false, since: 1_000, servesSince: undefined, servedUntil: 500_000 };
    const at = (now: number) =>
      after({
        instances: [instanceOf(0, 'RUNNING', late), ...some(1, 1, { ...fresh, servesSince: 400_000 })],
        now,
      });
    expect([at(799_999).goBackTo, at(799_999).waitUntil]).toEqual([undefined, 800_000]);
    expect(at(800_000).memory.update?.why).toBe('web.0 was not ready after 300 s');
  });

  it('because nothing gets ahead; each healthy instance gives new time, a held one has no end', () => {
    expect(after({ now: 600_000 }).memory.update?.why).toBe('nothing got ahead for 600 s');
    const some1 = [instanceOf(0, 'RUNNING', { ...fresh, servesSince: 500_000 })];
    expect(after({ instances: some1, now: 600_000 }).goBackTo).toBeUndefined();
    expect(after({ memory: running({ state: 'paused' }), now: 9_000_000 }).goBackTo).toBeUndefined();
  });

  it('stays where it is without anything to go back to, and without leave to', () => {
    const [only] = specs;
    const first: ServiceMemory = { failures: failing(9).failures };
    expect(after({ specs: [only!], memory: first }).goBackTo).toBeUndefined();
    const never = specs.map((spec) => ({ ...spec, update: { autoRevert: false } }));
    const { goBackTo, memory } = after({ specs: never, memory: failing(3) });
    expect([goBackTo, memory.update?.state]).toEqual([undefined, 'failed']);
  });

  it('when it goes back already, is not taken back again', () => {
    const third = [...specs, specs[0]!];
    const returning: ServiceMemory = {
      failures: { 0: { inARow: 9, until: 0, agent: 'a' as AgentId, version: 3 } },
      stable: 1,
      update: { version: 3, state: 'running', promoted: true, startedAt: 0, returning: true },
    };
    expect(after({ specs: third, memory: returning }).goBackTo).toBeUndefined();
  });
});

describe('a slot that fails', () => {
  const failed = (inARow: number, until = 0): ServiceMemory => ({
    failures: { 0: { inARow, until, agent: 'b' as AgentId, version: 1 } },
  });
  it.each([
    [1, { prefer: 'b' }],
    [2, { prefer: 'b' }],
    [3, { avoid: ['b'] }],
  ])('is tried again where it was, then elsewhere: time %i', (inARow, where) => {
    expect(reconcile(viewOf({ count: 1, memory: failed(inARow) })).place).toMatchObject([
      { index: 0, ...where },
    ]);
  });

  it('waits', () => {
    const { place, waitUntil } = reconcile(viewOf({ count: 1, memory: failed(1, 70_000) }));
    expect([place, waitUntil]).toEqual([[], 70_000]);
  });

  it('is given up after as many times as are allowed', () => {
    const specs = [{ count: 1, retry: { attempts: 3 } }];
    expect(decided({ specs, memory: failed(3) })).toEqual(['P missing 0']);
    expect(decided({ specs, memory: failed(4) })).toEqual([]);
  });
});

describe('one on each agent', () => {
  const specs = [{ perAgent: true }];
  const there = (id: string, more = {}) => ({
    id: id as AgentId,
    name: id,
    state: 'ready',
    attributes: {},
    executors: [{ kind: 'process' as const, available: true, detail: '' }],
    ...more,
  });
  const agents = [there('a'), there('b'), there('c')];
  const at = (index: number, agent: string) => instanceOf(index, 'RUNNING', { agent: agent as AgentId });
  it('is started there, and nowhere else', () => {
    const { place } = reconcile(viewOf({ specs, agents, instances: [at(0, 'b')] }));
    expect(place.map(({ index, on }) => [index, on])).toEqual([
      [1, 'a'],
      [2, 'c'],
    ]);
  });

  it('is not replaced elsewhere when its agent is away, and ends when it is to be left', () => {
    const away = [there('a', { state: 'unreachable' }), there('b', { withdrawn: 'draining' }), there('c')];
    const instances = [instanceOf(0, 'UNREACHABLE', { agent: 'a' as AgentId }), at(1, 'b'), at(2, 'c')];
    expect(decided({ specs, agents: away, instances })).toEqual(['S surplus 1']);
  });

  it('is changed although one of them has no room for it', () => {
    const both = [{ perAgent: true }, { perAgent: true, env: { VERSION: 2 } }];
    const scene = {
      specs: both,
      agents,
      instances: [at(0, 'a'), at(1, 'b')],
      memory: { failures: {}, stable: 1 },
    };
    const { stop, memory } = reconcile(viewOf(scene));
    expect([stop.map(({ instance }) => instance.name), memory.taken]).toEqual([['web.0'], ['a']]);
    const next = reconcile(viewOf({ ...scene, memory, instances: [at(1, 'b')] }));
    expect([next.stop, next.place.map(({ on }) => on)]).toEqual([[], ['a', 'c']]);
    const there2 = [instanceOf(0, 'RUNNING', { agent: 'a' as AgentId, version: 2 }), at(1, 'b')];
    expect(decided({ ...scene, memory, instances: there2 })).toContain('S update 1');
  });

  it('only on those that its constraints allow', () => {
    const fast = [{ perAgent: true, constraints: ['disk == ssd'] }];
    const two = [there('a', { attributes: { disk: 'ssd' } }), there('b')];
    const { place } = reconcile(viewOf({ specs: fast, agents: two }));
    expect(place.map(({ on }) => on)).toEqual(['a']);
  });
});
