/** What a service says of its container, as `container:` of a job. */
import type { Json } from '../../core/json.ts';
import { at, type Context, type Fields, numberAt, said, sizeAt, some, words } from './context.ts';
import { entriesOf, isNothing, isTrue, type Tree, textOf, toJson } from './tree.ts';
import { sizeText } from './units.ts';

/** @param tmpfs folders in memory */
export function containerOf(context: Context, tmpfs: Readonly<Record<string, string>>): Fields {
  const limit = memoryLimit(context);
  const shm = sizeAt(context, 'shm_size');
  return said({
    user: textOf(at(context, 'user')),
    groups: list(at(context, 'group_add')),
    hostname: textOf(at(context, 'hostname')),
    init: isTrue(at(context, 'init')),
    stdin: isTrue(at(context, 'stdin_open')) || undefined,
    tty: isTrue(at(context, 'tty')) || undefined,
    stopSignal: textOf(at(context, 'stop_signal')),
    readOnly: isTrue(at(context, 'read_only')) || undefined,
    privileged: isTrue(at(context, 'privileged')) || undefined,
    capAdd: list(at(context, 'cap_add')),
    capDrop: list(at(context, 'cap_drop')),
    securityOpt: list(at(context, 'security_opt')),
    tmpfs: some({ ...tmpfs }),
    shmSize: shm === undefined ? undefined : sizeText(shm),
    extraHosts: pairs(at(context, 'extra_hosts')),
    dns: list(at(context, 'dns')),
    dnsSearch: list(at(context, 'dns_search')),
    dnsOptions: list(at(context, 'dns_opt')),
    sysctls: pairs(at(context, 'sysctls')),
    ulimits: some(ulimits(at(context, 'ulimits'))),
    pids: pids(context),
    pid: only(context, 'pid', ['host']),
    ipc: only(context, 'ipc', ['host', 'private', 'shareable']),
    cpuset: textOf(at(context, 'cpuset')),
    oomScoreAdj: numberAt(context, 'oom_score_adj'),
    runtime: textOf(at(context, 'runtime')),
    cpuLimit: cpuLimit(context),
    memLimit: limit === undefined ? 0 : sizeText(limit),
  });
}

const list = (tree: Tree | undefined): Json | undefined => some(words(tree));

const pairs = (tree: Tree | undefined): Json | undefined =>
  some(Object.fromEntries([...entriesOf(tree)].map(([key, value]) => [key, textOf(value) ?? ''])));

const ulimits = (tree: Tree | undefined): Fields =>
  Object.fromEntries(
    [...entriesOf(tree)].map(([name, limit]) => {
      const both = toJson(limit);
      if (limit.kind !== 'group') return [name, { soft: Number(both), hard: Number(both) }];
      return [
        name,
        Object.fromEntries([...entriesOf(limit)].map(([key, one]) => [key, Number(toJson(one))])),
      ];
    }),
  );

/** -1 and 0 are none. */
function pids(context: Context): number | undefined {
  const most = numberAt(context, 'deploy', 'resources', 'limits', 'pids') ?? numberAt(context, 'pids_limit');
  return most !== undefined && most > 0 ? most : undefined;
}

function only(context: Context, key: string, known: readonly string[]): string | undefined {
  const tree = at(context, key);
  const text = textOf(tree);
  if (tree === undefined || text === undefined || known.includes(text)) return text;
  context.notices.error(tree, key, `"${text}" is not possible, only ${known.join(', ')}`);
  return undefined;
}

/** MiB; undefined: none */
export const memoryLimit = (context: Context): number | undefined =>
  sizeAt(context, 'deploy', 'resources', 'limits', 'memory') ?? sizeAt(context, 'mem_limit');

function cpuLimit(context: Context): number | undefined {
  const quota = numberAt(context, 'cpu_quota');
  const period = numberAt(context, 'cpu_period') ?? 100_000;
  const limit =
    numberAt(context, 'deploy', 'resources', 'limits', 'cpus') ??
    numberAt(context, 'cpus') ??
    (quota !== undefined && quota > 0 ? quota / period : undefined);
  return limit !== undefined && limit > 0 ? limit : undefined;
}

const MEM = 64;

/** What is set aside for it. */
export function amountsOf(context: Context): Fields {
  const shares = numberAt(context, 'cpu_shares');
  const cpus =
    numberAt(context, 'deploy', 'resources', 'reservations', 'cpus') ??
    (shares === undefined ? undefined : Math.max(0.01, Math.round((shares / 1024) * 100) / 100));
  const limit = memoryLimit(context);
  const reserved =
    sizeAt(context, 'deploy', 'resources', 'reservations', 'memory') ??
    sizeAt(context, 'mem_reservation') ??
    (limit !== undefined && limit < MEM ? limit : undefined);
  return said({ cpus, mem: reserved === undefined ? undefined : sizeText(reserved) });
}

const PULLS: Readonly<Record<string, string>> = { always: 'always', never: 'never' };

/** Its image and what is run of it. */
export function imageOf(context: Context): Fields {
  const { service, notices } = context;
  const image = at(context, 'image');
  const build = at(context, 'build');
  if (isNothing(image) && !build) notices.error(service, 'image', 'an image is missing');
  if (build) {
    const why = 'tender builds no images';
    if (isNothing(image)) notices.error(build, 'build', `${why}: build and push it, and name it as image`);
    else notices.warning(build, 'build', `${why}: ${textOf(image)} is taken as it is`);
  }
  const policy = textOf(at(context, 'pull_policy'));
  return said({ image: textOf(image), pull: PULLS[policy ?? ''] });
}
