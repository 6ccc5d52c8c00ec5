/** A machine beside its fields: what is used and allocated of it over time, and what each task takes of what it asked for. */

import { holdingsOf, NO_HOLDING } from '../../../client/table/holdings.ts';
import { whatRuns } from '../../../client/table/what-runs.ts';
import { pad } from '../../../client/table/width.ts';
import { cpus, percent, rate, size } from '../../../client/tables.ts';
import type { Agent } from '../../../core/cluster.ts';
import { scalar } from '../../../core/resources.ts';
import { bar } from '../../bar.ts';
import type { Context } from '../../context.ts';
import { graphLines, momentsIn, warning } from '../../graph.ts';
import { cutLine, type Line, line, span } from '../../line.ts';
import type { Section } from './sections.ts';
import { usageLines } from './usage-lines.ts';

const GRAPH = 40;

export function agentSections(agent: Agent, context: Context): Section[] {
  const { client, size: screen } = context;
  const { state } = client;
  const tasks = [...state.tasks.values()].filter((task) => task.agent === agent.id);
  return [
    { title: 'use', note: 'measured │ allocated │ offered', lines: useLines(agent, context) },
    {
      title: 'tasks',
      lines: usageLines(tasks, state, screen.columns, { text: ({ what }) => whatRuns(what) }),
    },
  ];
}

function useLines(agent: Agent, { client, history, size: screen }: Context): Line[] {
  const { usage, host, total } = agent;
  if (!usage) return [line(span('  not measured', 'faint'))];
  const held = holdingsOf(client.state).byAgent.get(agent.id) ?? NO_HOLDING;
  const cells = Math.max(8, Math.min(GRAPH, screen.columns - 74));
  const share = Math.max(4, Math.min(12, screen.columns - 55));
  const seen = history?.of(agent.id);
  const rows = [
    ['cpus', usage.cpus, host.cpus * 1000, held.cpus, scalar(total, 'cpus'), cpus],
    ['mem', usage.mem, host.mem, held.mem / 1000, scalar(total, 'mem') / 1000, size],
    ['disk', usage.disk, host.disk, held.disk / 1000, scalar(total, 'disk') / 1000, size],
  ] as const;
  const lines = rows.map(([name, used, whole, allocated, offered, text]) => {
    const values = seen?.[name].last(momentsIn(cells)) ?? [];
    const [graph] = graphLines({ values, most: whole, styleAt: () => warning(used / whole) }, cells, 1);
    return cutLine(
      line(
        `  ${pad(name === 'mem' ? 'memory' : name, 8)}`,
        ...graph!.spans,
        ` ${pad(text(used), 8, 'right')} ${pad(percent(used, whole), 4, 'right')}`,
        span(' │ ', 'rule'),
        ...bar(offered > 0 ? allocated / offered : 0, share, 'held'),
        ` ${pad(text(allocated), 8, 'right')}`,
        span(' │ ', 'rule'),
        pad(text(offered), 8, 'right'),
      ),
      screen.columns,
    );
  });
  const net = seen?.netIn.last(momentsIn(cells)) ?? [];
  const most = Math.max(65_536, ...net.filter((value) => !Number.isNaN(value)));
  const [graph] = graphLines({ values: net, most, styleAt: () => 'good' }, cells, 1);
  return [
    ...lines,
    cutLine(
      line(
        `  ${pad('network', 8)}`,
        ...graph!.spans,
        ` ${pad(rate(usage.netIn), 10, 'right')}`,
        span(' in  ', 'faint'),
        pad(rate(usage.netOut), 10, 'right'),
        span(' out  ', 'faint'),
        span('load ', 'faint'),
        usage.load.toFixed(2),
      ),
      screen.columns,
    ),
  ];
}
