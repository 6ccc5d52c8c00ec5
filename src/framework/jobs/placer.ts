/**
 * Puts what is missing on offers: asks for those of the roles that something is missing in, looks where each instance
 * goes, writes it down, launches it.
 */
import { type JobBase, taskOf } from '../../core/job-spec.ts';
import type { AgentId, TaskId, TaskSpec } from '../../core/task.ts';
import { MAX_ROLES } from '../../wire/protocol.ts';
import type { FrameworkContext } from '../define.ts';
import { FaultyNodes } from '../faulty-nodes.ts';
import { launch } from '../operations.ts';
import { type Placement, type Placements, place } from '../place.ts';
import { type Wanted, wantedOf } from '../wanted.ts';
import type { Book } from './book.ts';
import { fills, type Instance } from './instance.ts';
import { type JobRecord, nameOf, type Placing, type Plan } from './kind.ts';
import { RoleOffers } from './role-offers.ts';
import type { Missing, Waits } from './waits.ts';

/** Characters of all tasks in one accept: far below the limit of a message. */
const AT_ONCE = 1_000_000;

type Slot = Missing & { readonly placing: Placing };

export interface PlacerParts {
  readonly context: FrameworkContext;
  readonly book: Book;
  readonly waits: Waits;
  roleOf(spec: JobBase): string;
}

export class Placer {
  readonly #parts: PlacerParts;
  /** By role: those of all jobs. */
  #offers = new Map<string, RoleOffers>();
  readonly #faulty = new FaultyNodes();

  constructor(parts: PlacerParts) {
    this.#parts = parts;
  }

  /** After a new subscription: the master has heard nothing. */
  forget(): void {
    for (const offers of this.#offers.values()) offers.forget();
  }

  /** Something is different: what fitted nowhere may fit now. */
  reconsider(): void {
    for (const offers of this.#offers.values()) offers.reconsider();
  }

  failed({ job, version, agent }: Instance): void {
    this.#faulty.failed({ job, version }, agent, this.#parts.context.now());
  }

  /** @returns what was launched, by job */
  async place(plans: ReadonlyMap<string, Plan>): Promise<ReadonlyMap<string, readonly Placing[]>> {
    const { context, book, waits } = this.#parts;
    const missing = [...plans].flatMap(([name, plan]) => {
      const job = book.jobs.get(name)!;
      return plan.place.map((placing) => this.#slotOf(job, placing));
    });
    waits.are(missing);
    this.#enterRoles();
    const launched: Slot[] = [];
    for (const [role, offers] of this.#offers) {
      const most = (wanted: Slot): number => wanted.priority ?? context.priorityOf(role);
      const here = missing.filter((wanted) => wanted.role === role).sort((a, b) => most(b) - most(a));
      if (here.length === 0) offers.rest();
      else launched.push(...(await this.#placeIn(here, offers)));
    }
    const byJob = Map.groupBy(launched, ({ job }) => job);
    return new Map([...byJob].map(([job, slots]) => [job, slots.map(({ placing }) => placing)]));
  }

  #slotOf(job: JobRecord, placing: Placing): Slot {
    const spec = this.#specOf(job, placing);
    const { version = job.version, on, prefer, avoid, home } = placing;
    const more = { version, on, prefer, avoid, home, placing, role: this.#parts.roleOf(spec) };
    return wantedOf(spec, nameOf(spec.name, placing), more);
  }

  #specOf(job: JobRecord, { version = job.version, differs }: Placing): JobBase {
    const { spec } = this.#parts.book.versions(job.spec.name).get(version) ?? job;
    return differs === undefined ? spec : { ...spec, ...differs };
  }

  /** It is in the roles of its jobs; without any in that of its name. */
  #enterRoles(): void {
    const { context, book, roleOf } = this.#parts;
    const roles = new Set([...book.jobs.values()].map(({ spec }) => roleOf(spec)));
    if (roles.size === 0) roles.add(context.name);
    context.roles([...roles].sort().slice(0, MAX_ROLES));
    const before = this.#offers;
    this.#offers = new Map(
      [...roles].map((role) => [role, before.get(role) ?? new RoleOffers(context, role)]),
    );
  }

  /** @param missing of one role, the most important first @returns what was launched */
  async #placeIn(missing: readonly Slot[], offers: RoleOffers): Promise<Slot[]> {
    const { context, waits } = this.#parts;
    offers.want(missing);
    const { held } = offers;
    if (held.length === 0) return []; // they come, or the master will say why none does
    const now = context.now();
    const isFaulty = ({ job, version }: Wanted, agent: AgentId): boolean =>
      this.#faulty.isFaulty({ job, version }, agent, now);
    const running = this.#running(missing);
    const result = place(missing, held, context.agents, running, () => context.random(), isFaulty);
    for (const { wanted, refused } of result.unplaced) waits.found(wanted.job, refused);
    const waiting = new Set(result.unplaced.map(({ wanted }) => wanted.job));
    for (const { job } of missing) if (!waiting.has(job)) waits.forget(job);
    const left = result.unplaced.map(({ wanted }) => wanted);
    const launched: Slot[] = [];
    for (const group of result.groups) {
      const started = await this.#launch(group);
      launched.push(...started);
      // What would not fit into the same message: what is left over is offered again.
      left.push(...group.placements.slice(started.length).map(({ wanted }) => wanted));
    }
    offers.looked(left, result.unused);
    if (left.length === 0) offers.rest();
    return launched;
  }

  /** How many instances of a job an agent has. */
  #running(missing: readonly Slot[]): (job: string, agent: AgentId) => number {
    const loads = new Map<string, Map<AgentId, number>>();
    for (const job of new Set(missing.map((one) => one.job))) {
      const ofJob = new Map<AgentId, number>();
      for (const instance of this.#parts.book.of(job))
        if (fills(instance)) ofJob.set(instance.agent, (ofJob.get(instance.agent) ?? 0) + 1);
      loads.set(job, ofJob);
    }
    return (job, agent) => loads.get(job)?.get(agent) ?? 0;
  }

  /** @returns those of them, from the first on, that fit into one message */
  async #launch({ offers, placements }: Placements['groups'][number]): Promise<Slot[]> {
    let size = 0;
    const started = placements
      .map((placement) => ({ placement, ...this.#made(placement) }))
      .filter(({ task }, i) => {
        size += JSON.stringify(task).length;
        return i === 0 || size <= AT_ONCE;
      });
    const { context, book } = this.#parts;
    await book.launch(started.map(({ instance }) => instance));
    const before = started.flatMap(({ placement }) => placement.before);
    context.accept(offers, [...before, launch(started.map(({ task }) => task))], 0);
    return started.map(({ placement }) => placement.wanted as Slot);
  }

  #made({ wanted, agent, hostPorts, resources }: Placement): { instance: Instance; task: TaskSpec } {
    const { context, book } = this.#parts;
    const { job: jobName, placing } = wanted as Slot;
    const job = book.jobs.get(jobName)!;
    const spec = this.#specOf(job, placing);
    const name = nameOf(jobName, placing);
    const now = context.now();
    const instance: Instance = {
      task: `${name}-${context.randomId()}` as TaskId,
      name,
      job: jobName,
      index: placing.index,
      agent,
      version: placing.version ?? job.version,
      launchedAt: now,
      checked: spec.health !== undefined,
      note: placing.note,
      state: 'STAGING',
      healthy: undefined,
      message: '',
      since: now,
      servesSince: undefined,
    };
    return { instance, task: taskOf(spec, { id: instance.task, name }, hostPorts, resources) };
  }
}
