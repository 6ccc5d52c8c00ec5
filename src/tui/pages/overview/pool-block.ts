/**
 * The pool over time: cpus, memory, disk and network, each as a graph with its figures. Used is the filled part, allocated
 * the dotted line above it. Where there is no room for graphs each is one line.
 */
import { netOf, type Promised } from '../../../client/history.ts';
import { holdingsOf, poolOf } from '../../../client/table/holdings.ts';
import { pad } from '../../../client/table/width.ts';
import { cpus, percent, rate, size } from '../../../client/tables.ts';
import { bar } from '../../bar.ts';
import type { Context } from '../../context.ts';
import type { Block } from '../../fit.ts';
import { type Graph, graphLines, momentsIn, warning } from '../../graph.ts';
import { beside, cutLine, type Line, line, padLine, rule, span, spread } from '../../line.ts';

const NAMES = { cpus: 'cpus', mem: 'memory', disk: 'disk' } as const;
const GUTTER = 3;
/** A column of graphs with all of their figures. */
const TWO_FIT = 60;
/** A graph wider than this tells no more. */
const WIDEST = 150;
/** So few bytes a second are nothing: a graph of noise would look like work. */
const QUIET_NET = 65_536;

/** @param height of the page: on a low one the figures are enough */
export function poolBlock(context: Context, width: number, height: number, priority: number): Block {
  const isLow = width < 76 || height < 24;
  return {
    priority,
    least: 5,
    most: isLow ? 5 : height < 40 ? 9 : 17,
    lines: (room) => {
      const [columns, height] = shapeOf(width, room);
      const body = height === 0 ? compact(context, width) : graphs(context, width, columns, height);
      const note = height === 0 ? [] : [span(spanText(context, width, columns), 'faint')];
      return [rule(width, [span('pool', 'strong')], note), ...body];
    },
  };
}

/** Columns of graphs, and the lines of each; no lines: only figures. */
function shapeOf(width: number, room: number): readonly [columns: number, height: number] {
  if (room < 9) return [1, 0];
  // Long graphs under one another where there is room for them, else two by two.
  const columns = width >= 76 && (width > 2 * TWO_FIT || room < 17) ? 2 : 1;
  const height = Math.floor((room - 1) / (4 / columns)) - 1;
  return columns === 1 && height < 2 ? [1, 0] : [columns, Math.max(0, Math.min(5, height))];
}

const cellsOf = (width: number, columns: number): number =>
  Math.min(WIDEST, Math.floor((width - 3 - GUTTER * (columns - 1)) / columns));

/** What the graphs hold: they begin when the screen does. */
function spanText({ history }: Context, width: number, columns: number): string {
  const seconds = Math.min(momentsIn(cellsOf(width, columns)), history?.used.cpus.length ?? 0);
  if (seconds === 0) return '';
  return seconds >= 120 ? `last ${Math.round(seconds / 60)} min` : `last ${seconds} s`;
}

/** Used is a share of what the machines have, held one of what they give to the pool. */
interface Figure {
  readonly used: number;
  readonly machines: number;
  readonly held: number;
  readonly total: number;
  readonly text: (value: number) => string;
}

/** As measured now, in the units of the history. */
export function poolFigures({ client }: Context): Readonly<Record<Promised, Figure>> {
  const { total, machines, used } = poolOf(client.state);
  const held = holdingsOf(client.state).total;
  const of = (name: Promised, divisor: number, text: Figure['text']): Figure => ({
    used: used[name] / divisor,
    machines: machines[name] / divisor,
    held: held[name] / divisor,
    total: total[name] / divisor,
    text,
  });
  return { cpus: of('cpus', 1, cpus), mem: of('mem', 1000, size), disk: of('disk', 1000, size) };
}

/** Cells that any figure of the pool fits into: what changes must not move its neighbours. */
const FIGURE = 8;

function headOf(name: Promised, { used, machines, held, total, text }: Figure, width: number): Line {
  const left = line(
    span(`  ${pad(NAMES[name], 7)}`, 'strong'),
    pad(text(used), FIGURE, 'right'),
    span(' used ', 'faint'),
    pad(percent(used, machines), 4, 'right'),
  );
  const right = line(
    span('⠒ ', 'held'),
    pad(text(held), FIGURE, 'right'),
    span(' alloc of ', 'faint'),
    pad(text(total), FIGURE, 'right'),
  );
  const short = line(
    pad(text(held), FIGURE, 'right'),
    span(' / ', 'faint'),
    pad(text(total), FIGURE, 'right'),
  );
  return spread(left, width >= 58 ? right : width >= 48 ? short : line(), width);
}

function graphs(context: Context, width: number, columns: number, height: number): Line[] {
  const cells = cellsOf(width, columns);
  const figures = poolFigures(context);
  const moments = momentsIn(cells);
  const { history } = context;
  const blocks = (['cpus', 'mem', 'disk'] as const).map((name): Line[] => {
    const { machines, total } = figures[name];
    // One picture: both fill it when there is no more of them.
    const level = history?.held[name].last(moments).map((held) => (held * machines) / total);
    const values = history?.used[name].last(moments) ?? [];
    const graph = graphLines({ values, level, most: machines, styleAt: warning }, cells, height);
    return [headOf(name, figures[name], cells + 2), ...indented(graph)];
  });
  const all = [...blocks, network(context, cells, height)];
  if (columns === 1) return all.flat();
  const rows = [0, 2].map((i) => beside(all[i]!, all[i + 1]!, cells + 2, GUTTER - 2));
  return rows.flat();
}

const indented = (lines: readonly Line[]): Line[] =>
  lines.map(({ spans }) => ({ spans: [span('  '), ...spans] }));

/** What comes in grows upwards, what goes out hangs below it. */
function network(context: Context, cells: number, height: number): Line[] {
  const { client, history } = context;
  const { netIn, netOut } = netOf(client.state);
  const moments = momentsIn(cells);
  const into = history?.used.netIn.last(moments) ?? [];
  const out = history?.used.netOut.last(moments) ?? [];
  const most = Math.max(QUIET_NET, ...[...into, ...out].filter((value) => !Number.isNaN(value)));
  const head = spread(
    line(
      span(`  ${pad('network', 8)}`, 'strong'),
      span('in ', 'faint'),
      pad(rate(netIn), 10, 'right'),
      span('  out ', 'faint'),
      pad(rate(netOut), 10, 'right'),
    ),
    cells >= 58 ? line(span('most ', 'faint'), pad(rate(most), 10, 'right')) : line(),
    cells + 2,
  );
  const above = Math.ceil(height / 2);
  const graph = (values: readonly number[], hangs: boolean): Graph => ({
    values,
    most,
    hangs,
    styleAt: () => (hangs ? 'held' : 'good'),
  });
  return [
    head,
    ...indented([
      ...graphLines(graph(into, false), cells, above),
      ...graphLines(graph(out, true), cells, height - above),
    ]),
  ];
}

/** A line for each: a small graph, used, a bar of what is allocated. */
function compact(context: Context, width: number): Line[] {
  const figures = poolFigures(context);
  const { history, client } = context;
  const { netIn, netOut } = netOf(client.state);
  const between = width >= 72 ? ' alloc of ' : ' / ';
  const cells = Math.max(6, Math.min(24, Math.floor((width - 42 - between.length) / 2)));
  const spark = (graph: Pick<Graph, 'values' | 'most' | 'styleAt'>): Line =>
    padLine(graphLines(graph, cells, 1)[0]!, cells);
  const lines = (['cpus', 'mem', 'disk'] as const).map((name) => {
    const { used, machines, held, total, text } = figures[name];
    const values = history?.used[name].last(momentsIn(cells)) ?? [];
    return line(
      `  ${pad(NAMES[name], 8)}`,
      ...spark({ values, most: machines, styleAt: () => warning(used / machines) }).spans,
      ` ${pad(text(used), FIGURE, 'right')}`,
      span(' used ', 'faint'),
      ...bar(held / total, cells, 'held'),
      ` ${pad(text(held), FIGURE, 'right')}`,
      span(between, 'faint'),
      pad(text(total), FIGURE, 'right'),
    );
  });
  const into = history?.used.netIn.last(momentsIn(cells)) ?? [];
  const most = Math.max(QUIET_NET, ...into.filter((value) => !Number.isNaN(value)));
  const net = line(
    `  ${pad('network', 8)}`,
    ...spark({ values: into, most, styleAt: () => 'good' }).spans,
    ` ${pad(rate(netIn), 10, 'right')}`,
    span(' in  ', 'faint'),
    pad(rate(netOut), 10, 'right'),
    span(' out', 'faint'),
  );
  return [...lines, net].map((l) => cutLine(l, width));
}
