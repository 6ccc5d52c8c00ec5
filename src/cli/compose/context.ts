/** What the parts of a service are turned into fields of a job with: the service itself, its application, and who hears remarks. */
import type { Json } from '../../core/json.ts';
import type { Application, ComposeOptions } from './load.ts';
import type { Notices } from './notices.ts';
import { type Group, get, itemsOf, type Tree, textOf } from './tree.ts';
import { mebibytes, milliseconds } from './units.ts';

export type Fields = Record<string, Json>;

export interface Context {
  readonly name: string;
  readonly service: Group;
  readonly application: Application;
  readonly notices: Notices;
  /** The job that each service becomes. */
  readonly jobs: ReadonlyMap<string, string>;
  /** It may run on several machines: nobody finds it by name, and it keeps no data there. */
  readonly anywhere: boolean;
  readonly kind: string;
  readonly options: ComposeOptions;
}

export const at = ({ service }: Context, ...path: readonly string[]): Tree | undefined =>
  get(service, ...path);

export const words = (tree: Tree | undefined): string[] => itemsOf(tree).map((item) => textOf(item) ?? '');

/** With a remark where it is none. */
export function timeAt(context: Context, ...path: readonly string[]): number | undefined {
  const tree = at(context, ...path);
  const text = textOf(tree);
  if (tree === undefined || text === undefined) return undefined;
  const time = milliseconds(text);
  if (time === undefined) context.notices.error(tree, path.join('.'), `"${text}" is no time such as 1m30s`);
  return time;
}

/** MiB */
export function sizeAt(context: Context, ...path: readonly string[]): number | undefined {
  const tree = at(context, ...path);
  const text = textOf(tree);
  if (tree === undefined || text === undefined) return undefined;
  const size = mebibytes(text);
  if (size === undefined) context.notices.error(tree, path.join('.'), `"${text}" is no size such as 512m`);
  return size;
}

export function numberAt(context: Context, ...path: readonly string[]): number | undefined {
  const tree = at(context, ...path);
  const text = textOf(tree);
  if (tree === undefined || text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isNaN(number)) return number;
  context.notices.error(tree, path.join('.'), `"${text}" is no number`);
  return undefined;
}

/** Without what is not said. */
export const said = (fields: Record<string, Json | undefined>): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;

/** Undefined where there is nothing in it. */
export const some = <T extends Json>(value: T): T | undefined =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0 ? undefined : value;
