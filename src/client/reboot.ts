/**
 * Restarting a machine with its work out of the way:
 *
 *   drained → restarted by somebody → away → back, as another run of the machine → given new work again
 *
 * Only the last step is said by this; whoever stops waiting before it leaves the machine without new work. Which run it is
 * the agent tells (`host.boot`): an agent that was only started anew is no restart. One that can't tell was restarted when it
 * was away and is back.
 */
import type { Agent } from '../core/cluster.ts';
import { TenderError } from '../core/errors.ts';
import type { AgentId } from '../core/task.ts';
import type { Client } from './client.ts';
import { drained, someOn } from './drained.ts';
import { leftOn } from './table/machines.ts';
import { counted } from './tables.ts';
import { until } from './until.ts';

export interface RebootOptions {
  /** ms until what is left there is killed; undefined: nothing is. */
  readonly deadlineMs: number | undefined;
  readonly say: (line: string) => void;
  /** Called when it may be restarted, to do so. Absent: somebody else does. */
  readonly restart?: (() => unknown) | undefined;
  /** When nobody waits for it any more. */
  readonly stop?: AbortSignal | undefined;
}

/**
 * Resolves when it gets new work again.
 * @throws TenderError `reboot.activated`, `agent.gone`, `wire.closed` by `stop`; what `restart` throws
 */
export async function reboot(client: Client, agent: Agent, options: RebootOptions): Promise<void> {
  const { say, restart, stop } = options;
  const { id, name } = agent;
  await withoutWork(client, agent, options);
  const over = new AbortController();
  // From before it is restarted on: that may be quick.
  const back = untilBack(client, id, say, AbortSignal.any([over.signal, ...(stop ? [stop] : [])]));
  try {
    say(`${name} may be restarted now`);
    // A command that went there may hang for ever when the machine is gone.
    await Promise.race([back, Promise.resolve(restart?.()).then(() => back)]);
  } finally {
    over.abort();
  }
  await client.request('agent.activate', { name });
  say(`${name} is back, and gets new work`);
}

/** One that gets no new work already is taken as it is. */
async function withoutWork(
  client: Client,
  agent: Agent,
  { deadlineMs, say, stop }: RebootOptions,
): Promise<void> {
  const { id, name, withdrawn } = agent;
  if (withdrawn?.state === 'drained') return;
  if (withdrawn?.state !== 'deactivated') {
    await client.request('agent.drain', { name, deadlineMs });
    if (await drained(client, agent, say, stop)) return;
    throw new TenderError('reboot.activated', { name });
  }
  const left = leftOn(id, client.state);
  if (left > 0)
    say(`${name} is deactivated: ${counted(left, 'task')} there will be cut off (${someOn(id, client)})`);
}

function untilBack(
  client: Client,
  id: AgentId,
  say: (line: string) => void,
  stop: AbortSignal,
): Promise<void> {
  const before = client.state.agents.get(id)?.host.boot;
  let away = false;
  return until(
    client,
    () => {
      const agent = client.state.agents.get(id);
      if (!agent || agent.state === 'gone') throw new TenderError('agent.gone', { name: agent?.name ?? id });
      const { name, state, host } = agent;
      const wasAway = away;
      away = state !== 'ready';
      if (away && !wasAway) say(`${name} is away`);
      if (away || (host.boot === before && !wasAway)) return false;
      const isRestarted = host.boot === undefined || host.boot !== before;
      if (!isRestarted) say(`${name} is connected again, and was not restarted`);
      return isRestarted;
    },
    stop,
  );
}
