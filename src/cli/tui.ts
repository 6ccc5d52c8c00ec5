/** The screen and the prompt on a client, with the person's own files; `tender` alone opens the screen. */
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { Client } from '../client/client.ts';
import type { ReplTools } from '../repl/create-repl.ts';
import type { ThemeName } from '../tui/palette.ts';
import type { KnownSettings } from '../tui/settings.ts';
import { keepCompiled } from './compiled.ts';
import { chosenContext, listContexts } from './contexts.ts';
import { configFolder } from './folders.ts';
import { type Global, withClient, withOpening } from './session.ts';

export interface ScreenOptions {
  readonly readOnly?: boolean;
  readonly theme?: ThemeName | undefined;
  readonly contextName?: string | undefined;
  readonly contexts?: readonly string[];
  readonly settings?: KnownSettings;
  /** Shown at the bottom as soon as it is known; empty: nothing. */
  readonly notice?: Promise<string>;
  /** What to begin with, as after a `:`. */
  readonly begin?: string;
  /** The screen is there before the cluster is; when this rejects it ends with that. */
  readonly ready?: Promise<void>;
}

/**
 * A replica of ten thousand tasks that changes all the time makes much garbage. Left alone the heap grows to several times
 * of what is in use before any is taken out; these keep it near to that, for the same time on the processor.
 */
const SMALL_HEAP = ['--semi-space-growth-factor=1', '--heap-growing-percent=40'] as const;

/** @returns the cluster to go on to, where the user has asked for another one */
export async function showScreen(client: Client, options: ScreenOptions): Promise<string | undefined> {
  for (const flag of SMALL_HEAP) setFlagsFromString(flag);
  keepCompiled();
  const { runTui } = await import('../tui/run-tui.ts');
  const settings = options.settings ?? (await settingsHere());
  const memoryFile = join(configFolder(), 'screen.json');
  return runTui({ client, memoryFile, ...options, settings, repl: () => replTools(client) });
}

/** What prompts and scripts can do that takes more than a client. */
export async function replTools(client: Client): Promise<ReplTools> {
  const [{ ownFrameworks }, { jobsFrom, PLAIN, placed, tell }] = await Promise.all([
    import('./own-framework.ts'),
    import('./file-jobs.ts'),
  ]);
  return {
    historyFile: join(configFolder(), 'history'),
    rcFile: join(configFolder(), 'rc'),
    readJobs: async (file, note) => {
      const from = await jobsFrom(file, PLAIN);
      await tell(from, note);
      return (await placed(client, from, undefined, note)).map(({ spec }) => spec);
    },
    startFramework: ownFrameworks(client),
  };
}

async function settingsHere(): Promise<KnownSettings> {
  const { readSettings } = await import('../tui/settings.ts');
  return readSettings(join(configFolder(), 'config.yaml'));
}

/** The cluster is that of the command line, of the environment, of the settings, or the one last used. */
export async function tui(options: ScreenOptions, global: Global): Promise<void> {
  // Of all commands the one with the most code: a sixth of its start would be compiling.
  keepCompiled();
  const settings = await settingsHere();
  const wished = global.context ?? process.env['TENDER_CONTEXT'] ?? settings.settings.context;
  let next: string | undefined = chosenContext(wished).name;
  while (next !== undefined) {
    const contextName: string = next;
    const contexts = listContexts().map(({ name }) => name);
    next = await withOpening({ ...global, context: contextName }, (client, ready) =>
      showScreen(client, { ...options, contextName, contexts, settings, ready }),
    );
  }
}

export const repl = (readOnly: boolean, global: Global): Promise<void> =>
  withClient(global, async (client) => {
    const { startRepl } = await import('../repl/start-repl.ts');
    const { VIEWS } = await import('../tui/views.ts');
    await startRepl(client, {
      readOnly,
      ...(await replTools(client)),
      screen: {
        views: VIEWS.map(({ name }) => name),
        open: async (begin) => {
          await showScreen(client, { readOnly, begin });
        },
      },
    });
  });
