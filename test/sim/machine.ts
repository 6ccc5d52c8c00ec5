/** One machine of the simulation: what outlives its agent (disk, engine, keys), and the agent that runs on it, if one does. */
import type { Agent } from '../../src/agent/agent.ts';
import { Checkpoint, type HoldingsRecord } from '../../src/agent/checkpoint.ts';
import type { Resources } from '../../src/core/resources.ts';
import { parseResources } from '../../src/core/resources-text.ts';
import type { AgentId } from '../../src/core/task.ts';
import { agentIdOf } from '../../src/wire/agent-id.ts';
import type { KeyPair } from '../../src/wire/transport.ts';
import type { Disk } from './disk.ts';
import type { Engine } from './engine.ts';
import type { Outage } from './outage.ts';
import type { SimProcess } from './sim-process.ts';
import type { SimVolumes } from './sim-volumes.ts';

export interface Machine {
  readonly name: string;
  readonly keys: KeyPair;
  readonly disk: Disk;
  readonly engine: Engine;
  readonly volumes: SimVolumes;
  /** How far its clock is ahead (ms). */
  readonly skew: number;
  /** Of its agent's process; of its power. */
  readonly outage: Outage;
  readonly blackout: Outage;
  cpus: number;
  mem: number;
  /** It had more before than it has now: what ran may be too much for it. */
  shrunk: boolean;
  attributes: Readonly<Record<string, string>>;
  process: SimProcess | undefined;
  agent: Agent | undefined;
  /** A person has said that it will not come back. */
  gone: boolean;
}

const ids = new WeakMap<KeyPair, AgentId>();

export function idOf({ keys }: Pick<Machine, 'keys'>): AgentId {
  const id = ids.get(keys) ?? agentIdOf(keys.publicKey);
  ids.set(keys, id);
  return id;
}

/** As they were when they were last read. */
const holdings = new WeakMap<Disk, { readonly writes: number; readonly record: HoldingsRecord }>();

/** What its agent has written down of what is set aside there. */
export function holdingsOf({ disk }: Pick<Machine, 'disk'>): HoldingsRecord {
  const known = holdings.get(disk);
  const { writes } = disk;
  const record = known?.writes === writes ? known.record : checkpointOf(disk).holdings;
  holdings.set(disk, { writes, record });
  return record;
}

export const checkpointOf = (disk: Disk): Checkpoint =>
  new Checkpoint({ load: () => disk.entries(), commit: async () => {}, close: () => {} });

export const PORTS: readonly [from: number, to: number] = [31000, 31099];

/** MiB. */
const DISK = 1_000;

/** By its configuration, before anything is set aside. */
export const resourcesOf = ({ cpus, mem }: Pick<Machine, 'cpus' | 'mem'>): Resources =>
  parseResources(`cpus:${cpus};mem:${mem};disk:${DISK};ports:[${PORTS.join('-')}]`);
