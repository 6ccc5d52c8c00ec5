/** `tender agent`: joins with a token the first time, and runs what the master sends. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Agent } from '../agent/agent.ts';
import { Cgroups } from '../agent/cgroups.ts';
import { dockerExecutor } from '../agent/docker.ts';
import { hostFacts, offeredResources } from '../agent/inventory.ts';
import { hostProbe } from '../agent/probe.ts';
import { processExecutor } from '../agent/process.ts';
import { TenderError } from '../core/errors.ts';
import { VERSION } from '../core/version.ts';
import { sqliteStore } from '../store/sqlite.ts';
import { agentIdOf } from '../wire/agent-id.ts';
import { newKeyPair } from '../wire/keys.ts';
import { systemClock } from '../wire/system-clock.ts';
import { readToken } from '../wire/token.ts';
import { zeromqTransport } from '../wire/zeromq.ts';
import { enrol, type Membership } from './enrol.ts';
import { stateFolder } from './folders.ts';
import { readSecret, writeSecret } from './secret-file.ts';
import { untilSignal } from './signals.ts';

export interface AgentCommand {
  readonly join?: string | undefined;
  /** Replaces the master's address of the token, for a master that has moved. */
  readonly master?: string | undefined;
  readonly name?: string | undefined;
  readonly state?: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  readonly resources: string;
}

/** A parent's order to end all tasks before the end. */
export interface StopTasks {
  readonly stopTasks: true;
}

const STOP_GRACE = 5_000;

export async function runAgent(command: AgentCommand): Promise<void> {
  const folder = command.state ?? stateFolder('agent');
  const log = (line: string): void => console.error(`${new Date().toISOString()} ${line}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // The store's lock also keeps a second agent from this folder, before anything else is touched.
  const store = sqliteStore(folder, 'agent');
  const [membership, host] = await Promise.all([
    member(command, join(folder, 'membership.json')),
    hostFacts(folder),
  ]);
  const id = agentIdOf(membership.keys.publicKey);
  const cluster = createHash('sha256').update(membership.serverKey).digest('hex').slice(0, 12);
  const sandboxes = join(folder, 'sandboxes');
  const probe = hostProbe(folder, systemClock);
  const agent = new Agent({
    id,
    transport: zeromqTransport(),
    clock: systemClock,
    random: Math.random,
    uuid: randomUUID,
    store,
    master: { address: membership.address, key: membership.serverKey },
    keys: membership.keys,
    version: VERSION,
    host,
    attributes: command.attributes,
    total: offeredResources(host, command.resources),
    executors: (events) => [
      dockerExecutor({ agent: id, cluster, clock: systemClock, events, sandboxes }),
      processExecutor({ agent: id, clock: systemClock, events, sandboxes, cgroups: new Cgroups(id) }),
    ],
    measure: () => probe.sample(),
    log,
  });
  let stopTasks = false;
  process.on('message', (message: StopTasks) => {
    stopTasks = message.stopTasks;
  });
  log(`agent ${membership.name} (${id}), version ${VERSION}, master ${membership.address}`);
  await agent.start();
  log(`stopping (${await untilSignal()}); tasks ${stopTasks ? 'are stopped' : 'go on'}`);
  if (stopTasks) await agent.stopTasks(STOP_GRACE);
  await agent.close();
  process.exit(0);
}

/** A membership, and which token it came by (not its secret). */
interface Joined extends Membership {
  readonly token: string;
}

async function member({ join: text, name, master }: AgentCommand, file: string): Promise<Membership> {
  let known = readSecret<Joined>(file);
  const token = text === undefined ? undefined : readToken(text);
  const id = token?.secret.split('.')[0];
  // A supervisor says the same words at each start; another token is a person's wish to join (again).
  if (text !== undefined && id !== undefined && id !== known?.token) {
    // At the same master it stays who it is: with its key it keeps its tasks.
    const keys = known?.serverKey === token?.key ? known?.keys : undefined;
    known = { ...(await enrol(text, 'agent', keys ?? newKeyPair(), name ?? hostname())), token: id };
    writeSecret(file, known);
  }
  if (!known) throw new TenderError('agent.no_membership');
  return master === undefined ? known : { ...known, address: master };
}
