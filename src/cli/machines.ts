/** What a person says of a machine: no new work, leave it, take it again, do not wait for it, it will not come back. */
import { drained } from '../client/drained.ts';
import { exactAgent } from '../client/names.ts';
import { TenderError } from '../core/errors.ts';
import { duration } from '../core/units.ts';
import { printJson } from './output.ts';
import { type Global, withClient } from './session.ts';

/**
 * Goes on to the end unless `detach`; an interrupt leaves only the watching.
 * @param deadline as `1h`, or `none`
 */
export function drain(name: string, deadline: string, detach: boolean, global: Global): Promise<void> {
  const deadlineMs = timeOf(deadline);
  return withClient(global, async (client) => {
    const agent = exactAgent(client.state, name);
    await client.request('agent.drain', { name: agent.name, deadlineMs });
    const say = global.json ? () => {} : (line: string) => console.log(line);
    if (detach) say(`${agent.name} is draining`);
    else await drained(client, agent, say);
    if (global.json) printJson({ agent: agent.name, deadlineMs, drained: !detach });
  });
}

export function deactivate(name: string, global: Global): Promise<void> {
  return saying('agent.deactivate', name, global, 'gets no new work; its tasks go on');
}

export function activate(name: string, global: Global): Promise<void> {
  return saying('agent.activate', name, global, 'gets new work');
}

export function gone(name: string, global: Global): Promise<void> {
  return saying('agent.gone', name, global, 'was declared gone: its tasks are given up');
}

/** @param names none, with `all`: all that are away */
export function giveUp(names: readonly string[], all: boolean, global: Global): Promise<void> {
  if (all === names.length > 0)
    throw new TenderError('usage', { cause: 'give-up needs the names of agents, or --all' });
  return withClient(global, async (client) => {
    const away = [...client.state.agents.values()].filter(({ state }) => state === 'disconnected');
    const agents = all ? away : names.map((name) => exactAgent(client.state, name));
    await client.request('agent.give_up', { names: agents.map((agent) => agent.name) });
    if (global.json) printJson(agents.map((agent) => agent.name));
    else if (agents.length === 0) console.log('no agent is away');
    for (const agent of global.json ? [] : agents)
      console.log(`${agent.name} is not waited for: its tasks are given to others`);
  });
}

/** @throws TenderError `usage` */
export function timeOf(text: string): number | undefined {
  if (text === 'none') return undefined;
  const time = duration.safeParse(text);
  if (time.success) return time.data;
  throw new TenderError('usage', {
    cause: `--deadline expects a time such as 30m, or none, found "${text}"`,
  });
}

type Said = 'agent.deactivate' | 'agent.activate' | 'agent.gone';

function saying(what: Said, name: string, global: Global, done: string): Promise<void> {
  return withClient(global, async (client) => {
    const agent = exactAgent(client.state, name);
    await client.request(what, { name: agent.name });
    if (global.json) printJson({ agent: agent.name, did: what.slice('agent.'.length) });
    else console.log(`${agent.name} ${done}`);
  });
}
