/**
 * What a stretch of work takes of the processor, and which part of the program takes it: told by samples of the stack
 * (one each ms), each counted for the first owner that is found from the innermost call outwards. So the master's part
 * is known although everything runs in one process: the time in its files, and in whatever they call.
 */
import { type Profiler, Session } from 'node:inspector/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface Cost {
  /** Seconds on the wall; of one core, that of the thread that does it all; of all threads, the collector's as well. */
  readonly wall: number;
  readonly core: number;
  readonly cpu: number;
  /** Seconds of the one core by owner; `garbage` and `other` belong to nobody. */
  readonly by: ReadonlyMap<string, number>;
  /** Seconds by function, those alone, the costliest first. */
  readonly functions: readonly { readonly name: string; readonly seconds: number }[];
}

/** An owner, and a part of the paths of its files. */
export type Owners = readonly (readonly [owner: string, path: string])[];

export async function measured(owners: Owners, work: () => Promise<void>): Promise<Cost> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 1000 });
  await session.post('Profiler.start');
  const before = { all: process.cpuUsage(), own: process.threadCpuUsage(), at: performance.now() };
  await work();
  const wall = (performance.now() - before.at) / 1000;
  const cpu = seconds(process.cpuUsage(before.all));
  const core = seconds(process.threadCpuUsage(before.own));
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  return { wall, core, cpu, ...attributed(owners, profile, core) };
}

const seconds = ({ user, system }: { user: number; system: number }): number => (user + system) / 1e6;

/** Samples come by the clock on the wall, whoever has the processor: their shares are what counts. */
function attributed(
  owners: Owners,
  { nodes, samples = [] }: Profiler.Profile,
  core: number,
): Pick<Cost, 'by' | 'functions'> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(
    nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  );
  const ownerOf = new Map<number, string>();
  const find = (id: number | undefined): string => {
    const node = id === undefined ? undefined : byId.get(id);
    if (!node) return 'other';
    const known = ownerOf.get(node.id);
    if (known !== undefined) return known;
    const { url, functionName } = node.callFrame;
    const path = owners.find(([, part]) => url.includes(part))?.[0];
    const owner = functionName === '(garbage collector)' ? 'garbage' : (path ?? find(parents.get(node.id)));
    ownerOf.set(node.id, owner);
    return owner;
  };
  const by = new Map<string, number>();
  const functions = new Map<string, number>();
  const each = core / samples.length;
  const add = (to: Map<string, number>, name: string): void => void to.set(name, (to.get(name) ?? 0) + each);
  for (const id of samples) {
    const owner = find(id);
    const { functionName, url, lineNumber } = byId.get(id)!.callFrame;
    const place = `${url.split('/').slice(-2).join('/')}:${lineNumber + 1}`;
    add(by, owner);
    add(functions, `${functionName || '(anonymous)'} ${place} [${owner}]`);
  }
  return {
    by,
    functions: [...functions]
      .map(([name, taken]) => ({ name, seconds: taken }))
      .sort((a, b) => b.seconds - a.seconds),
  };
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** MiB that are really in use. */
export function heap(): number {
  collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
}
