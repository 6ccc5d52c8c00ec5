/** One line of the screen as one Ink text: the only place where styles become colours. Skipped while it is the same. */
import { Text } from 'ink';
import { memo } from 'react';
import type { Line } from './line.ts';
import type { Palette } from './palette.ts';

interface Props {
  readonly line: Line;
  readonly palette: Palette;
}

export const Row = memo(({ line, palette }: Props) => {
  if (line.spans.length === 0) return <Text> </Text>;
  return (
    <Text wrap="truncate">
      {line.spans.map((span, i) => {
        const own = line.stale ? { dimColor: true } : palette.looks[span.style];
        const look = span.band ? { ...palette.band, ...own } : own;
        return (
          // A span has no identity but its place in the line.
          <Text key={i} {...look}>
            {span.text}
          </Text>
        );
      })}
    </Text>
  );
});
