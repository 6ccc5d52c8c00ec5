/** `tender master`: opens the registry and the two doors, and keeps the shipped frameworks' host running. */
import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { address as ownAddress } from '../agent/inventory.ts';
import { eventText, isQuiet } from '../client/event-text.ts';
import { HierarchicalAllocator } from '../core/allocator/hierarchical-allocator.ts';
import { TenderError } from '../core/errors.ts';
import { duration } from '../core/job-spec.ts';
import { VERSION } from '../core/version.ts';
import { Master } from '../daemon/master.ts';
import { matches } from '../daemon/patterns.ts';
import { Registry } from '../daemon/registry.ts';
import { sqliteStore } from '../store/sqlite.ts';
import { newKeyPair } from '../wire/keys.ts';
import { systemClock } from '../wire/system-clock.ts';
import type { KeyPair } from '../wire/transport.ts';
import { zeromqTransport } from '../wire/zeromq.ts';
import { Child } from './children.ts';
import { findContext, saveContext } from './contexts.ts';
import { stateFolder } from './folders.ts';
import type { HostFile } from './framework-host.ts';
import { readSecret, writeSecret } from './secret-file.ts';
import { untilSignal } from './signals.ts';

export interface MasterCommand {
  readonly listen: string;
  readonly enrol: string;
  readonly advertise?: string | undefined;
  readonly state?: string | undefined;
  readonly name: string;
  /** `60s` */
  readonly offerTimeout: string;
  readonly preemptionGrace: string;
  /** False: no shipped frameworks. */
  readonly frameworks: boolean;
}

/** What a parent process is told when the master is ready. */
export interface MasterReady {
  readonly address: string;
  readonly enrol: string;
  readonly context: string;
}

export async function runMaster(command: MasterCommand): Promise<void> {
  const offerLife = timeOf('--offer-timeout', command.offerTimeout, 1_000);
  const preemptionGrace = timeOf('--preemption-grace', command.preemptionGrace, 0);
  const folder = command.state ?? stateFolder('master');
  const log = (line: string): void => console.error(`${new Date().toISOString()} ${line}`);
  const registry = new Registry(sqliteStore(folder, 'registry'));
  const advertise = command.advertise ?? ownAddress();
  const master = await Master.start({
    transport: zeromqTransport(),
    clock: systemClock,
    randomHex: (bytes) => randomBytes(bytes).toString('hex'),
    registry,
    allocator: new HierarchicalAllocator({ random: Math.random, matches }),
    version: VERSION,
    listen: command.listen,
    enrol: command.enrol,
    advertise,
    offerLife,
    preemptionGrace,
    newIdentity: () => ({ cluster: command.name, keys: newKeyPair() }),
  });
  const { state } = master.parts.log;
  master.parts.log.listen(({ event }) => {
    if (!isQuiet(event)) log(eventText(event, state));
  });
  const context = await admitUser(master, state.master.cluster);
  log(`${state.master.cluster}: master ${VERSION}, epoch ${state.master.epoch}, at ${master.address}`);
  const host = command.frameworks ? await startHost(master, folder, log) : undefined;
  process.send?.({ address: master.address, enrol: master.enrolAddress, context } satisfies MasterReady);
  log(`stopping (${await untilSignal()})`);
  await host?.stop(3_000);
  await master.close();
  process.exit(0);
}

function timeOf(option: string, text: string, least: number): number {
  const time = duration.safeParse(text);
  if (time.success && time.data >= least) return time.data;
  const expected = least > 0 ? `a time of at least ${least / 1000}s` : 'a time such as 500ms or 10s';
  throw new TenderError('usage', { cause: `${option} expects ${expected}, found "${text}"` });
}

/** Whoever starts a master may use it: a context with a key of its own is laid down for him. */
async function admitUser(master: Master, cluster: string): Promise<string> {
  const local = master.address.replace(/:\/\/.*:/, '://127.0.0.1:');
  const known = findContext(cluster);
  const mine = known?.serverKey === master.publicKey ? known : undefined;
  const keys = mine?.keys ?? newKeyPair();
  await master.admit(`${userInfo().username}-local`, 'client', keys.publicKey);
  saveContext(cluster, { address: local, serverKey: master.publicKey, keys }, false);
  return cluster;
}

async function startHost(master: Master, folder: string, log: (line: string) => void): Promise<Child> {
  const file = join(folder, 'frameworks.json');
  const keys: KeyPair = readSecret<HostFile>(file)?.keys ?? newKeyPair();
  await master.admit('frameworks', 'framework', keys.publicKey);
  const address = master.address.replace(/:\/\/.*:/, '://127.0.0.1:');
  writeSecret(file, { address, serverKey: master.publicKey, keys } satisfies HostFile);
  return new Child({ name: 'framework host', args: () => ['framework-host', file], survives: false, log });
}
