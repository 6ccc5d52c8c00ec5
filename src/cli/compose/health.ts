/** A healthcheck. Docker only tells of an unhealthy container; here it is replaced, as in a swarm. */
import { at, type Context, type Fields, numberAt, timeAt, words } from './context.ts';
import { isTrue, textOf } from './tree.ts';
import { timeText } from './units.ts';

const TIME = 30_000;

/** Undefined: nothing is checked. */
export function healthOf(context: Context): Fields | undefined {
  const check = at(context, 'healthcheck');
  if (check?.kind !== 'group' || isTrue(at(context, 'healthcheck', 'disable'))) return undefined;
  const command = commandIn(context);
  if (command === undefined) return undefined;
  const interval = timeAt(context, 'healthcheck', 'interval') || TIME;
  // Docker looks for the first time after one interval: what fails before that has not failed.
  const grace = Math.max(timeAt(context, 'healthcheck', 'start_period') ?? 0, interval);
  return {
    command,
    interval: timeText(interval),
    timeout: timeText(timeAt(context, 'healthcheck', 'timeout') || TIME),
    failures: numberAt(context, 'healthcheck', 'retries') || 3,
    grace: timeText(grace),
  };
}

export const isChecked = (context: Context): boolean => healthOf(context) !== undefined;

function commandIn(context: Context): string[] | undefined {
  const test = at(context, 'healthcheck', 'test');
  if (test === undefined) {
    const check = at(context, 'healthcheck')!;
    context.notices.warning(
      check,
      'healthcheck',
      'without a test nothing is checked: what the image itself says is not used',
    );
    return undefined;
  }
  const line = textOf(test);
  if (line !== undefined) return line === 'NONE' ? undefined : ['/bin/sh', '-c', line];
  const [how, ...rest] = words(test);
  if (how === 'NONE') return undefined;
  if (how === 'CMD' && rest.length > 0) return rest;
  if (how === 'CMD-SHELL' && rest.length === 1) return ['/bin/sh', '-c', rest[0]!];
  context.notices.error(test, 'healthcheck.test', 'expected [CMD, …], [CMD-SHELL, a line], [NONE] or a line');
  return undefined;
}
