/** `tender doctor`: what is wrong on this machine, and how to mend it. Exit code 1 where something is. */
import { SGR } from '../../client/tables.ts';
import { colors, printJson } from '../output.ts';
import type { Global } from '../session.ts';
import { type Finding, findings } from './checks.ts';
import { gather } from './gather.ts';

export async function doctor(global: Global): Promise<void> {
  const found = findings(await gather(global));
  if (global.json) printJson(found);
  else console.log(reportText(found, colors()));
  if (found.some(({ level }) => level === 'error')) process.exitCode = 1;
}

const TONES = { ok: 'good', warning: 'busy', error: 'bad' } as const;

export function reportText(found: readonly Finding[], isColoured: boolean): string {
  const width = Math.max(...found.map(({ check }) => check.length));
  const toned = (level: Finding['level']): string => {
    const [on, off] = isColoured ? SGR[TONES[level]] : SGR.plain;
    return on + level.padEnd(7) + off;
  };
  const lines = found.flatMap(({ check, level, says, todo }) => [
    `${toned(level)}  ${check.padEnd(width)}  ${says}`,
    ...(todo === undefined ? [] : [`${' '.repeat(width + 11)}→ ${todo}`]),
  ]);
  const count = (level: Finding['level']): number => found.filter((one) => one.level === level).length;
  const [errors, warnings] = [count('error'), count('warning')];
  const sum =
    errors + warnings === 0 ? 'all is well' : `${counted(errors, 'error')}, ${counted(warnings, 'warning')}`;
  return [...lines, sum].join('\n');
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
