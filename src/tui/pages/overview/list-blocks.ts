/** What is as it should be, in short: jobs and agents, a line each, and the latest events. The rows can be opened. */
import { eventText, eventTone } from '../../../client/event-text.ts';
import { cut, pad, plain } from '../../../client/table/width.ts';
import {
  agents,
  type Column,
  counted,
  jobs,
  type Laid,
  layout,
  momentText,
  percent,
  type Table,
} from '../../../client/tables.ts';
import type { Agent, ClusterState, Job } from '../../../core/cluster.ts';
import { isStep } from '../../../core/last-events.ts';
import { bar } from '../../bar.ts';
import type { Context } from '../../context.ts';
import type { Block } from '../../fit.ts';
import { keyOf } from '../../keys.ts';
import { type Line, line, lineWidth, rule, type Span, span } from '../../line.ts';
import { around, chosenLine, hidden } from './rows.ts';

/** A list of fewer says too little to be worth its title. */
const FEW = 3;

interface ListOptions {
  readonly width: number;
  readonly priority: number;
  readonly chosen: string | undefined;
}

export function jobBlock(list: readonly Job[], context: Context, options: ListOptions): Block {
  const { client, now } = context;
  const { width, chosen, priority } = options;
  const { state } = client;
  const head = rule(width, [span('jobs ', 'strong'), span(String(state.jobs.size), 'faint')]);
  const isNone = state.jobs.size === 0;
  return {
    priority,
    least: isNone ? 2 : Math.min(list.length, FEW) + 1,
    most: isNone ? 2 : list.length === 0 ? 0 : list.length + 1,
    lines: (room) => {
      if (isNone) return [head, line(span('  none yet: tender run IMAGE starts one', 'faint'))];
      const shown = around(
        list,
        room - 1,
        list.findIndex(({ name }) => `jobs:${name}` === chosen),
      );
      const columns = untitled(jobs.columns(state), ['name', 'status', 'running', 'age']);
      const laid = layout(columns, shown.items, width - 2, { state, now });
      const rows = shown.items.map((job, i) => {
        const cells = tonedCells(laid, i, jobs, job, state);
        const left = Math.max(0, width - 4 - lineWidth({ spans: cells }));
        const tail = span(`  ${cut(plain(jobText(job)), left)}`, 'faint');
        return chosenLine([...cells, tail], `jobs:${job.name}`, chosen, width);
      });
      return [head, ...rows, ...hidden(shown, 'jobs', keyOf('view-jobs', context) ?? ':jobs')];
    },
  };
}

const jobText = ({ kind, columns }: Job): string =>
  [kind, ...Object.values(columns).filter((text) => text !== '')].join('  ');

/** The longest name that is shown whole. */
const NAME = 32;

/** Cells of a bar of what is measured. */
const MINI = 8;

export function agentBlock(list: readonly Agent[], context: Context, options: ListOptions): Block {
  const { client, now } = context;
  const { width, chosen, priority } = options;
  const { state } = client;
  const head = rule(width, [span('agents ', 'strong'), span(String(state.agents.size), 'faint')]);
  const isNone = state.agents.size === 0;
  return {
    priority,
    least: isNone ? 2 : Math.min(list.length, FEW) + 1,
    most: isNone ? 2 : list.length === 0 ? 0 : list.length + 1,
    lines: (room) => {
      if (isNone) return [head, line(span('  none yet: :token says what to type on a machine', 'faint'))];
      const shown = around(
        list,
        room - 1,
        list.findIndex(({ id }) => `agents:${id}` === chosen),
      );
      const columns = untitled(agents.columns(state), ['name', 'state', 'tasks', 'cpus', 'mem']).map((c) =>
        c.key === 'tasks' || c.key === 'cpus' ? { ...c, text: suffixed(c) } : c,
      );
      const laid = layout(columns, shown.items, width - 2, { state, now });
      const rows = shown.items.map((agent, i) => {
        const cells = tonedCells(laid, i, agents, agent, state);
        const bars = measured(agent, width - 2 - lineWidth({ spans: cells }));
        return chosenLine([...cells, ...bars], `agents:${agent.id}`, chosen, width);
      });
      return [head, ...rows, ...hidden(shown, 'agents', keyOf('view-agents', context) ?? ':agents')];
    },
  };
}

const suffixed =
  (column: Column<Agent>): Column<Agent>['text'] =>
  (agent, state, now) =>
    column.key === 'tasks'
      ? counted(Number(column.text(agent, state, now)), 'task')
      : `${column.text(agent, state, now)} cpus`;

/** Measured use as small bars, where there is room for them. */
function measured({ usage, host }: Agent, room: number): Span[] {
  if (!usage) return [];
  const parts = [
    ['cpu', usage.cpus / (host.cpus * 1000)],
    ['mem', usage.mem / host.mem],
    ['disk', usage.disk / host.disk],
  ] as const;
  const isBarred = room >= parts.length * (MINI + 14);
  const width = isBarred ? MINI + 14 : 12;
  return parts
    .slice(0, Math.floor(room / width))
    .flatMap(([name, share]) => [
      span(`${isBarred ? '   ' : '  '}${name} `, 'faint'),
      ...(isBarred ? [...bar(share, MINI, 'used'), span(' ')] : []),
      span(pad(percent(share, 1), 4, 'right')),
    ]);
}

const untitled = <R>(columns: readonly Column<R>[], keys: readonly string[]): Column<R>[] =>
  keys.map((key) => ({ ...columns.find((c) => c.key === key)!, title: '', min: 4, max: NAME }));

function tonedCells<R>(laid: Laid<R>, at: number, table: Table<R>, record: R, state: ClusterState): Span[] {
  const gap = ' '.repeat(laid.gap);
  return laid.rows[at]!.map((cell, i) => {
    const { key } = laid.columns[i]!;
    const style = key === table.toned ? table.tone(record, state) : key === 'name' ? 'plain' : 'faint';
    return span(i === 0 ? cell : gap + cell, style);
  });
}

export function eventBlock({ client, now }: Context, width: number, priority: number): Block {
  return {
    priority,
    least: 2,
    most: Number.MAX_SAFE_INTEGER,
    lines: (room) => {
      const newest = client.recent
        .filter(({ event }) => !isStep(event))
        .slice(-(room - 1))
        .reverse();
      const head = rule(width, [span('latest events', 'strong')]);
      if (newest.length === 0) return [head, line(span('  nothing has happened yet', 'faint'))];
      return [
        head,
        ...newest.map(({ event }): Line => {
          const text = cut(plain(eventText(event, client.state)), Math.max(0, width - 13));
          return line(
            '  ',
            span(momentText(event.at, now), 'faint'),
            '  ',
            span(text, eventTone(event, client.state)),
          );
        }),
      ];
    },
  };
}
