/**
 * A framework whose instances have a home: resources reserved on one agent, and a volume there. An instance starts in its
 * home and comes back to it whenever it has ended; only when its agent is gone for good it gets a new one. When
 * nobody wants it any more its volume is destroyed and all is given back. A job of pairs starts two tasks as a group.
 *
 * A home is written down before it is reserved, and forgotten when its agent says that nothing of it is there. So what
 * is there without a record is known to be nobody's, and is taken care of likewise: an operation that went wrong, or one
 * that arrived when nobody waited for it any more, needs no other treatment.
 */
import {
  type AcceptOperation,
  type AgentId,
  add,
  checkJob,
  contains,
  defineFramework,
  demandOf,
  type Json,
  jobFields,
  launch,
  launchGroup,
  NOTHING,
  type OfferView,
  type Outcome,
  type Resources,
  subtract,
  type TaskId,
  type TaskSpec,
  taskOf,
  type Update,
  z,
} from 'tender/framework';
import { CarefulScheduler, type Launched } from './careful-scheduler.ts';
import {
  completing,
  type Home,
  halves,
  homeOf,
  KEEPER,
  KEEPER_ROLE,
  leaving,
  making,
  partsOf,
  wholeOf,
} from './keeper-home.ts';

const schema = z
  .strictObject({
    ...jobFields,
    kind: z.literal('keeper'),
    count: z.number().int().min(0).default(1),
    /** Each instance is a group of two tasks. */
    pairs: z.boolean().default(false),
    /** Both of them hold the volume. */
    shared: z.boolean().default(false),
  })
  .superRefine(checkJob);
type Spec = z.output<typeof schema>;

interface Instance extends Launched {
  readonly home: string;
  /** What its job was when it was launched. */
  readonly mark: string;
}

interface Slot {
  readonly spec: Spec;
  readonly index: number;
}

/** What is done for one home in an accept. */
interface Turn {
  readonly home: Home;
  readonly operations: readonly AcceptOperation[];
  readonly instances: readonly Instance[];
}

type Write = readonly [key: string, value: Json];

/** After so long it shows what has become of an operation (ms). */
const SETTLE = 5_000;
const REFUSE = 5_000;
/** What is of no use alone is held for so long: with what comes next it may be (ms). */
const HOLD = 3_000;

const markOf = ({ env }: Spec): string => env['MARK'] ?? '';

class KeeperScheduler extends CarefulScheduler<Spec, Instance> {
  readonly #homes = new Map<string, Home>();
  /** Homes in which one of two may have finished, while the other goes on: that is not for the agent to end. */
  readonly #unpaired = new Set<string>();
  /** Homes for which operations are under way, and until when they are believed to be. */
  readonly #asked = new Map<string, number>();
  /** What people see of each job. */
  readonly #shown = new Map<string, string>();

  protected override restored(): void {
    for (const known of [this.#homes, this.#asked, this.#unpaired, this.#shown]) known.clear();
    for (const [key, value] of this.context.kv)
      if (key.startsWith('home/')) this.#homes.set(key.slice(5), value as unknown as Home);
    for (const home of this.#homes.keys()) this.#unpaired.add(home);
  }

  agentsChanged(): Promise<void> {
    return this.work();
  }

  operation({ id, error }: Outcome): void {
    if (error) this.context.log(`${id}: ${error.message}`);
  }

  protected ended({ home }: Instance, how: Update['status']['state']): void {
    if (how === 'FINISHED') this.#unpaired.add(home);
    if (this.#tasksIn(home).length === 0) this.#unpaired.delete(home);
  }

  protected async work(): Promise<void> {
    await this.#keep();
    const now = this.context.now();
    const held = [...this.context.offers.values()].map(({ at }) => at + HOLD);
    const later = [this.pausedUntil, ...this.#asked.values(), ...held].filter((at) => at > now);
    this.wakeAfter(later.length > 0 ? Math.min(...later) - now : undefined);
  }

  async #keep(): Promise<void> {
    await this.#keepHomes();
    await this.#keepJobs();
    const slots = this.#slotsWithoutHome();
    const empty = [...this.#homes.values()].filter(
      ({ id, leaving }) => (leaving || this.#tasksIn(id).length === 0) && !this.#isAsked(id),
    );
    if (slots.length + empty.length === 0 || this.isPaused) return this.rest();
    this.wantOffers();
    const sites = [...Map.groupBy(this.context.offers.values(), (offer) => offer.agent)];
    for (const [n, [agent, offers]] of sites.entries()) {
      const left = this.#slotsWithoutHome();
      const share = left.slice(0, Math.ceil(left.length / (sites.length - n)));
      await this.#use(agent, offers, empty, share);
    }
  }

  /** What has become of each, as its agent says, and who still wants it. */
  async #keepHomes(): Promise<void> {
    for (const { id: agent, total, state } of [...this.context.agents.values()]) {
      if (state === 'gone') continue;
      const found = new Set(total.flatMap((entry) => homeOf(entry) ?? []));
      for (const id of found) if (!this.#homes.has(id)) await this.#write(strayHome(id, agent));
    }
    for (const home of [...this.#homes.values()]) {
      const isInUse = this.#tasksIn(home.id).length > 0;
      // A shared volume is offered while tasks run on it: that it stays until they have ended is for the master to see to.
      if (this.#isAsked(home.id) || (isInUse && !home.shared)) continue;
      const agent = this.context.agents.get(home.agent);
      const isThere = agent && partsOf(agent.total, home.id).length > 0;
      if (!isInUse && (agent?.state === 'gone' || (agent?.state === 'ready' && !isThere))) {
        await this.context.store([[`home/${home.id}`, null]]);
        this.#homes.delete(home.id);
      } else if (!home.leaving && !this.#wants(home)) await this.#write({ ...home, leaving: true });
    }
  }

  async #keepJobs(): Promise<void> {
    for (const { spec, stopping } of [...this.jobs.values()]) {
      const { name, count } = spec;
      const homes = [...this.#homes.values()].filter((home) => home.job === name);
      if (stopping && homes.length === 0) {
        await this.forget(name);
        this.#shown.delete(name);
        continue;
      }
      for (const home of homes) this.#endWhatIsNotWanted(home, spec);
      const running = homes.filter(({ id }) => this.#tasksIn(id).length > 0).length;
      this.#show(name, { desired: count, running, stopping });
    }
  }

  /** When it is news. */
  #show(
    name: string,
    { desired, running, stopping }: { desired: number; running: number; stopping: boolean },
  ) {
    const status = stopping ? 'stopping' : running < desired ? 'starting' : 'running';
    const text = `${status} ${running} ${desired}`;
    if (this.#shown.get(name) === text) return;
    this.#shown.set(name, text);
    const facts = { kind: 'keeper', desired, running, healthy: running, status, version: 1 } as const;
    this.context.publish({ name, ...facts, message: '', columns: {} });
  }

  #endWhatIsNotWanted(home: Home, spec: Spec): void {
    const tasks = this.#tasksIn(home.id);
    const isWhole = !this.#unpaired.has(home.id) || tasks.length === (spec.pairs ? 2 : 1);
    const isNewest = tasks.every(({ mark }) => mark === markOf(spec));
    if (this.#wants(home) && isWhole && isNewest) return;
    for (const { task } of tasks) this.kill(task);
  }

  #wants({ job, index, leaving }: Home): boolean {
    const { spec, stopping = true } = this.jobs.get(job) ?? {};
    return !leaving && !stopping && index < (spec?.count ?? 0);
  }

  /** A home that is left may still have its tasks. */
  #slotsWithoutHome(): Slot[] {
    const taken = new Set([...this.#homes.values()].map(({ job, index }) => `${job}.${index}`));
    return [...this.jobs.values()].flatMap(({ spec, stopping }) =>
      Array.from({ length: stopping ? 0 : spec.count }, (_, index) => ({ spec, index })).filter(
        ({ index }) => !taken.has(`${spec.name}.${index}`),
      ),
    );
  }

  /** All that can be done with the offers of one agent, in one accept. */
  async #use(agent: AgentId, offers: readonly OfferView[], homes: readonly Home[], slots: readonly Slot[]) {
    const ids = offers.map(({ id }) => id);
    const turns: Turn[] = [];
    let free = offers.reduce<Resources>((sum, { resources }) => add(sum, resources), NOTHING);
    for (const home of homes.filter((one) => one.agent === agent)) {
      const there = partsOf(free, home.id);
      const turn = there.length > 0 ? this.#turnAt(home, there) : undefined;
      if (turn) turns.push(turn);
      free = subtract(free, there);
    }
    for (const { spec, index } of slots) {
      const size = demandOf(spec);
      if (!contains(free, size)) continue;
      const id = `${spec.name}.${index}-${this.context.randomId()}`;
      const home: Home = { id, job: spec.name, index, agent, size, shared: spec.shared, leaving: false };
      turns.push(this.#starting(home, spec, making(home)));
      free = subtract(free, size);
    }
    if (turns.length === 0) {
      const old = offers.filter(({ at }) => this.context.now() - at >= HOLD);
      return this.context.decline(
        old.map(({ id }) => id),
        REFUSE,
      );
    }
    await this.#store(turns);
    const operations = turns.flatMap((turn) => turn.operations);
    this.context.accept(ids, operations, 0);
  }

  #turnAt(home: Home, there: Resources): Turn | undefined {
    if (home.leaving) return { home, operations: leaving(there, home.id), instances: [] };
    const before = completing(home, there);
    return before && this.#starting(home, this.jobs.get(home.job)!.spec, before);
  }

  #starting(home: Home, spec: Spec, before: readonly AcceptOperation[]): Turn {
    const tasks = this.#tasksFor(home, spec);
    const { id, agent } = home;
    return {
      home,
      operations: [...before, spec.pairs ? launchGroup(tasks) : launch(tasks)],
      instances: tasks.map(({ id: task }) => ({ task, home: id, agent, mark: markOf(spec) })),
    };
  }

  async #store(turns: readonly Turn[]): Promise<void> {
    const made = turns.map(({ home }) => home).filter(({ id }) => !this.#homes.has(id));
    const instances = turns.flatMap((turn) => turn.instances);
    await this.context.store([
      ...made.map((home): Write => [`home/${home.id}`, home as unknown as Json]),
      ...instances.map((one): Write => [`instance/${one.task}`, one as unknown as Json]),
    ]);
    for (const home of made) this.#homes.set(home.id, home);
    for (const instance of instances) this.instances.set(instance.task, instance);
    for (const { home } of turns) this.#asked.set(home.id, this.context.now() + SETTLE);
  }

  #tasksFor(home: Home, spec: Spec): TaskSpec[] {
    const name = `${home.job}.${home.index}`;
    const id = `${name}-${this.context.randomId()}` as TaskId;
    const volumes = [{ source: home.id, target: '/data', persistent: true as const }];
    const [first, second] = spec.pairs ? halves(home) : [wholeOf(home)];
    const main = { ...taskOf(spec, { id, name }, {}, first), volumes };
    if (!second) return [main];
    const beside = taskOf(spec, { id: `${id}-2` as TaskId, name: `${name}-2` }, {}, second);
    return [main, { ...beside, volumes: home.shared ? volumes : [], labels: { beside: name } }];
  }

  #tasksIn(home: string): Instance[] {
    return [...this.instances.values()].filter((one) => one.home === home);
  }

  #isAsked(home: string): boolean {
    return (this.#asked.get(home) ?? 0) > this.context.now();
  }

  async #write(home: Home): Promise<void> {
    await this.context.store([[`home/${home.id}`, home as unknown as Json]]);
    this.#homes.set(home.id, home);
  }
}

/** What was found there and nobody has written down: to be given back. */
function strayHome(id: string, agent: AgentId): Home {
  const [job = '', index = ''] = id.slice(0, id.lastIndexOf('-')).split('.');
  return { id, job, index: Number(index), agent, size: NOTHING, shared: false, leaving: true };
}

export default defineFramework({
  name: KEEPER,
  kinds: ['keeper'],
  roles: [KEEPER_ROLE],
  verbs: {
    submit: 'runs a job of instances that have a home, or changes it',
    scale: 'changes the number of instances',
    stop: 'stops all instances, gives up their homes and forgets the job',
  },
  create: (context) => new KeeperScheduler(context, schema),
});
