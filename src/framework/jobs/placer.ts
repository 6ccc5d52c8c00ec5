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
import type { Instance } from './instance.ts';
import { type JobKind, type JobRecord, nameOf, type Placing, type Plan, type View } from './kind.ts';
import { runningIn } from './loads.ts';
import { RoleOffers } from './role-offers.ts';
import { specOf, withHome } from './spec-of.ts';
import type { Missing, Waits } from './waits.ts';

/** Characters of all tasks in one accept: far below the limit of a message. */
const AT_ONCE = 1_000_000;

type Slot = Missing & { readonly placing: Placing };

export interface PlacerParts {
  readonly context: FrameworkContext;
  readonly book: Book;
  readonly waits: Waits;
  roleOf(spec: JobBase): string;
  kindOf(job: JobRecord): JobKind;
  viewOf(job: JobRecord): View;
}

/** What comes of a placement; where a home is only made or given up nothing is started. */
interface Made {
  readonly placement: Placement;
  readonly instance?: Instance;
  readonly task?: TaskSpec;
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
      const last = plan.place.length - 1;
      return plan.place.map((placing, i) => this.#slotOf(job, placing, i === last ? plan.more : undefined));
    });
    waits.are(missing);
    this.#enterRoles(missing);
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

  /** @param also so many more like it */
  #slotOf(job: JobRecord, placing: Placing, also: number | undefined): Slot {
    const spec = this.#specOf(job, placing);
    const { version = job.version, on, prefer, avoid, home, act } = placing;
    const more = { version, on, prefer, avoid, home, act, placing, also, role: this.#parts.roleOf(spec) };
    return wantedOf(spec, nameOf(spec.name, placing), more);
  }

  #specOf(job: JobRecord, placing: Placing): JobBase {
    const { version = job.version } = placing;
    const { spec } = this.#parts.book.versions(job.spec.name).get(version) ?? job;
    return specOf(spec, placing);
  }

  /** It is in the roles of its jobs, and of what is missing of their earlier versions; without any in that of its name. */
  #enterRoles(missing: readonly Slot[]): void {
    const { context, book, roleOf } = this.#parts;
    const roles = new Set([
      ...[...book.jobs.values()].map(({ spec }) => roleOf(spec)),
      ...missing.map(({ role }) => role),
    ]);
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
    const running = runningIn(this.#parts.book, this.#parts.kindOf, new Set(missing.map(({ job }) => job)));
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

  /** @returns those of them, from the first on, that fit into one message */
  async #launch({ offers, placements }: Placements['groups'][number]): Promise<Slot[]> {
    let size = 0;
    const started = placements
      .map((placement) => this.#made(placement))
      .filter(({ task }, i) => {
        size += task ? JSON.stringify(task).length : 0;
        return i === 0 || size <= AT_ONCE;
      });
    const { context, book } = this.#parts;
    await book.launch(
      started.flatMap(({ instance }) => instance ?? []),
      this.#remembering(started),
    );
    const before = started.flatMap(({ placement }) => placement.before);
    const tasks = started.flatMap(({ task }) => task ?? []);
    context.accept(offers, [...before, ...(tasks.length > 0 ? [launch(tasks)] : [])], 0);
    return started.map(({ placement }) => placement.wanted as Slot);
  }

  /** The jobs with what they remember of their places. */
  #remembering(started: readonly Made[]): JobRecord[] {
    const { book, kindOf, viewOf } = this.#parts;
    const jobs = new Map<string, JobRecord>();
    for (const { placement } of started) {
      const { job: name, placing } = placement.wanted as Slot;
      const job = jobs.get(name) ?? book.jobs.get(name)!;
      const memory = kindOf(job).placed?.(viewOf(job), placing, placement) ?? job.memory;
      jobs.set(name, memory === job.memory ? job : { ...job, memory });
    }
    return [...jobs.values()];
  }

  #made(placement: Placement): Made {
    const { context, book } = this.#parts;
    const { wanted, agent, hostPorts, resources } = placement;
    const { job: jobName, placing } = wanted as Slot;
    if (placing.act === 'settle' || placing.act === 'release') return { placement };
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
      ...(placing.beside !== undefined && { beside: placing.beside }),
      note: placing.note,
      state: 'STAGING',
      healthy: undefined,
      message: '',
      since: now,
      servesSince: undefined,
    };
    const { env, payload, output } = placing;
    const own = env === undefined ? spec : { ...spec, env: { ...spec.env, ...env } };
    const task = withHome(taskOf(own, { id: instance.task, name }, hostPorts, resources), placing);
    return {
      placement,
      instance,
      task: { ...task, ...(payload !== undefined && { payload }), ...(output && { output }) },
    };
  }
}
