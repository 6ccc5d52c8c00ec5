/**
 * Carries out an accept, as Mesos does: its offers become one pool of resources, and its operations use it
 * one after another, each what those before it have left and made. A bad task or operation fails alone, a bad
 * task of a group with its group. What is left goes back: what was made of it at once, the rest refused for
 * as long as the accept says. Invariant: at each step tasks and pool together hold what was offered.
 */
import type { Share } from '../core/allocator.ts';
import { reportOf, TenderError } from '../core/errors.ts';
import { applyOperation, inNameOf, type Operation, operationConversion } from '../core/operations.ts';
import { contains, isEmpty, type Resources, subtract } from '../core/resources.ts';
import { formatResources } from '../core/resources-text.ts';
import type { FrameworkId, TaskId, TaskSpec } from '../core/task.ts';
import { isTerminal } from '../core/task-state.ts';
import type {
  Accept,
  AcceptOperation,
  ConvertOperation,
  LaunchOperation,
} from '../wire/messages/framework.ts';
import type { AcceptedFor } from './offers.ts';
import type { Parts } from './parts.ts';

export function accept(parts: Parts, framework: FrameworkId, message: Accept): void {
  const { offers: ids, operations, refuseMs } = message;
  if (operations.every(isNothing)) return parts.offers.decline(framework, ids, refuseMs);
  let pool: Share;
  try {
    pool = parts.offers.take(framework, ids, { ...intentOf(operations), refuseMs });
  } catch (error) {
    if (!(error instanceof TenderError)) throw error;
    for (const operation of operations) refuse(parts, framework, operation, error);
    return;
  }
  const acceptance = new Acceptance(parts, pool);
  for (const operation of operations) acceptance.carryOut(operation);
  acceptance.finish(refuseMs);
}

const isNothing = (operation: AcceptOperation): boolean =>
  'tasks' in operation && operation.tasks.length + (operation.invalid?.length ?? 0) === 0;

/** What is to be launched, and by their names what else is to be done. */
function intentOf(operations: readonly AcceptOperation[]): Omit<AcceptedFor, 'refuseMs'> {
  const launches = operations.filter((operation) => 'tasks' in operation);
  const others = operations.filter((operation) => !('tasks' in operation));
  return {
    tasks: launches.flatMap(({ tasks }) => tasks.map(({ id }) => id)),
    why: [...new Set(others.map(({ op }) => op))].join(', '),
  };
}

/** The offers are void: tasks may be tried again elsewhere, but for those that are right nowhere. */
function refuse(parts: Parts, framework: FrameworkId, operation: AcceptOperation, error: TenderError): void {
  if (!('tasks' in operation)) return answer(parts, framework, operation, error);
  for (const { task, cause } of operation.invalid ?? []) parts.tasks.refuse(framework, task, cause);
  parts.tasks.drop(framework, operation.tasks, error.message);
}

/** An operation without an id is answered in the log of events only. */
function answer(parts: Parts, framework: FrameworkId, { id }: ConvertOperation, error?: TenderError): void {
  if (error) parts.log.emit({ type: 'framework.error', framework, message: error.message });
  if (id === undefined) return;
  const outcome = error
    ? ({ ok: false, error: reportOf(error, 'operation') } as const)
    : { ok: true as const };
  parts.frameworks.send(framework, { t: 'operation', id, ...outcome });
}

class Acceptance {
  readonly #parts: Parts;
  readonly #offered: Share;
  #pool: Resources;

  constructor(parts: Parts, offered: Share) {
    this.#parts = parts;
    this.#offered = offered;
    this.#pool = offered.resources;
  }

  carryOut(operation: AcceptOperation): void {
    if (!('tasks' in operation)) this.#convert(operation);
    else if (operation.op === 'launch') this.#launch(operation);
    else this.#launchGroup(operation);
  }

  finish(refuseMs: number): void {
    const { offers } = this.#parts;
    const made = subtract(this.#pool, this.#offered.resources);
    offers.giveBack({ ...this.#offered, resources: made }, 0);
    offers.giveBack({ ...this.#offered, resources: subtract(this.#pool, made) }, refuseMs);
  }

  #launch({ tasks: specs, invalid = [] }: LaunchOperation): void {
    const { tasks } = this.#parts;
    const { framework } = this.#offered;
    for (const { task, cause } of invalid) tasks.refuse(framework, task, cause);
    for (const spec of specs) {
      const cause = this.#obstacle(spec, this.#pool);
      if (cause !== undefined) tasks.refuse(framework, spec.id, cause);
      else {
        this.#use(spec.resources);
        tasks.launch(this.#offered, spec);
      }
    }
  }

  #launchGroup({ tasks: specs, invalid = [] }: LaunchOperation): void {
    const { tasks } = this.#parts;
    const { framework } = this.#offered;
    const bad = new Map<TaskId, string>(invalid.map(({ task, cause }) => [task, cause]));
    const seen = new Set<TaskId>();
    let left = this.#pool;
    for (const spec of specs) {
      const cause = seen.has(spec.id) ? 'it is twice in its group' : this.#obstacle(spec, left);
      if (cause !== undefined) bad.set(spec.id, cause);
      seen.add(spec.id);
      left = subtract(left, notShared(spec.resources));
    }
    const [first] = bad.keys();
    if (first !== undefined)
      for (const id of new Set([...bad.keys(), ...seen]))
        tasks.refuse(framework, id, bad.get(id) ?? `task ${first} of its group is not valid`);
    else if (specs.length > 0) {
      for (const { resources } of specs) this.#use(resources);
      tasks.launchGroup(this.#offered, specs);
    }
  }

  /** Why this task cannot be launched on what is there; undefined: it can. */
  #obstacle({ id, resources, volumes }: TaskSpec, there: Resources): string | undefined {
    if (isEmpty(resources)) return 'it takes no resources';
    if (this.#parts.log.state.tasks.has(id)) return `a task with id ${id} exists already`;
    if (!contains(there, resources))
      return `it takes more than was offered: ${formatResources(subtract(resources, there))} too much`;
    const missing = volumes.find(
      ({ source, persistent }) => persistent && !resources.some(({ disk }) => disk?.volume?.id === source),
    );
    return missing && `volume ${missing.source} is not among its resources`;
  }

  #use(resources: Resources): void {
    this.#pool = subtract(this.#pool, notShared(resources));
    // A shared volume stays in the pool, for the next task: each holds it once more.
    const shared = resources.filter((entry) => entry.shared);
    if (shared.length > 0) this.#parts.allocator.use({ ...this.#offered, resources: shared });
  }

  #convert(operation: ConvertOperation): void {
    const { allocator, agents, withdrawals } = this.#parts;
    const { framework, agent } = this.#offered;
    try {
      const meant = this.#meant(operation);
      const pool = applyOperation(this.#pool, meant);
      if (meant.kind === 'destroy') this.#withdraw(meant.volumes);
      agents.convert(agent, meant, framework);
      const { from, to } = operationConversion(meant);
      allocator.convert({ ...this.#offered, resources: from }, to);
      // What is given back there is nobody's to be offered.
      if (withdrawals.of(agent)) agents.allot(agent);
      this.#pool = pool;
      answer(this.#parts, framework, operation);
    } catch (error) {
      if (!(error instanceof TenderError)) throw error;
      answer(this.#parts, framework, operation, error);
    }
  }

  /**
   * As the framework may mean it: in its own name, and for the role of the offer.
   * @throws TenderError `operation.invalid`
   */
  #meant(operation: ConvertOperation): Operation {
    const { framework, role } = this.#offered;
    if ('volumes' in operation) {
      const { op: kind, volumes } = operation;
      return inNameOf({ kind, volumes }, framework);
    }
    const { op: kind, resources } = operation;
    if (kind === 'unreserve') return { kind, resources };
    const other = resources.find((entry) => entry.role !== role)?.role;
    if (other !== undefined)
      throw new TenderError('operation.invalid', {
        operation: kind,
        cause: `it is for role ${other}, the offer for role ${role}`,
      });
    return inNameOf({ kind, resources }, framework);
  }

  /** A shared volume is offered while it is in use: nobody may use it now, and nobody shall be offered it. */
  #withdraw(volumes: Resources): void {
    const { log, offers } = this.#parts;
    const { agent } = this.#offered;
    const has = (resources: Resources): boolean => volumes.some((volume) => contains(resources, [volume]));
    const user = [...log.state.tasks.values()].find(
      (task) => task.agent === agent && !isTerminal(task.state) && has(task.resources),
    );
    if (user)
      throw new TenderError('operation.invalid', {
        operation: 'destroy',
        cause: `task ${user.name} uses it`,
      });
    for (const offer of log.state.offers.values())
      if (offer.agent === agent && has(offer.resources)) offers.rescind(offer, 'a volume in it is destroyed');
  }
}

const notShared = (resources: Resources): Resources => resources.filter(({ shared }) => !shared);
