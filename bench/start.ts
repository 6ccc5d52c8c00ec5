/** `npm run bench -- start`: how soon things run, and what a cluster costs while nothing happens. */
import { parseArgs } from 'node:util';
import { measureCold } from './cold.ts';
import { measureContainers } from './containers.ts';
import { copyOfProgram } from './copy.ts';
import { measureIdle } from './idle.ts';

const PARTS = ['cold', 'containers', 'idle'] as const;

/** `[--rounds 6] [--seconds 60] [cold] [containers] [idle]`: without names, all parts. */
export async function run(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '6' },
      seconds: { type: 'string', default: '60' },
    },
  });
  const asked = new Set(positionals.length > 0 ? positionals : PARTS);
  const copy = copyOfProgram();
  try {
    if (asked.has('cold')) await measureCold(copy, Number(values.rounds));
    if (asked.has('containers')) await measureContainers(copy, Number(values.rounds));
    if (asked.has('idle')) await measureIdle(copy, Number(values.seconds));
  } finally {
    copy.remove();
  }
}
