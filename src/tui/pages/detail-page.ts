/** One thing: its name and state, all its fields, then what happened to it, the newest first. */
import { eventText, eventTone, isQuiet, subjectsOf } from '../../client/event-text.ts';
import { cut, plain, wrap } from '../../client/table/width.ts';
import { momentText, tableOf } from '../../client/tables.ts';
import type { Context } from '../context.ts';
import { EMPTY, type Line, labelled, line, rule, span } from '../line.ts';
import type { DetailPage } from '../ui.ts';
import { fieldsOf } from './detail-fields.ts';

const LABEL = 14;
const EVENTS_SHOWN = 200;

/** All lines; the frame shows a window of them. */
export function detailLines(page: DetailPage, { client, now, size }: Context): Line[] {
  const width = size.columns;
  const table = tableOf(page.table);
  const fields = fieldsOf(page.table, page.id, client, now);
  const record = table.list(client).find((r) => table.id(r) === page.id);
  const gone = !fields || !record;
  const head = gone
    ? [line(span(`  ${page.title}`, 'strong'), span('  is no longer there', 'busy'))]
    : [
        line(
          span(`  ${plain(page.title)}`, 'strong'),
          '  ',
          span(stateText(page, record, client.state, now), table.tone(record, client.state)),
        ),
      ];
  const body = (fields ?? [])
    .filter((field) => field.text !== '')
    .flatMap((field) =>
      wrap(plain(field.text), Math.max(10, width - LABEL - 3)).map((text, i) =>
        labelled(i === 0 ? `  ${field.label}` : '', LABEL, ' ', span(text, field.tone ?? 'plain')),
      ),
    );
  const own = ownEvents(page, client);
  const news = own.map(({ event }) =>
    line(
      '  ',
      span(momentText(event.at, now), 'faint'),
      '  ',
      span(
        cut(plain(eventText(event, client.state)), Math.max(0, width - 13)),
        eventTone(event, client.state),
      ),
    ),
  );
  const tail = page.table === 'events' ? [] : [EMPTY, rule(width, [span('its events', 'strong')]), ...news];
  if (news.length === 0 && tail.length > 0)
    tail.push(line(span('  none since this screen was opened', 'faint')));
  return [...head, EMPTY, ...body, ...tail];
}

function stateText(
  page: DetailPage,
  record: Parameters<ReturnType<typeof tableOf>['tone']>[0],
  state: Context['client']['state'],
  now: number,
): string {
  const table = tableOf(page.table);
  const toned =
    page.table === 'tasks' || page.table === 'agents' || page.table === 'jobs' || page.table === 'frameworks';
  const column = toned ? table.columns(state).find((c) => c.key === table.toned) : undefined;
  return column ? plain(column.text(record, state, now)) : table.singular;
}

function ownEvents({ table, id }: DetailPage, { recent, state }: Context['client']) {
  const ids = new Set([id]);
  // A job's story is that of its tasks as well.
  if (table === 'jobs') for (const task of state.tasks.values()) if (task.job === id) ids.add(task.id);
  return recent
    .filter(({ event }) => !isQuiet(event) && subjectsOf(event).some((subject) => ids.has(subject)))
    .slice(-EVENTS_SHOWN)
    .reverse();
}
