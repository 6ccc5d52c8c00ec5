/** The floor: as many processes of `true` as xargs starts on this machine, which writes nothing down and asks nobody. */
import { spawn } from 'node:child_process';
import os from 'node:os';
import type { Throughput } from './tender.ts';

export async function xargs(tasks: number): Promise<Throughput> {
  const begin = performance.now();
  const words = `seq ${tasks} | xargs -P ${os.availableParallelism()} -n 1 true`;
  const child = spawn('/bin/sh', ['-c', words], { stdio: 'ignore' });
  const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
  if (code !== 0) throw new Error(`xargs ended with ${code}`);
  return { tasks, seconds: (performance.now() - begin) / 1000 };
}
