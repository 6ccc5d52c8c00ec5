/**
 * One thing from three sides: described (its name and state, all its fields, the latest of its story), raw as YAML, and
 * all that happened to it.
 */
import { stringify } from 'yaml';
import { eventText, eventTone, isQuiet, subjectsOf } from '../../client/event-text.ts';
import { cut, folded, plain, take, wrap } from '../../client/table/width.ts';
import { type AnyRecord, momentText, tableOf } from '../../client/tables.ts';
import type { Event, Numbered } from '../../core/events.ts';
import { isStep } from '../../core/last-events.ts';
import type { Context } from '../context.ts';
import { EMPTY, type Line, labelled, line, rule, span, spread } from '../line.ts';
import { type DetailPage, TABS } from '../ui.ts';
import { sectionLines } from './describe/sections.ts';
import { type Field, fieldsOf } from './detail-fields.ts';

const LABEL = 14;
const EVENTS_SHOWN = 200;
const LATEST = 10;
/** Lines of one event. */
const TOLD = 3;

/** All lines; the frame shows a window of them. */
export function detailLines(page: DetailPage, context: Context): Line[] {
  const table = tableOf(page.table);
  const record = table.list(context.client).find((r) => table.id(r) === page.id);
  const body = bodyLines(page, record, context);
  return [headLine(page, record, context), ...(body[0] === EMPTY ? [] : [EMPTY]), ...body];
}

function bodyLines(page: DetailPage, record: AnyRecord | undefined, context: Context): Line[] {
  switch (page.tab) {
    case 'describe':
      return describeLines(page, record, context);
    case 'raw':
      return rawLines(page, record, context.size.columns);
    case 'events':
      return eventLines(page, context, EVENTS_SHOWN);
  }
}

/** `web  running                              [describe]  raw  events`: the faces stay, the state is cut. */
function headLine(page: DetailPage, record: AnyRecord | undefined, { client, now, size }: Context): Line {
  const state = record
    ? span(stateText(page, record, client.state, now), tableOf(page.table).tone(record, client.state))
    : span('is no longer there', 'busy');
  const tabs = TABS.map((tab) =>
    span(tab === page.tab ? `[${tab}]` : ` ${tab} `, tab === page.tab ? 'accent' : 'faint'),
  );
  return spread(
    line(span(`  ${plain(page.title)}`, 'strong'), '  ', state),
    line(...tabs, ' '),
    size.columns,
  );
}

/** What it says of itself, then what can be drawn of it, then all its fields. */
function describeLines(page: DetailPage, record: AnyRecord | undefined, context: Context): Line[] {
  const { client, now, size } = context;
  const fields = (fieldsOf(page.table, page.id, client, now) ?? []).filter((field) => field.text !== '');
  const said = fields.filter(({ isFirst }) => isFirst).flatMap((one) => fieldLines(one, size));
  const known = fields.filter(({ isFirst }) => !isFirst).flatMap((one) => fieldLines(one, size));
  const drawn = record ? sectionLines(page.table, record, context) : [];
  const about = drawn.length > 0 ? [EMPTY, rule(size.columns, [span('about', 'strong')])] : [];
  const body = [...said, ...drawn, ...about, ...known];
  if (page.table === 'events') return body;
  const title = rule(size.columns, [span('its latest events', 'strong')]);
  return [...body, EMPTY, title, ...eventLines(page, context, LATEST, (event) => !isStep(event))];
}

const fieldLines = ({ label, text, tone = 'plain' }: Field, { columns }: Context['size']): Line[] =>
  text
    .split('\n')
    .flatMap((one) => indented(plain(one), Math.max(10, columns - LABEL - 3)))
    .map((part, i) => labelled(i === 0 ? `  ${label}` : '', LABEL, ' ', span(part, tone)));

/** Wrapped; what stands further in stays there. */
function indented(text: string, room: number): string[] {
  const indent = /^ */.exec(text)![0].slice(0, Math.floor(room / 2));
  return wrap(text.trimStart(), room - indent.length).map((part) => indent + part);
}

function eventLines(
  page: DetailPage,
  { client, now, size }: Context,
  most: number,
  isTold: (event: Event) => boolean = () => true,
): Line[] {
  const news = ownEvents(page, client).filter(({ event }) => isTold(event));
  if (news.length === 0) return [line(span('  none among those that are remembered', 'faint'))];
  return news.slice(0, most).flatMap(({ event }) => {
    const when = `  ${momentText(event.at, now)}  `;
    const room = Math.max(10, size.columns - when.length - 1);
    const all = wrap(plain(eventText(event, client.state)), room);
    const told =
      all.length > TOLD ? [...all.slice(0, TOLD - 1), cut(all.slice(TOLD - 1).join(' '), room)] : all;
    return told.map((part, i) =>
      line(
        span(i === 0 ? when : ' '.repeat(when.length), 'faint'),
        span(part, eventTone(event, client.state)),
      ),
    );
  });
}

/** As the replica has it; a job as it was submitted, before that. */
function rawLines({ table, spec }: DetailPage, record: AnyRecord | undefined, width: number): Line[] {
  const own = record === undefined ? [] : yamlLines(record, width);
  if (table !== 'jobs') return own;
  return [...specLines(spec, width), EMPTY, line(span('  # as the master shows it', 'faint')), ...own];
}

function specLines(spec: DetailPage['spec'], width: number): Line[] {
  if (spec === undefined) return [line(span('  asking for its spec…', 'faint'))];
  if ('code' in spec) return [line(span(`  ${spec.code}: ${plain(spec.message)}`, 'bad'))];
  return [line(span('  # its spec, with all defaults', 'faint')), ...yamlLines(spec.known, width)];
}

const KEY = /^(\s*(?:- )*)([^\s:][^:]*:)/;

/** A line of it is a line; what is longer than the screen goes on below, further in. */
function yamlLines(value: unknown, width: number): Line[] {
  // Undefined fields are none.
  const text = stringify(JSON.parse(JSON.stringify(value)), { lineWidth: 0 });
  return text
    .trimEnd()
    .split('\n')
    .flatMap((one) => {
      const [, indent = '', key = ''] = KEY.exec(one) ?? [];
      const shown = plain(one);
      const further = indent.length + FURTHER;
      const [first = '', ...more] = foldedAfter(shown, width - 3, Math.max(8, width - 3 - further));
      const head =
        key === ''
          ? line(`  ${first}`)
          : line(`  ${indent}`, span(plain(key), 'key'), first.slice(indent.length + plain(key).length));
      return [head, ...more.map((part) => line(`  ${' '.repeat(further)}${part}`))];
    });
}

/** Cells that what goes on below stands further in. */
const FURTHER = 4;

const foldedAfter = (text: string, first: number, next: number): string[] => {
  const head = take(text, first);
  return head === text ? [text] : [head, ...folded(text.slice(head.length), next)];
};

function stateText(
  page: DetailPage,
  record: AnyRecord,
  state: Context['client']['state'],
  now: number,
): string {
  const table = tableOf(page.table);
  const toned =
    page.table === 'tasks' || page.table === 'agents' || page.table === 'jobs' || page.table === 'frameworks';
  const column = toned ? table.columns(state).find((c) => c.key === table.toned) : undefined;
  return column ? plain(column.text(record, state, now)) : table.singular;
}

/** The newest first. */
function ownEvents({ table, id }: DetailPage, { recent, state }: Context['client']): Numbered[] {
  const ids = new Set([id]);
  // A job's story is that of its tasks as well.
  if (table === 'jobs') for (const task of state.tasks.values()) if (task.job === id) ids.add(task.id);
  return recent
    .filter(({ event }) => !isQuiet(event) && subjectsOf(event).some((subject) => ids.has(subject)))
    .slice(-EVENTS_SHOWN)
    .reverse();
}
