/** What a large cluster takes: its agents, and ten tasks on each, of many frameworks in several roles. */
import { HierarchicalAllocator } from '../../src/core/allocator/hierarchical-allocator.ts';
import { resourcesOf } from '../../src/core/resources.ts';
import type { AgentId, FrameworkId } from '../../src/core/task.ts';
import { amount, compare, detail, megabytes, table } from './comparison.ts';
import { type Held, held, since } from './held.ts';
import type { Part } from './part.ts';
import { seeded } from './seeded.ts';
import { grouped, once, timed } from './spread.ts';

const AGENTS = 50_000;
const TASKS_EACH = 10;
const FRAMEWORKS = 100;
const ROLES = 20;
const TARGET = 400;

const WHAT = `${grouped(AGENTS)} agents, ${grouped(AGENTS * TASKS_EACH)} tasks`;

export const part: Part = {
  runs: () => [[]],
  measure() {
    table(`Memory: ${WHAT} of ${FRAMEWORKS} frameworks in ${ROLES} roles`);
    const before = held();
    const allocator = new HierarchicalAllocator({ random: seeded() });
    compare('agents, frameworks and tasks are told', once(timed(() => fill(allocator))));
    print('', before, held(), TARGET);
    const cycle = timed(() => allocator.allocate(0));
    compare('one allocation, every agent offered', once(cycle));
    print(', all offered', before, held());
    allocator.order(); // it is still in use: what was measured includes it
  },
};

function fill(allocator: HierarchicalAllocator): void {
  const agents = Array.from({ length: AGENTS }, (_, i) => `agent-${i}` as AgentId);
  const total = resourcesOf(
    { cpus: 24_000, mem: 65_536_000, disk: 512_000_000 },
    { ports: [[31000, 32000]] },
  );
  const clients = Array.from({ length: FRAMEWORKS }, (_, i) => ({
    framework: `framework-${i}` as FrameworkId,
    role: `role-${i % ROLES}`,
  }));
  for (const { framework, role } of clients) allocator.setFramework(framework, [role]);
  for (const [a, agent] of agents.entries()) {
    allocator.setAgent(agent, total);
    for (let t = 0; t < TASKS_EACH; t++) {
      const client = clients[(a * TASKS_EACH + t) % FRAMEWORKS]!;
      const port = 31000 + 2 * t;
      const resources = resourcesOf(
        { cpus: 1000 + t, mem: 2_048_000, disk: 1_024_000 },
        { ports: [[port, port]] },
      );
      allocator.use({ ...client, agent, resources });
    }
  }
}

function print(what: string, before: Held, now: Held, target?: number): void {
  const more = since(before, now);
  amount(`${WHAT}${what}: RSS over the empty process`, more.rss, target);
  amount(`${WHAT}${what}: heap over the empty process`, more.heap + more.buffers, target);
  detail(`objects ${megabytes(more.heap)}, typed arrays ${megabytes(more.buffers)}`);
}
