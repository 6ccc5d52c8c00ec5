/** What a person should look at, the worst first: name, a word, and the reason. The rows can be opened. */
import type { Attention } from '../../../client/attention.ts';
import { cut, cutMiddle, pad, plain, widthOf } from '../../../client/table/width.ts';
import { counted } from '../../../client/tables.ts';
import type { Block } from '../../fit.ts';
import { type Line, rule, span } from '../../line.ts';
import { around, chosenLine, hidden } from './rows.ts';

const NAME = 20;
const WHAT = 12;
/** So many of them go before all else on the page. */
const LEAST = 4;

/** What is in the list can be gone to; what is said of the cluster as a whole cannot. */
export const attentionId = ({ of, name, what }: Attention): string =>
  of ? `${of.table}:${of.id}` : `:${name} ${what}`;

export function attentionBlock(
  all: readonly Attention[],
  well: string,
  width: number,
  chosen: string | undefined,
): Block {
  return {
    priority: 0,
    least: Math.min(all.length, LEAST) + 1,
    most: all.length === 0 ? 1 : all.length + 1,
    lines: (room) => {
      if (all.length === 0) return [rule(width, [span('attention', 'strong')], [span(well, 'good')])];
      const note = [span(`${counted(all.length, 'needs', 'need')} attention`, 'busy')];
      const shown = around(
        all,
        room - 1,
        all.findIndex((one) => attentionId(one) === chosen),
      );
      const names = Math.min(
        NAME,
        Math.floor(width / 5),
        Math.max(...all.map(({ name }) => widthOf(plain(name)))),
      );
      const words = Math.min(WHAT + 4, Math.max(...all.map(({ what }) => widthOf(plain(what)))));
      const rows = shown.items.map((one): Line => {
        const why = cut(plain(one.why), Math.max(0, width - 2 - names - words - 4));
        return chosenLine(
          [
            span(pad(plain(one.name), names, 'left', cutMiddle), 'strong'),
            '  ',
            span(pad(plain(one.what), words), one.tone),
            '  ',
            span(why),
          ],
          attentionId(one),
          chosen,
          width,
        );
      });
      return [
        rule(width, [span('attention', 'strong')], note),
        ...rows,
        ...hidden(shown, 'that need attention', ':why'),
      ];
    },
  };
}
