/**
 * A framework whose instances claim to be unique: it starts another one only when the one before has certainly ended, and
 * waits for an agent that is away however long that takes. What the shipped service may do (replace what is unreachable)
 * it may not, so it shows whether the cluster ever runs one thing twice.
 */
import {
  type AgentId,
  checkJob,
  defineFramework,
  demandOf,
  type Json,
  jobFields,
  launch,
  place,
  runOf,
  type TaskId,
  taskOf,
  type Wanted,
  z,
} from 'tender/framework';
import { CarefulScheduler, type Launched } from './careful-scheduler.ts';

const schema = z
  .strictObject({ ...jobFields, kind: z.literal('once'), count: z.number().int().min(0).default(1) })
  .superRefine(checkJob);
type Spec = z.output<typeof schema>;

type Slot = Wanted & { readonly index: number; readonly spec: Spec };

interface Instance extends Launched {
  readonly job: string;
  readonly index: number;
}

const REFUSE = 5_000;

class OnceScheduler extends CarefulScheduler<Spec, Instance> {
  protected ended(): void {
    this.wakeAfter(this.pausedUntil - this.context.now());
  }

  protected async work(): Promise<void> {
    const missing: Slot[] = [];
    for (const job of [...this.jobs.values()]) {
      const { name, count } = job.spec;
      const own = [...this.instances.values()].filter((instance) => instance.job === name);
      if (job.stopping && own.length === 0) {
        await this.forget(name);
        continue;
      }
      const wanted = job.stopping ? 0 : count;
      for (const { index, task } of own) if (index >= wanted) this.kill(task);
      const taken = new Set(own.map(({ index }) => index));
      for (let index = 0; index < wanted; index++)
        if (!taken.has(index)) missing.push(this.#wanted(job.spec, index));
      const running = own.length;
      const columns = {};
      this.context.publish({
        name,
        kind: 'once',
        desired: count,
        running,
        healthy: running,
        status: job.stopping ? 'stopping' : running < count ? 'starting' : 'running',
        message: '',
        version: 1,
        columns,
      });
    }
    if (missing.length === 0 || this.isPaused) return this.rest();
    this.wantOffers();
    await this.#place(missing);
  }

  #wanted(spec: Spec, index: number): Slot {
    const ports = Object.fromEntries(Object.entries(spec.ports).map(([name, { host }]) => [name, host]));
    const executor = runOf(spec).kind;
    return {
      key: `${spec.name}.${index}`,
      job: spec.name,
      index,
      executor,
      demand: demandOf(spec),
      ports,
      spec,
    };
  }

  async #place(missing: readonly Slot[]): Promise<void> {
    const { offers, agents } = this.context;
    const running = (job: string, agent: AgentId): number =>
      [...this.instances.values()].filter((one) => one.job === job && one.agent === agent).length;
    const { groups, unused } = place(missing, offers.values(), agents, running, () => this.context.random());
    for (const { offers: used, placements } of groups) {
      const chosen = placements.map(({ wanted, agent, hostPorts, resources }) => {
        const { spec, job, index } = wanted as Slot;
        const name = `${job}.${index}`;
        const task = `${name}-${this.context.randomId()}` as TaskId;
        return {
          instance: { task, job, index, agent },
          spec: taskOf(spec, { id: task, name }, hostPorts, resources),
        };
      });
      await this.context.store(
        chosen.map(({ instance }) => [`instance/${instance.task}`, instance as unknown as Json] as const),
      );
      for (const { instance } of chosen) this.instances.set(instance.task, instance);
      this.context.accept(used, [launch(chosen.map(({ spec }) => spec))], 0);
    }
    this.context.decline(unused, REFUSE);
  }
}

export default defineFramework({
  name: 'once',
  kinds: ['once'],
  verbs: {
    submit: 'runs a job of unique instances, or changes it',
    scale: 'changes the number of instances',
    stop: 'stops all instances and forgets the job',
  },
  create: (context) => new OnceScheduler(context, schema),
});
