/**
 * The process executor: plain programs in a sandbox folder, each under a shim (shim.ts) in a session of its own.
 * Nothing ties a task to the agent: what we know is read from the files that the shim writes, for a task that we
 * started just now and for one found after a restart alike.
 *
 *   launching ──pid file──▶ running ──exit file, or the shim is gone──▶ ended
 *       └── killed, or a failed start ──▶ ended
 *
 * A shim that we started tells us when to look; the folder of a task that was found is watched; and the once-a-second
 * `usage` looks again, in case a change went unseen.
 */
import { closeSync, openSync, statSync, watch, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import type { ExecutorFacts, TaskUsage } from '../../core/cluster.ts';
import { causeOf, TenderError } from '../../core/errors.ts';
import { type AgentId, MAX_OUTPUT, type TaskId, type TaskSpec } from '../../core/task.ts';
import { type CgroupPaths, CpuMeter, groupFolders, groupOomKills, groupUsage } from '../cgroup-files.ts';
import { type Ending, endReport, killedDuringLaunch, withOutput } from '../ending.ts';
import { type Environment, expand, taskEnvironment } from '../environment.ts';
import type { Chunk, ExecOptions, Executor, ExecutorEvents, LogOptions, Pipe, Report } from '../executor.ts';
import { lastLine, logPipe, savedLogs } from '../log-files.ts';
import { needRunning, type Phase } from '../phase.ts';
import { pipeOf } from '../pipe.ts';
import { Sandboxes } from '../sandboxes.ts';
import { sourceOf, type Volumes } from '../volumes.ts';
import { fetchArtifacts } from './artifacts.ts';
import { type Cgroups, limitsOf } from './cgroups.ts';
import { type Entry, newEntry } from './entry.ts';
import { processExec } from './exec.ts';
import { FreshTable } from './fresh-table.ts';
import { killOthers, terminateSession } from './kill.ts';
import {
  bootId,
  cpuMicroseconds,
  isAlive,
  residentMiB,
  type Sessions,
  sessions,
  signal,
} from './proc-table.ts';
import { Programs, workFolder } from './program.ts';
import { startText } from './shim.ts';
import { claim, exitCodeOf, readRecord, type ShimRecord, shimName, startOf, textOf } from './shim-record.ts';
import { Shims } from './shims.ts';
import { sweep } from './sweep.ts';
import { linkVolumes } from './volume-links.ts';

/** A program that forks while it is killed is caught in the next round; the shim itself is spared at first. */
const SLAY_EVERY = 20;
const SPARE_SHIM = 25;
const SLAY_ROUNDS = 100;
const NOBODY: Sessions = new Map();

export interface ProcessExecutorOptions {
  readonly agent: AgentId;
  readonly clock: Clock;
  readonly events: ExecutorEvents;
  /** The folder that holds a folder for each task. */
  readonly sandboxes: string;
  readonly volumes: Volumes;
  readonly cgroups: Cgroups;
}

export function processExecutor(options: ProcessExecutorOptions): Executor {
  return new ProcessExecutor(options);
}

class ProcessExecutor implements Executor {
  readonly kind = 'process';
  readonly #options: ProcessExecutorOptions;
  readonly #clock: Clock;
  readonly #cgroups: Cgroups;
  readonly #sandboxes: Sandboxes;
  readonly #entries = new Map<TaskId, Entry>();
  readonly #meter = new CpuMeter();
  readonly #table: FreshTable;
  readonly #shims: Shims;
  readonly #programs: Programs;
  #closed = false;

  constructor(options: ProcessExecutorOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#cgroups = options.cgroups;
    this.#sandboxes = new Sandboxes(options.sandboxes, options.clock, (error) =>
      options.events.trouble(error),
    );
    this.#table = new FreshTable(options.clock);
    this.#shims = new Shims(this.#sandboxes.shim, options.clock, options.cgroups);
    this.#programs = new Programs(options.clock);
  }

  async facts(): Promise<ExecutorFacts> {
    if (process.platform !== 'linux')
      return { kind: 'process', available: false, detail: 'plain programs need Linux (its /proc)' };
    const detail = this.#cgroups.available
      ? 'limits by control groups'
      : `limits not enforced: ${this.#cgroups.cause}`;
    return { kind: 'process', available: true, detail };
  }

  launch(spec: TaskSpec): void {
    if (this.#entries.has(spec.id)) return;
    const entry = this.#enter(spec, 'launching');
    void this.#launch(entry).catch((error: unknown) => this.#failed(entry, error));
  }

  #enter(spec: TaskSpec, phase: Phase): Entry {
    const entry = newEntry(spec, this.#sandboxes.of(spec.id), phase);
    this.#entries.set(spec.id, entry);
    return entry;
  }

  async #launch(entry: Entry): Promise<void> {
    const { spec, sandbox, launch } = entry;
    const { run } = spec;
    if (run.kind !== 'process') throw new Error('this is no task for a plain program');
    this.#sandboxes.make(spec.id);
    for (const file of [sandbox.stdout, sandbox.stderr]) closeSync(openSync(file, 'a', 0o600));
    const progress = (message: string): void => {
      if (!launch.signal.aborted)
        this.#tell(entry, { state: 'STARTING', reason: 'fetching_artifact', message });
    };
    const { folder } = sandbox;
    if (spec.payload !== undefined) writeFileSync(sandbox.payload, spec.payload, { mode: 0o600 });
    await fetchArtifacts(run.artifacts, { folder, clock: this.#clock, signal: launch.signal, progress });
    await linkVolumes(spec, folder, this.#options.volumes);
    const env = this.#environment(entry);
    const cwd = await workFolder(run, env, this.#folderOf(entry));
    const argv = run.asWritten ? run.argv : run.argv.map((text) => expand(text, env));
    const program = await this.#programs.find(argv[0] ?? '', env['PATH'] ?? '', cwd);
    launch.signal.throwIfAborted();
    this.#spawn(entry, [program, ...argv.slice(1)], cwd, env);
  }

  /** Where its program is at home: what runs beside another task is in that one's. */
  #folderOf({ spec: { run }, sandbox }: Entry): string {
    const isBeside = run.kind === 'process' && run.beside !== undefined;
    return isBeside ? this.#sandboxes.of(run.beside).folder : sandbox.folder;
  }

  #environment(entry: Entry): Environment {
    const { spec, sandbox } = entry;
    const base: Record<string, string> = {};
    for (const name of ['PATH', 'HOME', 'LANG']) {
      const value = process.env[name];
      if (value !== undefined) base[name] = value;
    }
    const { agent, volumes } = this.#options;
    const env = taskEnvironment(spec, agent, base, (volume) => sourceOf(spec, volume, volumes));
    return {
      ...env,
      TENDER_SANDBOX: this.#folderOf(entry),
      ...(spec.payload !== undefined && { TENDER_PAYLOAD_FILE: sandbox.payload }),
      ...(spec.output && { TENDER_OUTPUT: sandbox.output }),
    };
  }

  #spawn(entry: Entry, program: readonly string[], cwd: string, env: Environment): void {
    const { sandbox, spec } = entry;
    const shim = this.#shims.take(limitsOf(spec));
    entry.shim = shim;
    const { group } = shim;
    entry.group = group?.paths;
    const cause = group ? group.warning : this.#cgroups.cause;
    entry.warning = cause === '' ? '' : `limits not enforced: ${cause}`;
    const { stdout, stderr } = sandbox;
    const start = startText({ stdout, stderr, groups: group?.procs ?? [], cwd, env, argv: program });
    shim.run(sandbox.control, start, {
      look: (over) => this.#look(entry, over),
      failed: (error) => this.#failed(entry, error),
    });
    if (shim.pid !== undefined) entry.pid = shim.pid;
  }

  #failed(entry: Entry, error: unknown): void {
    if (this.#closed) return;
    if (entry.launch.signal.aborted) {
      this.#end(entry, killedDuringLaunch);
      return;
    }
    const known = error instanceof TenderError;
    const reason = known && error.code === 'artifact.fetch' ? 'artifact_failed' : 'start_failed';
    const command = entry.spec.name;
    const message = known
      ? error.message
      : new TenderError('process.start', { command, cause: causeOf(error) }).message;
    this.#end(entry, { state: 'FAILED', reason, message });
  }

  #watch(entry: Entry): void {
    try {
      entry.watcher = watch(entry.sandbox.control, { persistent: false }, () => this.#look(entry));
      entry.watcher.on('error', () => {});
    } catch {
      // Out of watches: `usage` looks once a second.
    }
  }

  /** Compares what we think of a task with what its files say. @param gone its shim is known to be done with it */
  #look(entry: Entry, gone = false): void {
    if (entry.phase === 'ended' || this.#closed) return;
    if (!entry.record) {
      const record = readRecord(textOf(entry.sandbox.pid));
      if (record && record !== 'none') this.#started(entry, record);
      else if (gone) this.#neverStarted(entry);
      // Its shim has just said so, and will say when it is over.
      if (!gone) return;
    }
    if (!entry.record) return;
    if (gone || exitCodeOf(entry.sandbox) !== undefined || !isAlive(entry.record.pid, entry.record.start))
      void this.#finish(entry);
  }

  #started(entry: Entry, record: ShimRecord): void {
    entry.record = record;
    entry.pid = record.pid;
    entry.phase = 'running';
    const joined = record.joined || !entry.group;
    const message = joined ? entry.warning : 'limits not enforced: it could not enter its control group';
    this.#tell(entry, { state: 'RUNNING', reason: 'started', message });
    // A signal that came before the program was there has been lost.
    if (entry.kill.underWay) this.#signalDue(entry);
  }

  #neverStarted(entry: Entry): void {
    if (entry.kill.given) {
      this.#end(entry, killedDuringLaunch);
      return;
    }
    this.#failed(entry, new Error(entry.shim?.complaint || 'its shim ended at once'));
  }

  async recover(spec: TaskSpec): Promise<'running' | 'ended' | 'absent'> {
    const sandbox = this.#sandboxes.of(spec.id);
    const record = await claim(sandbox, this.#clock);
    if (record === 'none') return 'absent';
    const entry = this.#enter(spec, 'running');
    entry.group = this.#groupOf(spec.id, record);
    if (this.#sandboxes.wasKilled(spec.id)) entry.kill.recall();
    if (record) {
      entry.record = record;
      entry.pid = record.pid;
      const sameBoot = record.boot === bootId();
      if (sameBoot && exitCodeOf(sandbox) === undefined && isAlive(record.pid, record.start)) {
        this.#watch(entry);
        this.#look(entry);
        if (entry.kill.given) this.kill(spec.id, spec.killGrace);
        return 'running';
      }
    }
    await this.#finish(entry, sessions());
    return 'ended';
  }

  /** Agents before this one made a group for each task. */
  #groupOf(task: TaskId, record: ShimRecord | undefined): CgroupPaths | undefined {
    return (record && this.#cgroups.find(shimName(record))) ?? this.#cgroups.find(task);
  }

  /** @param table as it is now; else it is looked at soon, for all that end meanwhile */
  #finish(entry: Entry, table?: Sessions): Promise<void> {
    entry.ending ??= this.#ended(entry, table);
    return entry.ending;
  }

  async #ended(entry: Entry, table: Sessions | undefined): Promise<void> {
    const { sandbox, spec, record } = entry;
    const killed = entry.kill.given;
    const rebooted = record !== undefined && record.boot !== bootId();
    // What the program left running has no owner any more. After a reboot its pids mean nothing.
    if (!rebooted)
      entry.leftRunning = killOthers(entry.pid, entry.group, table ?? (await this.#tableFor(entry)));
    const exitCode = exitCodeOf(sandbox);
    if (exitCode !== undefined) {
      const at = Math.round(statSync(sandbox.exit).mtimeMs);
      const end = { exitCode, at, killed };
      const report = endReport(spec, { ...end, ...(exitCode !== 0 && (await this.#whyFailed(entry))) });
      return this.#end(entry, spec.output ? withOutput(report, startOf(sandbox.output, MAX_OUTPUT)) : report);
    }
    if (killed) {
      const message = 'ended by SIGKILL; exit code unknown';
      return this.#end(entry, { state: 'KILLED', reason: 'killed', message });
    }
    const why = rebooted ? 'the machine was restarted' : 'its supervising shell was killed';
    const reason = rebooted ? 'agent_rebooted' : 'signalled';
    this.#end(entry, { state: 'FAILED', reason, message: `${why}; exit code unknown` });
  }

  /** Whoever is in its group is found there, without a look at all that runs on this machine. */
  async #tableFor({ group, record, kill }: Entry): Promise<Sessions> {
    return group && record?.joined && !kill.given ? NOBODY : this.#table.next();
  }

  async #whyFailed({ sandbox, group }: Entry): Promise<Pick<Ending, 'outOfMemory' | 'lastLine'>> {
    const outOfMemory = group !== undefined && groupOomKills(group) > 0;
    // A hint for people: its end is told without it where it can't be read.
    const last = await lastLine(sandbox.stderr).catch((error: unknown) =>
      this.#options.events.trouble(error),
    );
    return { outOfMemory, lastLine: last ?? undefined };
  }

  #end(entry: Entry, report: Report): void {
    if (entry.phase === 'ended') return;
    entry.phase = 'ended';
    entry.kill.cancel();
    entry.watcher?.close();
    entry.shim?.release(entry.record !== undefined && !entry.kill.given && !entry.leftRunning);
    entry.over.abort();
    for (const pipe of entry.execs) pipe.close();
    this.#meter.forget(entry.spec.id);
    this.#tell(entry, report);
  }

  #tell(entry: Entry, report: Report): void {
    if (!this.#closed) this.#options.events.status(entry.spec.id, report);
  }

  kill(task: TaskId, graceMs: number): void {
    const entry = this.#entries.get(task);
    if (!entry || entry.phase === 'ended') return;
    if (!entry.kill.give(this.#clock, graceMs, () => this.#signalDue(entry))) return;
    this.#sandboxes.markKilled(task);
    entry.launch.abort();
    this.#signalDue(entry);
  }

  #signalDue(entry: Entry): void {
    if (entry.pid === undefined || entry.phase === 'ended' || !entry.kill.given) return;
    if (entry.kill.isOver) this.#slay(entry, 0);
    else terminateSession(entry.pid);
  }

  #slay(entry: Entry, round: number): void {
    if (entry.phase === 'ended' || entry.pid === undefined || round > SLAY_ROUNDS) return;
    killOthers(entry.pid, entry.group);
    if (round >= SPARE_SHIM) signal(-entry.pid, 'SIGKILL');
    this.#clock.after(SLAY_EVERY, () => this.#slay(entry, round + 1));
  }

  async logs(spec: TaskSpec, options: LogOptions): Promise<Pipe> {
    const entry = this.#entries.get(spec.id);
    if (entry) return logPipe(entry.logs, options, entry.over.signal);
    return savedLogs(this.#sandboxes.find(spec.id, spec.name), options);
  }

  async endedLogs(task: TaskId, options: LogOptions): Promise<Pipe> {
    return savedLogs(this.#sandboxes.find(task), options);
  }

  async exec(spec: TaskSpec, options: ExecOptions): Promise<Pipe> {
    const entry = needRunning(spec, this.#entries.get(spec.id));
    if (spec.run.kind !== 'process') throw new TenderError('task.unknown', { name: spec.name });
    const env = this.#environment(entry);
    const pipe = await processExec(options, {
      cwd: await workFolder(spec.run, env, this.#folderOf(entry)),
      env,
      control: entry.sandbox.control,
      groups: entry.group ? groupFolders(entry.group).map((folder) => resolve(folder, 'cgroup.procs')) : [],
    });
    entry.execs.add(pipe);
    if (this.#entries.get(spec.id) === entry && entry.phase !== 'ended') return pipe;
    // Its group may be another program's by now.
    pipe.close();
    throw new TenderError('task.not_running', { name: spec.name, state: 'ended' });
  }

  /** It outlives the agent, so it has neither the agent's terminal nor its input. */
  async attach(spec: TaskSpec): Promise<Pipe> {
    const entry = needRunning(spec, this.#entries.get(spec.id));
    const live = logPipe(entry.logs, { follow: true, tail: 0 }, entry.over.signal);
    async function* output(): AsyncGenerator<Chunk, void, undefined> {
      yield { stream: 'stdout', bytes: new Uint8Array(), attached: { tty: false, stdin: false } };
      yield* live.output;
    }
    const exitCode = (): number | undefined => exitCodeOf(entry.sandbox);
    return pipeOf({ output: output(), stop: () => live.close(), exitCode });
  }

  async remove(spec: TaskSpec): Promise<void> {
    const entry = this.#entries.get(spec.id);
    this.#entries.delete(spec.id);
    entry?.watcher?.close();
    // The group of a shim of our own goes with that.
    if (entry?.group && !entry.shim) await this.#cgroups.remove(entry.group, this.#clock);
    if (entry) await this.#capLogs(entry);
    this.#sandboxes.end(spec.id);
  }

  async #capLogs({ logs }: Entry): Promise<void> {
    const trouble = (error: unknown): void => this.#options.events.trouble(error);
    await Promise.all([logs.stdout.cap(trouble), logs.stderr.cap(trouble)]);
  }

  sweep(known: ReadonlySet<TaskId>): Promise<TaskId[]> {
    return sweep({
      sandboxes: this.#sandboxes,
      cgroups: this.#cgroups,
      clock: this.#clock,
      shims: this.#shims.names,
      isKnown: (task) => known.has(task) || this.#entries.has(task),
    });
  }

  async usage(): Promise<Readonly<Record<string, TaskUsage>>> {
    const now = this.#clock.now();
    const out: Record<string, TaskUsage> = {};
    let table: Sessions | undefined;
    for (const entry of this.#entries.values()) {
      this.#look(entry);
      if (entry.phase !== 'running' || entry.pid === undefined) continue;
      void this.#capLogs(entry);
      const { id } = entry.spec;
      let used = entry.group && groupUsage(entry.group, this.#meter, id, now);
      if (!used) {
        table ??= sessions();
        const procs = table.get(entry.pid) ?? [];
        const cpus = this.#meter.rate(id, cpuMicroseconds(procs), now);
        used = { cpus, mem: Math.round(residentMiB(procs)) };
      }
      out[id] = used;
    }
    return out;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const entry of this.#entries.values()) {
      entry.kill.cancel();
      entry.watcher?.close();
      for (const pipe of entry.execs) pipe.close();
      if (entry.phase === 'launching' && entry.pid === undefined) entry.launch.abort();
    }
    this.#entries.clear();
    this.#shims.close();
    this.#cgroups.close();
    this.#sandboxes.close();
  }
}
