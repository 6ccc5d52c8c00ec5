/**
 * The agents of a job that runs once on each: an index for each agent that fits, in the order in which they are seen. What
 * is not there now is not waited for; it has its turn if it comes while the run is open. What has no room is waited for,
 * but only until the next run is due: one full machine never keeps the others from their turn.
 */
import { type AgentView, suits } from 'tender/framework';
import type { BatchView, Run } from './memory.ts';
import { isDone, withLost } from './run.ts';
import type { BatchSpec } from './spec.ts';

/** So long (ms) a run looks for room at least, however soon the next is due. */
const LOOKED = 5_000;

/** One that cannot be heard for a moment (its link is broken, the master is new) is not away yet. */
const isThere = ({ state, withdrawn, fault }: AgentView): boolean =>
  (state === 'ready' || state === 'disconnected') && withdrawn === undefined && fault === undefined;

/** With those that have come since. */
export function withSites(run: Run, spec: BatchSpec, { agents }: BatchView): Run {
  if (!spec.everywhere) return run;
  const { sites = [] } = run;
  const known = new Set(sites);
  const come = [...agents.values()].filter(
    (agent) => !known.has(agent.id) && isThere(agent) && suits(spec, agent),
  );
  if (come.length === 0) return run;
  const all = [...sites, ...come.map(({ id }) => id).sort()];
  return { ...run, sites: all, count: all.length };
}

/** Its agent is not there: nothing can be started for it. */
export function isAway({ sites }: Run, index: number, { agents }: BatchView): boolean {
  if (sites === undefined) return false;
  const agent = agents.get(sites[index]!);
  return !agent || !isThere(agent);
}

/** Some of it is still to be done, and can be. */
export function hasOpenSites(run: Run, view: BatchView): boolean {
  return (run.sites ?? []).some((_, index) => !isDone(run, index) && !isAway(run, index, view));
}

/** Of what has no room on its machine nothing more comes, now that the next run is due. Nothing of the run may be left. */
export function withoutRoom(run: Run, view: BatchView): Run {
  const { agents, now } = view;
  const { sites, startedAt, stopping } = run;
  if (!sites || startedAt === undefined || stopping !== undefined || now - startedAt < LOOKED) return run;
  // What waits to be tried again has had its room.
  if (Object.values(run.retrying).some(({ until }) => until > now)) return run;
  return sites.reduce((after, site, index) => {
    if (isDone(run, index) || isAway(run, index, view)) return after;
    const message = `there was no room on ${agents.get(site)?.name} until the next run was due`;
    const attempts = run.retrying[index]?.inARow ?? 0;
    return withLost(after, { index, attempts, exitCode: null, message, at: now });
  }, run);
}
