/** `plugin.add` and its like: frameworks of one's own, from the prompt. */
import {
  addPlugin,
  listPlugins,
  type PluginInfo,
  pluginLogs,
  pluginNamed,
  removePlugin,
  upgradePlugin,
} from '../client/plugins.ts';
import { PLUGIN_COLUMNS } from '../client/table/plugins.ts';
import { TenderError } from '../core/errors.ts';
import { printedAsTable } from './shown.ts';
import type { Verb } from './verb.ts';

const ADD_USAGE = "plugin.add('./lease')";

function needsWord(usage: string, word: unknown): void {
  if (typeof word !== 'string' || word === '')
    throw new TenderError('usage', { cause: `a name comes first, as in: ${usage}` });
}

export const PLUGIN_VERBS = {
  'plugin.ls': {
    usage: 'plugin.ls()',
    help: 'frameworks of your own that the master runs, and how they are',
    make:
      ({ client, look }) =>
      async () =>
        printedAsTable(await listPlugins(client), PLUGIN_COLUMNS, 'no plugin was added', look),
  },
  'plugin.add': {
    usage: ADD_USAGE,
    help: 'takes the code of a folder or a package as it is now, and runs it',
    changes: true,
    make:
      ({ client }) =>
      (source: string): Promise<PluginInfo> => {
        needsWord(ADD_USAGE, source);
        return addPlugin(client, source);
      },
  },
  'plugin.upgrade': {
    usage: "plugin.upgrade('lease') or plugin.upgrade('lease', './lease')",
    help: 'takes the code anew; where the new code does not start, the old goes on',
    changes: true,
    make:
      ({ client }) =>
      (name: string, source?: string): Promise<PluginInfo> => {
        needsWord("plugin.upgrade('lease')", name);
        return upgradePlugin(client, name, source);
      },
  },
  'plugin.rm': {
    usage: "plugin.rm('lease', {force: false})",
    help: 'removes one with all that it has stored; force: also with its jobs and tasks',
    options: ['force'],
    changes: true,
    make:
      ({ client }) =>
      async (name: string, { force = false }: { force?: boolean } = {}): Promise<void> => {
        needsWord("plugin.rm('lease')", name);
        await removePlugin(client, name, force);
      },
  },
  'plugin.logs': {
    usage: "plugin.logs('lease', {follow: true, tail: 20})",
    help: 'what its process has written; Ctrl-C ends following',
    options: ['follow', 'tail'],
    make:
      ({ client, write, onInterrupt }) =>
      async (name: string, options: { follow?: boolean; tail?: number } = {}): Promise<void> => {
        await pluginNamed(client, name);
        const output = pluginLogs(client, name, options);
        onInterrupt(() => void output.return());
        for await (const text of output) write(text);
      },
  },
} as const satisfies Record<string, Verb>;
