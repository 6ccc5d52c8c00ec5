/**
 * Slurm on one node, for itself: its daemons with folders, ports and a munge of their own, as Debian ships them
 * (`apt-get install slurm-wlm munge`), tuned for short jobs: scheduled at once, nothing accounted, a hundred slots.
 */
import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Throughput } from './tender.ts';

const run = promisify(execFile);
const PROGRAMS = ['slurmctld', 'slurmd', 'sbatch', 'squeue', 'munged'];
const PATH = `${process.env['PATH']}:/usr/sbin`;

/** Why it can't be measured here; undefined: it can. */
export function slurmFault(): string | undefined {
  if (process.getuid?.() !== 0) return 'its daemons want to be started by root';
  const missing = PROGRAMS.filter((name) => {
    try {
      execFileSync('/bin/sh', ['-c', `command -v ${name}`], { env: { PATH }, stdio: 'ignore' });
      return false;
    } catch {
      return true;
    }
  });
  return missing.length === 0 ? undefined : `${missing.join(', ')} missing: apt-get install slurm-wlm munge`;
}

const config = (folder: string, host: string): string => `
ClusterName=bench
SlurmctldHost=${host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=${folder}/munge.socket
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd.log
SlurmctldPort=27817
SlurmdPort=27818
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,default_queue_depth=10000
SlurmdParameters=config_overrides
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MpiDefault=none
ReturnToService=2
MaxArraySize=20001
MaxJobCount=20001
MinJobAge=2
NodeName=${host} NodeAddr=127.0.0.1 CPUs=100 State=UNKNOWN
PartitionName=main Nodes=${host} Default=YES MaxTime=INFINITE State=UP
`;

export class SlurmBench {
  readonly #folder = mkdtempSync(join(os.tmpdir(), 'slurm-bench-'));
  readonly #env: NodeJS.ProcessEnv = { ...process.env, PATH, SLURM_CONF: join(this.#folder, 'slurm.conf') };
  readonly #started: string[] = [];

  static async start(): Promise<SlurmBench> {
    const slurm = new SlurmBench();
    try {
      await slurm.#start();
      return slurm;
    } catch (error) {
      slurm.close();
      throw error;
    }
  }

  async #start(): Promise<void> {
    const folder = this.#folder;
    chmodSync(folder, 0o755);
    for (const name of ['state', 'spool']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'slurm.conf'), config(folder, os.hostname().split('.')[0]!));
    writeFileSync(join(folder, 'munge.key'), randomBytes(128), { mode: 0o600 });
    const munge = ['key-file', 'socket', 'pid-file', 'log-file', 'seed-file'].map(
      (option) => `--${option}=${join(folder, `munge.${option.split('-')[0]}`)}`,
    );
    await this.#daemon('munge.pid', 'munged', [...munge, '--force']);
    await this.#daemon('slurmctld.pid', 'slurmctld', []);
    await this.#daemon('slurmd.pid', 'slurmd', []);
    await this.#until(async () => (await this.#ask('sinfo', '-h', '-o', '%t')) === 'idle');
  }

  async #daemon(pid: string, program: string, args: readonly string[]): Promise<void> {
    this.#started.push(pid);
    await run(program, [...args], { env: this.#env });
  }

  async #ask(program: string, ...args: readonly string[]): Promise<string> {
    return (await run(program, [...args], { env: this.#env })).stdout.trim();
  }

  async #until(look: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + 600_000;
    while (!(await look().catch(() => false))) {
      if (performance.now() > end) throw new Error('Slurm did not get there in ten minutes');
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** From the submission of an array to the end of its last task. */
  async throughput(tasks: number): Promise<Throughput> {
    const begin = performance.now();
    await this.#ask('sbatch', '-o', '/dev/null', `--array=1-${tasks}`, '--wrap', 'true');
    await this.#until(async () => (await this.#ask('squeue', '-h')) === '');
    return { tasks, seconds: (performance.now() - begin) / 1000 };
  }

  /** From the submission to the program's own first moment (ms), one after another. */
  async latencies(rounds: number): Promise<number[]> {
    const took: number[] = [];
    const file = join(this.#folder, 'at');
    for (let round = 0; round < rounds; round++) {
      const begin = Date.now();
      await this.#ask('sbatch', '-o', '/dev/null', '--wrap', `date +%s%3N > ${file}`);
      await this.#until(async () => readFileSync(file, 'utf8').endsWith('\n'));
      took.push(Number(readFileSync(file, 'utf8')) - begin);
      rmSync(file);
    }
    return took.sort((a, b) => a - b);
  }

  /** Only what was started here, by its pid. */
  close(): void {
    for (const file of this.#started.reverse()) {
      try {
        process.kill(Number(readFileSync(join(this.#folder, file), 'utf8')), 'SIGTERM');
      } catch {
        // It has not come so far.
      }
    }
    // They write until they are gone.
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 });
  }
}
