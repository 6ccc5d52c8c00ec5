/**
 * Networks of this machine, in which containers find each other by the names of their jobs. One is made when its first
 * container comes and goes with its last one: an engine has room for about thirty. Making, joining and leaving are done one
 * after the other, so that none is removed between being looked at and being joined.
 */
import type { TaskId, TaskSpec } from '../../core/task.ts';
import { Turns } from '../../core/turns.ts';
import { containerName, engineNetwork, LABEL, type Mark, markFilters, networksOf } from './container.ts';
import { type Engine, statusOf } from './engine.ts';

export class MachineNetworks {
  readonly #mark: Mark;
  readonly #users = new Map<string, Set<TaskId>>();
  readonly #turns = new Turns();

  constructor(mark: Mark) {
    this.#mark = mark;
  }

  /** From now on they are needed; nothing is made yet. */
  needs(spec: TaskSpec): void {
    for (const name of networksOf(spec)?.names ?? [])
      this.#users.set(name, (this.#users.get(name) ?? new Set()).add(spec.id));
  }

  /** All are there. */
  make(engine: Engine, spec: TaskSpec): Promise<void> {
    return this.#turns.take(async () => {
      for (const name of networksOf(spec)?.names ?? []) await this.#makeOne(engine, name);
    });
  }

  async #makeOne(engine: Engine, name: string): Promise<void> {
    const Name = engineNetwork(this.#mark.agent, name);
    try {
      await engine.getNetwork(Name).inspect();
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
      const Labels = { [LABEL.cluster]: this.#mark.cluster, [LABEL.agent]: this.#mark.agent };
      await engine.createNetwork({ Name, CheckDuplicate: true, Labels });
    }
  }

  /** The first one it was created in; it comes into the others before it starts. */
  async join(engine: Engine, spec: TaskSpec): Promise<void> {
    const { names, aliases } = networksOf(spec) ?? { names: [], aliases: [] };
    if (names.length < 2) return;
    const Container = containerName(spec.id);
    const { NetworkSettings } = await engine.getContainer(Container).inspect();
    for (const name of names) {
      const network = engineNetwork(this.#mark.agent, name);
      if (network in NetworkSettings.Networks) continue;
      await engine.getNetwork(network).connect({ Container, EndpointConfig: { Aliases: [...aliases] } });
    }
  }

  /** It needs them no longer; those that nobody needs go. */
  leave(engine: Engine, spec: TaskSpec): Promise<void> {
    return this.#turns.take(async () => {
      for (const name of networksOf(spec)?.names ?? []) {
        const users = this.#users.get(name);
        users?.delete(spec.id);
        if (users && users.size > 0) continue;
        this.#users.delete(name);
        await removeNetwork(engine, engineNetwork(this.#mark.agent, name));
      }
    });
  }

  /** What an agent that died has left: all those that nobody needs. */
  sweep(engine: Engine): Promise<void> {
    return this.#turns.take(async () => {
      const needed = new Set([...this.#users.keys()].map((name) => engineNetwork(this.#mark.agent, name)));
      const label = markFilters(this.#mark);
      for (const { Name } of await engine.listNetworks({ filters: { label } }))
        if (!needed.has(Name)) await removeNetwork(engine, Name);
    });
  }
}

async function removeNetwork(engine: Engine, name: string): Promise<void> {
  try {
    await engine.getNetwork(name).remove();
  } catch (error) {
    // 404: gone already. 403: somebody is in it whom we don't know; it stays.
    if (statusOf(error) !== 404 && statusOf(error) !== 403) throw error;
  }
}
