/** A drain that is under way, told line by line to whoever waits for it. */
import type { Agent } from '../core/cluster.ts';
import type { AgentId } from '../core/task.ts';
import { isTerminal } from '../core/task-state.ts';
import type { Client } from './client.ts';
import { clockTime, counted } from './table/figures.ts';
import { leftOn } from './table/machines.ts';
import { until } from './until.ts';

/** Names on one line. */
const SHOWN = 3;

/**
 * Says how many tasks are left each time that changes.
 * @returns whether it is drained; else somebody has said meanwhile that it is not to be drained any more
 */
export async function drained(
  client: Client,
  { id, name, state }: Agent,
  say: (line: string) => void,
  stop?: AbortSignal,
): Promise<boolean> {
  let told: number | undefined;
  const stateNow = (): Agent['withdrawn'] => client.state.agents.get(id)?.withdrawn;
  const isOver = (): boolean => {
    const withdrawn = stateNow();
    if (withdrawn?.state === 'drained') return true;
    if (withdrawn?.state !== 'draining') return told !== undefined; // else the news is still on its way
    const left = leftOn(id, client.state);
    if (left === told) return false;
    told = left;
    const { deadline } = withdrawn;
    const end = deadline === undefined ? '' : `, killed at ${clockTime(deadline)}`;
    const all = counted(Math.max(left, withdrawn.tasks), 'task');
    if (left > 0) say(`${name}: ${left} of ${all} left (${someOn(id, client)})${end}`);
    return false;
  };
  if (state !== 'ready') say(`${name} is ${state}: it is drained when it is back`);
  await until(client, isOver, stop);
  const isDrained = stateNow()?.state === 'drained';
  say(isDrained ? `${name} is drained` : `${name} is not to be drained any more`);
  return isDrained;
}

/** Some of the tasks there: what to ask `tender why` of. */
export function someOn(id: AgentId, { state }: Client): string {
  const names = [...state.tasks.values()]
    .filter(({ agent, state: its }) => agent === id && !isTerminal(its))
    .map(({ name }) => name)
    .sort();
  return [...names.slice(0, SHOWN), ...(names.length > SHOWN ? ['…'] : [])].join(', ');
}
