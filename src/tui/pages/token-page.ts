/** A new token with the command that it is for: shown whole, however narrow the screen is, and copied with a key. */
import { joinCommand } from '../../client/join-command.ts';
import { dateTime } from '../../client/table/figures.ts';
import { plain, wrap } from '../../client/table/width.ts';
import type { Context } from '../context.ts';
import { keyOf } from '../keys.ts';
import { EMPTY, type Line, line, span } from '../line.ts';
import type { TokenPage } from '../ui.ts';

const WHERE = {
  agent: 'Type this on the machine that is to join:',
  client: 'Type this where another person is to use the cluster from:',
  framework: 'Type this where the framework is to run, with the folder of its plugin:',
} as const;

export function tokenLines({ role, answer }: TokenPage, context: Context): Line[] {
  const { size } = context;
  const copies = keyOf('copy-command', context);
  const wrapped = (text: string, style: Parameters<typeof span>[1]): Line[] =>
    wrap(plain(text), Math.max(10, size.columns - 4)).map((part) => line('  ', span(part, style)));
  if (!answer) return [line(span('  asking for a token…', 'faint'))];
  if ('code' in answer)
    return [
      ...wrapped(`${answer.code}: ${answer.message}`, 'bad'),
      ...(answer.next ? wrapped(answer.next, 'faint') : []),
    ];
  return [
    EMPTY,
    ...wrapped(WHERE[role], 'strong'),
    EMPTY,
    ...wrapped(joinCommand(role, answer.token), 'accent'),
    EMPTY,
    ...wrapped(
      `It lets one ${role} in, once, until ${dateTime(answer.expiresAt)}.${copies === undefined ? '' : ` ${copies} copies it.`}`,
      'faint',
    ),
  ];
}
