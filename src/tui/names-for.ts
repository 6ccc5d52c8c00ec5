/** Names of things in the cluster, for completion: those that live first, in the order people count in. */
import { rolesIn } from '../client/table/roles.ts';
import { naturalKey } from '../client/tables.ts';
import { isTerminal } from '../core/task-state.ts';
import type { Context } from './context.ts';

export type NameKind = 'agent' | 'context' | 'framework' | 'job' | 'job or task' | 'task' | 'name' | 'role';

const inOrder = (names: Iterable<string>): string[] =>
  [...new Set(names)].sort((a, b) => (naturalKey(a) < naturalKey(b) ? -1 : 1));

export function namesFor(
  kind: NameKind,
  { client, contexts = [], contextName }: Pick<Context, 'client' | 'contexts' | 'contextName'>,
): string[] {
  const { state } = client;
  const jobs = (): string[] => inOrder(state.jobs.keys());
  const tasks = (): string[] =>
    inOrder([...state.tasks.values()].filter((t) => !isTerminal(t.state)).map((t) => t.name));
  const agents = (): string[] => inOrder([...state.agents.values()].map(({ name }) => name));
  const frameworks = (): string[] => inOrder(state.frameworks.keys());
  const roles = (): string[] => inOrder(rolesIn(state).map(({ role }) => role));
  switch (kind) {
    case 'agent':
      return agents();
    case 'context':
      return contexts.filter((name) => name !== contextName);
    case 'framework':
      return frameworks();
    case 'job':
      return jobs();
    case 'task':
      return tasks();
    case 'role':
      return roles();
    case 'job or task':
      return [...jobs(), ...tasks()];
    case 'name':
      return [...jobs(), ...tasks(), ...agents(), ...inOrder([...frameworks(), ...roles()])];
  }
}
