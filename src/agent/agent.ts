/**
 * An agent: measures its machine, runs what it is told, reports truthfully, decides nothing. It remembers before it
 * acts, so a new process takes up what an old one started; and it goes on with its tasks whether or not a master is
 * there. Clock, store, executors and connection come from outside: the same agent runs in the simulator.
 */
import type { Clock, Random } from '../core/clock.ts';
import type { Fault, HostFacts, Usage } from '../core/cluster.ts';
import { causeOf, TenderError } from '../core/errors.ts';
import { isEmpty, type Resources } from '../core/resources.ts';
import { formatResources } from '../core/resources-text.ts';
import type { AgentId, FrameworkId, TaskId, TaskSpec, TaskStatus } from '../core/task.ts';
import { isTerminal, type TaskState } from '../core/task-state.ts';
import type { Store } from '../store/store.ts';
import type { Convert, Register } from '../wire/messages/agent.ts';
import type { Welcome } from '../wire/messages/session.ts';
import type { StreamOpen } from '../wire/messages/stream.ts';
import type { ToPeer } from '../wire/messages.ts';
import { type MasterAt, Session } from '../wire/session.ts';
import type { KeyPair, Transport } from '../wire/transport.ts';
import { Checkpoint, type TaskRecord } from './checkpoint.ts';
import { diskFault, type Room } from './disk-fault.ts';
import { killedDuringLaunch, NOT_THERE, reasonedEnd, TAKEN_UP } from './ending.ts';
import type { Executor, ExecutorEvents, Pipe, Report } from './executor.ts';
import { Health } from './health.ts';
import { Holdings } from './holdings.ts';
import { registerParts } from './register-parts.ts';
import { Rounds } from './rounds.ts';
import { TaskBook } from './task-book.ts';
import { TaskStreams } from './task-streams.ts';
import type { Volumes } from './volumes.ts';

export interface AgentOptions {
  readonly id: AgentId;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly uuid: () => string;
  readonly store: Store;
  readonly master: MasterAt;
  readonly keys: KeyPair;
  readonly version: string;
  readonly host: HostFacts;
  readonly attributes: Readonly<Record<string, string>>;
  /** What the machine has by its configuration; what the master has set aside of it, the agent remembers itself. */
  readonly total: Resources;
  readonly volumes: Volumes;
  readonly executors: (events: ExecutorEvents) => readonly Executor[];
  /** The machine's use right now; cheap. */
  readonly measure: () => Promise<Omit<Usage, 'tasks'>>;
  /** On the disk where its records and its sandboxes are, and on those of these folders; cheap. */
  readonly rooms: (folders: readonly string[]) => readonly Room[];
  /** What a person at this machine should see. */
  readonly log: (line: string) => void;
}

/** Characters of a status' sentence. */
const MESSAGE = 2_000;

/** What nobody says anew of its health still holds; and what has not shown yet that it is ready is not. */
function knownHealth({
  spec,
  latest: { healthy, ready },
}: TaskRecord): Pick<TaskStatus, 'healthy' | 'ready'> {
  return { healthy, ready: ready ?? (spec.readiness ? false : undefined) };
}

/** Why a task is to end. */
type Order = Pick<Report, 'reason' | 'message'>;
const ASKED_FOR: Order = { reason: 'killed', message: '' };

export class Agent {
  readonly #options: AgentOptions;
  readonly #checkpoint: Checkpoint;
  readonly #book: TaskBook;
  readonly #holdings: Holdings;
  readonly #executors: readonly Executor[];
  readonly #streams: TaskStreams;
  readonly #health: Health;
  readonly #rounds: Rounds;
  #session: Session | undefined;
  /** The master's. */
  #protocol = '';
  #registered = false;
  /** As the master was told last. */
  #fault: Fault | undefined;
  /** Registrations that the master has not answered: it counts from the last one. */
  #unanswered = 0;
  /** Said once, not at each of its attempts to come back. */
  #toldProblem = '';
  /** Said once the master has taken it: one that was given up is welcomed and refused again and again. */
  #welcomedAs = '';
  #closed = false;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#executors = options.executors({
      status: (task, report) => this.#report(task, report),
      trouble: (error) => options.log(causeOf(error)),
    });
    this.#checkpoint = new Checkpoint(options.store);
    this.#book = new TaskBook({
      clock: options.clock,
      checkpoint: this.#checkpoint,
      uuid: options.uuid,
      send: ({ framework, latest }, { uuid, status }) => {
        if (!this.#registered) return false;
        // Not sent because too much waits on the line? Then it is lost like any other, and repeated.
        this.#session!.send({ t: 'status', framework, uuid, status, latest });
        return true;
      },
      closed: (spec) => void this.#forget(spec),
      trouble: (error) => options.log(causeOf(error)),
    });
    this.#holdings = new Holdings({
      measured: options.total,
      checkpoint: this.#checkpoint,
      volumes: options.volumes,
      trouble: (error) => options.log(causeOf(error)),
    });
    this.#streams = new TaskStreams(
      (task, what) => this.#openPipe(task, what),
      (message, bytes) => this.#session?.send(message, bytes) ?? false,
    );
    this.#health = new Health(options.clock, (spec, argv, timeout) => this.#runInTask(spec, argv, timeout), {
      changed: (task, verdict, message) =>
        this.#report(task, { state: 'RUNNING', reason: 'health_changed', ...verdict, message }),
      failed: (task, message) => this.#kill(task, undefined, { reason: 'unhealthy', message }),
    });
    this.#rounds = new Rounds({
      clock: options.clock,
      executors: this.#executors,
      measure: options.measure,
      isBusy: () => this.#book.all().length > 0,
      isHeard: () => this.#registered,
      before: async () => {
        this.#holdings.retry();
        await this.#checkpoint.retry().catch(() => {}); // said when it was refused first
        await this.#tellFault();
      },
      usage: (usage) => this.#session?.send({ t: 'usage', usage }),
      changed: () => this.#register(),
      log: options.log,
    });
  }

  /** Takes up what a former process started, then connects. */
  async start(): Promise<void> {
    const { transport, clock, random, master, keys, version, log } = this.#options;
    const remembered = this.#checkpoint.load();
    this.#book.restore(remembered);
    await this.#holdings.resume();
    const { shortage } = this.#holdings;
    if (!isEmpty(shortage))
      log(`this machine has ${formatResources(shortage)} less than what is set aside on it`);
    for (const { spec, latest } of remembered) await this.#recover(spec, latest.state);
    this.#endRecovered();
    const known = new Set(remembered.map(({ spec }) => spec.id));
    for (const executor of this.#executors)
      for (const task of await executor.sweep(known)) log(`stopped ${task}, which belongs to no known task`);
    if (this.#closed) return;
    this.#session = new Session({
      transport,
      clock,
      random,
      address: master.address,
      following: master.following,
      serverKey: master.key,
      keys,
      hello: { role: 'agent', version },
      minEpoch: this.#checkpoint.epoch,
      handlers: {
        welcome: (welcome) => this.#welcome(welcome),
        message: (message, bytes) => this.#handle(message, bytes),
        down: (problem) => this.#down(problem),
        trouble: (error) => log(causeOf(error)),
      },
    });
    this.#rounds.schedule();
  }

  /** Lets go of everything; tasks go on. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#rounds.close();
    this.#health.close();
    this.#book.pause();
    this.#streams.closeAll();
    await this.#session?.close();
    await Promise.all(this.#executors.map((executor) => executor.close()));
    this.#options.store.close();
  }

  /** Ends all tasks, for a cluster that is being taken down. Resolves when none is left or the time is over. */
  async stopTasks(graceMs: number): Promise<void> {
    const live = (): TaskId[] =>
      this.#book.all().flatMap(({ spec, latest }) => (isTerminal(latest.state) ? [] : [spec.id]));
    for (const task of live()) this.#kill(task, graceMs);
    const deadline = this.#options.clock.now() + graceMs + 5_000;
    while (live().length > 0 && this.#options.clock.now() < deadline)
      await new Promise<void>((resolve) => this.#options.clock.after(50, resolve));
    for (const { spec } of this.#book.all()) await this.#forget(spec);
  }

  #executor(spec: TaskSpec): Executor {
    const executor = this.#executors.find(({ kind }) => kind === spec.run.kind);
    if (!executor)
      throw new TenderError('task.invalid', { task: spec.id, cause: `no executor for ${spec.run.kind}` });
    return executor;
  }

  async #recover(spec: TaskSpec, before: TaskState): Promise<void> {
    if (isTerminal(before)) return; // only its updates are still to be delivered
    try {
      const found = await this.#executor(spec).recover(spec);
      if (found === 'absent') this.#report(spec.id, NOT_THERE);
      else if (found === 'running') this.#report(spec.id, TAKEN_UP);
    } catch (error) {
      this.#options.log(new TenderError('agent.recovery', { task: spec.id, cause: causeOf(error) }).message);
    }
  }

  /** What the executors could not be told before they knew their tasks again. */
  #endRecovered(): void {
    for (const { spec, latest } of this.#book.all()) {
      if (isTerminal(latest.state)) this.#endGroup(spec, latest);
      else if (latest.state === 'KILLING') this.#executor(spec).kill(spec.id, spec.killGrace);
    }
  }

  #welcome(welcome: Welcome): void {
    this.#protocol = welcome.protocol;
    this.#welcomedAs = `connected to ${welcome.cluster} as ${welcome.name}`;
    // Remembered before it is obeyed. Where the disk refuses, its tasks are told all the same: nothing new is begun then.
    this.#checkpoint
      .obeys(welcome.epoch)
      .catch((error: unknown) => this.#options.log(causeOf(error)))
      .then(() => this.#register())
      .catch((error: unknown) => this.#options.log(causeOf(error)));
  }

  #down(problem: TenderError): void {
    this.#registered = false;
    this.#unanswered = 0;
    this.#book.pause();
    this.#streams.closeAll();
    const text = problem.next ? `${problem.message}: ${problem.next}` : problem.message;
    if (text !== this.#toldProblem) this.#options.log(text);
    this.#toldProblem = text;
    if (problem.code === 'agent.gone') this.#endGivenUp();
  }

  /** Others were started in their place as a person gave this machine up: nobody waits for these, and nobody would end them. */
  #endGivenUp(): void {
    const order: Order = { reason: 'agent_gone', message: 'the agent was declared gone' };
    for (const { spec } of this.#book.all()) this.#kill(spec.id, undefined, order);
  }

  async #register(): Promise<void> {
    const { host, attributes } = this.#options;
    const executors = await this.#rounds.facts();
    await this.#holdings.settled();
    // From here on launches and conversions are ignored until the master has answered: it counts what we do not name
    // as lost.
    this.#registered = false;
    const { total } = this.#holdings;
    const fault = this.#faultNow();
    this.#fault = fault;
    const tasks = this.#book.held();
    const whole: Register = { t: 'register', host, executors, attributes, total, fault, tasks };
    const parts = registerParts(whole, this.#protocol);
    if (parts.every((part) => this.#session!.send(part))) this.#unanswered += 1;
  }

  #faultNow(): Fault | undefined {
    const folders = this.#executors.flatMap((executor) => executor.disk?.() ?? []);
    return diskFault(this.#options.rooms(folders), this.#checkpoint.refusal, this.#fault);
  }

  /** Has the master know if what keeps this machine from new work has come or gone. */
  async #tellFault(): Promise<void> {
    const fault = this.#faultNow();
    if (!this.#registered || fault?.state === this.#fault?.state) return;
    this.#options.log(fault ? `no new work: ${fault.why}` : 'new work is taken again');
    await this.#register();
  }

  #handle(message: ToPeer, bytes: Uint8Array | undefined): void {
    switch (message.t) {
      case 'registered':
        this.#unanswered -= 1;
        if (this.#unanswered > 0) return;
        return this.#taken();
      case 'launch':
        if (this.#registered) void this.#launch([message.task], message);
        return;
      case 'launch.group':
        if (this.#registered) void this.#launch(message.tasks, message);
        return;
      case 'convert':
        if (this.#registered)
          this.#convert(message).catch((error: unknown) => this.#options.log(causeOf(error)));
        return;
      case 'kill':
        return this.#kill(message.task, message.graceMs);
      case 'status.ack':
        return this.#book.acknowledge(message.task, message.uuid);
      case 'stream.open':
      case 'stream.data':
      case 'stream.credit':
      case 'stream.resize':
      case 'stream.end':
        return this.#streams.handle(message, bytes);
      default:
        throw new TenderError('protocol.message', { cause: `an agent has no use for ${message.t}` });
    }
  }

  /** What does not fit is refused, and the master told what there is. */
  async #convert({ from, to, number }: Convert): Promise<void> {
    const asMeant = await this.#holdings.convert(from, to).catch((error: unknown) => {
      this.#options.log(causeOf(error));
      return false;
    });
    if (!asMeant) await this.#register();
    else if (number !== undefined && this.#registered) this.#session?.send({ t: 'converted', number });
  }

  /** The master knows all that is here. */
  #taken(): void {
    this.#registered = true;
    this.#toldProblem = '';
    if (this.#welcomedAs !== '') this.#options.log(this.#welcomedAs);
    this.#welcomedAs = '';
    this.#book.resume();
  }

  /** All of them, or none. */
  async #launch(
    specs: readonly TaskSpec[],
    { framework, role }: { readonly framework: FrameworkId; readonly role: string },
  ): Promise<void> {
    if (specs.some(({ id }) => this.#book.has(id))) return;
    try {
      await this.#book.accept(specs, framework, role);
      for (const spec of specs) this.#executor(spec); // there is one
      const fault = this.#faultNow();
      if (fault) throw new TenderError('agent.fault', { state: fault.state, cause: fault.why });
    } catch (error) {
      this.#options.log(causeOf(error));
      for (const { id } of specs) this.#drop(id, causeOf(error));
      return this.#tellFault();
    }
    // Volumes that were made just before.
    await this.#holdings.settled();
    for (const spec of specs) {
      const refusal = await this.#holdings.refusal(spec);
      if (refusal) this.#report(spec.id, refusal);
    }
    // A kill may have come while the disk was busy, of a task that no executor knew yet.
    const isWanted = ({ id }: TaskSpec): boolean => this.#book.get(id)?.latest.state === 'STAGING';
    for (const spec of specs) if (!isWanted(spec)) this.#report(spec.id, killedDuringLaunch);
    for (const spec of specs) {
      if (isWanted(spec)) this.#executor(spec).launch(spec);
      else this.#report(spec.id, killedDuringLaunch);
    }
  }

  /** A task that could not be written down. Its end is told like any other; only no other process will know of it. */
  #drop(task: TaskId, message: string): void {
    const at = this.#options.clock.now();
    this.#book.report({ task, at, state: 'DROPPED', reason: 'start_failed', message });
  }

  /** The first order says why; a later one can only shorten the time. */
  #kill(task: TaskId, graceMs: number | undefined, order = ASKED_FOR): void {
    const record = this.#book.get(task);
    if (!record || isTerminal(record.latest.state)) return;
    this.#health.stop(task);
    if (record.latest.state !== 'KILLING') this.#report(task, { state: 'KILLING', ...order });
    this.#executor(record.spec).kill(task, graceMs ?? record.spec.killGrace);
  }

  /** A group lives as long as none of it has failed or was killed. */
  #endGroup({ name, group }: TaskSpec, end: TaskStatus): void {
    if (group === undefined || end.state === 'FINISHED') return;
    const first = `${name}, of the same group, ended: ${end.message || end.state}`;
    const message = end.reason === 'group_ended' ? end.message : first;
    for (const { spec, latest } of this.#book.all())
      if (spec.group === group && latest.state !== 'KILLING')
        this.#kill(spec.id, undefined, { reason: 'group_ended', message });
  }

  #report(task: TaskId, report: Report): void {
    const record = this.#book.get(task);
    if (!record) return;
    const { at = this.#options.clock.now(), message, ...rest } = report;
    const before = report.state === 'RUNNING' ? knownHealth(record) : undefined;
    // An engine's error may be a whole page: over the limit of a field the master would take none of it.
    const said = { task, at, message: message.slice(0, MESSAGE), ...before, ...rest };
    const status = reasonedEnd(record.latest, said);
    if (!this.#book.report(status)) return;
    if (isTerminal(status.state)) {
      this.#health.stop(task);
      this.#endGroup(record.spec, status);
    } else if (status.state === 'RUNNING') this.#health.watch(record.spec, at);
    if (record.latest.state === 'STAGING') this.#rounds.schedule(); // something runs now: round more often
  }

  async #forget(spec: TaskSpec): Promise<void> {
    try {
      await this.#executor(spec).remove(spec);
    } catch (error) {
      this.#options.log(causeOf(error));
    }
  }

  async #openPipe(task: TaskId, what: StreamOpen['what']): Promise<Pipe> {
    const spec = this.#book.get(task)?.spec;
    // An ended task is not in the book; its output is still there.
    if (!spec) return this.#endedLogs(task, what);
    const executor = this.#executor(spec);
    if (what.kind === 'logs') return executor.logs(spec, what);
    return what.attach ? executor.attach(spec, what) : executor.exec(spec, what);
  }

  #endedLogs(task: TaskId, what: StreamOpen['what']): Promise<Pipe> {
    if (what.kind !== 'logs') throw new TenderError('task.not_running', { name: task, state: 'ended' });
    return this.#executors[0]!.endedLogs(task, what);
  }

  /** A command that does not end in time is closed, and counts as failed. */
  async #runInTask(spec: TaskSpec, argv: readonly string[], timeoutMs: number): Promise<number> {
    const pipe = await this.#executor(spec).exec(spec, { argv, tty: false });
    const timer = this.#options.clock.after(timeoutMs, () => pipe.close());
    try {
      for await (const _ of pipe.output); // its words are not needed
    } finally {
      timer.cancel();
    }
    return pipe.exitCode() ?? 1;
  }
}
