/** `npm run bench -- NAME`: benchmarks of the built program on this machine, each beside what it is compared with. */
import { execFileSync } from 'node:child_process';
import os from 'node:os';
import { VERSION } from '../src/core/version.ts';

/** Each exports `run(args)`, which prints its figures. */
const benchmarks: Readonly<Record<string, () => Promise<{ run(args: readonly string[]): Promise<void> }>>> = {
  allocator: () => import('./allocator.ts'),
  batch: () => import('./batch.ts'),
  start: () => import('./start.ts'),
  tui: () => import('./tui.ts'),
};

function docker(): string {
  try {
    const format = '{{.Server.Version}}';
    return execFileSync('docker', ['version', '--format', format], {
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  } catch {
    return 'none';
  }
}

function printMachine(): void {
  const [cpu] = os.cpus();
  const memory = (os.totalmem() / 1024 ** 3).toFixed(0);
  const load = os.loadavg().map((value) => value.toFixed(2));
  console.log(
    `machine  ${os.availableParallelism()} × ${cpu?.model ?? os.arch()}, ${memory} GiB, load ${load.join(' ')}`,
  );
  console.log(`kernel   ${os.type()} ${os.release()}`);
  console.log(`with     tender ${VERSION}, Node ${process.versions.node}, Docker ${docker()}`);
}

const [name = '', ...args] = process.argv.slice(2);
const benchmark = benchmarks[name];
if (benchmark === undefined) {
  console.error(`npm run bench -- NAME, where NAME is one of: ${Object.keys(benchmarks).join(', ')}`);
  process.exitCode = 2;
} else {
  printMachine();
  await (await benchmark()).run(args);
  process.exit(); // a client that is still closing need not be waited for
}
