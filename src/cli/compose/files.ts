/** Configs and secrets as files that are laid into the container. */
import { resolve } from 'node:path';
import type { Json } from '../../core/json.ts';
import { unreadable } from '../unreadable.ts';
import { type Context, said } from './context.ts';
import { get, itemsOf, type Tree, textOf } from './tree.ts';

interface Sort {
  readonly key: 'configs' | 'secrets';
  readonly folder: string;
}

const SORTS: readonly Sort[] = [
  { key: 'configs', folder: '/' },
  { key: 'secrets', folder: '/run/secrets/' },
];

export const filesOf = (context: Context): Json[] =>
  SORTS.flatMap((sort) =>
    itemsOf(get(context.service, sort.key)).flatMap((item) => fileOf(item, sort, context) ?? []),
  );

function fileOf(item: Tree, { key, folder }: Sort, context: Context): Json | undefined {
  const source = textOf(item) ?? textOf(get(item, 'source')) ?? '';
  const declared = get(context.application.whole, key, source);
  if (!declared) {
    context.notices.error(item, key, `there is no "${source}" among the ${key} at the top of the file`);
    return undefined;
  }
  const content = contentOf(declared, `${key}.${source}`, context);
  if (content === undefined) return undefined;
  const target = textOf(get(item, 'target')) ?? source;
  const mode = get(item, 'mode');
  return said({
    path: target.startsWith('/') ? target : `${folder}${target}`,
    ...content,
    mode: mode?.kind === 'leaf' ? octal(mode.source ?? String(mode.value)) : undefined,
    uid: idAt(item, 'uid', context),
    gid: idAt(item, 'gid', context),
    secret: key === 'secrets' || undefined,
  });
}

/** As YAML 1.1 and people read it: with a leading zero it is octal. */
const octal = (text: string): number =>
  /^0o?[0-7]+$/.test(text) ? Number.parseInt(text.replace(/^0o?/, ''), 8) : Number(text);

function idAt(item: Tree, key: 'uid' | 'gid', { notices }: Context): number | undefined {
  const text = textOf(get(item, key));
  if (text === undefined || /^\d+$/.test(text)) return text === undefined ? undefined : Number(text);
  notices.error(get(item, key)!, key, `"${text}" is no number`);
  return undefined;
}

type Content = { readonly content: string; readonly base64?: true };

function contentOf(
  declared: Tree,
  key: string,
  { application, notices, options }: Context,
): Content | undefined {
  const inline = textOf(get(declared, 'content'));
  if (inline !== undefined) return { content: inline };
  const variable = get(declared, 'environment');
  if (variable) {
    const value = application.variable(textOf(variable) ?? '');
    if (value !== undefined) return { content: value };
    notices.error(variable, `${key}.environment`, `the variable ${textOf(variable)} is not set`);
    return undefined;
  }
  const file = get(declared, 'file');
  if (!file) {
    // That it is external is remarked already.
    if (!get(declared, 'external')) notices.error(declared, key, 'expected file, content or environment');
    return undefined;
  }
  const path = resolve(file.at.folder, textOf(file) ?? '');
  try {
    return asText(options.readBytes(path));
  } catch (error) {
    notices.error(file, `${key}.file`, `${path} cannot be read: ${unreadable(error)}`);
    return undefined;
  }
}

function asText(bytes: Uint8Array): Content {
  const text = Buffer.from(bytes).toString('utf8');
  return Buffer.from(text).equals(bytes)
    ? { content: text }
    : { content: Buffer.from(bytes).toString('base64'), base64: true };
}
