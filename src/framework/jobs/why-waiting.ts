/** Why instances of a job wait for a place: what stands in the way, in one sentence and agent by agent. */
import { type ExplanationLine, eachOf, explanationOf, namesText } from '../../core/explanation.ts';
import { demandOf, type JobBase } from '../../core/job-spec.ts';
import type { Blocked } from '../../core/obstacles.ts';
import type { Progress } from '../../core/progress.ts';
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
  readonly progress: Progress | undefined;
  readonly blocked: readonly Blocked[];
  /** Those that wait may only run on these agents, each on its own. Empty: they may run anywhere. */
  readonly bound: readonly AgentId[];
  /** Not only what was found on offers: a limit makes those smaller, and what is free looks like less. */
  readonly isTold: boolean;
  readonly limits: Readonly<Record<string, Quantities>>;
  readonly agents: ReadonlyMap<AgentId, AgentView>;
  readonly now: number;
}

export function whyWaiting(waiting: Waiting): Answer {
  const { spec, missing, blocked, bound, isTold, limits, agents, now } = waiting;
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
    room: bound.length > 0 ? 'make room there' : undefined,
    wants: Object.fromEntries(needs.map(([resource, amount]) => [resource, amount * missing])),
  });
  const nowhere = missing === 1 ? '1 instance fits on no agent' : `${missing} instances fit on no agent`;
  const where = bound.length > 0 ? ` on ${namesText(bound.map(nameOf).sort())}` : '';
  return {
    sentence: `${name} waits${where}${decisive === '' || !isTold ? ` for room: ${nowhere}` : `: ${decisive}`}; ${howFar(waiting)}.`,
    agents: lines.map(namedLine),
    each: eachOf(blocked, { now, nameOf }).map(namedLine),
    help,
  };
}

/** While a change goes on there may be more than are wanted; of a run some may be done. */
function howFar({ running, desired, progress }: Waiting): string {
  const run = `${running} of ${desired} run`;
  if (!progress) return run;
  const { kind, what, done, of, from, to } = progress;
  if (kind === 'run') return done === 0 ? run : `${run}, ${done} of ${of} done`;
  return from === undefined ? run : `${what} to version ${to}: ${done} of ${of} done`;
}

const namedLine = ({ agent = 'everywhere', reasons }: ExplanationLine) => ({ agent, reasons });
