/** Why instances of a job wait for a place: what stands in the way, in one sentence and agent by agent. */
import { type ExplanationLine, eachOf, explanationOf } from '../../core/explanation.ts';
import { demandOf, type JobBase } from '../../core/job-spec.ts';
import type { Blocked } from '../../core/obstacles.ts';
import { type Quantities, quantitiesOf } from '../../core/quantities.ts';
import type { AgentId } from '../../core/task.ts';
import type { AgentView } from '../../wire/messages/framework.ts';
import type { Answer } from './kind.ts';

export interface Waiting {
  readonly spec: JobBase;
  /** So many have no place; so many run, of so many. */
  readonly missing: number;
  readonly running: number;
  readonly desired: number;
  readonly blocked: readonly Blocked[];
  /** Not only what was found on offers: a limit makes those smaller, and what is free looks like less. */
  readonly isTold: boolean;
  readonly limits: Readonly<Record<string, Quantities>>;
  readonly agents: ReadonlyMap<AgentId, AgentView>;
  readonly now: number;
}

export function whyWaiting(waiting: Waiting): Answer {
  const { spec, missing, running, desired, blocked, isTold, limits, agents, now } = waiting;
  const { name } = spec;
  if (agents.size === 0)
    return {
      sentence: `${name} waits: no agent has joined yet.`,
      agents: [],
      help: 'add a machine: tender token create --role agent',
    };
  const needs = Object.entries(quantitiesOf(demandOf(spec)));
  const nameOf = (agent: AgentId): string => agents.get(agent)?.name ?? agent;
  const { decisive, lines, help } = explanationOf(blocked, {
    now,
    nameOf,
    limits,
    wants: Object.fromEntries(needs.map(([resource, amount]) => [resource, amount * missing])),
  });
  const nowhere = missing === 1 ? '1 instance fits on no agent' : `${missing} instances fit on no agent`;
  return {
    sentence: `${name} waits${decisive === '' || !isTold ? ` for room: ${nowhere}` : `: ${decisive}`}; ${running} of ${desired} run.`,
    agents: lines.map(namedLine),
    each: eachOf(blocked, { now, nameOf }).map(namedLine),
    help,
  };
}

const namedLine = ({ agent = 'everywhere', reasons }: ExplanationLine) => ({ agent, reasons });
