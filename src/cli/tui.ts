/** The screen on a client, with the person's own files; `tender` alone opens it. */
import { join } from 'node:path';
import type { Client } from '../client/client.ts';
import { configFolder } from './folders.ts';
import { type Global, withClient } from './session.ts';

export interface ScreenOptions {
  readonly readOnly?: boolean;
  /** Shown at the bottom as soon as it is known; empty: nothing. */
  readonly notice?: Promise<string>;
}

export async function showScreen(client: Client, options: ScreenOptions): Promise<void> {
  const { runTui } = await import('../tui/run-tui.ts');
  await runTui({ client, ...options, ...personal() });
}

const personal = () => ({
  historyFile: join(configFolder(), 'history'),
  rcFile: join(configFolder(), 'rc.js'),
});

export const tui = (readOnly: boolean, global: Global): Promise<void> =>
  withClient(global, (client) => showScreen(client, { readOnly }));

export const repl = (readOnly: boolean, global: Global): Promise<void> =>
  withClient(global, async (client) => {
    const { startRepl } = await import('../repl/start-repl.ts');
    await startRepl(client, { readOnly, ...personal() });
  });
