/** `tender plugin`: frameworks of your own, run by the master in processes of their own. */
import type { Client } from '../client/client.ts';
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
import { counted } from '../client/tables.ts';
import type { FrameworkId } from '../core/task.ts';
import { type ListGlobal, showList } from './listing.ts';
import { printJson, rowsText } from './output.ts';
import { type Global, withClient } from './session.ts';
import { agrees, whatGoes } from './teardown.ts';

export function addOne(source: string, global: Global): Promise<void> {
  return withClient(global, async (client) => {
    const plugin = await addPlugin(client, source);
    if (global.json) return printJson(plugin);
    console.log(`plugin ${plugin.name} ${plugin.version} runs${kindsOf(client, plugin)}`);
  });
}

function kindsOf({ state }: Client, { name }: PluginInfo): string {
  const kinds = state.frameworks.get(name as FrameworkId)?.kinds ?? [];
  return kinds.length === 0 ? '' : ` and takes jobs of kind ${kinds.join(', ')}`;
}

export function list(global: ListGlobal): Promise<void> {
  return showList(global, async (client) => {
    const plugins = await listPlugins(client);
    return {
      value: plugins,
      names: plugins.map(({ name }) => name),
      text: rowsText(client, PLUGIN_COLUMNS, plugins),
      empty: 'No plugin was added. Add one with: tender plugin add FOLDER (docs/plugins.md)',
    };
  });
}

export function upgrade(name: string, source: string | undefined, global: Global): Promise<void> {
  return withClient(global, async (client) => {
    const plugin = await upgradePlugin(client, name, source);
    if (global.json) return printJson(plugin);
    console.log(
      plugin.changed
        ? `plugin ${name} is ${plugin.version} now; its tasks go on`
        : `plugin ${name} runs this code already`,
    );
  });
}

/** @param force also one that has jobs: they end, and whoever is there is asked, unless `yes` */
export function remove(
  name: string,
  { force, yes }: { readonly force: boolean; readonly yes: boolean },
  global: Global,
): Promise<void> {
  return withClient(global, async (client) => {
    const { jobs } = await pluginNamed(client, name);
    if (jobs > 0 && force && !yes) await agrees(name, whatGoes(client, name as FrameworkId));
    await removePlugin(client, name, force);
    if (global.json) printJson({ removed: name });
    else console.log(`plugin ${name} is removed${jobs > 0 ? ` with ${counted(jobs, 'job')}` : ''}`);
  });
}

export function logs(
  name: string,
  options: { readonly follow: boolean; readonly tail: number | undefined },
  global: Global,
): Promise<void> {
  return withClient(global, async (client) => {
    await pluginNamed(client, name);
    let rest = '';
    const line = (text: string): void =>
      console.log(global.json ? JSON.stringify({ plugin: name, line: text }) : text);
    for await (const text of pluginLogs(client, name, options)) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const one of lines) line(one);
    }
    if (rest !== '') line(rest);
  });
}
