/**
 * Runs one case of test/cases/allocator.json against the allocator: behaviour as data, in Mesos' own numbers. Only
 * `allocate` makes offers, and those made stay allocated; the other ops change the books. An op that the allocator does
 * not have (quota, order) is a problem like a wrong answer: the case does not pass.
 */
import type { Allocator, Share } from '../../src/core/allocator.ts';
import { FairAllocator } from '../../src/core/fair-allocator.ts';
import { formatResources, parseResources } from '../../src/core/resources-text.ts';
import type { AgentId, FrameworkId } from '../../src/core/task.ts';

interface ShareText {
  readonly framework: string;
  readonly role: string;
  readonly agent: string;
  readonly resources: string;
}

/** Resources as Mesos writes them: `cpus:2;mem:1024;cpus(role):4`, mem in MiB. */
type Step =
  | { readonly op: 'agent'; readonly id: string; readonly resources: string }
  | { readonly op: 'removeAgent'; readonly id: string }
  | { readonly op: 'framework'; readonly id: string; readonly roles: readonly string[] }
  | { readonly op: 'weight'; readonly role: string; readonly weight: number }
  | { readonly op: 'quota'; readonly role: string; readonly guarantee: string; readonly limit: string }
  | ({ readonly op: 'use' | 'recover' } & ShareText)
  | ({ readonly op: 'decline'; readonly refuseSeconds: number } & ShareText)
  | { readonly op: 'suppress' | 'revive'; readonly framework: string }
  | { readonly op: 'advance'; readonly seconds: number }
  | { readonly op: 'order'; readonly expect: readonly string[] }
  | { readonly op: 'allocate'; readonly expect?: readonly ShareText[] };

export interface Case {
  readonly name: string;
  readonly source: string;
  readonly steps: readonly Step[];
}

const shareOf = ({ framework, role, agent, resources }: ShareText): Share => ({
  framework: framework as FrameworkId,
  role,
  agent: agent as AgentId,
  resources: parseResources(resources),
});

/** A set of offers as one text: its order is free, resources are compared by value. */
const textOf = (offers: readonly Share[]): string =>
  offers
    .map(
      ({ framework, role, agent, resources }) =>
        `${framework} ${role} ${agent} ${formatResources(resources)}`,
    )
    .sort()
    .join(', ') || 'nothing';

/** @returns the first step that went otherwise, in words; undefined if none did */
export function runCase({ steps }: Case): string | undefined {
  const allocator: Allocator = new FairAllocator();
  let now = 0;
  for (const [index, step] of steps.entries()) {
    const problem = (said: string): string => `step ${index + 1} (${step.op}): ${said}`;
    switch (step.op) {
      case 'agent':
        allocator.setAgent(step.id as AgentId, parseResources(step.resources));
        break;
      case 'removeAgent':
        allocator.removeAgent(step.id as AgentId);
        break;
      case 'framework':
        allocator.setFramework(step.id as FrameworkId, step.roles);
        break;
      case 'weight':
        allocator.setWeight(step.role, step.weight);
        break;
      case 'use':
        allocator.use(shareOf(step));
        break;
      case 'recover':
        allocator.recover(shareOf(step));
        break;
      case 'decline':
        allocator.decline(shareOf(step), now + step.refuseSeconds * 1000);
        break;
      case 'suppress':
      case 'revive':
        allocator[step.op](step.framework as FrameworkId);
        break;
      case 'advance':
        now += step.seconds * 1000;
        break;
      case 'allocate': {
        const got = textOf(allocator.allocate(now).offers);
        const expected = textOf((step.expect ?? []).map(shareOf));
        if (step.expect && got !== expected) return problem(`expected ${expected}, got ${got}`);
        break;
      }
      case 'quota':
      case 'order':
        return problem('the allocator has no such thing yet');
    }
  }
  return undefined;
}
