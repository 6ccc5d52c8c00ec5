/** One line of the screen as one Ink text: the only place where styles become colours. Skipped while it is the same. */
import { Text } from 'ink';
import { memo } from 'react';
import type { Line, Span, Style } from './line.ts';
import type { Palette } from './palette.ts';
import { type Depth, type Sgr, sgrOf } from './sgr.ts';

interface Props {
  readonly line: Line;
  readonly paint: Paint;
}

/** Text in its colours, for a palette and a terminal. */
export type Paint = (line: Line) => string;

export function painter(palette: Palette, depth: Depth): Paint {
  const known = new Map<string, Sgr>();
  const sgr = ({ style, band }: Span, isStale: boolean): Sgr => {
    const key = `${style} ${band} ${isStale}`;
    const found = known.get(key);
    if (found) return found;
    const look = isStale ? { dimColor: true } : palette.looks[style satisfies Style];
    // Colours turned round would be patches of their own on the band.
    const own = palette.band.inverse && !isStale ? {} : look;
    const made = sgrOf(band ? { ...palette.band, ...own } : look, depth);
    known.set(key, made);
    return made;
  };
  return ({ spans, stale = false }) =>
    spans
      .map((span) => {
        const { on, off } = sgr(span, stale);
        return on + span.text + off;
      })
      .join('');
}

export const Row = memo(({ line, paint }: Props) => (
  <Text wrap="truncate">{line.spans.length === 0 ? ' ' : paint(line)}</Text>
));
