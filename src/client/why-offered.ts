/** Why a framework, or the frameworks in a role, are offered no more than they are: the master's word for it. */
import type { ClusterState, Framework } from '../core/cluster.ts';
import type { Explained, ExplanationLine } from '../core/explanation.ts';
import type { FrameworkId } from '../core/task.ts';
import type { Client } from './client.ts';
import { counted } from './table/figures.ts';
import type { Why } from './why.ts';

const onAgent = ({ agent, reasons }: ExplanationLine): Why['agents'] =>
  agent === undefined ? [] : [{ agent, reasons }];

/** A framework in all of its roles, all frameworks in a role, or one in one of its roles. */
export interface OfferScope {
  readonly framework?: string | undefined;
  readonly role?: string | undefined;
}

export async function whyOffered(client: Client, of: OfferScope): Promise<Why> {
  const told = await client.request('allocator.explain', of);
  const { state } = client;
  const only = (sentence: string): Why => ({ sentence, agents: [], help: '' });
  const [one, ...others] = told;
  if (!one) return only(`No framework is in role ${of.role}: there is nobody to offer to.`);
  if (![...state.agents.values()].some((agent) => agent.state === 'ready'))
    return only(`There is no agent to offer to ${who(one, of, state)}.`);
  if (others.length === 0)
    return {
      sentence: `${who(one, of, state)} ${whatOf(one, state)}`,
      // What holds everywhere the sentence has said.
      agents: one.lines.flatMap(onAgent),
      each: one.each?.flatMap(onAgent),
      help: one.help,
    };
  const waiting = told.filter(({ waits }) => waits);
  const shown = waiting.length === 0 ? told : waiting;
  return {
    sentence: sentenceOf(told.length, waiting.length, of),
    agents: shown.flatMap((each) => linesOf(each, of)),
    help: waiting[0]?.help ?? '',
  };
}

/** @param all of a framework its roles, of a role its frameworks */
function sentenceOf(all: number, waiting: number, { framework, role }: OfferScope): string {
  if (role === undefined)
    return `${framework} is in ${all} roles, and waits in ${waiting === 0 ? 'none of them.' : `${waiting} of them:`}`;
  const wait =
    waiting === 0 ? 'none of them waits.' : `${counted(waiting, 'of them waits', 'of them wait')}:`;
  return `${all} frameworks are in role ${role}, and ${wait}`;
}

/** `service`, and in which role where that is not clear. */
function who({ framework, role }: Explained, of: OfferScope, state: ClusterState): string {
  const roles = state.frameworks.get(framework as FrameworkId)?.roles ?? [];
  const isClear = of.framework !== undefined && roles.length === 1;
  return isClear || role === framework ? framework : `${framework} in role ${role}`;
}

/** The rest of the sentence: what it waits for, or what it has, and what stands in the way of more. */
function whatOf(explained: Explained, state: ClusterState): string {
  const { demands, decisive, lines, waits } = explained;
  const because = decisive === '' ? ', because of this:' : `: ${decisive}.`;
  const say = (what: string): string =>
    lines.length === 0 ? `${what}; nothing stands in the way of more.` : what + because;
  const framework = state.frameworks.get(explained.framework as FrameworkId);
  if (framework?.state !== 'connected') return 'is not connected.';
  if (demands.length > 0) return say(`waits for room for ${demandsText(explained)}`);
  if (waits) return say('is offered nothing');
  if (framework.suppressed.includes(explained.role)) return 'wants no offers: nothing of it waits.';
  const offers = `has ${counted(offersOf(framework, explained.role, state), 'offer')}`;
  return lines.length === 0 ? say(offers) : `${offers}.`;
}

/** `web (2) and late`: how many instances of what. */
export function demandsText({ demands }: Explained): string {
  const [last = '', ...others] = demands
    .map(({ name, count }) => (count === 1 ? name : `${name} (${count})`))
    .reverse();
  return others.length === 0 ? last : `${others.reverse().join(', ')} and ${last}`;
}

const offersOf = ({ id }: Framework, role: string, { offers }: ClusterState): number =>
  [...offers.values()].filter((offer) => offer.framework === id && offer.role === role).length;

/** Of one of several: without what was asked for. */
function linesOf({ framework, role, lines }: Explained, of: OfferScope): Why['agents'] {
  const who = of.role === undefined ? `role ${role}` : framework;
  if (lines.length === 0) return [{ agent: who, reasons: ['nothing stands in the way of more'] }];
  return lines.map(({ agent, reasons }) => ({
    agent: agent === undefined ? who : `${who} on ${agent}`,
    reasons,
  }));
}
