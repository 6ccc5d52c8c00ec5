/**
 * `npm run bench -- allocator [--full] [PART…]`: the allocator alone, driven by Mesos' own benchmarks of its own, with
 * their parameters. Each figure stands beside the one that Mesos has published, where there is one.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Judged, printJudged } from './allocator/comparison.ts';
import { PART_NAMES, partOf } from './allocator/parts.ts';
import { note } from './figures.ts';

const CHILD = join(import.meta.dirname, 'allocator', 'child.ts');

/** `[--full] [decline] [quota] …`: without names, all parts; `--full` for all points of Mesos' grids. */
export async function run(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { full: { type: 'boolean', default: false } },
  });
  const asked = positionals.length > 0 ? positionals : PART_NAMES;
  const results: Judged[] = [];
  for (const name of asked) {
    const part = await partOf(name);
    if (!part) {
      console.error(`no part ${name}: ${PART_NAMES.join(', ')}`);
      process.exitCode = 2;
      continue;
    }
    for (const run of part.runs(values.full)) results.push(...(await inChild(name, run)));
  }
  if (results.length > 0) printJudged(results);
  note('Mesos’ figures are those that its authors published, of their machines');
}

async function inChild(name: string, run: readonly string[]): Promise<readonly Judged[]> {
  const child = fork(CHILD, [name, ...run], { execArgv: ['--expose-gc'] });
  let results: readonly Judged[] = [];
  child.on('message', (message) => {
    results = message as readonly Judged[];
  });
  const [code, signal] = await once(child, 'exit');
  if (code !== 0) {
    note(`${name} ${run.join(' ')} has failed: ${signal ?? `exit code ${code}`}`);
    process.exitCode = 1;
  }
  return results;
}
