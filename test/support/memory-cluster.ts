/**
 * A whole cluster in one process on a virtual clock: the real master, agents, framework drivers and plugins, an
 * in-memory network and stores, and executors without a machine. Any part can be killed (it just stops answering) and
 * started again on what it had stored.
 */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { Agent } from '../../src/agent/agent.ts';
import type { Client } from '../../src/client/client.ts';
import { connect } from '../../src/client/connection.ts';
import { HierarchicalAllocator } from '../../src/core/allocator/hierarchical-allocator.ts';
import { parseResources } from '../../src/core/resources-text.ts';
import type { Task } from '../../src/core/task.ts';
import { Master, type MasterOptions } from '../../src/daemon/master.ts';
import { matches } from '../../src/daemon/patterns.ts';
import { Registry } from '../../src/daemon/registry.ts';
import type { FrameworkDefinition } from '../../src/framework/define.ts';
import { Host } from '../../src/framework/host.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { agentIdOf } from '../../src/wire/agent-id.ts';
import { z85encode } from '../../src/wire/keys.ts';
import { memoryNetwork } from '../../src/wire/memory.ts';
import type { KeyPair } from '../../src/wire/transport.ts';
import { fakeExecutor, World } from './fake-executor.ts';
import { idleMachine } from './idle-machine.ts';
import { type MemoryVolumes, memoryVolumes } from './memory-volumes.ts';
import { virtualClock } from './virtual-clock.ts';

const MASTER = 'tcp://master:5050';
const HOST = {
  os: 'test',
  kernel: '1',
  arch: 'x64',
  cpuModel: 'none',
  cpus: 4,
  mem: 4096,
  disk: 0,
  address: '',
};

/** Numbers that look random and repeat with the seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** X25519 in PKCS #8, without its 32 bytes. */
const KEY_HEAD = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** A real key pair that repeats with the seed: agents get the same ids, and so the same order, in each run. */
function seededKeys(random: () => number): KeyPair {
  const secret = Buffer.from(Array.from({ length: 32 }, () => Math.floor(random() * 256)));
  const key = createPrivateKey({ key: Buffer.concat([KEY_HEAD, secret]), format: 'der', type: 'pkcs8' });
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  return { publicKey: z85encode(Buffer.from(x!, 'base64url')), secretKey: z85encode(secret) };
}

export interface Machine {
  readonly name: string;
  readonly keys: KeyPair;
  readonly world: World;
  readonly store: Store;
  readonly volumes: MemoryVolumes;
  /** Bytes that are free on its disk. */
  free: number;
  /** Which run of it this is; undefined: it can't tell. */
  boot: string | undefined;
  agent: Agent | undefined;
}

export type MemoryCluster = Awaited<ReturnType<typeof memoryCluster>>;

export async function memoryCluster(
  seed = 1,
  options: Pick<MasterOptions, 'offerLife' | 'plugins' | 'retention'> = {},
) {
  const clock = virtualClock(1_000_000);
  const random = seeded(seed);
  const network = memoryNetwork({ clock, random });
  const randomHex = (bytes: number): string =>
    Array.from({ length: bytes }, () =>
      Math.floor(random() * 256)
        .toString(16)
        .padStart(2, '0'),
    ).join('');
  const registryStore = memoryStore();
  const hostKeys = seededKeys(random);
  const clientKeys = seededKeys(random);
  const machines = new Map<string, Machine>();
  const log: string[] = [];
  let master: Master | undefined;

  const startMaster = async (): Promise<Master> => {
    master = await Master.start({
      transport: network.transport('master'),
      clock,
      randomHex,
      registry: new Registry(registryStore),
      allocator: new HierarchicalAllocator({ matches }),
      version: '0.1.0',
      listen: MASTER,
      enrol: 'tcp://master:5051',
      advertise: 'master',
      ...options,
      newIdentity: () => ({ cluster: 'test', keys: seededKeys(random) }),
    });
    await master.admit('frameworks', 'framework', hostKeys.publicKey);
    await master.admit('me', 'client', clientKeys.publicKey);
    for (const { name, keys } of machines.values()) await master.admit(name, 'agent', keys.publicKey);
    return master;
  };

  const startAgent = async (
    name: string,
    resources = 'cpus:4;mem:4096;ports:[31000-31099]',
    attributes: Readonly<Record<string, string>> = {},
  ): Promise<Machine> => {
    const machine = machines.get(name) ?? {
      name,
      keys: seededKeys(random),
      world: new World(),
      store: memoryStore(),
      volumes: memoryVolumes(),
      free: idleMachine.rooms([])[0]!.free,
      boot: undefined,
      agent: undefined,
    };
    machines.set(name, machine);
    await master?.admit(name, 'agent', machine.keys.publicKey);
    machine.agent = new Agent({
      id: agentIdOf(machine.keys.publicKey),
      transport: network.transport(name),
      clock,
      random,
      uuid: () => randomHex(16),
      store: machine.store,
      master: { address: MASTER, key: master!.publicKey },
      keys: machine.keys,
      version: '0.1.0',
      host: { ...HOST, hostname: name, boot: machine.boot },
      attributes,
      total: parseResources(resources),
      volumes: machine.volumes,
      executors: (events) => [fakeExecutor(machine.world, events)],
      measure: idleMachine.measure,
      rooms: () => idleMachine.rooms([]).map((room) => ({ ...room, free: machine.free })),
      log: (line) => log.push(`${name}: ${line}`),
    });
    await machine.agent.start();
    return machine;
  };

  const startHost = (definition: FrameworkDefinition): Host => {
    const host = new Host({
      transport: network.transport('frameworks'),
      clock,
      random,
      master: { address: MASTER, key: master!.publicKey },
      keys: hostKeys,
      version: '0.1.0',
      log: (line) => log.push(line),
    });
    host.run(definition);
    return host;
  };

  const startClient = (): Client =>
    connect({
      transport: network.transport('client'),
      clock,
      random,
      address: MASTER,
      serverKey: master!.publicKey,
      keys: clientKeys,
      version: '0.1.0',
    });

  await startMaster();
  return {
    clock,
    random,
    network,
    machines,
    /** The master's. */
    registryStore,
    log,
    startMaster,
    startAgent,
    startHost,
    startClient,
    get master(): Master {
      return master!;
    },
    /** As by kill -9: nothing more is said or written. */
    async killMaster(): Promise<void> {
      await master?.close();
      master = undefined;
    },
    async killAgent(name: string): Promise<void> {
      const machine = machines.get(name)!;
      machine.world.events = undefined;
      await machine.agent?.close();
    },
    /** Tasks of a job that really run, on all machines: names, sorted. */
    running(job: string): string[] {
      return [...machines.values()]
        .flatMap(({ world }) => world.running)
        .filter((spec) => spec.job === job)
        .map((spec) => spec.name)
        .sort();
    },
    /** The master's open tasks of a job. */
    tasks(job: string): Task[] {
      return [...master!.parts.log.state.tasks.values()].filter((task) => task.job === job && !task.closed);
    },
    /** Starts of one task more than once: always a defect. */
    doubleStarts(): string[] {
      return [...machines.values()].flatMap(({ world }) =>
        [...world.starts].filter(([, times]) => times > 1).map(([task]) => task),
      );
    },
    /** An answer that needs the clock to run on. */
    async answer<T>(promise: Promise<T>, ms = 1_000): Promise<T> {
      let done = false;
      const settled = promise.finally(() => {
        done = true;
      });
      settled.catch(() => {}); // it is awaited below
      for (let waited = 0; !done && waited < 60_000; waited += ms) await clock.advance(ms);
      return settled;
    },
  };
}
