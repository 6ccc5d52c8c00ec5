/** The question before something is destroyed: a box over the page, Cancel in focus. */
import { Box, Text } from 'ink';
import { cut, pad, widthOf, wrap } from '../client/table/width.ts';
import type { Size } from './context.ts';
import type { Palette } from './palette.ts';
import type { Dialog as Question } from './ui.ts';

interface Props {
  readonly question: Question;
  readonly size: Size;
  readonly palette: Palette;
}

export const DialogBox = ({ question, size, palette }: Props) => {
  const { title, sentence, confirm, focus } = question;
  const inner = Math.min(size.columns - 8, Math.max(44, widthOf(sentence)));
  const lines = wrap(sentence, inner);
  const button = (text: string, focused: boolean): string => (focused ? `[ ${text} ]` : `  ${text}  `);
  const cancelled = button('Cancel', focus === 'cancel');
  const confirmed = button(confirm, focus === 'confirm');
  const space = Math.max(0, inner - widthOf(cancelled) - widthOf(confirmed) - 2);
  const height = lines.length + 6;
  return (
    <Box
      position="absolute"
      flexDirection="column"
      borderStyle="round"
      borderColor={palette.looks.busy.color}
      left={Math.max(0, Math.floor((size.columns - inner - 4) / 2))}
      top={Math.max(0, Math.floor((size.rows - height) / 2))}
      width={inner + 4}
    >
      <Text bold>{` ${pad(cut(title, inner), inner)} `}</Text>
      <Text> {' '.repeat(inner)} </Text>
      {lines.map((text) => (
        <Text key={text}>{` ${pad(text, inner)} `}</Text>
      ))}
      <Text> {' '.repeat(inner)} </Text>
      <Text>
        {' '.repeat(space + 1)}
        <Text {...(focus === 'cancel' ? { ...palette.looks.accent, inverse: true } : {})}>{cancelled}</Text>
        {'  '}
        <Text {...(focus === 'confirm' ? { ...palette.looks.bad, inverse: true } : palette.looks.bad)}>
          {confirmed}
        </Text>{' '}
      </Text>
    </Box>
  );
};
