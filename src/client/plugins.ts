/** What people do with plugins, once for all faces. */
import { TenderError } from '../core/errors.ts';
import type { PluginInfo, PluginUpload } from '../wire/messages/plugin.ts';
import type { Client } from './client.ts';
import { meant } from './names.ts';
import { fetchPlugin } from './plugin-code/fetch.ts';

export type { PluginInfo } from '../wire/messages/plugin.ts';

/** Characters of the code in one message: far below its limit. */
const PIECE = 900_000;

/** @param source a folder, or a package that npm finds @throws TenderError `plugin.…` */
export const addPlugin = async (client: Client, source: string): Promise<PluginInfo> =>
  client.request('plugin.add', await uploaded(client, source));

/** @param source default: where it came from */
export async function upgradePlugin(
  client: Client,
  name: string,
  source?: string,
): Promise<PluginInfo & { readonly changed: boolean }> {
  const known = await pluginNamed(client, name);
  const from = source ?? known.source;
  return client.request('plugin.upgrade', { name, ...(await uploaded(client, from)) });
}

/** @param force with its jobs and tasks @throws TenderError `plugin.unknown`, `plugin.has_jobs` */
export async function removePlugin(client: Client, name: string, force = false): Promise<void> {
  await client.request('plugin.remove', { name, force });
}

/** By name. */
export async function listPlugins(client: Client): Promise<PluginInfo[]> {
  return (await client.request('plugin.list', {})).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What its process has written; following goes on until it is left. */
export async function* pluginLogs(
  client: Client,
  name: string,
  { follow = false, tail }: { readonly follow?: boolean; readonly tail?: number | undefined } = {},
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  readings += 1;
  const request = { name, reading: String(readings), follow, tail };
  let isOver = false;
  try {
    while (!isOver) {
      const { bytes, more } = await client.request('plugin.logs', request);
      isOver = !more;
      if (bytes !== '') yield decoder.decode(Buffer.from(bytes, 'base64'), { stream: true });
    }
  } finally {
    if (!isOver) client.request('plugin.logs', { ...request, done: true }).catch(() => {});
  }
}
/** So many were begun: each has a number of its own. */
let readings = 0;

/** @throws TenderError `plugin.unknown` */
export async function pluginNamed(client: Client, name: string): Promise<PluginInfo> {
  const all = await listPlugins(client);
  const found = all.find((plugin) => plugin.name === name);
  if (found) return found;
  const known = all.map((plugin) => plugin.name);
  throw new TenderError('plugin.unknown', { name, hint: meant(name, known) });
}

async function uploaded(client: Client, source: string): Promise<PluginUpload> {
  const { code, ...upload } = await fetchPlugin(source);
  for (let from = 0; from < code.length; from += PIECE)
    await client.request('plugin.upload', { from, piece: code.slice(from, from + PIECE) });
  return upload;
}
