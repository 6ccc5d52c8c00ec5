/** One machine of the simulation: what outlives its agent (disk, engine, keys), and the agent that runs on it, if one does. */
import type { Agent } from '../../src/agent/agent.ts';
import type { AgentId } from '../../src/core/task.ts';
import { agentIdOf } from '../../src/wire/agent-id.ts';
import type { KeyPair } from '../../src/wire/transport.ts';
import type { MemoryVolumes } from '../support/memory-volumes.ts';
import type { Disk } from './disk.ts';
import type { Engine } from './engine.ts';
import type { Outage } from './outage.ts';
import type { SimProcess } from './sim-process.ts';

export interface Machine {
  readonly name: string;
  readonly keys: KeyPair;
  readonly disk: Disk;
  readonly engine: Engine;
  readonly volumes: MemoryVolumes;
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

export const idOf = ({ keys }: Pick<Machine, 'keys'>): AgentId => agentIdOf(keys.publicKey);

export const PORTS: readonly [from: number, to: number] = [31000, 31099];

export const resourcesOf = ({ cpus, mem }: Pick<Machine, 'cpus' | 'mem'>): string =>
  `cpus:${cpus};mem:${mem};ports:[${PORTS.join('-')}]`;
