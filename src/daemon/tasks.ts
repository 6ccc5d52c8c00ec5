/**
 * The master's book of tasks: launched, reported, killed, closed. Resources come free at the terminal state; the book
 * is closed when the framework has acknowledged it. What the master says by itself (a dropped launch, a lost agent)
 * has no uuid: it is told once, and reconciliation repairs what gets lost.
 */
import type { Share } from '../core/allocator.ts';
import { TenderError } from '../core/errors.ts';
import type { AgentId, FrameworkId, Task, TaskId, TaskSpec, TaskStatus } from '../core/task.ts';
import { isLive, isTerminal, type TaskReason, type TaskState } from '../core/task-state.ts';
import type { HeldTask, StatusUpdate } from '../wire/messages/agent.ts';
import { Groups } from './groups.ts';
import type { Parts } from './parts.ts';

/** Of several times to end: the task's own, if it is among them, and the shortest of the others. */
function shortest(times: readonly (number | undefined)[]): ReadonlySet<number | undefined> {
  const said = times.filter((time) => time !== undefined);
  const least = said.length > 0 ? [Math.min(...said)] : [];
  return new Set(times.includes(undefined) ? [undefined, ...least] : least);
}

/** Whose a task is, and where it goes. */
export type Place = Pick<Share, 'framework' | 'role' | 'agent'>;

type Ending = Pick<TaskStatus, 'message'> & {
  readonly reason: 'preempted' | 'agent_draining' | 'framework_removed';
};

/** For people: a script in it may be long. */
const WHAT = 500;
const whatOf = ({ run }: TaskSpec): string => {
  const words = (run.kind === 'docker' ? [run.image, ...run.args] : run.argv).join(' ');
  return words.length > WHAT ? `${words.slice(0, WHAT)}…` : words;
};

export class Tasks {
  readonly #parts: Parts;
  /** Those that are not closed. */
  readonly #byAgent = new Groups<AgentId, TaskId>();
  readonly #byFramework = new Groups<FrameworkId, TaskId>();
  /** Tasks whose resources are allocated on their agent right now. */
  readonly #holding = new Set<TaskId>();
  /** The terminal update that waits for its framework's acknowledgement. */
  readonly #closing = new Map<TaskId, string>();
  /**
   * Kills of tasks that have not ended, by the times that they were given (undefined: the task's own): said again to an
   * agent that (re-)registers, whose line may have lost them. The agent takes the shortest.
   */
  readonly #kills = new Map<TaskId, ReadonlySet<number | undefined>>();
  /** Tasks that became unreachable before their agent had said a word of them: perhaps it never heard of them. */
  readonly #unheard = new Set<TaskId>();
  /** Tasks that are to end for a reason of the master's, and what is said of it when they are killed. */
  readonly #ending = new Map<TaskId, Ending>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The resources of the task are the framework's already. */
  launch(place: Place, spec: TaskSpec): void {
    const { framework, role, agent } = place;
    const task = { ...spec, group: undefined };
    this.#begin(place, task);
    if (!this.#parts.agents.send(agent, { t: 'launch', framework, role, task })) this.#undelivered(task);
  }

  /** As `launch`, of tasks that start together or not at all. Called after the first of them: ids are used once. */
  launchGroup(place: Place, specs: readonly TaskSpec[]): void {
    const { framework, role, agent } = place;
    const tasks = specs.map((spec) => ({ ...spec, group: specs[0]!.id }));
    for (const task of tasks) this.#begin(place, task);
    if (!this.#parts.agents.send(agent, { t: 'launch.group', framework, role, tasks }))
      for (const task of tasks) this.#undelivered(task);
  }

  /** A task that can't be launched as it is, now or later. */
  refuse(framework: FrameworkId, task: TaskId, cause: string): void {
    const status = this.#saying(task, 'ERROR', 'invalid_task', cause);
    this.#parts.frameworks.send(framework, { t: 'update', status });
  }

  /** Tasks that came with an accept whose offers are void. */
  drop(framework: FrameworkId, specs: readonly TaskSpec[], cause: string): void {
    for (const { id } of specs)
      this.#parts.frameworks.send(framework, {
        t: 'update',
        status: this.#saying(id, 'DROPPED', 'invalid_offers', cause),
      });
  }

  /** @throws TenderError `protocol.message` if the task is another agent's, or never was one of this agent's */
  update(agent: AgentId, { framework, uuid, status: said, latest }: StatusUpdate): void {
    const { log, frameworks, agents } = this.#parts;
    const status = this.#reasoned(said);
    const task = log.state.tasks.get(status.task);
    const ended = isTerminal(status.state);
    // All that an agent holds it has told as it registered: this one was closed, long ago, and its agent never heard so.
    if (!task && ended) return void agents.send(agent, { t: 'status.ack', task: status.task, uuid });
    if (task?.agent !== agent || task.framework !== framework || latest.task !== status.task)
      throw new TenderError('protocol.message', { cause: `task ${status.task} is not on this agent` });
    if (task.closed) {
      // Its framework has heard its end: only its agent does not know that. What lives all the same is nobody's.
      agents.send(agent, { t: 'status.ack', task: task.id, uuid });
      if (isLive(latest.state)) agents.send(agent, { t: 'kill', task: task.id });
      return;
    }
    this.#become(task, ended ? status : this.#reasoned(latest));
    if (ended) this.#closing.set(status.task, uuid);
    if (this.#isRemoved(framework)) return this.acknowledge(framework, task.id, agent, uuid);
    frameworks.send(framework, { t: 'update', agent, uuid, status });
  }

  acknowledge(framework: FrameworkId, id: TaskId, agent: AgentId, uuid: string): void {
    const task = this.#parts.log.state.tasks.get(id);
    if (task && task.framework !== framework) return;
    const delivered = this.#parts.agents.send(agent, { t: 'status.ack', task: id, uuid });
    // Undelivered: the agent says it again when it is back, and is acknowledged then.
    if (delivered && this.#closing.get(id) === uuid) this.#close(id);
  }

  kill(framework: FrameworkId, id: TaskId, graceMs: number | undefined): void {
    const task = this.#parts.log.state.tasks.get(id);
    if (!task || task.closed || task.framework !== framework)
      return this.reconcile(framework, [{ task: id }]);
    if (isTerminal(task.state)) return;
    this.#kills.set(id, shortest([...(this.#kills.get(id) ?? []), graceMs]));
    this.#parts.agents.send(task.agent, { t: 'kill', task: id, graceMs });
  }

  /** These are to make room, or to leave their agent. Whoever kills them from now on: that is why. */
  ending(ids: readonly TaskId[], why: Ending): void {
    for (const id of ids) this.#ending.set(id, why);
  }

  /** These may stay. */
  spare(ids: readonly TaskId[]): void {
    for (const id of ids) this.#ending.delete(id);
  }

  /** Its resources will come free before long. */
  isEnding(id: TaskId): boolean {
    const state = this.#parts.log.state.tasks.get(id)?.state;
    return state === 'KILLING' || this.#kills.has(id) || this.#ending.has(id);
  }

  /** Nobody but the master itself acknowledges their ends any more. */
  frameworkRemoved(framework: FrameworkId, why: string): void {
    const { log, agents } = this.#parts;
    for (const id of [...this.#byFramework.of(framework)]) {
      const task = log.state.tasks.get(id)!;
      const uuid = this.#closing.get(id);
      if (uuid !== undefined) agents.send(task.agent, { t: 'status.ack', task: id, uuid });
      if (isTerminal(task.state)) this.#close(id);
      else {
        this.ending([id], { reason: 'framework_removed', message: `its framework was removed: ${why}` });
        this.kill(framework, id, undefined);
      }
    }
  }

  /** What holds resources of this agent. */
  liveOn(agent: AgentId): Task[] {
    return this.#on(agent).filter(({ state }) => isLive(state));
  }

  /**
   * What an agent holds, as it (re-)registers: the truth about its tasks.
   * @param wasLost frameworks have been told that its tasks are out of reach, by this master or by one before
   */
  adopt(agent: AgentId, held: readonly HeldTask[], wasLost: boolean): void {
    const { log } = this.#parts;
    const reported = new Set(held.map(({ spec }) => spec.id));
    for (const id of reported) this.#unheard.delete(id);
    for (const { spec, framework, role, status, launchedAt, since } of held) {
      const known = log.state.tasks.get(spec.id);
      if (known && known.agent !== agent) continue; // ids are unique: somebody lies, and it isn't worth a fight
      // As it is now, in one event: after a start of the master all of them come.
      const isNew = !known && isLive(status.state);
      if (!known) {
        const task = taskOf(spec, framework, role, agent, launchedAt);
        this.#open(isNew ? { ...task, ...standingOf(status, since) } : task);
      }
      const task = log.state.tasks.get(spec.id)!;
      if (isTerminal(task.state) && isLive(status.state)) {
        this.#parts.agents.send(agent, { t: 'kill', task: task.id });
        continue;
      }
      const returned = known ? known.state === 'UNREACHABLE' : wasLost;
      if (!isNew) this.#become(task, this.#reasoned(status));
      if (isLive(status.state)) this.#hold(task);
      if (returned && !isTerminal(status.state))
        this.#tell(task, { ...status, reason: 'agent_returned', message: 'the agent is back' });
      const kills = this.#kills.get(spec.id);
      if (kills)
        for (const graceMs of kills) this.#parts.agents.send(agent, { t: 'kill', task: task.id, graceMs });
      else if (this.#isRemoved(framework)) this.kill(framework, spec.id, undefined);
    }
    for (const task of this.#on(agent)) {
      if (reported.has(task.id)) continue;
      if (isTerminal(task.state)) this.#sayLast(task);
      else if (task.state === 'STAGING' || this.#unheard.has(task.id))
        this.#declare(task.id, 'DROPPED', 'agent_disconnected', 'the launch never arrived');
      else this.#declare(task.id, 'GONE', 'task_unknown', 'the agent does not have it any more');
    }
  }

  /** The agent has been silent for too long; its books are gone from the allocator. */
  agentLost(agent: AgentId, why: string): void {
    for (const task of this.#on(agent)) {
      this.#holding.delete(task.id);
      if (task.state === 'STAGING') this.#unheard.add(task.id);
      if (!isTerminal(task.state)) {
        const status = this.#saying(task.id, 'UNREACHABLE', 'agent_unreachable', why);
        this.#parts.log.emit({ type: 'task.status', status });
        this.#tell(task, status);
      }
    }
  }

  /** An agent is gone for good, with all it had. */
  agentGone(agent: AgentId): void {
    for (const task of this.#on(agent)) {
      this.#holding.delete(task.id);
      if (isTerminal(task.state)) this.#sayLast(task);
      else this.#declare(task.id, 'GONE_BY_OPERATOR', 'agent_gone', 'the agent was declared gone');
    }
  }

  /**
   * Nobody waits for the agent any more. Whether its tasks live is not known: should it come back, it tells of them, and
   * their frameworks hear of them anew.
   * @returns the tasks that are out of the book
   */
  agentForgotten(agent: AgentId): TaskId[] {
    const tasks = this.#on(agent);
    for (const task of tasks) this.#leaveBook(task);
    return tasks.map(({ id }) => id);
  }

  /**
   * Answers what each of these is; no list: all that is not closed. Of a closed one that is still remembered its true end
   * is told (Mesos: that it is gone): a framework that was away as its agent was given up would do its work again. No
   * answer about a task that an agent may have which has not come back yet since the master started.
   */
  reconcile(
    framework: FrameworkId,
    asked: readonly { readonly task: TaskId; readonly agent?: AgentId | undefined }[],
  ): void {
    const { tasks } = this.#parts.log.state;
    if (asked.length === 0) {
      for (const id of this.#byFramework.of(framework)) {
        const task = tasks.get(id)!;
        this.#tell(task, statusOf(task, task.state));
      }
      return;
    }
    for (const { task: id, agent } of asked) {
      const task = tasks.get(id);
      if (task && task.framework === framework) this.#tell(task, statusOf(task, task.state));
      else this.#answerUnknown(framework, id, agent);
    }
  }

  #isRemoved(framework: FrameworkId): boolean {
    return this.#parts.registry.frameworks.get(framework)?.removedAt !== undefined;
  }

  #answerUnknown(framework: FrameworkId, id: TaskId, agent: AgentId | undefined): void {
    const { agents, frameworks } = this.#parts;
    const state = agents.reconciled(agent);
    if (state === undefined) return;
    const status = this.#saying(id, state, 'reconciliation', 'the master does not know this task');
    frameworks.send(framework, { t: 'update', agent, status });
  }

  #begin({ framework, role, agent }: Place, spec: TaskSpec): void {
    this.#holding.add(spec.id);
    this.#open(taskOf(spec, framework, role, agent, this.#parts.clock.now()));
  }

  #open(task: Task): void {
    this.#parts.log.emit({ type: 'task.launched', task });
    this.#byAgent.add(task.agent, task.id);
    this.#byFramework.add(task.framework, task.id);
  }

  #undelivered({ id }: TaskSpec): void {
    this.#declare(id, 'DROPPED', 'agent_disconnected', 'the agent went away before the launch');
  }

  #on(agent: AgentId): Task[] {
    const { tasks } = this.#parts.log.state;
    return [...this.#byAgent.of(agent)].map((id) => tasks.get(id)!);
  }

  #reasoned(status: TaskStatus): TaskStatus {
    const why = this.#ending.get(status.task);
    return why && status.state === 'KILLED' ? { ...status, ...why } : status;
  }

  #become(task: Task, status: TaskStatus): void {
    if (isTerminal(task.state)) return;
    this.#parts.log.emit({ type: 'task.status', status });
    if (isTerminal(status.state)) this.#release(task);
  }

  #hold(task: Task): void {
    if (this.#holding.has(task.id)) return;
    this.#holding.add(task.id);
    this.#parts.allocator.use(task);
  }

  #release(task: Task): void {
    this.#kills.delete(task.id);
    if (!this.#holding.delete(task.id)) return;
    this.#parts.allocator.recover(task);
    this.#parts.offers.wake();
  }

  /** The master itself knows the end of a task. */
  #declare(id: TaskId, state: TaskState, reason: TaskReason, message: string): void {
    const task = this.#parts.log.state.tasks.get(id);
    if (!task) return;
    const status = this.#saying(id, state, reason, message);
    this.#become(task, status);
    this.#tell(task, status);
    this.#close(id);
  }

  /** Its agent told its end, and will not repeat it any more: then nobody waits for an acknowledgement either. */
  #sayLast(task: Task): void {
    this.#tell(task, statusOf(task, task.state));
    this.#close(task.id);
  }

  #close(id: TaskId): void {
    const task = this.#parts.log.state.tasks.get(id);
    if (task) this.#leaveBook(task);
    this.#parts.log.emit({ type: 'task.closed', task: id });
  }

  #leaveBook({ id, agent, framework }: Task): void {
    this.#closing.delete(id);
    this.#ending.delete(id);
    this.#kills.delete(id);
    this.#unheard.delete(id);
    this.#byAgent.remove(agent, id);
    this.#byFramework.remove(framework, id);
  }

  #tell({ framework, agent }: Task, status: TaskStatus): void {
    this.#parts.frameworks.send(framework, { t: 'update', agent, status });
  }

  #saying(task: TaskId, state: TaskState, reason: TaskReason, message: string): TaskStatus {
    return { task, state, reason, message, at: this.#parts.clock.now() };
  }
}

function taskOf(
  spec: TaskSpec,
  framework: FrameworkId,
  role: string,
  agent: AgentId,
  launchedAt: number,
): Task {
  const { id, name, job, group, priority, resources, ports, labels } = spec;
  return {
    id,
    name,
    job,
    framework,
    role,
    agent,
    group,
    priority,
    resources,
    ports,
    executor: spec.run.kind,
    what: whatOf(spec),
    labels,
    state: 'STAGING',
    reason: 'launched',
    message: '',
    launchedAt,
    since: launchedAt,
    closed: false,
  };
}

type Standing = Omit<TaskStatus, 'task' | 'at'> & Pick<Task, 'since'>;

function standingOf(status: TaskStatus, since = status.at): Standing {
  const { state, reason, message, healthy, ready, exitCode, output } = status;
  return { state, reason, message, healthy, ready, exitCode, output, since };
}

function statusOf(task: Task, state: TaskState): TaskStatus {
  const { id, reason, message, healthy, ready, exitCode, output, since } = task;
  return { task: id, state, reason, message, healthy, ready, exitCode, output, at: since };
}
