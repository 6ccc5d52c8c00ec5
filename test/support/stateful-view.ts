/** A database as its plugin sees it when it decides: three members, at home on three machines. */
import type { HomeRecord, StatefulMemory, StatefulView } from '../../plugins/stateful/memory.ts';
import { NOTHING_REMEMBERED } from '../../plugins/stateful/memory.ts';
import { statefulSchema } from '../../plugins/stateful/spec.ts';
import { reserved, resourcesOf } from '../../src/core/resources.ts';
import type { AgentId } from '../../src/core/task.ts';
import type { AgentView } from '../../src/wire/messages/framework.ts';
import { db } from './stateful-stage.ts';

export const NOW = 1_000_000;
export const agentOf = (index: number): AgentId => `a${index}` as AgentId;

export const homeOf = (index: number): HomeRecord => ({
  id: `db.${index}-x`,
  index,
  agent: agentOf(index),
  host: '127.0.0.1',
  ports: {},
  chosenAt: 0,
  used: true,
  joins: false,
});

/** What is set aside there for these homes. */
const agent = (index: number, homes: readonly string[]): AgentView =>
  ({
    id: agentOf(index),
    name: `n${index}`,
    state: 'ready',
    attributes: {},
    total: homes.flatMap((home) =>
      reserved(resourcesOf({ cpus: 500 }), {
        role: 'stateful',
        kind: 'dynamic',
        principal: 'stateful',
        labels: { home },
      }),
    ),
  }) as unknown as AgentView;

export function viewOf(memory: Partial<StatefulMemory>, more: object = {}, there = [0, 1, 2]): StatefulView {
  const spec = statefulSchema.parse(db(more as never));
  const version = { spec, input: null, at: 0 };
  const job = { spec, input: null, version: 1, stopping: false };
  return {
    job: { ...job, memory: { ...NOTHING_REMEMBERED, members: { 0: 1, 1: 1, 2: 1 }, ...memory } },
    instances: [],
    versions: new Map([[1, version]]),
    agents: new Map([0, 1, 2].map((n) => [agentOf(n), agent(n, there.includes(n) ? [homeOf(n).id] : [])])),
    unsettled: [],
    others: new Map(),
    now: NOW,
  };
}
