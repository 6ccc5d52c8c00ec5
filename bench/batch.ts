/**
 * `npm run bench -- batch`: how many short tasks a second, and how soon the first one runs; beside xargs (the floor of what
 * this machine can start) and Slurm (if it is there), all in one run. Figures of a busy machine are only good as ratios.
 */
import os from 'node:os';
import { parseArgs } from 'node:util';
import { SlurmBench, slurmFault } from './batch/slurm.ts';
import { TenderBench, type Throughput } from './batch/tender.ts';
import { xargs } from './batch/xargs.ts';
import { copyOfProgram } from './copy.ts';

/** `[--tasks 10000] [--rounds 30] [--slurm-tasks 1000]` */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      tasks: { type: 'string', default: '10000' },
      rounds: { type: 'string', default: '30' },
      'slurm-tasks': { type: 'string', default: '1000' },
    },
  });
  const tasks = Number(values.tasks);
  const rounds = Number(values.rounds);
  // Before and after: what others do on this machine meanwhile is seen in it.
  const floors = [await floor(tasks)];
  const slurm = await measureSlurm(Number(values['slurm-tasks']), rounds);
  floors.push(await floor(tasks));
  const tender = await measureTender(tasks, rounds);
  floors.push(await floor(tasks));
  const best = Math.max(...floors);
  console.log(`\ntender is at ${((100 * tender.rate) / best).toFixed(1)} % of xargs (the best of three)`);
  if (!slurm) return;
  console.log(`tender is at ${(tender.rate / slurm.rate).toFixed(1)} times Slurm's tasks a second`);
  console.log(`and starts a task in ${(tender.median / slurm.median).toFixed(3)} of Slurm's time`);
}

interface Figures {
  /** Tasks a second. */
  readonly rate: number;
  /** ms */
  readonly median: number;
}

const rateOf = ({ tasks, seconds }: Throughput): number => tasks / seconds;

function print(name: string, done: Throughput, latencies: readonly number[] = []): Figures {
  const at = (part: number): number => latencies[Math.floor(latencies.length * part)] ?? 0;
  const soon =
    latencies.length === 0
      ? ''
      : `, submit to start p50 ${at(0.5)} ms, p90 ${at(0.9)} ms, of ${latencies.length}`;
  const load = os.loadavg()[0]!.toFixed(1);
  console.log(
    `${name.padEnd(7)} ${rateOf(done).toFixed(0).padStart(5)} tasks/s  (${done.tasks} in ${done.seconds.toFixed(1)} s, load ${load})${soon}`,
  );
  return { rate: rateOf(done), median: at(0.5) };
}

async function floor(tasks: number): Promise<number> {
  return print('xargs', await xargs(tasks)).rate;
}

async function measureTender(tasks: number, rounds: number): Promise<Figures> {
  const copy = copyOfProgram();
  try {
    const tender = await TenderBench.start(copy);
    try {
      const latencies = await tender.latencies(rounds);
      return print('tender', await tender.throughput(tasks), latencies);
    } finally {
      await tender.close();
    }
  } finally {
    copy.remove();
  }
}

async function measureSlurm(tasks: number, rounds: number): Promise<Figures | undefined> {
  const fault = slurmFault();
  if (fault !== undefined) {
    console.log(`slurm   not measured: ${fault}`);
    return undefined;
  }
  const slurm = await SlurmBench.start();
  try {
    return print('slurm', await slurm.throughput(tasks), await slurm.latencies(Math.min(10, rounds)));
  } finally {
    slurm.close();
  }
}
