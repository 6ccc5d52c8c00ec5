/** Why a job or task is as it is: one sentence, a table of each agent with all that stands in the way, what would help. */
import { latelyText } from '../../client/lately-text.ts';
import { counted } from '../../client/table/figures.ts';
import { plain, wrap } from '../../client/table/width.ts';
import { whyTable } from '../../client/why-table.ts';
import type { Context } from '../context.ts';
import { EMPTY, type Line, line, rule, span } from '../line.ts';
import type { WhyPage } from '../ui.ts';

export function whyLines({ name, answer }: WhyPage, { size, client }: Context): Line[] {
  const width = size.columns;
  const wrapped = (text: string, style: Parameters<typeof span>[1]): Line[] =>
    wrap(plain(text), Math.max(10, width - 4)).map((part) => line('  ', span(part, style)));
  if (!answer) return [line(span(name === '' ? '  asking…' : `  asking why ${name}…`, 'faint'))];
  if ('code' in answer)
    return [
      ...wrapped(`${answer.code}: ${answer.message}`, 'bad'),
      ...(answer.next ? wrapped(answer.next, 'faint') : []),
    ];
  const { header, rows } = whyTable(answer, client.state, width - 4);
  const table = rows.flatMap(({ lines, isFree }) =>
    lines.map(({ before, reason }) => line(`  ${before}`, span(reason, isFree ? 'good' : 'busy'))),
  );
  const section = (title: string, lines: readonly Line[], note?: string): Line[] =>
    lines.length === 0
      ? []
      : [
          EMPTY,
          rule(width, [span(title, 'strong')], note === undefined ? [] : [span(note, 'faint')]),
          ...lines,
        ];
  const { about = 'what stands in the way', sentence, help, lately = [] } = answer;
  const titles = header === undefined ? [] : [line(span(`  ${header}`, 'title'))];
  return [
    ...wrapped(sentence, 'strong'),
    ...section(
      about,
      rows.length === 0 ? [] : [...titles, ...table],
      answer.each?.length ? counted(rows.length, 'agent') : undefined,
    ),
    ...section('what would help', help === '' ? [] : wrapped(help, 'good')),
    ...section(
      'what was done',
      lately.flatMap((one) => wrapped(latelyText(one), 'faint')),
    ),
  ];
}
