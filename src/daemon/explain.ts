/**
 * Why frameworks are offered no more than they are. People get words, for each framework and role; a framework gets what
 * stands in its way on each agent and what is free there, so that it can judge each of its jobs by itself.
 */
import { type Explained, eachOf, explanationOf } from '../core/explanation.ts';
import type { Quantities } from '../core/quantities.ts';
import { sum } from '../core/quota-rules.ts';
import type { AgentId, FrameworkId } from '../core/task.ts';
import type { AgentExplanation, OfferExplanation } from '../wire/messages/framework.ts';
import type { Parts } from './parts.ts';
import { type Client, type Scope, Standing } from './standing.ts';

/** For people: each framework in scope in each role, those that wait first. */
export function explain(parts: Parts, of: Scope): Explained[] {
  const { log, clock, frameworks } = parts;
  const { state } = log;
  const standing = new Standing(parts, of);
  const isOne = of.framework !== undefined || of.role !== undefined;
  const told = [...state.frameworks.values()]
    .filter(({ id }) => of.framework === undefined || id === of.framework)
    .flatMap(({ id, roles }) => rolesOf(roles, of).map((role): Client => ({ framework: id, role })))
    .map((client): Explained => {
      const demands = frameworks.demandsOf(client.framework, client.role);
      const blocked = standing.of(client);
      const words = {
        now: clock.now(),
        nameOf: (agent: AgentId): string => state.agents.get(agent)?.name ?? agent,
      };
      return {
        ...client,
        waits: demands.length > 0 || wantsMore(parts, client, standing),
        demands: demands.map(({ name, count }) => ({ name, count })),
        ...(isOne ? { each: eachOf(blocked, words) } : {}),
        ...explanationOf(blocked, {
          ...words,
          limits: standing.limits,
          wants: demands.length === 0 ? undefined : demands.map(timesCount).reduce(sum),
        }),
      };
    });
  return told.sort((a, b) => badness(b) - badness(a));
}

/** For a framework itself. */
export function explainTo(parts: Parts, framework: FrameworkId, role: string | undefined): OfferExplanation {
  const { frameworks, agents } = parts.log.state;
  const of = { framework, role };
  const standing = new Standing(parts, of);
  const there = [...agents.values()].filter(({ state }) => state !== 'gone');
  return {
    limits: standing.limits,
    agents: rolesOf(frameworks.get(framework)?.roles ?? [], of).flatMap((one) => {
      const client = { framework, role: one };
      const by = new Map(standing.of(client).map((blocked) => [blocked.agent, blocked.by]));
      const each = there.map(({ id }) => ({
        agent: id,
        free: standing.freeFor(client, id),
        by: by.get(undefined) ?? by.get(id) ?? [],
      }));
      const same = Map.groupBy(each, ({ free, by: all }) => JSON.stringify([free, all]));
      return [...same.values()].map((alike): AgentExplanation => {
        const { free, by: all } = alike[0]!;
        return { role: one, agents: alike.map(({ agent }) => agent), free, by: all };
      });
    }),
  };
}

const rolesOf = (roles: readonly string[], { role }: Scope): readonly string[] =>
  roles.filter((one) => role === undefined || one === role);

const timesCount = ({ needs, count }: { readonly needs: Quantities; readonly count: number }): Quantities =>
  Object.fromEntries(Object.entries(needs).map(([name, amount]) => [name, amount * count]));

/** It has said nothing of what it waits for: then it waits while it would take offers and has none. */
function wantsMore({ log }: Parts, client: Client, standing: Standing): boolean {
  const framework = log.state.frameworks.get(client.framework);
  if (framework?.state !== 'connected')
    return [...log.state.jobs.values()].some((job) => job.framework === client.framework);
  return !framework.suppressed.includes(client.role) && !standing.isOffered(client);
}

/** More instances that wait are worse; of those that say nothing of what they wait for nobody knows. */
const badness = ({ waits, demands }: Explained): number =>
  demands.reduce((all, { count }) => all + count, 0) + (waits ? 1 : 0);
