/** The list of plugins: what was added, of which version, and how it is. */
import type { PluginInfo } from '../../wire/messages/plugin.ts';
import { age } from './figures.ts';
import { naturalKey } from './natural.ts';
import { column, type Table } from './table.ts';

export const PLUGIN_COLUMNS = [
  column<PluginInfo>('name', 'NAME', 0, ({ name }) => name),
  column<PluginInfo>('version', 'VERSION', 0, ({ version }) => version),
  column<PluginInfo>('state', 'STATE', 0, ({ state, why }) => (why === '' ? state : `${state}: ${why}`), {
    min: 30,
  }),
  column<PluginInfo>('since', 'SINCE', 2, ({ since }, _, now) => age(now - since), { align: 'right' }),
  column<PluginInfo>('jobs', 'JOBS', 1, ({ jobs }) => String(jobs), { align: 'right' }),
  column<PluginInfo>('source', 'SOURCE', 3, ({ source }) => source, { min: 12, want: 24, cutAt: 'middle' }),
];

const TONES = { running: 'good', starting: 'busy', failing: 'bad' } as const;

/** Known only while somebody asks for them. */
export const plugins: Table<PluginInfo> = {
  name: 'plugins',
  singular: 'plugin',
  toned: 'state',
  order: 'name',
  list: ({ told }) => told?.plugins ?? [],
  id: ({ name }) => name,
  title: ({ name }) => name,
  tone: ({ state }) => TONES[state],
  over: () => false,
  rank: ({ state }) => (state === 'failing' ? 0 : 1),
  columns: () =>
    PLUGIN_COLUMNS.map((one) =>
      one.key === 'name' ? { ...one, letter: 'N', sort: ({ name }) => naturalKey(name) } : one,
    ),
};
