/**
 * A framework host: loads plugins from their folders and keeps a driver running for each. A plugin that fails is
 * started anew with growing waits, from what it has stored; the others do not notice, and its tasks go on.
 */
import { existsSync, readdirSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { entryOf } from '../client/plugin-code/manifest.ts';
import type { Timer } from '../core/clock.ts';
import { causeOf, TenderError } from '../core/errors.ts';
import { type Backoff, backoff } from '../wire/backoff.ts';
import { checkDefinition } from './check-definition.ts';
import type { FrameworkDefinition } from './define.ts';
import { Driver, type DriverOptions } from './driver.ts';

/** How a framework of this host is, as far as the host can tell. */
export type HostNews =
  | { readonly t: 'running' }
  | { readonly t: 'failed'; readonly why: string }
  /** Another process has subscribed under its name. */
  | { readonly t: 'replaced' };

export interface HostOptions extends Omit<DriverOptions, 'definition' | 'failed' | 'refused' | 'subscribed'> {
  readonly told?: (framework: string, news: HostNews) => void;
}

/** After running this long a failure counts as the first one again. */
const QUIET = 60_000;

/** Plugins say `import … from 'tender/framework'`, wherever they lie: it is this very program's. */
export function offerKit(kit: string): void {
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'tender/framework' ? { url: kit, shortCircuit: true } : next(specifier, context),
  });
}

/** The plugin folders directly below `root`. */
export const pluginsIn = (root: string): string[] =>
  existsSync(root)
    ? readdirSync(root)
        .sort()
        .map((name) => join(root, name))
        .filter((folder) => existsSync(join(folder, 'index.ts')))
    : [];

/**
 * @param known the file to start from (default: as the folder says)
 * @throws TenderError `framework.failed`
 */
export async function loadPlugin(folder: string, known?: string): Promise<FrameworkDefinition> {
  try {
    const entry = known ?? entryOf(folder);
    const module = (await import(pathToFileURL(join(folder, entry)).href)) as { default?: unknown };
    return checkDefinition(module.default, entry);
  } catch (error) {
    throw new TenderError('framework.failed', {
      name: folder,
      cause: placeOf(error, folder) + causeOf(error),
    });
  }
}

/** `index.ts:12: `, where that can be told. */
function placeOf(error: unknown, folder: string): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const at = stack.indexOf(`${folder}/`);
  const [place] = /^[^\s:]+:\d+/.exec(at < 0 ? '' : stack.slice(at + folder.length + 1)) ?? [];
  return place === undefined ? '' : `${place}: `;
}

export class Host {
  readonly #options: HostOptions;
  readonly #drivers = new Map<string, Driver>();
  readonly #waiting = new Set<Timer>();
  #closed = false;

  constructor(options: HostOptions) {
    this.#options = options;
  }

  run(definition: FrameworkDefinition): void {
    this.#start(definition, backoff(1_000, 60_000, this.#options.random));
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#waiting) timer.cancel();
    await Promise.all([...this.#drivers.values()].map((driver) => driver.close()));
  }

  #start(definition: FrameworkDefinition, waits: Backoff): void {
    const { clock, log, told = () => {} } = this.#options;
    const { name } = definition;
    const startedAt = clock.now();
    const driver = new Driver({
      ...this.#options,
      definition,
      subscribed: () => told(name, { t: 'running' }),
      refused: ({ message }) => told(name, { t: 'failed', why: message }),
      failed: (error) => {
        // Given a moment, so that its last words (what it failed of) get out.
        const timer = clock.after(100, () => {
          this.#waiting.delete(timer);
          void driver.close();
        });
        this.#waiting.add(timer);
        const isReplaced = error.code === 'framework.replaced';
        told(name, isReplaced ? { t: 'replaced' } : { t: 'failed', why: error.message });
        if (this.#closed || isReplaced) return log(error.message);
        if (clock.now() - startedAt > QUIET) waits.reset();
        const wait = waits.next();
        log(`${error.message}; started anew in ${(wait / 1000).toFixed(1)} s`);
        const again = clock.after(wait, () => {
          this.#waiting.delete(again);
          if (!this.#closed) this.#start(definition, waits);
        });
        this.#waiting.add(again);
      },
    });
    this.#drivers.set(name, driver);
  }
}
