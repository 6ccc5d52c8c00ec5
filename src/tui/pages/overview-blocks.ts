/** The blocks of the overview: each a titled rule and some lines, in a given width and at most `room` lines high. */
import { eventText, eventTone, isQuiet } from '../../client/event-text.ts';
import { holdingsOf, poolOf } from '../../client/table/holdings.ts';
import { cut, pad, plain } from '../../client/table/width.ts';
import {
  agents,
  type Column,
  counted,
  cpus,
  jobs,
  type Laid,
  layout,
  momentText,
  needsAttention,
  percent,
  size,
  type Table,
} from '../../client/tables.ts';
import type { Agent, ClusterState, Job } from '../../core/cluster.ts';
import { bar } from '../bar.ts';
import type { Context } from '../context.ts';
import { banded, cutLine, type Line, line, lineWidth, rule, type Span, span } from '../line.ts';

const RESOURCES = ['cpus', 'mem', 'disk'] as const;

export function poolBlock({ client }: Context, width: number): Line[] {
  const { total, used } = poolOf(client.state);
  const held = holdingsOf(client.state).total;
  const amount = (name: (typeof RESOURCES)[number], milli: number): string =>
    name === 'cpus' ? cpus(milli) : size(milli / 1000);
  const texts = RESOURCES.map((name) => ({
    name,
    used: amount(name, used[name]),
    held: amount(name, held[name]),
    total: amount(name, total[name]),
  }));
  const wide = (key: 'used' | 'held' | 'total'): number => Math.max(...texts.map((t) => t[key].length));
  const figures = wide('used') + wide('held') + wide('total') + '  cpus   used   allocated of    '.length;
  const cells = Math.max(6, Math.min(40, Math.floor((width - figures - 4) / 2)));
  const lines = texts.map((t) =>
    cutLine(
      line(
        `  ${t.name.padEnd(6)}`,
        ...bar(used[t.name] / total[t.name], cells, 'used'),
        ` ${t.used.padStart(wide('used'))}`,
        span(' used   ', 'faint'),
        ...bar(held[t.name] / total[t.name], cells, 'held'),
        ` ${t.held.padStart(wide('held'))}`,
        span(' allocated of ', 'faint'),
        t.total.padStart(wide('total')),
      ),
      width,
    ),
  );
  return [rule(width, [span('pool', 'strong')]), ...lines];
}

const attention = (job: Job): string => {
  if (job.message !== '') return job.message;
  return needsAttention(job) ? `${job.healthy} of ${job.desired} healthy` : '';
};

export function jobBlock(
  list: readonly Job[],
  context: Context,
  width: number,
  room: number,
  chosen: string | undefined,
): Line[] {
  const amiss = list.filter(needsAttention).length;
  const well: Span[] = list.length === 0 ? [] : [span('all as they should be', 'good')];
  const note = amiss > 0 ? [span(`${counted(amiss, 'needs', 'need')} attention`, 'busy')] : well;
  const head = rule(width, [span('jobs ', 'strong'), span(String(list.length), 'faint')], note);
  if (list.length === 0) return [head, line(span('  none yet: tender run IMAGE starts one', 'faint'))];
  const shown = around(
    list,
    room - 1,
    list.findIndex((job) => `jobs:${job.name}` === chosen),
  );
  const columns = untitled(jobs.columns(context.client.state), ['name', 'status', 'running', 'age']);
  const laid = layout(columns, shown.items, width, { state: context.client.state, now: context.now });
  const rows = shown.items.map((job, i) => {
    const cells = tonedCells(laid, i, jobs, job, context.client.state, needsAttention(job));
    const left = Math.max(0, width - 2 - lineWidth({ spans: cells }) - laid.gap);
    const tail = span(' '.repeat(laid.gap) + cut(plain(attention(job)), left));
    return chosenLine([...cells, tail], `jobs:${job.name}` === chosen, width);
  });
  return [head, ...rows, ...hidden(shown, 'jobs', '3')];
}

const MINI = 8;

export function agentBlock(
  list: readonly Agent[],
  context: Context,
  width: number,
  room: number,
  chosen: string | undefined,
): Line[] {
  const { state } = context.client;
  const amiss = list.filter((agent) => agent.state !== 'ready');
  const worst = amiss.some((agent) => agent.state === 'unreachable') ? 'bad' : 'busy';
  const { massLoss } = state;
  const note: Span[] = massLoss
    ? [span(`${massLoss.away} of ${massLoss.of} away: their work waits for them, or :give-up`, 'bad')]
    : amiss.length > 0
      ? [span(`${amiss.length} not ready`, worst)]
      : [];
  const head = rule(width, [span('agents ', 'strong'), span(String(list.length), 'faint')], note);
  if (list.length === 0)
    return [head, line(span('  none yet: tender token create, then tender agent --join TOKEN', 'faint'))];
  const shown = around(
    list,
    room - 1,
    list.findIndex((agent) => `agents:${agent.id}` === chosen),
  );
  const columns = untitled(agents.columns(state), ['name', 'state', 'age', 'tasks', 'cpus', 'mem']).map(
    (c) => (c.key === 'tasks' || c.key === 'cpus' ? { ...c, text: suffixed(c) } : c),
  );
  const laid = layout(columns, shown.items, width - 2, { state, now: context.now });
  const rows = shown.items.map((agent, i) => {
    const cells = tonedCells(laid, i, agents, agent, state, agent.state !== 'ready');
    return chosenLine(
      [...cells, ...measured(agent, width - 2 - lineWidth({ spans: cells }))],
      `agents:${agent.id}` === chosen,
      width,
    );
  });
  return [head, ...rows, ...hidden(shown, 'agents', '2')];
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
  ] as const;
  const bars = room >= 2 * (MINI + 13);
  if (!bars && room < 22) return [];
  return parts.flatMap(([name, share]) => [
    span(`${bars ? '   ' : '  '}${name} `, 'faint'),
    ...(bars ? [...bar(share, MINI, 'used'), span(' ')] : []),
    span(pad(percent(share, 1), 4, 'right')),
  ]);
}

const untitled = <R>(columns: readonly Column<R>[], keys: readonly string[]): Column<R>[] =>
  keys.map((key) => ({ ...columns.find((c) => c.key === key)!, title: '', min: 4 }));

function tonedCells<R>(
  laid: Laid<R>,
  at: number,
  table: Table<R>,
  record: R,
  state: ClusterState,
  loud: boolean,
): Span[] {
  const gap = ' '.repeat(laid.gap);
  return laid.rows[at]!.map((cell, i) => {
    const { key } = laid.columns[i]!;
    const style =
      key === table.toned
        ? table.tone(record, state)
        : key === 'name'
          ? loud
            ? 'strong'
            : 'plain'
          : 'faint';
    return span(i === 0 ? cell : gap + cell, style);
  });
}

function chosenLine(spans: readonly Span[], selected: boolean, width: number): Line {
  const built = cutLine(line(span(selected ? '> ' : '  ', 'accent'), ...spans), width);
  return selected ? banded(built, width) : built;
}

export function eventBlock({ client, now }: Context, width: number, room: number): Line[] {
  if (room < 2) return [];
  const newest = client.recent
    .filter(({ event }) => !isQuiet(event))
    .slice(-(room - 1))
    .reverse();
  const head = rule(width, [span('latest events', 'strong')]);
  if (newest.length === 0) return [head, line(span('  none since this screen was opened', 'faint'))];
  return [
    head,
    ...newest.map(({ event }) => {
      const text = cut(plain(eventText(event, client.state)), Math.max(0, width - 13));
      return line(
        '  ',
        span(momentText(event.at, now), 'faint'),
        '  ',
        span(text, eventTone(event, client.state)),
      );
    }),
  ];
}

interface Part<T> {
  readonly items: readonly T[];
  readonly more: number;
}

/** As many as fit, around the chosen one; one line is kept to say how many are not shown. */
function around<T>(list: readonly T[], room: number, chosen: number): Part<T> {
  if (list.length <= room) return { items: list, more: 0 };
  const space = Math.max(1, room - 1);
  const top = Math.max(0, Math.min(chosen - space + 1, list.length - space));
  return { items: list.slice(top, top + space), more: list.length - space };
}

const hidden = (part: Part<unknown>, noun: string, digit: string): Line[] =>
  part.more > 0 ? [line(span(`  ${part.more} more ${noun}: `, 'faint'), span(digit, 'key'))] : [];
