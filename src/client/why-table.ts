/**
 * The answer to why as a table: a row for each agent with its state, what is free there, and every reason, wrapped so that
 * nothing is lost on a narrow screen. Where the lines are about other things than agents, those are named alone.
 */
import type { Agent, ClusterState } from '../core/cluster.ts';
import { scalar } from '../core/resources.ts';
import { latelyText } from './lately-text.ts';
import { cpus, size } from './table/figures.ts';
import { holdingsOf, NO_HOLDING } from './table/holdings.ts';
import { agentState } from './table/machines.ts';
import { compareValues, naturalKey } from './table/natural.ts';
import { pad, plain, widthOf, wrap } from './table/width.ts';
import type { Why } from './why.ts';

export interface WhyTable {
  /** Titles above the rows; absent: the lines are about no agents. */
  readonly header?: string | undefined;
  readonly rows: readonly WhyRow[];
}

/** Some lines: the first one has what is known of the agent, the others are the rest of its reasons. */
export interface WhyRow {
  readonly lines: readonly { readonly before: string; readonly reason: string }[];
  readonly isFree: boolean;
}

/** Spaces between two columns. */
const GAP = '  ';
/** Reasons are read: they get at least so many cells before anything else is shown beside them. */
const READABLE = 44;

interface Figure {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** On a narrow screen the highest goes first. */
  readonly priority: number;
  text(agent: Agent, state: ClusterState): string;
}

const free = (agent: Agent, state: ClusterState, name: 'cpus' | 'mem'): number =>
  Math.max(0, scalar(agent.total, name) - (holdingsOf(state).byAgent.get(agent.id) ?? NO_HOLDING)[name]);

const FIGURES: readonly Figure[] = [
  { title: 'STATE', align: 'left', priority: 3, text: agentState },
  {
    title: 'CPUS FREE',
    align: 'right',
    priority: 1,
    text: (agent, state) => cpus(free(agent, state, 'cpus')),
  },
  {
    title: 'MEM FREE',
    align: 'right',
    priority: 2,
    text: (agent, state) => size(free(agent, state, 'mem') / 1000),
  },
];

export function whyTable(answer: Why, state: ClusterState, width: number): WhyTable {
  const agents = new Map([...state.agents.values()].map((agent) => [agent.name, agent]));
  const each = [...(answer.each ?? [])].sort((a, b) =>
    compareValues(naturalKey(a.agent), naturalKey(b.agent)),
  );
  const lines = each.length > 0 ? each : answer.agents;
  const isOfAgents = answer.about === undefined && lines.some(({ agent }) => agents.has(agent));
  const most = Math.max(8, Math.floor(width / 3));
  const names = Math.min(
    most,
    Math.max(isOfAgents ? 5 : 0, ...lines.map(({ agent }) => widthOf(plain(agent)))),
  );
  const known = lines.map(({ agent }) => agents.get(agent));
  const figures = isOfAgents ? shownFigures(known, state, width - names - GAP.length) : [];
  const used = names + figures.reduce((sum, { wide }) => sum + GAP.length + wide, 0);
  const room = Math.max(10, width - used - GAP.length);
  const beside = (text: (figure: Sized) => string): string =>
    figures.map((figure) => GAP + pad(text(figure), figure.wide, figure.align)).join('');
  return {
    ...(isOfAgents
      ? { header: `${pad('AGENT', names)}${beside(({ title }) => title)}${GAP}WHAT STANDS IN THE WAY` }
      : {}),
    rows: lines.map(({ agent, reasons }, i) => {
      const called = wrap(plain(agent), names);
      const told = (reasons.length === 0 ? ['nothing stands in the way'] : reasons).flatMap(hanging(room));
      const count = Math.max(called.length, told.length);
      return {
        isFree: reasons.length === 0,
        lines: Array.from({ length: count }, (_, at) => ({
          before:
            pad(called[at] ?? '', names) +
            beside((figure) => (at === 0 ? (figure.texts[i] ?? '') : '')) +
            GAP,
          reason: told[at] ?? '',
        })),
      };
    }),
  };
}

interface Sized extends Figure {
  readonly texts: readonly string[];
  readonly wide: number;
}

/** As many as leave room for the reasons. */
function shownFigures(known: readonly (Agent | undefined)[], state: ClusterState, room: number): Sized[] {
  const sized = FIGURES.map((figure): Sized => {
    const texts = known.map((agent) => (agent ? figure.text(agent, state) : ''));
    return { ...figure, texts, wide: Math.max(figure.title.length, ...texts.map(widthOf)) };
  });
  const taken = (some: readonly Sized[]): number =>
    some.reduce((sum, { wide }) => sum + wide + GAP.length, 0);
  let shown = sized;
  while (shown.length > 0 && taken(shown) + READABLE > room) {
    const least = Math.max(...shown.map(({ priority }) => priority));
    shown = shown.filter(({ priority }) => priority !== least);
  }
  return shown;
}

/** Wrapped; what goes on is set in a little, so that one sees where a reason begins. */
const hanging =
  (room: number) =>
  (reason: string): string[] => {
    const [first = '', ...rest] = wrap(plain(reason), room);
    const more = rest.length === 0 ? [] : wrap(rest.join(' '), room - 2).map((line) => `  ${line}`);
    return [first, ...more];
  };

/** The whole answer as printed lines. Sentence and help are not broken here: a command in them is to be copied whole. */
export function whyText(answer: Why, state: ClusterState, width: number): string {
  const { header, rows } = whyTable(answer, state, width - 2);
  const table = [
    ...(header === undefined ? [] : [header]),
    ...rows.flatMap(({ lines }) => lines.map(({ before, reason }) => before + reason)),
  ];
  const last = (answer.lately ?? []).slice(0, 3).map(latelyText);
  return [
    plain(answer.sentence),
    ...table.map((one) => `  ${one}`.trimEnd()),
    ...(answer.help === '' ? [] : [plain(answer.help)]),
    ...last.map((one) => `  ${one}`),
  ].join('\n');
}
