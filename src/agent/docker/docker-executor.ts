/**
 * The docker executor. Containers carry labels and live on without us; what we know of one is only a view:
 *
 *   launching ──create, start──▶ running ──die event, or missing at a reconcile──▶ ended
 *       └── killed, or a failed start ──▶ ended
 *
 * One event stream tells of all of them. Whenever it was away, the list of containers decides. An engine that does
 * not answer changes nothing: running tasks stay running until it says otherwise.
 */
import type { ContainerInspectInfo } from 'dockerode';
import type { Clock } from '../../core/clock.ts';
import type { ExecutorFacts, TaskUsage } from '../../core/cluster.ts';
import { TenderError } from '../../core/errors.ts';
import type { AgentId, DockerRun, TaskId, TaskSpec } from '../../core/task.ts';
import { CpuMeter, cgroupMounts, groupOfContainer, groupUsage } from '../cgroup-files.ts';
import { endReport, killedDuringLaunch, NOT_THERE, TAKEN_UP, withOutput } from '../ending.ts';
import type {
  AttachOptions,
  ExecOptions,
  Executor,
  ExecutorEvents,
  LogOptions,
  Pipe,
  Report,
} from '../executor.ts';
import { savedLogs } from '../log-files.ts';
import { needRunning, type Phase } from '../phase.ts';
import { Sandboxes } from '../sandboxes.ts';
import type { Volumes } from '../volumes.ts';
import { containerAttach } from './attach.ts';
import { Clearing } from './clearing.ts';
import {
  containerName,
  createContainer,
  hasTerminal,
  isOurs,
  LABEL,
  type Mark,
  markFilters,
  startContainer,
} from './container.ts';
import { containerEnding, neverRan, rebootReport, startFailure, wasStarted } from './ending.ts';
import { dataRoot, type Engine, engineCause, isUnreachable, openEngine, statusOf } from './engine.ts';
import { type Entry, newEntry } from './entry.ts';
import { DockerEvents, type EngineEvent } from './events.ts';
import { containerExec } from './exec.ts';
import { layFiles, outputOf } from './files.ts';
import { haveImage } from './image.ts';
import { containerLogs, lastErrorLine } from './logs.ts';
import { MachineNetworks } from './networks.ts';

const SIGKILLED = 137;
const OOM_TRIES = 15;
const OOM_WAIT = 20;

export interface DockerExecutorOptions {
  readonly agent: AgentId;
  readonly cluster: string;
  readonly clock: Clock;
  readonly events: ExecutorEvents;
  /** The folder in which the output of ended tasks stays readable. */
  readonly sandboxes: string;
  readonly volumes: Volumes;
  /** The engine's socket. Default: `DOCKER_HOST`, or /var/run/docker.sock. */
  readonly socket?: string | undefined;
}

export function dockerExecutor(options: DockerExecutorOptions): Executor {
  return new DockerExecutor(options);
}

class DockerExecutor implements Executor {
  readonly kind = 'docker';
  readonly #options: DockerExecutorOptions;
  readonly #mark: Mark;
  readonly #clock: Clock;
  readonly #entries = new Map<TaskId, Entry>();
  readonly #sandboxes: Sandboxes;
  readonly #events: DockerEvents;
  readonly #meter = new CpuMeter();
  readonly #networks: MachineNetworks;
  readonly #mounts = cgroupMounts();
  readonly #clearing: Clearing;
  #engine: Promise<Engine> | undefined;
  #disk: string | undefined;
  #closed = false;

  constructor(options: DockerExecutorOptions) {
    this.#options = options;
    this.#mark = { cluster: options.cluster, agent: options.agent };
    this.#clock = options.clock;
    this.#networks = new MachineNetworks(this.#mark);
    const trouble = (error: unknown): void => options.events.trouble(error);
    this.#sandboxes = new Sandboxes(options.sandboxes, options.clock, trouble);
    this.#clearing = new Clearing({
      engine: () => this.#open(),
      mark: this.#mark,
      networks: this.#networks,
      sandboxes: this.#sandboxes,
      trouble,
    });
    this.#events = new DockerEvents({
      engine: () => this.#open(),
      clock: options.clock,
      labels: markFilters(this.#mark),
      actions: ['die', 'oom'],
      event: (event) => this.#event(event),
      opened: () => void this.#reconcile(),
      needed: () =>
        this.#clearing.isDue || [...this.#entries.values()].some(({ phase }) => phase !== 'ended'),
    });
  }

  #open(): Promise<Engine> {
    this.#engine ??= openEngine(this.#options.socket);
    return this.#engine;
  }

  async facts(): Promise<ExecutorFacts> {
    try {
      const engine = await this.#open();
      const { Version, Os, Arch } = await engine.version();
      this.#disk = await dataRoot(engine);
      void this.#clearing.again();
      return { kind: 'docker', available: true, detail: `Docker ${Version}`, platform: `${Os}/${Arch}` };
    } catch (error) {
      const { message } = new TenderError('docker.unavailable', { cause: engineCause(error) });
      return { kind: 'docker', available: false, detail: message };
    }
  }

  disk(): string | undefined {
    return this.#disk;
  }

  launch(spec: TaskSpec): void {
    const { run } = spec;
    if (this.#entries.has(spec.id)) return;
    const entry = this.#enter(spec, 'launching');
    if (run.kind === 'docker') void this.#launch(entry, run);
    else this.#end(entry, startFailure(new Error('this is no task for Docker')));
  }

  #enter(spec: TaskSpec, phase: Phase): Entry {
    const entry = newEntry(spec, phase);
    this.#entries.set(spec.id, entry);
    this.#networks.needs(spec);
    return entry;
  }

  async #launch(entry: Entry, run: DockerRun): Promise<void> {
    const { spec, launch } = entry;
    try {
      const engine = await this.#open();
      const progress = (message: string): void => {
        if (!launch.signal.aborted)
          this.#tell(entry, { state: 'STARTING', reason: 'pulling_image', message });
      };
      await haveImage({ engine, run, clock: this.#clock, signal: launch.signal, progress });
      if (launch.signal.aborted) return this.#end(entry, killedDuringLaunch);
      // Open before the start, so that the very first exit is not missed.
      await this.#events.open();
      await this.#networks.make(engine, spec);
      await createContainer(engine, spec, run, this.#mark, this.#options.volumes);
      await this.#networks.join(engine, spec);
      await layFiles(engine, spec);
      if (launch.signal.aborted) return await this.#abandon(entry);
      await startContainer(engine, spec.id);
      const info = await engine.getContainer(containerName(spec.id)).inspect();
      this.#attach(entry, info);
      this.#tell(entry, { state: 'RUNNING', reason: 'started', message: '' });
      this.#signalDue(entry);
      if (!info.State.Running) void this.#finish(entry);
    } catch (error) {
      if (launch.signal.aborted) await this.#abandon(entry);
      else this.#end(entry, startFailure(error));
    }
  }

  /** A launch that was killed: nothing stays. */
  async #abandon(entry: Entry): Promise<void> {
    if (this.#closed) return;
    await this.#clearing.clear(entry.spec);
    this.#end(entry, killedDuringLaunch);
  }

  #attach(entry: Entry, info: ContainerInspectInfo): void {
    entry.phase = 'running';
    entry.stopSignal = (info.Config as { StopSignal?: string }).StopSignal || 'SIGTERM';
    if (this.#mounts) entry.group = groupOfContainer(this.#mounts, info.Id, info.State.Pid);
    entry.begin();
  }

  async recover(spec: TaskSpec): Promise<'running' | 'ended' | 'absent' | 'unknown'> {
    await this.#events.open();
    let info: ContainerInspectInfo;
    try {
      info = await (await this.#open()).getContainer(containerName(spec.id)).inspect();
    } catch (error) {
      if (statusOf(error) === 404) return 'absent';
      // The engine can't say: the container may well be running. `#reconcile` finds out when it answers.
      const entry = this.#enter(spec, 'running');
      entry.isUnsure = true;
      entry.begin();
      return 'unknown';
    }
    if (!isOurs(info.Config.Labels, this.#mark, spec.id)) return 'absent';
    if (!wasStarted(info)) {
      await this.#clearing.clear(spec);
      return 'absent';
    }
    const entry = this.#enter(spec, 'running');
    this.#attach(entry, info);
    // Asked to end before the agent went: its end, whenever it comes, is not a failure.
    if (this.#sandboxes.wasKilled(spec.id)) entry.kill.recall();
    if (info.State.Running) {
      if (entry.kill.given) this.kill(spec.id, spec.killGrace);
      return 'running';
    }
    await this.#finish(entry);
    return 'ended';
  }

  kill(task: TaskId, graceMs: number): void {
    const entry = this.#entries.get(task);
    if (!entry || entry.phase === 'ended') return;
    if (!entry.kill.give(this.#clock, graceMs, () => this.#signalDue(entry))) return;
    this.#sandboxes.markKilled(task);
    if (entry.phase === 'launching') entry.launch.abort();
    else this.#signalDue(entry);
  }

  /** The signal that a task which was told to end should have by now. */
  #signalDue(entry: Entry): void {
    if (!entry.kill.underWay) return;
    this.#signal(entry, entry.kill.isOver ? 'SIGKILL' : entry.stopSignal);
  }

  #signal(entry: Entry, signal: string): void {
    if (entry.phase !== 'running') return;
    void this.#open()
      .then((engine) => engine.getContainer(containerName(entry.spec.id)).kill({ signal }))
      .catch((error: unknown) => {
        // Its end is on the way, or it is sent again when the engine is back.
        if (isUnreachable(error) || statusOf(error) === 404 || statusOf(error) === 409) return;
        const cause = engineCause(error);
        this.#options.events.trouble(new TenderError('task.signal', { task: entry.spec.id, signal, cause }));
      });
  }

  #event(event: EngineEvent): void {
    const entry = this.#entries.get(event.attributes[LABEL.task] as TaskId);
    if (entry?.phase !== 'running') return;
    if (event.action === 'oom') entry.outOfMemory = true;
    if (event.action === 'die') void this.#finish(entry, event);
  }

  /** After the stream was away: what the list says is true. */
  async #reconcile(): Promise<void> {
    try {
      const engine = await this.#open();
      const list = await engine.listContainers({ filters: { label: markFilters(this.#mark) } });
      const alive = new Set(list.map((container) => container.Labels[LABEL.task]));
      void this.#clearing.again();
      for (const entry of this.#entries.values()) {
        if (entry.phase !== 'running') continue;
        if (!alive.has(entry.spec.id)) {
          void this.#finish(entry);
          continue;
        }
        if (entry.group === undefined) await this.#look(engine, entry);
        this.#signalDue(entry);
      }
    } catch (error) {
      // Where it went away again the stream ends, too, and this comes again.
      if (!isUnreachable(error))
        this.#options.events.trouble(new TenderError('docker.failed', { cause: engineCause(error) }));
    }
  }

  async #look(engine: Engine, entry: Entry): Promise<void> {
    this.#attach(entry, await engine.getContainer(containerName(entry.spec.id)).inspect());
    if (entry.isUnsure) this.#tell(entry, TAKEN_UP);
    entry.isUnsure = false;
  }

  #finish(entry: Entry, died?: EngineEvent): Promise<void> {
    entry.ending ??= this.#ended(entry, died).finally(() => {
      delete entry.ending;
    });
    return entry.ending;
  }

  async #ended(entry: Entry, died: EngineEvent | undefined): Promise<void> {
    const { spec } = entry;
    const killed = entry.kill.given;
    const engine = await this.#open();
    let info: ContainerInspectInfo | undefined;
    try {
      info = await engine.getContainer(containerName(spec.id)).inspect();
    } catch (error) {
      if (isUnreachable(error)) return;
      if (statusOf(error) !== 404) return;
    }
    if (info?.State.Running) {
      if (!died) return;
      info = undefined;
    }
    // Whatever its exit code says: a container that was only created has not run.
    if (
      entry.isUnsure &&
      !died &&
      !(info && isOurs(info.Config.Labels, this.#mark, spec.id) && wasStarted(info))
    ) {
      await this.#clearing.clear(spec);
      return this.#end(entry, NOT_THERE);
    }
    const reboot = info && !killed ? rebootReport(info, this.#clock) : undefined;
    if (reboot) return this.#end(entry, reboot);
    if (info?.State.ExitCode === SIGKILLED && !killed && !info.State.OOMKilled) await this.#oomEvent(entry);
    const end = containerEnding(info, died, { killed, outOfMemory: entry.outOfMemory });
    if (!end) {
      const message = 'its container was removed by someone else; exit code unknown';
      return this.#end(entry, {
        state: killed ? 'KILLED' : 'FAILED',
        reason: killed ? 'killed' : 'signalled',
        message,
      });
    }
    const lastLine =
      end.exitCode !== 0 && info ? await lastErrorLine(engine, info.Id, hasTerminal(entry.spec)) : '';
    const output = spec.output && info ? await outputOf(engine, info.Id) : '';
    this.#end(entry, neverRan(end, lastLine) ?? withOutput(endReport(spec, { ...end, lastLine }), output));
  }

  /** Killed, but by whom? The engine may tell of the memory a moment after the end. */
  async #oomEvent(entry: Entry): Promise<void> {
    for (let tries = 0; tries < OOM_TRIES && !entry.outOfMemory; tries += 1)
      await new Promise<void>((resolve) => this.#clock.after(OOM_WAIT, resolve));
  }

  #end(entry: Entry, report: Report): void {
    if (entry.phase === 'ended') return;
    entry.phase = 'ended';
    entry.kill.cancel();
    entry.begin();
    this.#meter.forget(entry.spec.id);
    this.#tell(entry, report);
  }

  #tell(entry: Entry, report: Report): void {
    if (!this.#closed) this.#options.events.status(entry.spec.id, report);
  }

  async logs(spec: TaskSpec, options: LogOptions): Promise<Pipe> {
    const entry = this.#entries.get(spec.id);
    const engine = await this.#open();
    const name = containerName(spec.id);
    const tty = hasTerminal(spec);
    if (entry?.phase === 'launching') {
      const nothing = { follow: false, tail: 0 };
      return containerLogs(engine, name, { ...(options.follow ? options : nothing), tty }, entry.begun);
    }
    try {
      await engine.getContainer(name).inspect();
      return containerLogs(engine, name, { ...options, tty }, Promise.resolve());
    } catch (error) {
      const saved = this.#sandboxes.has(spec.id);
      if (entry?.phase === 'running' || (statusOf(error) !== 404 && !saved))
        throw new TenderError('docker.unavailable', { cause: engineCause(error) });
      if (entry === undefined && !saved) throw new TenderError('task.unknown', { name: spec.name });
      return savedLogs(this.#sandboxes.of(spec.id), options);
    }
  }

  async endedLogs(task: TaskId, options: LogOptions): Promise<Pipe> {
    return savedLogs(this.#sandboxes.find(task), options);
  }

  async exec(spec: TaskSpec, options: ExecOptions): Promise<Pipe> {
    needRunning(spec, this.#entries.get(spec.id));
    return containerExec(await this.#open(), containerName(spec.id), options, this.#clock);
  }

  async attach(spec: TaskSpec, options: AttachOptions): Promise<Pipe> {
    needRunning(spec, this.#entries.get(spec.id));
    if (spec.run.kind !== 'docker') throw new TenderError('task.unknown', { name: spec.name });
    return containerAttach(await this.#open(), containerName(spec.id), spec.run, options);
  }

  async remove(spec: TaskSpec): Promise<void> {
    this.#entries.delete(spec.id);
    await this.#clearing.clear(spec);
    this.#sandboxes.end(spec.id);
  }

  sweep(known: ReadonlySet<TaskId>): Promise<TaskId[]> {
    return this.#clearing.sweep((task) => known.has(task) || this.#entries.has(task));
  }

  async usage(): Promise<Readonly<Record<string, TaskUsage>>> {
    const now = this.#clock.now();
    const out: Record<string, TaskUsage> = {};
    for (const { phase, group, spec } of this.#entries.values()) {
      if (phase !== 'running' || !group) continue;
      const used = groupUsage(group, this.#meter, spec.id, now);
      if (used) out[spec.id] = used;
    }
    return out;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#events.close();
    for (const entry of this.#entries.values()) {
      entry.kill.cancel();
      if (entry.phase === 'launching') entry.launch.abort();
    }
    this.#entries.clear();
    this.#sandboxes.close();
  }
}
