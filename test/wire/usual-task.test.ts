/** The quick look at tasks: it takes nothing that the schemas would refuse or change, and it takes what is usual. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resourcesOf } from '../../src/core/resources.ts';
import { TASK_REASONS, TASK_STATES } from '../../src/core/task-state.ts';
import { checkAgent, checkFramework } from '../../src/wire/check.ts';
import type { Register } from '../../src/wire/messages/agent.ts';
import type { Accept, LaunchOperation } from '../../src/wire/messages/framework.ts';
import { isUsualHeld, isUsualTask, isUsualUsage } from '../../src/wire/usual-task.ts';
import { BARE_HOST } from '../support/bare-host.ts';
import { task } from '../support/puppet.ts';

const anything = fc.constantFrom<unknown>(
  undefined,
  null,
  -1,
  0.5,
  0,
  '',
  'x',
  [],
  {},
  true,
  'y'.repeat(9000),
);
/** Mostly right. */
const mostly = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 200, arbitrary }, { weight: 1, arbitrary: anything });
const word = fc.constantFrom('a', 'web', 'web.0', 'b-c', 'ä', 'z'.repeat(128));
const record = fc.dictionary(
  fc.constantFrom('A', 'B', 'C', 'D', 'E', '__proto__', 'k'.repeat(257)),
  mostly(word),
  {
    maxKeys: 3,
  },
);
const port = fc.constantFrom(0, 1, 80, 81, 31_000, 65_535, 65_536);
const scalar = fc.record({
  name: mostly(fc.constantFrom('cpus', 'mem', 'disk')),
  role: mostly(fc.constantFrom('*', '*', '*', '*', '*', 'web')),
  scalar: mostly(fc.constantFrom(0, 100, 200, 500, 1000)),
});
const ranges = fc.record({
  name: fc.constant('ports'),
  role: fc.constant('*'),
  ranges: mostly(fc.array(fc.tuple(port, port), { maxLength: 3 })),
});
const run = fc.oneof(
  fc.record({
    kind: fc.constant('process'),
    argv: mostly(fc.array(word, { minLength: 1, maxLength: 2 })),
    artifacts: mostly(fc.constant([])),
  }),
  fc.record({
    kind: fc.constant('docker'),
    image: mostly(word),
    args: mostly(fc.array(word, { maxLength: 2 })),
    pull: mostly(fc.constantFrom('missing', 'always')),
    network: mostly(fc.constantFrom('bridge', 'host')),
  }),
);
const spec = fc.record(
  {
    id: mostly(fc.constantFrom('web.0-abc', 'x', 'y', '-')),
    name: mostly(word),
    job: mostly(word),
    group: mostly(word),
    priority: mostly(fc.integer({ min: 0, max: 110 })),
    resources: mostly(fc.array(fc.oneof(scalar, ranges), { maxLength: 2 })),
    run: mostly(run),
    env: mostly(record),
    ports: mostly(
      fc.array(fc.record({ name: word, host: port, container: port }, { requiredKeys: ['name', 'host'] }), {
        maxLength: 2,
      }),
    ),
    volumes: mostly(fc.constant([])),
    killGrace: mostly(fc.constantFrom(0, 3000)),
    labels: mostly(record),
  },
  {
    requiredKeys: ['id', 'name', 'job', 'resources', 'run', 'env', 'ports', 'volumes', 'killGrace', 'labels'],
  },
);
const status = fc.record(
  {
    task: mostly(word),
    state: mostly(fc.constantFrom(...TASK_STATES)),
    reason: mostly(fc.constantFrom(...TASK_REASONS)),
    message: mostly(word),
    healthy: mostly(fc.boolean()),
    ready: mostly(fc.boolean()),
    exitCode: mostly(fc.integer()),
    at: mostly(fc.integer()),
  },
  { requiredKeys: ['task', 'state', 'reason', 'message', 'at'] },
);
const held = fc.record(
  {
    spec,
    framework: mostly(word),
    role: mostly(word),
    status,
    launchedAt: mostly(fc.integer()),
    since: mostly(fc.integer()),
  },
  { requiredKeys: ['spec', 'framework', 'role', 'status', 'launchedAt'] },
);
/** As it comes off the wire. */
const sent = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const accepted = (one: object): LaunchOperation => {
  const message = { t: 'accept', offers: ['o'], operations: [{ op: 'launch', tasks: [one] }], refuseMs: 0 };
  return (checkFramework(message) as Accept).operations[0] as LaunchOperation;
};
const registered = (one: object): unknown => {
  const facts = { host: BARE_HOST, executors: [], attributes: {}, total: [] };
  try {
    return (checkAgent({ t: 'register', ...facts, tasks: [one] }) as Register).tasks;
  } catch {
    return 'refused';
  }
};
/** A field that nobody knows is taken away by the schemas, and so makes them look. */
const UNUSUAL = { unheard: 'of' };

describe('what passes the quick look', () => {
  it('as a task to launch is what the schema makes of it', () => {
    let usual = 0;
    fc.assert(
      fc.property(spec.map(sent), (one) => {
        fc.pre(typeof one.id === 'string' && one.id !== '' && one.id.length <= 128);
        if (isUsualTask(one)) usual += 1;
        expect(accepted(one)).toEqual(accepted({ ...one, ...UNUSUAL }));
      }),
      { numRuns: 2000 },
    );
    expect(usual).toBeGreaterThan(50);
  });

  it('as a task that an agent holds is what the schema makes of it', () => {
    let usual = 0;
    fc.assert(
      fc.property(held.map(sent), (one) => {
        if (isUsualHeld(one)) usual += 1;
        expect(registered(one)).toEqual(registered({ ...one, ...UNUSUAL }));
      }),
      { numRuns: 2000 },
    );
    expect(usual).toBeGreaterThan(50);
  });
});

it('figures of use that pass the quick look are what the schema makes of them', () => {
  const figure = mostly(fc.double({ noNaN: true, noDefaultInfinity: true }));
  const names = ['cpus', 'mem', 'disk', 'netIn', 'netOut', 'load'];
  const key = fc.constantFrom('a', 'b', '__proto__', 'k'.repeat(257));
  const tasks = fc.dictionary(key, mostly(fc.record({ cpus: figure, mem: figure })), { maxKeys: 2 });
  const usage = fc.record({
    ...Object.fromEntries(names.map((name) => [name, figure])),
    tasks: mostly(tasks),
  });
  const told = (one: object): unknown => {
    try {
      return checkAgent({ t: 'usage', usage: one });
    } catch {
      return 'refused';
    }
  };
  let usual = 0;
  fc.assert(
    fc.property(usage.map(sent), (one) => {
      if (isUsualUsage(one)) usual += 1;
      expect(told(one)).toEqual(told({ ...one, ...UNUSUAL }));
    }),
    { numRuns: 500 },
  );
  expect(usual).toBeGreaterThan(50);
});

it('the tasks of services and batches pass it', () => {
  const ports = resourcesOf({ cpus: 500, mem: 64_000 }, { ports: [[31_000, 31_000]] });
  expect(isUsualTask(task('plain'))).toBe(true);
  expect(isUsualTask({ ...task('web', ports), ports: [{ name: 'http', host: 31_000 }] })).toBe(true);
  expect(isUsualTask({ ...task('web', ports), ports: [{ name: 'http', host: 31_001 }] })).toBe(false);
});

it('what is wrong with a task in a registration is still said by its field', () => {
  const bad = { spec: { ...task('t'), name: 7 }, framework: 'f', role: 'r', launchedAt: 0 };
  const facts = { host: BARE_HOST, executors: [], attributes: {}, total: [] };
  expect(() => checkAgent({ t: 'register', ...facts, tasks: [bad] })).toThrow(/tasks\.0\.spec\.name/);
});
