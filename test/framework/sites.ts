/** Agents and offers to place instances on, in few words; and what came of it. */
import type { Offer } from '../../src/core/cluster.ts';
import { type Constraint, parseCondition, parseConstraint } from '../../src/core/constraint.ts';
import { gateText } from '../../src/core/gate-text.ts';
import type { Blocked } from '../../src/core/obstacles.ts';
import { resourcesOf } from '../../src/core/resources.ts';
import { parseResources } from '../../src/core/resources-text.ts';
import type { AgentId, FrameworkId, OfferId } from '../../src/core/task.ts';
import { type Placements, place, type Wanted } from '../../src/framework/place.ts';
import type { Affinity } from '../../src/framework/wanted.ts';
import type { AgentView } from '../../src/wire/messages/framework.ts';

export const ROLE = 'web';
const TOTAL = 'cpus:4;mem:4096;disk:1000;ports:[31000-31009]';

export interface Machine {
  readonly attributes?: Readonly<Record<string, string>>;
  readonly total?: string;
  readonly more?: Partial<AgentView>;
}

/** By name; an agent's id is its name. */
export function viewsOf(machines: Readonly<Record<string, Machine>>): Map<AgentId, AgentView> {
  return new Map(
    Object.entries(machines).map(([name, { attributes = {}, total = TOTAL, more }]) => [
      name as AgentId,
      {
        id: name as AgentId,
        name,
        state: 'ready',
        attributes,
        executors: [{ kind: 'process', available: true, detail: '' }],
        total: parseResources(total),
        ...more,
      },
    ]),
  );
}

/** All that each agent has. */
export const offersOf = (views: ReadonlyMap<AgentId, AgentView>): Offer[] =>
  [...views.values()].map(({ id, total }) => offerOf(id, total));

export const offerOf = (agent: string, resources: Offer['resources'], id = agent): Offer => ({
  id: id as OfferId,
  framework: 'f' as FrameworkId,
  role: ROLE,
  agent: agent as AgentId,
  resources,
  at: 0,
  expiresAt: 0,
});

/** Of a job, 1 cpu each. */
export const instances = (count: number, more: Partial<Wanted> = {}, job = 'web'): Wanted[] =>
  Array.from({ length: count }, (_, i) => ({
    key: `${job}.${i}`,
    job,
    executor: 'process',
    demand: resourcesOf({ cpus: 1000, mem: 64_000 }),
    ports: {},
    ...more,
  }));

export const rules = (...lines: string[]): Constraint[] => lines.map(parseConstraint);

export const wishes = (weights: Readonly<Record<string, number>>): Affinity[] =>
  Object.entries(weights).map(([line, weight]) => ({ condition: parseCondition(line), weight }));

export const placed = (
  wanted: readonly Wanted[],
  views: ReadonlyMap<AgentId, AgentView>,
  running: Readonly<Record<string, number>> = {},
  offers = offersOf(views),
): Placements =>
  place(
    wanted,
    offers,
    views,
    (_, agent) => running[agent] ?? 0,
    () => 0,
  );

/** Instances by agent. */
export const countsOf = ({ groups }: Placements): Record<string, number> =>
  Object.fromEntries(groups.map(({ placements }) => [placements[0]!.agent, placements.length]));

/** In the order in which they were placed. */
export const agentsOf = ({ groups }: Placements, wanted: readonly Wanted[]): (string | undefined)[] => {
  const all = groups.flatMap(({ placements }) => placements);
  return wanted.map(({ key }) => all.find(({ wanted: one }) => one.key === key)?.agent);
};

export const reasonsIn = (blocked: readonly Blocked[]): Record<string, string[]> =>
  Object.fromEntries(blocked.map(({ agent, by }) => [agent ?? '', by.map((one) => gateText(one, 0))]));
