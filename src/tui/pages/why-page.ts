/** Why a job or task is as it is: one sentence, each agent with all that stands in the way there, and what would help. */
import { latelyText } from '../../client/lately-text.ts';
import { pad, plain, widthOf, wrap } from '../../client/table/width.ts';
import type { Context } from '../context.ts';
import { EMPTY, type Line, line, rule, span } from '../line.ts';
import type { WhyPage } from '../ui.ts';

export function whyLines({ name, answer }: WhyPage, { size }: Context): Line[] {
  const width = size.columns;
  const wrapped = (text: string, style: Parameters<typeof span>[1]): Line[] =>
    wrap(plain(text), Math.max(10, width - 4)).map((part) => line('  ', span(part, style)));
  if (!answer) return [line(span(name === '' ? '  asking…' : `  asking why ${name}…`, 'faint'))];
  if ('code' in answer)
    return [
      ...wrapped(`${answer.code}: ${answer.message}`, 'bad'),
      ...(answer.next ? wrapped(answer.next, 'faint') : []),
    ];
  const labels = Math.min(24, Math.max(8, ...answer.agents.map((a) => widthOf(a.agent))));
  const agents = answer.agents.flatMap(({ agent, reasons }) => {
    const lines = reasons.flatMap((reason) => wrap(plain(reason), Math.max(10, width - labels - 6)));
    if (lines.length === 0)
      return [
        line('  ', span(pad(plain(agent), labels), 'plain'), '  ', span('nothing stands in the way', 'good')),
      ];
    return lines.map((text, i) =>
      line('  ', i === 0 ? pad(plain(agent), labels) : ' '.repeat(labels), '  ', span(text, 'busy')),
    );
  });
  const lately = (answer.lately ?? []).flatMap((one) => wrapped(latelyText(one), 'faint'));
  return [
    ...wrapped(answer.sentence, 'strong'),
    ...(agents.length > 0 ? [EMPTY, rule(width, [span('what stands in the way', 'strong')]), ...agents] : []),
    ...(answer.help === ''
      ? []
      : [EMPTY, rule(width, [span('what would help', 'strong')]), ...wrapped(answer.help, 'good')]),
    ...(lately.length > 0 ? [EMPTY, rule(width, [span('what was done', 'strong')]), ...lately] : []),
  ];
}
