/** What tasks use of what they asked for, a line each with two bars: the name, its state, cpus, memory. */
import { cutMiddle, pad, plain, widthOf } from '../../../client/table/width.ts';
import { taskTone } from '../../../client/table/work.ts';
import { compareValues, cpus, naturalKey, percent, size, sizeShare } from '../../../client/tables.ts';
import type { ClusterState } from '../../../core/cluster.ts';
import { scalar } from '../../../core/resources.ts';
import type { Task } from '../../../core/task.ts';
import { isTerminal } from '../../../core/task-state.ts';
import { bar } from '../../bar.ts';
import { cutLine, type Line, line, type Span, span } from '../../line.ts';

/** Names of agents and tasks are cut where they are longer. */
const NAME = 24;
const LEAST_BAR = 6;
const MOST_BAR = 20;
/** What is written beside two bars, and without them. */
const FIGURES = 48;
const BARE = 34;
const LEAST_NOTE = 8;

/** What is said of each beside its name. */
interface About {
  readonly text: (task: Task) => string;
  /** Where there is no room for both it goes before what is used. @default false */
  readonly isFirst?: boolean;
}

export function usageLines(tasks: readonly Task[], state: ClusterState, width: number, about: About): Line[] {
  const order = (task: Task): string => naturalKey(task.name);
  const live = tasks
    .filter((task) => !isTerminal(task.state))
    .sort((a, b) => compareValues(order(a), order(b)));
  if (live.length === 0) return [line(span('  nothing runs', 'faint'))];
  const most = (of: (task: Task) => string, limit: number): number =>
    Math.min(limit, Math.max(...live.map((task) => widthOf(plain(of(task))))));
  const names = most(({ name }) => name, NAME);
  const states = most((task) => task.state, 12);
  const longest = most(about.text, width);
  const wished = Math.min(longest, Math.max(LEAST_NOTE, Math.floor(width / 3)));
  const room = width - names - states - 8;
  const bars = Math.min(MOST_BAR, Math.floor((room - wished - FIGURES) / 2));
  const cells = bars < LEAST_BAR ? 0 : bars;
  const isAlone = about.isFirst === true && cells === 0 && longest > room - BARE;
  const notes = isAlone ? room : cells > 0 ? wished : Math.min(longest, room - BARE);
  return live.map((task) =>
    cutLine(
      line(
        `  ${pad(plain(task.name), names, 'left', cutMiddle)}  `,
        span(pad(task.state, states), taskTone(task)),
        notes < Math.min(LEAST_NOTE, longest) ? '  ' : `  ${pad(plain(about.text(task)), notes)}  `,
        ...(isAlone ? [] : usageBars(task, state, cells)),
      ),
      width,
    ),
  );
}

/** `cpu ▄▄▁▁ 0.21/0.5  mem ▄▁▁▁  88 MiB/512 MiB`. @param cells of each bar; 0: only figures */
export function usageBars(task: Task, state: ClusterState, cells: number): readonly Span[] {
  const usage = state.agents.get(task.agent)?.usage?.tasks[task.id];
  const cpu = scalar(task.resources, 'cpus');
  const mem = scalar(task.resources, 'mem') / 1000;
  if (!usage && cells > 0)
    return [
      span(
        `asked for ${cpus(cpu)} cpus, ${size(mem)}; not measured${isTerminal(task.state) ? '' : ' yet'}`,
        'faint',
      ),
    ];
  if (!usage || cells === 0)
    return line(
      span('cpu ', 'faint'),
      pad(`${usage ? cpus(usage.cpus) : '-'}/${cpus(cpu)}`, 10, 'right'),
      span('  mem ', 'faint'),
      pad(usage ? sizeShare(usage.mem, mem) : `-/${size(mem)}`, 14, 'right'),
    ).spans;
  return line(
    span('cpu ', 'faint'),
    ...bar(usage.cpus / cpu, cells, 'used'),
    ` ${pad(cpus(usage.cpus), 5, 'right')}`,
    span('/', 'faint'),
    pad(cpus(cpu), 5),
    span(' mem ', 'faint'),
    ...bar(usage.mem / mem, cells, 'used'),
    ` ${pad(size(usage.mem), 8, 'right')}`,
    span('/', 'faint'),
    pad(size(mem), 8),
    span(` ${pad(percent(usage.mem, mem), 4, 'right')}`, 'faint'),
  ).spans;
}
