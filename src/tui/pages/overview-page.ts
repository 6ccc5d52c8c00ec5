/**
 * The first page: what needs a person, then the pool over time, what is under way, who has how much, and in short all that
 * is well. Two columns where there is room. What can be chosen has an id that says what it is: `jobs:web`.
 */
import { attentionIn } from '../../client/attention.ts';
import { agents, counted, jobs, sorted } from '../../client/tables.ts';
import { underWay } from '../../client/under-way.ts';
import type { Agent, Job } from '../../core/cluster.ts';
import type { Context } from '../context.ts';
import { type Block, fit } from '../fit.ts';
import { beside, EMPTY, type Line } from '../line.ts';
import type { OverviewPage } from '../ui.ts';
import { placeOf } from '../window.ts';
import { attentionBlock, attentionId } from './overview/attention-block.ts';
import { agentBlock, eventBlock, jobBlock } from './overview/list-blocks.ts';
import { poolBlock } from './overview/pool-block.ts';
import { sharesBlock } from './overview/shares-block.ts';
import { workBlock } from './overview/work-block.ts';

const WIDE = 150;
const GUTTER = 3;
/** On so many lines there may be empty ones between the blocks. */
const AIRY = 34;
/** So many lines for events alone, below both columns: whole sentences, and no hole beside them. */
const EVENTS = 6;

type World = Pick<Context, 'client' | 'now'>;

/** What is not on the list of what needs attention, in its natural order. */
function wellIn({ client }: World, amiss: ReadonlySet<string>): { jobs: Job[]; agents: Agent[] } {
  const { state } = client;
  return {
    jobs: sorted(jobs, jobs.list(client), state).filter(({ name }) => !amiss.has(`jobs:${name}`)),
    agents: sorted(agents, agents.list(client), state).filter(({ id }) => !amiss.has(`agents:${id}`)),
  };
}

const attentionOf = ({ client, now }: World) => attentionIn(client.state, client.recent, now);

export function overviewIds(world: World): string[] {
  const amiss = attentionOf(world).map(attentionId);
  const well = wellIn(world, new Set(amiss));
  return [
    ...amiss,
    ...well.jobs.map(({ name }) => `jobs:${name}`),
    ...well.agents.map(({ id }) => `agents:${id}`),
  ];
}

export function overviewLines(page: OverviewPage, context: Context): Line[] {
  const { height, size, client, now, ids } = context;
  const chosen = ids[placeOf(page.cursor, ids)];
  const attention = attentionOf(context);
  const well = wellIn(context, new Set(attention.map(attentionId)));
  const work = underWay(client.state);
  const { state } = client;
  const fine =
    state.jobs.size === 0
      ? 'nothing needs any'
      : `${counted(state.jobs.size, 'job')} on ${counted(state.agents.size, 'agent')}: all as they should be`;
  const wide = size.columns >= WIDE;
  const left = wide ? Math.floor((size.columns - GUTTER) * 0.52) : size.columns;
  const right = size.columns - GUTTER - left;
  const pool = poolBlock(context, wide ? right : left, height, wide ? 0 : 1);
  const shares = sharesBlock(state, wide ? right : left, wide ? 1 : 6);
  const main = [
    attentionBlock(attention, fine, left, chosen),
    ...(wide ? [] : [pool]),
    workBlock(work, now, left, 2),
    jobBlock(well.jobs, context, { width: left, priority: 4, chosen }),
    agentBlock(well.agents, context, { width: left, priority: 3, chosen }),
  ];
  if (!wide) return stacked([...main, shares, eventBlock(context, left, 5)], height);
  const tall = Math.max(airyHeight(main), airyHeight([pool, shares])) + 1;
  if (tall + EVENTS > height)
    return beside(
      stacked(main, height),
      stacked([pool, shares, eventBlock(context, right, 2)], height),
      left,
      GUTTER,
    );
  const upper = beside(airily(main), airily([pool, shares]), left, GUTTER);
  return [...upper, EMPTY, ...eventBlock(context, size.columns, 0).lines(height - upper.length - 1)];
}

const withContent = (blocks: readonly Block[]): Block[] => blocks.filter(({ most }) => most > 0);

/** Lines for all that they have to say, with one between each two. */
const airyHeight = (blocks: readonly Block[]): number =>
  withContent(blocks).reduce((sum, { most }) => sum + most + 1, -1);

const airily = (blocks: readonly Block[]): Line[] =>
  withContent(blocks).flatMap((block, i) => [...(i > 0 ? [EMPTY] : []), ...block.lines(block.most)]);

/** With a line between the blocks where all that they have to say fits all the same. */
function stacked(all: readonly Block[], height: number): Line[] {
  const blocks = withContent(all);
  const spaced = fit(blocks, height - blocks.length + 1);
  const isWhole = blocks.every(({ least, most }, i) => spaced[i]! >= (most > height ? least : most));
  const airy = height >= AIRY && isWhole;
  const rooms = airy ? spaced : fit(blocks, height);
  const shown = blocks.flatMap((block, i) => (rooms[i]! > 0 ? [block.lines(rooms[i]!)] : []));
  return shown.flatMap((lines, i) => (airy && i > 0 ? [EMPTY, ...lines] : lines));
}
