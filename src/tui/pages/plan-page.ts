/**
 * What a file would do, before it is done: for each job that would change the difference, each step with its time and
 * place, and what would have none; those that stay as they are in one line.
 */
import type { PlannedJob, PlannedStep } from '../../client/changes.ts';
import { changesAnything, endText, restText, timeFromNow } from '../../client/plan-text.ts';
import { counted } from '../../client/table/figures.ts';
import { pad, plain, widthOf, wrap } from '../../client/table/width.ts';
import type { Json } from '../../core/json.ts';
import type { Context } from '../context.ts';
import { keyOf } from '../keys.ts';
import { EMPTY, type Line, line, rule, type Span, type Style, span } from '../line.ts';
import type { Planned, PlanPage } from '../ui.ts';

export function planLines({ file, answer }: PlanPage, context: Context): Line[] {
  const width = context.size.columns;
  if (!answer) return [line(span(`  asking what ${plain(file)} would do…`, 'faint'))];
  if ('code' in answer)
    return [
      ...wrapped(`${answer.code}: ${answer.message}`, 'bad', width),
      ...(answer.next ? wrapped(answer.next, 'faint', width) : []),
    ];
  const { plans, notes } = answer;
  const changing = plans.filter(changesAnything);
  const same = plans.filter((planned) => !changesAnything(planned)).map(({ job }) => job);
  const still = same.length === 0 ? '' : `nothing would change in ${same.join(', ')}`;
  return [
    wayOut(answer, context),
    ...notes.flatMap((note) => wrapped(note, 'busy', width)),
    ...changing.flatMap((planned) => [EMPTY, ...jobLines(planned, width)]),
    ...(still === '' ? [] : [EMPTY, ...wrapped(still, 'faint', width)]),
  ];
}

const wrapped = (text: string, style: Style, width: number): Line[] =>
  wrap(plain(text), Math.max(10, width - 4)).map((part) => line('  ', span(part, style)));

function wayOut({ plans }: Planned, context: Context): Line {
  const leave = [span('esc', 'key'), span(' leaves', 'faint')];
  if (context.readOnly) return line(span('  read-only: nothing can be applied   ', 'busy'), ...leave);
  if (!plans.some(changesAnything)) return line(span('  nothing would change   ', 'good'), ...leave);
  const key = keyOf('apply', context) ?? 'the menu';
  const only = context.size.columns < 80 ? '' : ', if nobody has changed the jobs meanwhile';
  return line(span(`  ${key}`, 'key'), span(` applies it${only}   `, 'faint'), ...leave);
}

function jobLines(planned: PlannedJob, width: number): Line[] {
  const { job, version, diff, steps, isCut, unplaced, waitsFor } = planned;
  const what = diff.length === 0 ? `version ${version}, as it is` : `version ${version} → ${version + 1}`;
  const shown = steps.slice(0, SHOWN);
  const rest = restText(steps.length - shown.length, isCut);
  const end = endText(planned);
  const note =
    unplaced.length > 0
      ? span('not all of it has a place', 'busy')
      : span(`${counted(steps.length, 'step')}${isCut ? ' or more' : ''}`, 'faint');
  return [
    rule(width, [span(plain(job), 'strong'), span(`  ${version === 0 ? 'new' : what}`)], [note]),
    ...(version === 0 ? [] : diffLines(diff, width)),
    ...(waitsFor.length > 0 ? wrapped(`waits for ${waitsFor.join(', ')}`, 'busy', width) : []),
    ...stepLines(shown, width),
    ...(rest === '' ? [] : [line(span(`  ${rest}`, 'faint'))]),
    ...(end === '' ? [] : wrapped(end, 'busy', width)),
    ...unplacedLines(unplaced, width),
  ];
}

/** So many steps are written out. */
const SHOWN = 40;

/** `env.RELEASE  "1" → "2"`: what was is quiet, what will be is not. */
function diffLines(diff: PlannedJob['diff'], width: number): Line[] {
  const most = Math.min(Math.floor(width / 2), Math.max(...diff.map(({ path }) => widthOf(path))));
  return diff.flatMap(({ path, from, to }) => {
    const change = `${text(from)} → ${text(to)}`;
    return wrap(plain(change), Math.max(10, width - most - 6)).map((part, i) =>
      line(span(`  ${pad(i === 0 ? plain(path) : '', most)}  `, 'faint'), span(part, 'accent')),
    );
  });
}

const text = (value: Json | undefined): string => (value === undefined ? '-' : JSON.stringify(value));

const STYLES: Readonly<Record<string, Style>> = { start: 'good', stop: 'busy', wait: 'faint' };
/** `start`, `stop` and the like stand in a column; what takes more words is a sentence. */
const WORD = 9;

function stepLines(steps: readonly PlannedStep[], width: number): Line[] {
  const named = steps.filter(({ does }) => does !== 'wait');
  const most = (of: (step: PlannedStep) => string, limit: number): number =>
    Math.min(limit, Math.max(0, ...named.map((step) => widthOf(plain(of(step))))));
  const words = most(({ does }) => does, WORD);
  const names = most(nameOf, Math.floor(width / 2));
  const agents = most(({ agent = '' }) => agent, 24);
  const indent = 11 + words + 2 + names + 2 + (agents > 0 ? agents + 2 : 0);
  return steps.flatMap((step) => {
    const { does, agent = '', why, at } = step;
    const when = span(`  ${timeFromNow(at).padStart(7)}  `, 'faint');
    const style = STYLES[does] ?? 'busy';
    if (does === 'wait') return [line(when, span(plain(`waits ${why}`), style))];
    const head: Span[] =
      widthOf(does) > WORD
        ? [span(`${plain(does)}  `, 'bad'), span(`${plain(nameOf(step))}  `)]
        : [
            span(`${pad(plain(does), words)}  `, style),
            span(`${pad(plain(nameOf(step)), names)}  `),
            span(agents > 0 ? `${pad(plain(agent), agents)}  ` : '', 'faint'),
          ];
    const room = width - indent - 1;
    const parts = room < 10 || widthOf(does) > WORD ? [plain(why)] : wrap(plain(why), room);
    return parts.map((part, i) =>
      i === 0 ? line(when, ...head, span(part, 'faint')) : line(' '.repeat(indent), span(part, 'faint')),
    );
  });
}

const nameOf = ({ name, version }: PlannedStep): string =>
  version === undefined ? name : `${name} (version ${version})`;

/** Those that the same stands in the way of are told of together. */
function unplacedLines(unplaced: PlannedJob['unplaced'], width: number): Line[] {
  const alike = Map.groupBy(unplaced, ({ agents, help }) => JSON.stringify([agents, help]));
  return [...alike.values()].flatMap((group) => {
    const [{ agents, help }] = group as [PlannedJob['unplaced'][number]];
    return [
      EMPTY,
      ...wrapped(`${group.map(({ name }) => name).join(', ')} would have no place`, 'bad', width),
      ...agents.flatMap(({ agent, reasons }) => wrapped(`${agent}: ${reasons.join('; ')}`, 'busy', width)),
      ...(help ? wrapped(help, 'good', width) : []),
    ];
  });
}
