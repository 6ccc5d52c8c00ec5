/** The screen and the prompt on a client, with the person's own files; `tender` alone opens the screen. */
import { join } from 'node:path';
import type { Client } from '../client/client.ts';
import type { ReplTools } from '../repl/create-repl.ts';
import { configFolder } from './folders.ts';
import { type Global, withClient } from './session.ts';

export interface ScreenOptions {
  readonly readOnly?: boolean;
  /** Shown at the bottom as soon as it is known; empty: nothing. */
  readonly notice?: Promise<string>;
  /** What to begin with, as after a `:`. */
  readonly begin?: string;
}

export async function showScreen(client: Client, options: ScreenOptions): Promise<void> {
  const { runTui } = await import('../tui/run-tui.ts');
  await runTui({ client, ...options, repl: await replTools(client) });
}

/** What prompts and scripts can do that takes more than a client. */
export async function replTools(client: Client): Promise<ReplTools> {
  const [{ ownFrameworks }, { jobsFrom, PLAIN, placed }] = await Promise.all([
    import('./own-framework.ts'),
    import('./file-jobs.ts'),
  ]);
  return {
    historyFile: join(configFolder(), 'history'),
    rcFile: join(configFolder(), 'rc'),
    readJobs: async (file) =>
      (await placed(client, await jobsFrom(file, PLAIN), undefined)).map(({ spec }) => spec),
    startFramework: ownFrameworks(client),
  };
}

export const tui = (readOnly: boolean, global: Global): Promise<void> =>
  withClient(global, (client) => showScreen(client, { readOnly }));

export const repl = (readOnly: boolean, global: Global): Promise<void> =>
  withClient(global, async (client) => {
    const { startRepl } = await import('../repl/start-repl.ts');
    const { VIEWS } = await import('../tui/views.ts');
    await startRepl(client, {
      readOnly,
      ...(await replTools(client)),
      screen: {
        views: VIEWS.map(({ name }) => name),
        open: (begin) => showScreen(client, { readOnly, begin }),
      },
    });
  });
