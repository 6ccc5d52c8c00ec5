/** Variables and labels of a service: its files first, what it says itself over them. */
import { resolve } from 'node:path';
import { TenderError } from '../../core/errors.ts';
import { unreadable } from '../unreadable.ts';
import { at, type Context } from './context.ts';
import { readDotenv } from './dotenv.ts';
import { entriesOf, get, isNothing, itemsOf, type Tree, textOf } from './tree.ts';

export function environmentOf(context: Context): Record<string, string> {
  const { application } = context;
  const env: Record<string, string> = {};
  for (const item of itemsOf(at(context, 'env_file')))
    Object.assign(env, fromFile(item, 'env_file', context));
  for (const [name, value] of entriesOf(at(context, 'environment'))) {
    const text = isNothing(value) ? application.variable(name) : textOf(value);
    if (text !== undefined) env[name] = text;
  }
  return env;
}

export function labelsOf(context: Context): Record<string, string> {
  const { application, name } = context;
  const labels: Record<string, string> = {};
  for (const item of itemsOf(at(context, 'label_file')))
    Object.assign(labels, fromFile(item, 'label_file', context));
  for (const path of [['labels'], ['deploy', 'labels']])
    for (const [label, value] of entriesOf(at(context, ...path))) labels[label] = textOf(value) ?? '';
  return { ...labels, 'com.docker.compose.project': application.name, 'com.docker.compose.service': name };
}

function fromFile(
  item: Tree,
  key: string,
  { application, options, notices }: Context,
): Record<string, string> {
  const path = resolve(item.at.folder, textOf(item) ?? textOf(get(item, 'path')) ?? '');
  let text: string;
  try {
    text = options.read(path);
  } catch (error) {
    if (textOf(get(item, 'required')) !== 'false')
      notices.error(item, key, `${path} cannot be read: ${unreadable(error)}`);
    return {};
  }
  try {
    const raw = textOf(get(item, 'format')) === 'raw';
    return Object.fromEntries(readDotenv(text, path, (name) => application.variable(name), raw));
  } catch (error) {
    if (!(error instanceof TenderError)) throw error;
    notices.error(item, key, error.message);
    return {};
  }
}
