/** What a file would do, before it is done: the difference, each step with its time and place, and what would have none. */
import { changesAnything, planText } from '../../client/plan-text.ts';
import { plain, wrap } from '../../client/table/width.ts';
import type { Context } from '../context.ts';
import { keyOf } from '../keys.ts';
import { EMPTY, type Line, line, rule, span } from '../line.ts';
import type { PlanPage } from '../ui.ts';

export function planLines({ file, answer }: PlanPage, context: Context): Line[] {
  const { size, readOnly } = context;
  const width = size.columns;
  const wrapped = (text: string, style: Parameters<typeof span>[1]): Line[] =>
    wrap(plain(text), Math.max(10, width - 4)).map((part) => line('  ', span(part, style)));
  if (!answer) return [line(span(`  asking what ${plain(file)} would do…`, 'faint'))];
  if ('code' in answer)
    return [
      ...wrapped(`${answer.code}: ${answer.message}`, 'bad'),
      ...(answer.next ? wrapped(answer.next, 'faint') : []),
    ];
  const { plans } = answer;
  const changing = plans.filter(changesAnything);
  const jobs = plans.flatMap((planned): Line[] => {
    const [head = '', ...rest] = planText(planned).split('\n');
    const missing = planned.unplaced.length > 0 ? [span('not all of it has a place', 'busy')] : [];
    return [
      rule(width, [span(plain(head), 'strong')], missing),
      ...rest.flatMap((text) => wrapped(text.trim(), styleOf(text))),
      EMPTY,
    ];
  });
  const word = readOnly
    ? line(span('  read-only: nothing can be applied', 'busy'))
    : line(
        ...(changing.length === 0
          ? [span('  nothing would change', 'good')]
          : [
              span(`  ${keyOf('apply', context) ?? 'the menu'}`, 'key'),
              span(' applies it, if nobody has changed the jobs meanwhile   ', 'faint'),
            ]),
        span(changing.length === 0 ? '   ' : '', 'faint'),
        span('esc', 'key'),
        span(' leaves', 'faint'),
      );
  const remarks = answer.notes.flatMap((note) => wrapped(note, 'busy'));
  return [word, EMPTY, ...remarks, ...(remarks.length > 0 ? [EMPTY] : []), ...jobs];
}

/** Where something would be refused, a difference, a step. */
function styleOf(text: string): Parameters<typeof span>[1] {
  if (/would have no place/.test(text)) return 'busy';
  if (/ → /.test(text)) return 'accent';
  return /^\s+\d+ s /.test(text) ? 'plain' : 'faint';
}
