/**
 * The frameworks of Mesos' MultiFrameworkAllocations, of three kinds: what each still has to launch, and what of the
 * cluster its tasks have. A limited number of tasks for each offer, the rest of it comes back.
 */
import type { Share } from '../../src/core/allocator.ts';
import { type Resources, resourcesOf, scalar, subtract } from '../../src/core/resources.ts';
import type { AgentId, FrameworkId } from '../../src/core/task.ts';

interface Amount {
  readonly cpus: number;
  readonly mem: number;
}

interface Kind {
  readonly name: string;
  /** Each with so many frameworks. */
  readonly roles: number;
  readonly frameworks: number;
  /** Of each framework. */
  readonly tasks: number;
  readonly task: Amount;
  readonly perOffer: number;
}

const KINDS: readonly Kind[] = [
  {
    name: 'Marathon',
    roles: 4,
    frameworks: 1,
    tasks: 4000,
    task: { cpus: 70, mem: 400_000 },
    perOffer: 100,
  },
  {
    name: 'Jenkins',
    roles: 1,
    frameworks: 500,
    tasks: 5,
    task: { cpus: 100, mem: 4_000_000 },
    perOffer: 1,
  },
  {
    name: 'Spark',
    roles: 50,
    frameworks: 1,
    tasks: 20,
    task: { cpus: 1000, mem: 1_000_000 },
    perOffer: 5,
  },
];

export const TASKS = KINDS.reduce((sum, kind) => sum + kind.roles * kind.frameworks * kind.tasks, 0);

export const AGENTS: readonly AgentId[] = Array.from({ length: 80 }, (_, i) => `agent-${i}` as AgentId);
export const AGENT = { cpus: 64_000, mem: 488_000_000 } as const satisfies Amount;

/** Dominant shares of the roles of one kind. */
export interface KindShares {
  readonly kind: string;
  readonly least: number;
  readonly most: number;
}

interface Framework {
  readonly kind: Kind;
  readonly role: string;
  launched: number;
}

export class Workload {
  readonly #frameworks = new Map<FrameworkId, Framework>();
  launched = 0;

  constructor() {
    for (const kind of KINDS)
      for (let r = 0; r < kind.roles; r++)
        for (let f = 0; f < kind.frameworks; f++)
          this.#frameworks.set(`${kind.name}-${r}-${f}` as FrameworkId, {
            kind,
            role: `${kind.name}-${r}`,
            launched: 0,
          });
  }

  get roles(): [FrameworkId, string][] {
    return [...this.#frameworks].map(([id, { role }]) => [id, role]);
  }

  /** @returns what of the offer is left */
  launch(offer: Share): Share {
    const framework = this.#frameworks.get(offer.framework)!;
    const { task } = framework.kind;
    const count = countFor(framework, offer.resources);
    framework.launched += count;
    this.launched += count;
    const taken = resourcesOf({ cpus: task.cpus * count, mem: task.mem * count });
    return { ...offer, resources: subtract(offer.resources, taken) };
  }

  isDone(id: FrameworkId): boolean {
    const { kind, launched } = this.#frameworks.get(id)!;
    return launched === kind.tasks;
  }

  /** Parts of the cluster that all tasks together have. */
  used(): Amount {
    return usedBy([...this.#frameworks.values()]);
  }

  shares(): KindShares[] {
    const byRole = Map.groupBy(this.#frameworks.values(), ({ role }) => role);
    return KINDS.map(({ name }) => {
      const shares = [...byRole.values()]
        .filter(([first]) => first!.kind.name === name)
        .map(usedBy)
        .map(({ cpus, mem }) => Math.max(cpus, mem));
      return { kind: name, least: Math.min(...shares), most: Math.max(...shares) };
    });
  }
}

function countFor({ kind, launched }: Framework, offered: Resources): number {
  const fit = (name: keyof Amount): number => Math.floor(scalar(offered, name) / kind.task[name]);
  return Math.min(kind.perOffer, kind.tasks - launched, fit('cpus'), fit('mem'));
}

function usedBy(frameworks: readonly Framework[]): Amount {
  const part = (name: keyof Amount): number => {
    const sum = frameworks.reduce((all, { kind, launched }) => all + launched * kind.task[name], 0);
    return sum / (AGENTS.length * AGENT[name]);
  };
  return { cpus: part('cpus'), mem: part('mem') };
}
