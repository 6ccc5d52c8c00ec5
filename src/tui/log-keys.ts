/** The keys of a logs page, as k9s has them where it has them; they come before those that work everywhere. */
import type { Binding } from './keys.ts';

const key = (
  keys: string,
  action: Binding['action'],
  help: string,
  more: Partial<Pick<Binding, 'with' | 'hint'>> = {},
): Binding => ({ keys: keys.split(' '), action, help, group: 'look', on: ['logs'], ...more });

export const LOG_BINDINGS: readonly Binding[] = [
  key('s', 'follow', 'follow the end, or stand still', { hint: 'follow' }),
  key('/', 'search', 'search by regex', { hint: 'search' }),
  key('n', 'next', 'next match, downwards'),
  key('N', 'previous', 'previous match, upwards'),
  key('&', 'only', 'only lines that match', { hint: 'filter' }),
  key('!', 'without', 'only lines that do not match'),
  key('w', 'wrap', 'wrap long lines', { hint: 'wrap' }),
  key('t', 'times', 'when each line was written', { hint: 'times' }),
  key('f', 'full', 'the log alone on the screen', { hint: 'full' }),
  key('left', 'left', 'to the left in long lines'),
  key('right', 'right', 'to the right in long lines'),
  key('m', 'mark', 'a mark at the end', { hint: 'mark' }),
  key('c', 'copy', 'copy the lines since the mark, or all', { hint: 'copy' }),
  key('ctrl-s', 'save', 'save the lines to a file', { hint: 'save' }),
  key('C', 'clear', 'forget the lines so far'),
  key('0', 'since', 'the last lines', { with: 'tail' }),
  key('1', 'since', 'the first lines', { with: 'head' }),
  key('2', 'since', 'the last minute', { with: '1' }),
  key('3', 'since', 'the last 5 minutes', { with: '5' }),
  key('4', 'since', 'the last 15 minutes', { with: '15' }),
  key('5', 'since', 'the last 30 minutes', { with: '30' }),
  key('6', 'since', 'the last hour', { with: '60' }),
  key('A', 'since', 'all that is kept; with a filter, all of it that matches', { with: 'all' }),
];
