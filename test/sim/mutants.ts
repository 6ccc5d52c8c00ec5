/**
 * Known defects, each of a kind that people have made. The simulator has to find every one of them, or it would not find
 * the ones that nobody knows either.
 */
import type { Mutant } from './mutate.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'acknowledge before writing',
    says: 'the master answers a framework while its write is still on the way to the disk',
    file: 'src/daemon/registry.ts',
    right: `    await this.#commit(
      changes.map(
        ([key, value]): Change => ({ space, key, value: value === undefined ? null : JSON.stringify(value) }),
      ),
    );
    const map`,
    wrong: `    void this.#commit(
      changes.map(
        ([key, value]): Change => ({ space, key, value: value === undefined ? null : JSON.stringify(value) }),
      ),
    ).catch(() => {});
    const map`,
  },
  {
    name: 'launch before the checkpoint',
    says: 'the agent starts a task while the note of it is still on the way to the disk',
    file: 'src/agent/task-book.ts',
    right: 'await checkpoint.accept(records);',
    wrong: 'void checkpoint.accept(records).catch(() => {});',
  },
  {
    name: 'the next update is not sent',
    says: 'after an acknowledgement the next update waits for a reconnection',
    file: 'src/agent/status-stream.ts',
    right: `    const head = this.#queue.shift();
    this.resume();`,
    wrong: `    const head = this.#queue.shift();
    this.pause();`,
  },
  {
    name: 'updates are repeated once',
    says: 'the retry timer does not start anew',
    file: 'src/agent/status-stream.ts',
    right: 'this.#timer = this.#clock.after(this.#wait, () => this.#deliver());',
    wrong: 'this.#timer = this.#clock.after(this.#wait, () => void this.#send(head));',
  },
  {
    name: 'any acknowledgement will do',
    says: 'the agent does not look which update an acknowledgement is for',
    file: 'src/agent/status-stream.ts',
    right: 'if (this.#queue[0]?.uuid !== uuid) return undefined;',
    wrong: 'if (this.#queue.length === 0) return undefined;',
  },
  {
    name: 'routing ids are used again',
    says: 'a connection is called after its host, and not by a random id of its own',
    file: 'src/wire/memory.ts',
    right: `    const id = Array.from({ length: 16 }, () =>`,
    wrong: `    const id = host + Array.from({ length: 0 }, () =>`,
  },
  {
    name: 'a kill is lost with the connection',
    says: 'the master does not repeat a kill to an agent that comes back',
    file: 'src/daemon/tasks.ts',
    right: 'const kills = this.#kills.get(spec.id);',
    wrong: 'const kills = this.#kills.get(spec.name as TaskId);',
  },
  {
    name: 'resources stay taken',
    says: 'what an ended task had is not given back',
    file: 'src/daemon/tasks.ts',
    right: `    this.#parts.allocator.recover(task);
    this.#parts.offers.wake();`,
    wrong: '    this.#parts.offers.wake();',
  },
  {
    name: 'resources are given back twice',
    says: 'once at the end of the task, once at the acknowledgement of it',
    file: 'src/daemon/tasks.ts',
    right: 'if (!this.#holding.delete(task.id)) return;',
    wrong: 'this.#holding.delete(task.id);',
  },
  {
    name: 'books are never closed',
    says: 'the acknowledgement of an end goes to the agent, and the master forgets to take note',
    file: 'src/daemon/tasks.ts',
    right: 'if (delivered && this.#closing.get(id) === uuid) this.#close(id);',
    wrong: 'if (delivered && this.#closing.get(id) === task?.name) this.#close(id);',
  },
  {
    name: 'orphans are not swept',
    says: 'a new agent leaves what it does not know',
    file: 'src/agent/agent.ts',
    right: 'for (const task of await executor.sweep(known))',
    wrong: 'for (const task of known.size < 0 ? await executor.sweep(known) : [])',
  },
  {
    name: 'no reconciliation',
    says: 'a framework that comes back does not ask what became of its tasks',
    file: 'src/framework/jobs/asking.ts',
    right: `    this.#context.reconcile([]);
    this.#ask(0);`,
    wrong: '',
  },
  {
    name: 'away is gone',
    says: 'the master says GONE of tasks on an agent that has not come back yet',
    file: 'src/daemon/agents.ts',
    right: 'if (waiting(known)) return undefined;',
    wrong: `if (waiting(known)) return 'GONE';`,
  },
  {
    name: 'unreachable is an end',
    says: 'tasks of an agent that is silent for too long count as dead',
    file: 'src/daemon/tasks.ts',
    right: `const status = this.#saying(task.id, 'UNREACHABLE', 'agent_unreachable', why);`,
    wrong: `const status = this.#saying(task.id, 'GONE', 'agent_unreachable', why);`,
  },
  {
    name: 'a lost agent keeps its resources',
    says: 'an agent becomes unreachable, and what ran there stays taken when it returns',
    file: 'src/daemon/agents.ts',
    right: `    allocator.removeAgent(id);
    this.#enter(id, 'unreachable', why);`,
    wrong: "    this.#enter(id, 'unreachable', why);",
  },
  {
    name: 'drained too early',
    says: 'the last task of an agent that is being drained is not waited for',
    file: 'src/daemon/withdrawals.ts',
    right: 'if (left.length === 0) return this.#drained(agent, withdrawn);',
    wrong: 'if (left.length <= 1) return this.#drained(agent, withdrawn);',
  },
  {
    name: 'the epoch check is forgotten',
    says: 'a member obeys whatever master it reaches, however old',
    file: 'src/wire/session.ts',
    right: 'if (welcome.epoch < this.#epoch)',
    wrong: 'if (welcome.epoch < 0)',
  },
  {
    name: 'an agent recovers nothing',
    says: 'a new agent does not look at what the one before has written down',
    file: 'src/agent/agent.ts',
    right: 'this.#book.restore(remembered);',
    wrong: 'this.#book.restore([]);',
  },
  {
    name: 'ends are told out of turn',
    says: 'the newest update goes first',
    file: 'src/agent/status-stream.ts',
    right: 'this.#queue.push(update);',
    wrong: 'this.#queue.splice(0, Infinity, update);',
  },
  {
    name: 'what is set aside is not written down',
    says: 'the agent reserves while the note of it is still on the way to the disk',
    file: 'src/agent/holdings.ts',
    right: 'await this.#options.checkpoint.holds(record);',
    wrong: 'void this.#options.checkpoint.holds(record).catch(() => {});',
  },
  {
    name: 'a volume goes before that is written down',
    says: 'the agent removes the folder of a volume first, and then writes down that it shall',
    file: 'src/agent/holdings.ts',
    right: `    const gone = without(old, now);`,
    wrong: `    const gone = without(old, now);
    for (const place of gone) await this.#options.volumes.remove(place);`,
  },
  {
    name: 'a group outlives its tasks',
    says: 'when a task of a group ends badly the others go on',
    file: 'src/agent/agent.ts',
    right: "if (group === undefined || end.state === 'FINISHED') return;",
    wrong: "if (group === undefined || end.state !== 'FINISHED') return;",
  },
  {
    name: 'folders are not tried again',
    says: 'the folder of a volume that could not be made when it was due is not made later either',
    file: 'src/agent/agent.ts',
    right: '        this.#holdings.retry();\n',
    wrong: '',
  },
  {
    name: 'a refused conversion is not told',
    says: 'an agent that cannot reserve what it was told says so to nobody',
    file: 'src/agent/agent.ts',
    right: 'if (!asMeant) await this.#register();',
    wrong: 'if (!asMeant) void 0;',
  },
  {
    name: 'a full disk is not remarked',
    says: 'a machine that has said that its disk is full is offered all the same',
    file: 'src/daemon/agents.ts',
    right: 'fault === undefined && (isDraining',
    wrong: '(isDraining',
  },
  {
    name: 'a full disk is full for ever',
    says: 'an agent whose disk was full does not say that there is room again',
    file: 'src/agent/agent.ts',
    right: 'if (!this.#registered || fault?.state === this.#fault?.state) return;',
    wrong: 'if (!this.#registered || !fault || fault.state === this.#fault?.state) return;',
  },
  {
    name: 'the master knows better what is set aside',
    says: 'when an agent comes back the master goes by its own books, and not by those of the agent',
    file: 'src/daemon/agents.ts',
    right: '      ...facts,\n      since',
    wrong: '      ...facts,\n      total: known?.total ?? facts.total,\n      since',
  },
  {
    name: 'a shared volume counts twice',
    says: 'two offers with the same shared volume are accepted, and only one of them is given back',
    file: 'src/daemon/offers.ts',
    right: 'this.giveBack({ framework, role, agent, resources: again }, 0);',
    wrong: '',
  },
  {
    name: 'a volume in use is destroyed',
    says: 'the master does not look whether a task runs on the shared volume that it is told to destroy',
    file: 'src/daemon/accept.ts',
    right: '(task) => task.agent === agent && !isTerminal(task.state) && has(task.resources),',
    wrong: '(task) => task.agent === agent && isTerminal(task.state) && !task.closed && has(task.resources),',
  },
  {
    name: 'an end is remembered later',
    says: 'the framework forgets an instance that has ended, and writes down afterwards what follows from that',
    file: 'src/framework/jobs/book.ts',
    right: `      ...ends.map(({ instance }): Entry => [instanceKey(instance.task), null]),
      ...changed.flatMap((job) => this.#entriesOf(job)),
    ]);`,
    wrong: `      ...ends.map(({ instance }): Entry => [instanceKey(instance.task), null]),
    ]);
    void this.#context.store(changed.flatMap((job) => this.#entriesOf(job))).catch(() => {});`,
  },
  {
    name: 'each failure counts twice',
    says: 'what is tried again counts once when it fails, and once more when that is worked out',
    file: 'src/framework/jobs/retry.ts',
    right: 'const inARow = ranFor >= reset ? 1 : (before?.inARow ?? 0) + 1;',
    wrong: 'const inARow = ranFor >= reset ? 1 : (before?.inARow ?? 0) + (before ? 2 : 1);',
  },
  {
    name: 'a command that has failed is run once more',
    says: 'what a step of a runbook runs is tried again until it ends well, as if it were a check that is waited for',
    file: 'plugins/stateful/commands.ts',
    right: "const isTried = step.until !== undefined ? state !== 'ERROR' : !isKnown && mayBeRepeated;",
    wrong: "const isTried = state !== 'ERROR' || (!isKnown && mayBeRepeated);",
  },
  {
    name: 'a second member is taken down',
    says: 'a procedure that has reached its stop does not ask again whether all others serve',
    file: 'plugins/stateful/procedure.ts',
    right: 'if (ending === undefined && !mayStop(view, memory, procedure)) return waits(memory);',
    wrong: 'if (!mayStop(view, memory, procedure) && procedure.hold) return waits(memory);',
  },
  {
    name: 'a home is forgotten',
    says: 'what is told to be given back counts as given back, whatever its agent says of it later',
    file: 'plugins/stateful/homes.ts',
    right: `  if (isEmpty === (home.emptySince !== undefined)) return home;
  const { emptySince: _, ...rest } = home;
  return isEmpty ? { ...rest, emptySince: view.now } : rest;`,
    wrong: `  const isNothing = agent?.state === 'ready' && parts.length === 0;
  return isNothing ? { ...home, emptySince: 0 } : home;`,
  },
  {
    name: 'a removed framework writes on',
    says: 'what a framework writes while it is removed is kept for the next one of its name',
    file: 'src/daemon/registry.ts',
    right: `    await this.settled();
    const { owner, born }`,
    wrong: '    const { owner, born }',
  },
  {
    name: 'each machine means any machine',
    says: 'the instances of a batch job for each machine are placed wherever there is room',
    file: 'plugins/batch/reconcile.ts',
    right: '    ...(sites && { on: sites[index] }),\n',
    wrong: '',
  },
];
