/**
 * The first page: what the pool has left, then jobs with those that need a person first, agents likewise, and the latest
 * events. Two columns where there is room. What can be chosen (jobs, agents) has an id like `jobs:web`.
 */
import { agents, jobs, sorted } from '../../client/tables.ts';
import type { Agent, Job } from '../../core/cluster.ts';
import type { Context } from '../context.ts';
import { beside, EMPTY, type Line } from '../line.ts';
import type { OverviewPage } from '../ui.ts';
import { placeOf } from '../window.ts';
import { agentBlock, eventBlock, jobBlock, poolBlock } from './overview-blocks.ts';

const WIDE = 150;
const GUTTER = 3;

interface Choice {
  readonly jobs: readonly Job[];
  readonly agents: readonly Agent[];
}

/** Those that need attention first, each list in its natural order. */
function choices({ client }: Pick<Context, 'client'>): Choice {
  const { state } = client;
  const machines = sorted(agents, agents.list(client), state);
  return {
    jobs: sorted(jobs, jobs.list(client), state),
    agents: [...machines.filter((a) => a.state !== 'ready'), ...machines.filter((a) => a.state === 'ready')],
  };
}

export function overviewIds(context: Pick<Context, 'client'>): string[] {
  const { jobs, agents } = choices(context);
  return [...jobs.map((job) => `jobs:${job.name}`), ...agents.map((agent) => `agents:${agent.id}`)];
}

export function overviewLines(page: OverviewPage, context: Context): Line[] {
  const { height, size } = context;
  const chosen = context.ids[placeOf(page.cursor, context.ids)];
  if (size.columns < WIDE) return stacked(context, size.columns, height, chosen);
  const width = Math.floor((size.columns - GUTTER) / 2);
  const left = stacked(context, width, height, chosen, false);
  return beside(left, eventBlock(context, size.columns - GUTTER - width, height), width, GUTTER);
}

/** Jobs may take half of what the pool leaves, agents half of the rest; what one does not need, the next one gets. */
function stacked(
  context: Context,
  width: number,
  height: number,
  chosen: string | undefined,
  withEvents = true,
): Line[] {
  const all = choices(context);
  const pool = poolBlock(context, width);
  const room = height - pool.length;
  const work = jobBlock(
    all.jobs,
    context,
    width,
    Math.max(3, Math.floor(room * (withEvents ? 0.5 : 0.6))),
    chosen,
  );
  const rest = room - work.length;
  const machines = agentBlock(
    all.agents,
    context,
    width,
    Math.max(3, Math.floor(rest * (withEvents ? 0.6 : 1))),
    chosen,
  );
  const used = pool.length + work.length + machines.length;
  const space = height - used >= 10 || (!withEvents && height - used >= 2) ? [EMPTY] : [];
  const news = withEvents ? eventBlock(context, width, height - used - 3 * space.length) : [];
  return [
    ...pool,
    ...space,
    ...work,
    ...space,
    ...machines,
    ...(news.length > 0 ? space : []),
    ...news,
  ].slice(0, height);
}
