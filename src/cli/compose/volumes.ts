/** Volumes of a service: named ones, folders of its machine, and folders in memory. */
import { isAbsolute, join, resolve } from 'node:path';
import type { Json } from '../../core/json.ts';
import { type Context, said, words } from './context.ts';
import { entriesOf, get, isTrue, itemsOf, type Tree, textOf, toJson } from './tree.ts';
import { mebibytes } from './units.ts';

export interface Volumes {
  readonly volumes: Json[];
  /** Folders in memory: options by path. */
  readonly tmpfs: Record<string, string>;
  /** Folders of the machine that `tender up` was called on, as far as anybody can tell. */
  readonly folders: string[];
}

export function volumesOf(context: Context): Volumes {
  const all: Volumes = { volumes: [], tmpfs: {}, folders: [] };
  for (const item of itemsOf(get(context.service, 'volumes'))) {
    if (item.kind === 'group') long(item, context, all);
    else short(item, context, all);
  }
  for (const text of words(get(context.service, 'tmpfs'))) {
    const [path = '', ...options] = text.split(':');
    all.tmpfs[path] = options.join(':');
  }
  return all;
}

const isFolder = (source: string): boolean => /^[./~]/.test(source);

/** What a folder is without its `~`, from where its file is. */
function folderOf(source: string, item: Tree, { application }: Context): string {
  if (source === '~' || source.startsWith('~/'))
    return join(application.variable('HOME') ?? '/', source.slice(1));
  return isAbsolute(source) ? source : resolve(item.at.folder, source);
}

function short(item: Tree, context: Context, all: Volumes): void {
  const { notices } = context;
  const [source = '', target, mode = ''] = (textOf(item) ?? '').split(':');
  if (target === undefined) {
    const name = `${context.name}${source.replaceAll(/[^A-Za-z0-9]+/g, '_')}`;
    notices.warning(
      item,
      'volumes',
      `a volume without a name is called ${nameOf(name, context)}: it stays when its container goes`,
    );
    all.volumes.push({ source: nameOf(name, context), target: source });
    return;
  }
  const modes = mode.split(',').filter(Boolean);
  const other = modes.filter((one) => one !== 'ro' && one !== 'rw');
  if (other.length > 0) notices.warning(item, 'volumes', `the option ${other.join(', ')} is ignored`);
  add(item, context, all, { source, target, readOnly: modes.includes('ro'), mustExist: false });
}

interface Mount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  readonly mustExist: boolean;
}

function add(
  item: Tree,
  context: Context,
  all: Volumes,
  { source, target, readOnly, mustExist }: Mount,
): void {
  const rest = { target, ...(readOnly && { readOnly }), ...(mustExist && { mustExist }) };
  if (isFolder(source)) {
    const folder = folderOf(source, item, context);
    all.folders.push(folder);
    all.volumes.push({ source: folder, ...rest });
    return;
  }
  const declared = get(context.application.whole, 'volumes', source);
  if (!declared) {
    context.notices.error(
      item,
      'volumes',
      `there is no "${source}" among the volumes at the top of the file`,
    );
    return;
  }
  const options = get(declared, 'driver_opts');
  const driver = textOf(get(declared, 'driver'));
  all.volumes.push(
    said({
      source: volumeName(source, declared, context),
      ...rest,
      driver: driver === 'local' ? undefined : driver,
      options:
        options &&
        Object.fromEntries([...entriesOf(options)].map(([key, value]) => [key, String(toJson(value))])),
    }),
  );
}

const nameOf = (name: string, { application }: Context): string => `${application.name}_${name}`;

function volumeName(source: string, declared: Tree, context: Context): string {
  const external = get(declared, 'external');
  const isExternal = isTrue(external) || external?.kind === 'group';
  const name = textOf(get(declared, 'name')) ?? textOf(get(external, 'name'));
  return name ?? (isExternal ? source : nameOf(source, context));
}

const KNOWN = new Set(['type', 'source', 'target', 'read_only', 'consistency', 'bind', 'volume', 'tmpfs']);

function long(item: Tree, context: Context, all: Volumes): void {
  const { notices } = context;
  const type = textOf(get(item, 'type')) ?? 'volume';
  const target = textOf(get(item, 'target')) ?? '';
  const source = textOf(get(item, 'source'));
  if (type === 'tmpfs') {
    const size = textOf(get(item, 'tmpfs', 'size'));
    const mode = get(item, 'tmpfs', 'mode');
    const octal = mode?.kind === 'leaf' ? (mode.source ?? textOf(mode)) : undefined;
    const options = [
      ...(size === undefined ? [] : [`size=${Math.round((mebibytes(size) ?? 0) * 1024 ** 2)}`]),
      ...(octal === undefined ? [] : [`mode=${octal.replace(/^0o?/, '')}`]),
    ];
    all.tmpfs[target] = options.join(',');
    return;
  }
  if (type !== 'bind' && type !== 'volume') {
    notices.error(item, 'volumes', `there are no volumes of type ${type}: bind, volume and tmpfs`);
    return;
  }
  if (get(item, 'volume', 'subpath'))
    notices.error(item, 'volumes', 'a part of a volume can’t be mounted alone');
  const others = [
    ...[...entriesOf(item).keys()].filter((key) => !KNOWN.has(key) && !key.startsWith('x-')),
    ...['propagation', 'selinux', 'recursive']
      .filter((key) => get(item, 'bind', key))
      .map((key) => `bind.${key}`),
    ...['nocopy', 'labels'].filter((key) => get(item, 'volume', key)).map((key) => `volume.${key}`),
  ];
  if (others.length > 0) notices.warning(item, 'volumes', `the option ${others.join(', ')} is ignored`);
  if (source === undefined) {
    all.volumes.push({
      source: nameOf(`${context.name}${target.replaceAll(/[^A-Za-z0-9]+/g, '_')}`, context),
      target,
    });
    return;
  }
  // By default the long way wants the folder to be there; Compose itself makes it all the same.
  const mustExist = type === 'bind' && textOf(get(item, 'bind', 'create_host_path')) === 'false';
  const from = type === 'bind' && !isFolder(source) ? `./${source}` : source;
  add(item, context, all, { source: from, target, readOnly: isTrue(get(item, 'read_only')), mustExist });
}
