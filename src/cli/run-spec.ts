/** The words of `tender run` as a job spec. Nothing is defaulted here: that is the framework's. */
import { basename, resolve } from 'node:path';
import { TenderError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';

export interface RunOptions {
  readonly name?: string | undefined;
  readonly count?: string | undefined;
  readonly cpus?: string | undefined;
  readonly mem?: string | undefined;
  readonly publish: readonly string[];
  readonly env: readonly string[];
  readonly volume: readonly string[];
  readonly constraint: readonly string[];
  readonly device: readonly string[];
  readonly platform?: string | undefined;
  readonly health?: string | undefined;
  readonly role?: string | undefined;
  readonly priority?: string | undefined;
  readonly cwd?: string | undefined;
}

type Spec = { readonly name: string; readonly [key: string]: Json };

/**
 * @param program the words came after `--`: a plain program instead of an image
 * @param taken whether a job of this name exists, so that a name made up here is a new one
 * @throws TenderError `usage`
 */
export function runSpec(
  words: readonly string[],
  program: boolean,
  options: RunOptions,
  taken: (name: string) => boolean,
): Spec {
  const [first, ...rest] = words;
  if (first === undefined)
    throw new TenderError('usage', { cause: 'expected IMAGE [ARG…], or -- COMMAND [ARG…]' });
  const what: { readonly [key: string]: Json } = program
    ? { command: [first.includes('/') ? resolve(first) : first, ...rest], cwd: options.cwd ?? process.cwd() }
    : {
        image: first,
        ...(rest.length > 0 ? { command: rest } : {}),
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      };
  return {
    name: options.name ?? freeName(nameFor(first), taken),
    ...what,
    ...(options.count === undefined ? {} : { count: numberOf('--count', options.count) }),
    ...(options.cpus === undefined ? {} : { cpus: numberOf('--cpus', options.cpus) }),
    ...(options.mem === undefined ? {} : { mem: sizeOf(options.mem) }),
    ...(options.role === undefined ? {} : { role: options.role }),
    ...(options.priority === undefined ? {} : { priority: numberOf('--priority', options.priority) }),
    ...(options.health === undefined ? {} : { health: { http: options.health } }),
    ports: Object.fromEntries(options.publish.map((text) => portOf(text, program))),
    env: Object.fromEntries(options.env.map(envOf)),
    volumes: options.volume.map(volumeOf),
    ...(options.constraint.length === 0 ? {} : { constraints: options.constraint }),
    ...(options.device.length === 0 ? {} : { devices: options.device }),
    ...(options.platform === undefined ? {} : { platform: options.platform }),
  };
}

/** `registry/nginx:1.27` → `nginx`; `./server.sh` → `server`. */
const nameFor = (word: string): string =>
  basename(word)
    .replace(/[:@.].*$/, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, '-')
    .replace(/^[^a-z]+/, '') || 'job';

function freeName(base: string, taken: (name: string) => boolean): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? base : `${base}-${n}`;
    if (!taken(name)) return name;
  }
}

export function numberOf(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value))
    throw new TenderError('usage', { cause: `${option} expects a number, found "${text}"` });
  return value;
}

/** Plain figures are MiB; units are read where the job is checked. */
const sizeOf = (text: string): Json => (/^[\d.]+$/.test(text) ? Number(text) : text);

/** `[NAME:][HOST:]PORT`; of a plain program just `NAME`, which gets a free port in `$PORT_NAME`. */
function portOf(text: string, program: boolean): [string, Json] {
  const parts = text.split(':');
  const numbers = parts.filter((part) => /^\d+$/.test(part)).map(Number);
  const names = parts.filter((part) => !/^\d+$/.test(part));
  const [name = `p${numbers.at(-1)}`] = names;
  const wrong = names.length > 1 || numbers.length > 2 || (names.length === 1 && parts[0] !== name);
  if (wrong || (numbers.length === 0 && !program))
    throw new TenderError('usage', {
      cause: `-p expects [NAME:][HOST:]PORT such as http:80 or 8080:80, found "${text}"`,
    });
  if (numbers.length === 0) return [name, 'auto'];
  if (program) return [name, { host: numbers[0]! }];
  return [name, numbers.length === 2 ? { host: numbers[0]!, container: numbers[1]! } : numbers[0]!];
}

function envOf(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  const own = process.env[text];
  if (own === undefined)
    throw new TenderError('usage', {
      cause: `-e expects NAME=VALUE, or the name of a variable that is set here; found "${text}"`,
    });
  return [text, own];
}

function volumeOf(text: string): Json {
  const [source, target, mode] = text.split(':');
  if (!source || !target || (mode !== undefined && mode !== 'ro' && mode !== 'rw'))
    throw new TenderError('usage', { cause: `-v expects SOURCE:TARGET[:ro], found "${text}"` });
  return { source: source.startsWith('.') ? resolve(source) : source, target, readOnly: mode === 'ro' };
}
