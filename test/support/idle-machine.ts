/** What an agent measures on a machine where nothing is used, and its disk has room for everything. */
import type { AgentOptions } from '../../src/agent/agent.ts';

const SIZE = 2 ** 40;

export const idleMachine: Pick<AgentOptions, 'measure' | 'rooms'> = {
  measure: async () => ({ cpus: 0, mem: 0, disk: 0, netIn: 0, netOut: 0, load: 0 }),
  rooms: () => [{ folder: '/state', free: SIZE, size: SIZE }],
};
