/** The root: the frame's lines, and what hands keys and pasted text to the store. Nothing else. */
import { Box, useApp, useInput, usePaste } from 'ink';
import { useEffect, useSyncExternalStore } from 'react';
import { keyNames } from './key-names.ts';
import { type Paint, Row } from './row.tsx';
import type { ScreenStore } from './screen-store.ts';

export type Lend = (use: () => Promise<void>) => Promise<void>;

interface Props {
  readonly store: ScreenStore;
  readonly paint: Paint;
  /** Gives away Ink's way to lend the terminal: effects happen outside React. */
  readonly onLend: (lend: Lend) => void;
}

export const App = ({ store, paint, onLend }: Props) => {
  const { lines, size } = useSyncExternalStore(store.subscribe, store.frame);
  const { suspendTerminal } = useApp();
  useEffect(() => onLend(suspendTerminal), [onLend, suspendTerminal]);
  useInput((input, key) => store.keys(keyNames(input, key)));
  usePaste((text) => store.paste(text));
  return (
    <Box flexDirection="column" width={size.columns} height={size.rows}>
      {lines.map((line, i) => (
        // By place: scrolling changes texts instead of mounting rows (faces.md 2.4).
        <Row key={i} line={line} paint={paint} />
      ))}
    </Box>
  );
};
