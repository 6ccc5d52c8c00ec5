/** `tender agent`: joins with a token the first time, and runs what the master sends. */
import { createHash, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Agent } from '../agent/agent.ts';
import { dockerExecutor } from '../agent/docker/docker-executor.ts';
import { hostFacts, offeredResources } from '../agent/inventory.ts';
import { hostProbe, roomIn } from '../agent/probe.ts';
import { Cgroups } from '../agent/process/cgroups.ts';
import { processExecutor } from '../agent/process/process-executor.ts';
import { volumeFolders } from '../agent/volumes.ts';
import { VERSION } from '../core/version.ts';
import { sqliteStore } from '../store/sqlite.ts';
import { agentIdOf } from '../wire/agent-id.ts';
import { systemClock } from '../wire/system-clock.ts';
import { zeromqTransport } from '../wire/zeromq.ts';
import { stateFolder } from './folders.ts';
import { masterOf, membershipIn } from './membership.ts';
import { STOP_WITH_TASKS, untilSignal } from './signals.ts';

export interface AgentCommand {
  readonly join?: string | undefined;
  /** Replaces the master's address of the token, for a master that has moved. */
  readonly master?: string | undefined;
  readonly name?: string | undefined;
  readonly state?: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  readonly resources: string;
}

const STOP_GRACE = 5_000;

export async function runAgent(command: AgentCommand): Promise<void> {
  const folder = stateFolder('agent', command.state);
  const log = (line: string): void => console.error(`${new Date().toISOString()} ${line}`);
  // The store's lock also keeps a second agent from this folder, before anything else is touched.
  const store = sqliteStore(folder, 'agent');
  const [membership, host] = await Promise.all([
    membershipIn(folder, { ...command, role: 'agent', name: command.name ?? hostname() }),
    hostFacts(folder),
  ]);
  const id = agentIdOf(membership.keys.publicKey);
  const cluster = createHash('sha256').update(membership.serverKey).digest('hex').slice(0, 12);
  const sandboxes = join(folder, 'sandboxes');
  const volumes = volumeFolders(folder);
  const probe = hostProbe(folder, systemClock);
  const agent = new Agent({
    id,
    transport: zeromqTransport(),
    clock: systemClock,
    random: Math.random,
    uuid: randomUUID,
    store,
    master: masterOf(folder, membership),
    keys: membership.keys,
    version: VERSION,
    host,
    attributes: command.attributes,
    total: offeredResources(host, command.resources),
    volumes,
    executors: (events) => [
      dockerExecutor({ agent: id, cluster, clock: systemClock, events, sandboxes, volumes }),
      processExecutor({
        agent: id,
        clock: systemClock,
        events,
        sandboxes,
        volumes,
        cgroups: new Cgroups(id),
      }),
    ],
    measure: () => probe.sample(),
    rooms: (folders) => [folder, ...folders].map(roomIn),
    log,
  });
  log(`agent ${membership.name} (${id}), version ${VERSION}, master ${membership.address}`);
  await agent.start();
  const signal = await untilSignal(STOP_WITH_TASKS);
  log(`stopping (${signal}); tasks ${signal === STOP_WITH_TASKS ? 'are stopped' : 'go on'}`);
  if (signal === STOP_WITH_TASKS) await agent.stopTasks(STOP_GRACE);
  await agent.close();
  process.exit(0);
}
