/** Long work that goes on by itself, each with a bar: updates, procedures, runs, drains, pulls. */
import { cutMiddle, pad, plain, widthOf } from '../../../client/table/width.ts';
import { age } from '../../../client/tables.ts';
import type { UnderWay } from '../../../client/under-way.ts';
import type { Block } from '../../fit.ts';
import { cutLine, type Line, line, rule, type Span, span } from '../../line.ts';
import { progressBar } from '../../progress-bar.ts';

export function workBlock(all: readonly UnderWay[], now: number, width: number, priority: number): Block {
  return {
    priority,
    least: Math.min(all.length, 2) + 1,
    most: all.length === 0 ? 0 : Math.min(9, all.length + 1),
    lines: (room) => {
      const shown = all.length <= room - 1 ? all : all.slice(0, Math.max(1, room - 2));
      const more = all.length - shown.length;
      const note = [span(String(all.length), 'faint')];
      return [
        rule(width, [span('under way ', 'strong'), ...note]),
        ...workLines(shown, now, width),
        ...(more > 0 && room > 2 ? [line(span(`  ${more} more`, 'faint'))] : []),
      ];
    },
  };
}

export function workLines(all: readonly UnderWay[], now: number, width: number): Line[] {
  const most = (of: (one: UnderWay) => string, limit: number): number =>
    Math.min(limit, Math.max(0, ...all.map((one) => widthOf(plain(of(one))))));
  const names = most(({ name }) => name, 18);
  const whats = most(({ what }) => what, 17);
  const remains = most((one) => one.remains, 22);
  const cells = Math.max(8, Math.min(24, width - names - whats - remains - 16));
  return all.map((one) =>
    cutLine(
      line(
        `  ${pad(plain(one.name), names, 'left', cutMiddle)}  `,
        span(pad(plain(one.what), whats), 'faint'),
        '  ',
        ...barOf(one, cells),
        `  ${pad(one.remains, remains, 'right')}  `,
        span(pad(age(now - one.since), 3, 'right'), 'faint'),
        '  ',
        span(plain(one.step), one.tone === 'bad' ? 'busy' : 'faint'),
      ),
      width,
    ),
  );
}

/** Of what nobody knows the end of there is only a line. */
const barOf = ({ share, tone }: UnderWay, cells: number): Span[] =>
  share === undefined ? [span('╌'.repeat(cells), 'faint')] : progressBar(share, cells, tone);
