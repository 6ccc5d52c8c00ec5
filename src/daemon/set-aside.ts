/**
 * What an operator says to be set aside on a machine, or no more: as frameworks do it with their offers, but of all that
 * is free there. What a task holds is refused; offers give way. It is the agent that remembers it: done means that the
 * agent has written it down.
 */
import type { Agent, Offer } from '../core/cluster.ts';
import { TenderError } from '../core/errors.ts';
import { applyOperation, inNameOf, type Operation, operationConversion } from '../core/operations.ts';
import { canonical, equals, isEmpty, type Resources, subtract, withLayers } from '../core/resources.ts';
import { formatResources } from '../core/resources-text.ts';
import type { AgentId } from '../core/task.ts';
import type { ClientRequest } from '../wire/messages/client.ts';
import type { Parts } from './parts.ts';

type Said = Extract<ClientRequest, { method: 'agent.reserve' | 'agent.unreserve' | 'agent.destroy' }>;

/**
 * @param by whose name new reservations carry
 * @throws TenderError `operation.invalid`, `resources.in_use`, `agent.away`, `conversion.refused`: then all is as it was;
 *   `conversion.unsure`: then nobody knows
 */
export async function setAside(parts: Parts, agent: Agent, said: Said, by: string): Promise<void> {
  const { agents, offers } = parts;
  const { id, total } = agent;
  const operation = inNameOf(operationOf(said), by);
  const wanted = applyOperation(total, operation); // it is possible, whoever holds it now
  const { from, to } = operationConversion(operation);
  const untaken = withoutTasks(parts, agent, from);
  const inTheWay = (): Offer | undefined => {
    const out = offersOn(parts, id);
    const lacking = subtract(from, out.reduce(without, untaken));
    return out.find(({ resources }) => isPartIn(lacking, resources));
  };
  for (let offer = inTheWay(); offer; offer = inTheWay())
    offers.rescind(offer, 'an operator uses it otherwise');
  const number = agents.convert(id, operation, by);
  // Nobody holds any of it, so the total says it all.
  agents.allot(id);
  // Seen at what is set aside by it, or is not any more: of the rest the machine may have less by now.
  const showsIn = (has: Resources): boolean =>
    said.method === 'agent.reserve'
      ? !isPartIn(to, subtract(wanted, has))
      : !isPartIn(from, subtract(has, wanted));
  await agents.written({ agent, number, showsIn });
}

function operationOf({ method, params }: Said): Operation {
  switch (method) {
    case 'agent.reserve':
      return { kind: 'reserve', resources: params.resources };
    case 'agent.unreserve':
      return { kind: 'unreserve', resources: params.resources };
    case 'agent.destroy':
      return { kind: 'destroy', volumes: params.volumes };
  }
}

/**
 * What the tasks of an agent leave of it.
 * @throws TenderError `resources.in_use` if `needed` is not within
 */
function withoutTasks({ tasks }: Parts, { id, name, total }: Agent, needed: Resources): Resources {
  const live = tasks.liveOn(id);
  const untaken = live.reduce(without, total);
  const taken = subtract(needed, untaken);
  if (isEmpty(taken)) return untaken;
  throw new TenderError('resources.in_use', {
    agent: name,
    resources: formatResources(canonical(taken.map((entry) => withLayers(entry, [])))),
    tasks: live.flatMap((task) => (isPartIn(taken, task.resources) ? task.name : [])).join(', '),
  });
}

const offersOn = ({ log }: Parts, agent: AgentId): Offer[] =>
  [...log.state.offers.values()].filter((offer) => offer.agent === agent);

const without = (rest: Resources, { resources }: { readonly resources: Resources }): Resources =>
  subtract(rest, resources);

/** Whether these hold some of it. */
const isPartIn = (part: Resources, resources: Resources): boolean => !equals(subtract(part, resources), part);
