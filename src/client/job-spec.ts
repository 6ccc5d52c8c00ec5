/** `run('nginx:1.27', {count: 3})` and `run({name, command: […]})` as the job spec that a framework gets. */
import { TenderError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';

export interface RunOptions {
  readonly name?: string;
  readonly kind?: string;
  readonly count?: number;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly cpus?: number;
  /** MiB. */
  readonly mem?: number;
  readonly role?: string;
  /** 0 to 100. */
  readonly priority?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly ports?: Readonly<Record<string, number>>;
  /** `['rack == r1', 'distinct_hosts']` */
  readonly constraints?: readonly string[];
  readonly devices?: readonly string[];
}

type Spec = Record<string, Json>;

/** `registry/path/nginx:1.27@sha…` → `nginx`. */
export const nameOfImage = (image: string): string =>
  (image.split('/').at(-1) ?? image)
    .replace(/[:@].*$/, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-');

const baseName = (path: string): string => nameOfImage(path).replace(/^-+|-+$/g, '');

/** What is not said is left out: defaults are the framework's. @throws TenderError `job.invalid` */
export function jobSpec(
  what: string | RunOptions,
  options: RunOptions = {},
): Spec & { readonly name: string } {
  const all: RunOptions = typeof what === 'string' ? { ...options, image: what } : { ...what, ...options };
  const { image, command } = all;
  if ((image === undefined) === (command === undefined))
    throw new TenderError('job.invalid', {
      path: 'run',
      expected: 'an image or a command',
      found: image === undefined ? 'neither' : 'both',
      hint: ", as in run('nginx', {name: 'web'}) or run({name: 'ticker', command: ['date']})",
    });
  const name = all.name ?? (image === undefined ? baseName(command?.[0] ?? '') : nameOfImage(image));
  const spec: Record<string, Json | undefined> = { ...(all as Spec), kind: all.kind ?? 'service', name };
  return Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined)) as Spec & {
    readonly name: string;
  };
}
