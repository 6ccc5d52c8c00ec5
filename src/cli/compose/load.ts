/**
 * Compose files as one application: variables are replaced, each file is checked, services that extend others get what
 * those have, files that are included are added, several files are put over each other, and what belongs to no
 * active profile is left out.
 */
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { TenderError } from '../../core/errors.ts';
import { unreadable } from '../unreadable.ts';
import { readDotenv } from './dotenv.ts';
import { interpolate, type Variables } from './interpolate.ts';
import { clean, merge } from './merge.ts';
import type { Notices } from './notices.ts';
import { readYaml } from './read-yaml.ts';
import { inLongShape } from './shapes.ts';
import {
  entriesOf,
  type Group,
  get,
  group,
  itemsOf,
  type Place,
  placeText,
  type Tree,
  textOf,
} from './tree.ts';
import { validate } from './validate.ts';

export interface ComposeOptions {
  /** The first one is the base, the others lie over it. */
  readonly files: readonly string[];
  /** @default what the file says, or the name of its folder */
  readonly project?: string | undefined;
  readonly profiles?: readonly string[] | undefined;
  /** Of variables for the files themselves. @default .env in the folder of the first file */
  readonly envFiles?: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** @throws what reading throws */
  read(path: string): string;
  readBytes(path: string): Uint8Array;
}

export interface Application {
  readonly name: string;
  /** Of services that run. */
  readonly services: ReadonlyMap<string, Group>;
  /** All of it: networks, volumes, configs, secrets. */
  readonly whole: Group;
  /** Of the machine from which it is started, and of its files. */
  variable(name: string): string | undefined;
}

/** @throws TenderError `job.file` for what can't be read or understood at all */
export async function load(options: ComposeOptions, notices: Notices): Promise<Application> {
  const [first = ''] = options.files;
  const folder = first === '-' ? resolve('.') : dirname(resolve(first));
  const loader = new Loader(options, notices);
  const whole = await loader.whole(options.files, folder, options.envFiles, options.env);
  const variable = (name: string): string | undefined => options.env[name] ?? loader.ofFiles.get(name);
  const given = options.project ?? variable('COMPOSE_PROJECT_NAME') ?? textOf(get(whole, 'name'));
  const active = [...(options.profiles ?? []), ...(variable('COMPOSE_PROFILES') ?? '').split(',')];
  return {
    name: projectName(given ?? basename(folder)),
    services: activeServices(whole, new Set(active.filter(Boolean)), notices),
    whole,
    variable,
  };
}

/** As Compose has it; but names of jobs begin with a letter, and two folders `1` and `2` are two projects. */
function projectName(text: string): string {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '');
  return /^\d/.test(name) ? `p${name}` : name || 'project';
}

class Loader {
  readonly #options: ComposeOptions;
  readonly #notices: Notices;
  /** Variables of the application's own `.env`. */
  ofFiles: ReadonlyMap<string, string> = new Map();

  constructor(options: ComposeOptions, notices: Notices) {
    this.#options = options;
    this.#notices = notices;
  }

  /** @param above files that are being included, for what includes itself */
  async whole(
    files: readonly string[],
    folder: string,
    envFiles: readonly string[] | undefined,
    outer: ComposeOptions['env'],
    above: readonly string[] = [],
  ): Promise<Group> {
    const ofFiles = this.#variablesOf(envFiles, folder, outer);
    if (above.length === 0) this.ofFiles = ofFiles;
    const variables = this.#variables(outer, ofFiles);
    let whole: Tree | undefined;
    for (const file of files) {
      for (const document of this.#parse(file, folder, variables)) {
        await validate(document, this.#notices);
        const included = await this.#included(document, { ...outer, ...Object.fromEntries(ofFiles) }, [
          ...above,
          resolve(file),
        ]);
        const services = entriesOf(get(document, 'services'));
        const extended: [string, Tree][] = [];
        for (const [name, service] of services)
          extended.push([name, await this.#extended(name, service, document, variables, [])]);
        const own = group(
          [...(document as Group).entries].map(([key, value]) =>
            key === 'services' ? [key, { ...value, ...group(extended, value.at) }] : [key, value],
          ),
          document.at,
        );
        whole = merge(merge(included, whole), own);
      }
    }
    return (clean(whole) ?? group([], placeIn(files[0] ?? '', folder))) as Group;
  }

  #variablesOf(
    files: readonly string[] | undefined,
    folder: string,
    env: ComposeOptions['env'],
  ): Map<string, string> {
    const all = new Map<string, string>();
    for (const file of files ?? [join(folder, '.env')]) {
      const text = files ? this.#read(file) : this.#readIfThere(file);
      const before = (name: string): string | undefined => env[name] ?? all.get(name);
      if (text !== undefined)
        for (const [name, value] of readDotenv(text, file, before)) all.set(name, value);
    }
    return all;
  }

  #variables(env: ComposeOptions['env'], ofFiles: ReadonlyMap<string, string>): Variables {
    return {
      get: (name) => env[name] ?? ofFiles.get(name),
      unset: (name, tree) =>
        this.#notices.warning(tree, `$${name}`, 'this variable is not set: there is nothing in its place'),
    };
  }

  #parse(file: string, folder: string, variables: Variables): Tree[] {
    const documents = readYaml(this.#read(file), file, folder).map((tree) => interpolate(tree, variables));
    return documents.map((document) => {
      if (document.kind !== 'group')
        throw new TenderError('job.file', { file, cause: 'expected a Compose file' });
      const services = document.entries.get('services');
      if (services?.kind !== 'group') return document;
      const inShape = [...services.entries].map(([name, one]) => [name, inLongShape(one)] as const);
      const entries = new Map(document.entries).set('services', { ...services, entries: new Map(inShape) });
      return { ...document, entries };
    });
  }

  #read(file: string): string {
    try {
      return this.#options.read(file);
    } catch (error) {
      if (error instanceof TenderError) throw error; // of a file that was named on the command line
      throw new TenderError('job.file', { file, cause: unreadable(error) });
    }
  }

  #readIfThere(file: string): string | undefined {
    try {
      return this.#options.read(file);
    } catch {
      return undefined;
    }
  }

  async #included(
    document: Tree,
    outer: ComposeOptions['env'],
    above: readonly string[],
  ): Promise<Tree | undefined> {
    let all: Tree | undefined;
    for (const item of itemsOf(get(document, 'include'))) {
      const paths = itemsOf(item.kind === 'leaf' ? item : get(item, 'path')).map((one) =>
        resolve(item.at.folder, textOf(one) ?? ''),
      );
      const twice = paths.find((path) => above.includes(path));
      if (twice !== undefined)
        throw new TenderError('job.file', {
          file: placeText(item.at),
          cause: `${twice} would include itself`,
        });
      const given = textOf(get(item, 'project_directory'));
      const folder = given === undefined ? dirname(paths[0] ?? '.') : resolve(item.at.folder, given);
      const envFiles = itemsOf(get(item, 'env_file')).map((one) =>
        resolve(item.at.folder, textOf(one) ?? ''),
      );
      const included = await this.whole(paths, folder, envFiles.length > 0 ? envFiles : undefined, outer, [
        ...above,
        ...paths,
      ]);
      for (const name of entriesOf(get(included, 'services')).keys())
        if (get(all, 'services', name))
          this.#notices.error(item, 'include', `the service ${name} is there twice`);
      all = merge(all, without(included, 'name', 'include'));
    }
    return all;
  }

  /** With all that the services have which it extends. */
  async #extended(
    name: string,
    service: Tree,
    document: Tree,
    variables: Variables,
    seen: readonly string[],
  ): Promise<Tree> {
    const extending = get(service, 'extends');
    if (!extending) return service;
    const wanted = textOf(extending) ?? textOf(get(extending, 'service')) ?? '';
    const file = textOf(get(extending, 'file'));
    const path = file === undefined ? undefined : isAbsolute(file) ? file : join(extending.at.folder, file);
    const key = `${path ?? extending.at.file} ${wanted}`;
    if (seen.includes(key))
      throw new TenderError('job.file', {
        file: placeText(extending.at),
        cause: `${name} would extend itself`,
      });
    const from = path === undefined ? document : await this.#other(path, variables);
    const base = get(from, 'services', wanted);
    if (!base) {
      const cause = `there is no service "${wanted}" to extend${path === undefined ? '' : ` in ${path}`}`;
      throw new TenderError('job.file', { file: placeText(extending.at), cause });
    }
    const whole = await this.#extended(wanted, base, from as Tree, variables, [...seen, key]);
    return { ...merge(without(whole, 'extends'), without(service, 'extends'))!, at: service.at };
  }

  async #other(path: string, variables: Variables): Promise<Tree | undefined> {
    const [document] = this.#parse(path, dirname(path), variables);
    if (document) await validate(document, this.#notices);
    return document;
  }
}

const placeIn = (file: string, folder: string): Place => ({ file, line: 1, column: 1, folder });

function without(tree: Tree, ...keys: readonly string[]): Tree {
  if (tree.kind !== 'group') return tree;
  return { ...tree, entries: new Map([...tree.entries].filter(([key]) => !keys.includes(key))) };
}

function activeServices(whole: Group, active: ReadonlySet<string>, notices: Notices): Map<string, Group> {
  const all = entriesOf(get(whole, 'services'));
  const isActive = (service: Tree): boolean => {
    const profiles = itemsOf(get(service, 'profiles')).map((one) => textOf(one) ?? '');
    return profiles.length === 0 || active.has('*') || profiles.some((one) => active.has(one));
  };
  const services = new Map<string, Group>();
  for (const [name, service] of all) {
    if (!isActive(service)) continue;
    if (service.kind === 'group') services.set(name, service);
    else if (service.kind === 'leaf' && service.value === null) services.set(name, group([], service.at));
  }
  for (const service of services.values())
    for (const [needed, how] of entriesOf(get(service, 'depends_on'))) {
      if (services.has(needed) || textOf(get(how, 'required')) === 'false') continue;
      const inactive = all.get(needed);
      const profiles = itemsOf(get(inactive, 'profiles')).map((one) => textOf(one));
      const why = inactive
        ? `${needed} belongs to a profile that is not active: --profile ${profiles[0]}`
        : `there is no service "${needed}"`;
      notices.error(how, 'depends_on', why);
    }
  return services;
}
