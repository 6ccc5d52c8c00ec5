/** One service as a job, with everything that it says put together; `x-tender` has the last word. */
import type { Json } from '../../core/json.ts';
import type { FileJob } from '../job-file.ts';
import { amountsOf, containerOf, imageOf } from './container.ts';
import { at, type Context, type Fields, said, some, timeAt } from './context.ts';
import { countOf, retryOf, updateOf } from './deploy.ts';
import { environmentOf, labelsOf } from './environment.ts';
import { filesOf } from './files.ts';
import { healthOf } from './health.ts';
import { needsOf } from './needs.ts';
import { networksOf } from './networks.ts';
import { placementOf } from './placement.ts';
import { portsOf } from './ports.ts';
import { commandOf } from './shell-words.ts';
import { entriesOf, get, type Place, placeText, type Tree, textOf, toJson } from './tree.ts';
import { timeText } from './units.ts';
import { volumesOf } from './volumes.ts';

export interface ComposeJob extends FileJob {
  readonly service: string;
  readonly at: Place;
  /** It has to be where its neighbours are: they find each other by name. */
  readonly hasNeighbours: boolean;
  /** It has to stay where its data is. */
  readonly hasData: boolean;
  /** Folders of its machine that it sees. */
  readonly folders: readonly string[];
}

/** What Docker gives a container to end in. */
const GRACE = 10_000;

export function jobOf(context: Context, hasNeighbours: boolean): ComposeJob {
  const { service, application, name, anywhere } = context;
  const { volumes, tmpfs, folders } = volumesOf(context);
  const spec = said({
    name: context.jobs.get(name)!,
    kind: context.kind,
    ...imageOf(context),
    entrypoint: commandOf(at(context, 'entrypoint')),
    command: some(commandOf(at(context, 'command')) ?? []),
    cwd: textOf(at(context, 'working_dir')),
    env: some(environmentOf(context)),
    ...countOf(context),
    ...amountsOf(context),
    ports: some(portsOf(context)),
    ...networksOf(context, hasNeighbours),
    volumes: some(volumes),
    devices: some(devicesOf(context)),
    files: some(filesOf(context)),
    container: containerOf(context, tmpfs),
    health: healthOf(context),
    needs: some(needsOf(context)),
    ...placementOf(context),
    update: updateOf(context),
    retry: retryOf(context),
    killGrace: timeText(timeAt(context, 'stop_grace_period') ?? GRACE),
    labels: labelsOf(context),
  });
  const general = get(application.whole, 'x-tender');
  const own = get(service, 'x-tender');
  return {
    service: name,
    at: service.at,
    spec: overlaid(overlaid(spec, general), own),
    where: (path) => placeText(placeFor(path, context)),
    hasNeighbours,
    hasData: !anywhere && volumes.length > 0,
    folders,
  };
}

/** What says something about the service itself is no field of its job. */
const NOT_FIELDS = new Set(['anywhere', 'name']);

/** Groups are merged, lists appended, what is one value is replaced. */
function overlaid(spec: Fields, over: Tree | undefined): Fields {
  const merged = { ...spec };
  for (const [key, tree] of entriesOf(over)) {
    if (NOT_FIELDS.has(key)) continue;
    const [before, value] = [spec[key], toJson(tree)];
    if (Array.isArray(before) && Array.isArray(value)) merged[key] = [...before, ...value];
    else merged[key] = isFields(before) && isFields(value) ? { ...before, ...value } : value;
  }
  return merged;
}

const isFields = (value: Json | undefined): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `HOST[:CONTAINER[:rwm]]`; the long way has the same parts. */
const devicesOf = (context: Context): string[] =>
  (at(context, 'devices')?.kind === 'list'
    ? [...(at(context, 'devices') as { items: readonly Tree[] }).items]
    : []
  ).map((item) => {
    if (item.kind !== 'group') return textOf(item) ?? '';
    const part = (key: string): string => textOf(get(item, key)) ?? '';
    return [part('source'), part('target'), part('permissions')].join(':').replace(/:+$/, '');
  });

/** Where a field of the job comes from. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  env: ['environment'],
  count: ['deploy', 'replicas'],
  health: ['healthcheck'],
  needs: ['depends_on'],
  cwd: ['working_dir'],
  constraints: ['deploy', 'placement', 'constraints'],
  spread: ['deploy', 'placement', 'preferences'],
  update: ['deploy', 'update_config'],
  retry: ['restart'],
  killGrace: ['stop_grace_period'],
  mem: ['deploy', 'resources'],
  cpus: ['deploy', 'resources'],
  files: ['secrets'],
  network: ['network_mode'],
};

function placeFor(path: string, { service, application }: Context): Place {
  const [field = '', ...rest] = path.split('.');
  const named = get(service, 'x-tender', field, ...rest) ?? get(service, 'x-tender', field);
  const found =
    named ??
    get(application.whole, 'x-tender', field) ??
    get(service, ...(KEYS[field] ?? [field])) ??
    service;
  return found.at;
}
