/**
 * A quick look at a task or the figures of its use that came in: nearly all are of a few plain shapes, and hundreds of
 * thousands of them come when a master has started. Invariant: what passes here, check.ts would take as it is, word for
 * word; what does not is no worse for it, only looked at by check.ts.
 */
import { rangesOf } from '../core/resources.ts';
import { MAX_WORD, type TaskSpec } from '../core/task.ts';
import { TASK_REASONS, TASK_STATES } from '../core/task-state.ts';

type Fields = Readonly<Record<string, unknown>>;
type Test = (value: unknown) => boolean;

const WORD = 256;
const TEXT = 8192;
const ID = 128;
const TASK_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,126}$/;
const STATES: ReadonlySet<unknown> = new Set(TASK_STATES);
const REASONS: ReadonlySet<unknown> = new Set(TASK_REASONS);
const PULLS: ReadonlySet<unknown> = new Set(['missing', 'always', 'never']);
const NETWORKS: ReadonlySet<unknown> = new Set(['bridge', 'host']);

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown, most: number): boolean => typeof value === 'string' && value.length <= most;
const isCount: Test = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isId: Test = (value) => isText(value, ID) && value !== '';
const isPort: Test = (value) => isCount(value) && (value as number) >= 1 && (value as number) <= 65_535;
const isEmptyList: Test = (value) => Array.isArray(value) && value.length === 0;
const isWords: Test = (value) => Array.isArray(value) && value.every((one) => isText(one, MAX_WORD));

/** Every field has its test, and nothing is missing: an optional one is tested when it is there. */
function has(value: unknown, tests: ReadonlyMap<string, Test>, optional: ReadonlyMap<string, Test>): boolean {
  if (!isFields(value)) return false;
  let needed = tests.size;
  for (const name in value) {
    const test = tests.get(name);
    if (test) needed -= 1;
    if (!(test ?? optional.get(name))?.(value[name])) return false;
  }
  return needed === 0;
}

const shape = (
  tests: Readonly<Record<string, Test>>,
  optional: Readonly<Record<string, Test>> = {},
): Test => {
  const needed = new Map(Object.entries(tests));
  const others = new Map(Object.entries(optional));
  return (value) => has(value, needed, others);
};

function isRecord(value: unknown, mostOfOne: number, most = Number.POSITIVE_INFINITY): boolean {
  if (!isFields(value)) return false;
  let count = 0;
  for (const key in value) {
    count += 1;
    if (key === '__proto__' || key.length > WORD || !isText(value[key], mostOfOne)) return false;
  }
  return count <= most;
}

/** In canonical order, so that none of them has to be put elsewhere; unreserved ones without anything special. */
const isScalar = shape({
  name: (value) => isText(value, WORD),
  role: (value) => value === '*',
  scalar: (value) => isCount(value) && value !== 0,
});
const isRanges = shape({
  name: (value) => isText(value, WORD),
  role: (value) => value === '*',
  ranges: (value) => Array.isArray(value) && value.length > 0 && value.length <= 10_000 && isJoined(value),
});

function isJoined(ranges: readonly unknown[]): boolean {
  let before = -2;
  return ranges.every((range) => {
    if (!Array.isArray(range) || range.length !== 2 || !range.every(isCount)) return false;
    const [from, to] = range as [number, number];
    const isNext = from > before + 1 && from <= to;
    before = to;
    return isNext;
  });
}

const isResources: Test = (value) =>
  Array.isArray(value) &&
  value.length <= 1000 &&
  value.every(
    (entry: Fields, i) =>
      (isScalar(entry) || isRanges(entry)) &&
      (i === 0 || (value[i - 1] as { name: string }).name < (entry as { name: string }).name),
  );

const isProcess = shape(
  {
    kind: (value) => value === 'process',
    argv: (value) => isWords(value) && !isEmptyList(value),
    artifacts: isEmptyList,
  },
  { cwd: (value) => isText(value, TEXT), asWritten: (value) => value === true },
);
const isDocker = shape(
  {
    kind: (value) => value === 'docker',
    image: (value) => isText(value, 1024) && value !== '',
    args: isWords,
    pull: (value) => PULLS.has(value),
    network: (value) => NETWORKS.has(value),
  },
  { entrypoint: isWords, cwd: (value) => isText(value, TEXT) },
);

const isPortEntry = shape({ name: (value) => isText(value, WORD), host: isPort }, { container: isPort });

/** Without volumes and checks of health or readiness. */
const isUsualSpec = shape(
  {
    id: (value) => typeof value === 'string' && TASK_ID.test(value),
    name: isId,
    job: isId,
    resources: isResources,
    run: (value) => isProcess(value) || isDocker(value),
    env: (value) => isRecord(value, MAX_WORD),
    ports: (value) => Array.isArray(value) && value.length <= 1000 && value.every(isPortEntry),
    volumes: isEmptyList,
    killGrace: isCount,
    labels: (value) => isRecord(value, TEXT, 100),
  },
  {
    group: isId,
    priority: (value) => isCount(value) && (value as number) <= 100,
    output: (value) => value === true,
  },
);

const isStatus = shape(
  {
    task: isId,
    state: (value) => STATES.has(value),
    reason: (value) => REASONS.has(value),
    message: (value) => isText(value, TEXT),
    at: Number.isFinite,
  },
  {
    healthy: (value) => typeof value === 'boolean',
    ready: (value) => typeof value === 'boolean',
    exitCode: Number.isSafeInteger,
  },
);

export const isUsualTask: Test = (value) => isUsualSpec(value) && hasItsPorts(value as TaskSpec);

const hasItsPorts = ({ ports, resources }: TaskSpec): boolean => {
  if (ports.length === 0) return true;
  const taken = rangesOf(resources, 'ports');
  return ports.every(({ host }) => taken.some(([from, to]) => from <= host && host <= to));
};

export const hasId: Test = (value) => isFields(value) && isId(value['id']);

/** As an agent tells it when it registers. */
export const isUsualHeld: Test = shape(
  {
    spec: isUsualTask,
    framework: isId,
    role: (value) => isText(value, WORD),
    status: isStatus,
    launchedAt: Number.isFinite,
  },
  { since: Number.isFinite },
);

const isTaskUsage = shape({ cpus: Number.isFinite, mem: Number.isFinite });

/** What an agent tells every few seconds. */
export const isUsualUsage: Test = shape({
  cpus: Number.isFinite,
  mem: Number.isFinite,
  disk: Number.isFinite,
  netIn: Number.isFinite,
  netOut: Number.isFinite,
  load: Number.isFinite,
  tasks: (value) => isFields(value) && areTaskUsages(value),
});

function areTaskUsages(tasks: Fields): boolean {
  for (const id in tasks) if (id === '__proto__' || id.length > WORD || !isTaskUsage(tasks[id])) return false;
  return true;
}
