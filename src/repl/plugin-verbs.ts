/** `plugin.add` and its like: frameworks of one's own, from the prompt. */
import { inspect } from 'node:util';
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
import { layout, linesOf } from '../client/tables.ts';
import type { ClusterState } from '../core/cluster.ts';
import { TenderError } from '../core/errors.ts';
import type { Verb } from './verbs.ts';

/** Prints as the same table as `tender plugin ls`. */
class Plugins extends Array<PluginInfo> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  #state: ClusterState | undefined;

  static made(plugins: readonly PluginInfo[], state: ClusterState): Plugins {
    const list = new Plugins();
    list.push(...plugins);
    list.#state = state;
    return list;
  }

  [inspect.custom](): string {
    if (this.length === 0) return 'no plugin was added';
    const width = process.stdout.columns || 120;
    return linesOf(layout(PLUGIN_COLUMNS, this, width, { state: this.#state!, now: Date.now() }), width).join(
      '\n',
    );
  }
}

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
      ({ client }) =>
      async () =>
        Plugins.made(await listPlugins(client), client.state),
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
