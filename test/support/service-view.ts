/** A service as its kind sees it, for tests of what it decides: ten instances of `web`, or whatever a test says. */
import { NOTHING_REMEMBERED, type ServiceMemory } from '../../plugins/service/memory.ts';
import { type ServiceSpec, serviceSchema } from '../../plugins/service/spec.ts';
import type { Json } from '../../src/core/json.ts';
import type { AgentId, TaskId } from '../../src/core/task.ts';
import type { TaskState } from '../../src/core/task-state.ts';
import type { Instance } from '../../src/framework/jobs/instance.ts';
import type { Version, View } from '../../src/framework/jobs/kind.ts';
import type { AgentView } from '../../src/wire/messages/framework.ts';

export type ServiceView = View<ServiceSpec, ServiceMemory>;

export const instanceOf = (
  index: number,
  state: TaskState = 'RUNNING',
  more: Partial<Instance> = {},
): Instance => ({
  task: `web.${index}-${more.launchedAt ?? index}` as TaskId,
  name: `web.${index}`,
  job: 'web',
  index,
  agent: 'a' as AgentId,
  version: 1,
  launchedAt: index,
  checked: false,
  state,
  healthy: undefined,
  message: '',
  since: 0,
  servesSince: state === 'RUNNING' ? 0 : undefined,
  ...more,
});

export interface Scene {
  /** Each as it was submitted; the last one is the job's. @default one with `count` */
  readonly specs?: readonly { readonly [key: string]: Json }[];
  readonly count?: number;
  readonly instances?: readonly Instance[];
  readonly memory?: ServiceMemory;
  readonly agents?: readonly Partial<AgentView>[];
  readonly stopping?: boolean;
  /** @default a minute after the start of all that runs */
  readonly now?: number;
}

export function viewOf({ count = 10, specs = [{ count }], ...scene }: Scene): ServiceView {
  const versions = new Map(
    specs.map((more, i): [number, Version<ServiceSpec>] => {
      const input = { name: 'web', command: ['serve'], ...more };
      return [i + 1, { spec: serviceSchema.parse(input), input, at: 0 }];
    }),
  );
  const version = specs.length;
  const { spec, input } = versions.get(version)!;
  const { instances = [], memory = NOTHING_REMEMBERED, agents = [], stopping = false, now = 60_000 } = scene;
  return {
    job: { spec, input, version, stopping, memory },
    instances,
    versions,
    agents: new Map(agents.map((agent) => [agent.id!, agent as AgentView])),
    unsettled: [],
    others: new Map(),
    now,
  };
}
