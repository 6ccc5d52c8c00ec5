/** Docker Swarm on the same engine: the peer that is already there where Docker is. Left as it was found. */
import { randomBytes } from 'node:crypto';
import { COMMAND, engine, IMAGE, SMALL } from './bare.ts';

/** The state of its tasks has to be asked for, this often (ms). */
const LOOK = 50;
const PATIENCE = 120_000;

/** The network that `swarm init` makes, and `swarm leave` leaves behind. */
const BRIDGE = 'docker_gwbridge';

const hasBridge = async (): Promise<boolean> =>
  (await engine.listNetworks()).some(({ Name }) => Name === BRIDGE);

interface SwarmTask {
  readonly Status: { readonly State: string };
}

export class Swarm {
  /** What was made for it and has to go again. */
  readonly #ours: boolean;
  readonly #bridge: boolean;

  private constructor(ours: boolean, bridge: boolean) {
    this.#ours = ours;
    this.#bridge = bridge;
  }

  /** @throws why this engine can't be a swarm */
  static async start(): Promise<Swarm> {
    const { Swarm: found } = (await engine.info()) as { Swarm?: { LocalNodeState?: string } };
    if (found?.LocalNodeState === 'active') return new Swarm(false, false);
    const bridge = !(await hasBridge());
    await engine.swarmInit({ ListenAddr: '127.0.0.1:0', AdvertiseAddr: '127.0.0.1' });
    return new Swarm(true, bridge);
  }

  /** @returns ms from the request until all its tasks run; the service is removed again */
  async startService(count: number): Promise<number> {
    const name = `bench-${randomBytes(4).toString('hex')}`;
    const from = performance.now();
    const service = await engine.createService({
      Name: name,
      TaskTemplate: {
        ContainerSpec: { Image: IMAGE, Command: COMMAND, Init: true },
        Resources: { Limits: { MemoryBytes: SMALL.mem * 1024 ** 2 } },
      },
      Mode: { Replicated: { Replicas: count } },
    });
    const filters = { service: [name] };
    try {
      for (;;) {
        const tasks = (await engine.listTasks({ filters: JSON.stringify(filters) })) as SwarmTask[];
        if (tasks.filter(({ Status }) => Status.State === 'running').length === count) break;
        if (performance.now() - from > PATIENCE) throw new Error(`no ${count} tasks within ${PATIENCE} ms`);
        await pause(LOOK);
      }
      return performance.now() - from;
    } finally {
      await service.remove();
      await this.#gone(name);
    }
  }

  async #gone(name: string): Promise<void> {
    const filters = { label: [`com.docker.swarm.service.name=${name}`] };
    const end = performance.now() + PATIENCE;
    while ((await engine.listContainers({ all: true, filters })).length > 0 && performance.now() < end)
      await pause(100);
  }

  async leave(): Promise<void> {
    if (this.#ours) await engine.swarmLeave({ force: true });
    if (this.#bridge && (await hasBridge())) await engine.getNetwork(BRIDGE).remove();
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
