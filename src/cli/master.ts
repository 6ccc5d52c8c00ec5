/** `tender master`: the one master of a cluster, with its registry in a file; or one of several (several-masters.ts). */
import { join } from 'node:path';
import { address as ownAddress } from '../agent/inventory.ts';
import { TenderError } from '../core/errors.ts';
import { duration } from '../core/units.ts';
import { Registry } from '../daemon/registry.ts';
import { isEtcdAddress, parseEtcdAddress } from '../store/etcd/address.ts';
import { sqliteStore } from '../store/sqlite.ts';
import { newKeyPair } from '../wire/keys.ts';
import { SILENCE } from '../wire/protocol.ts';
import { HOST_FILE, stateFolder } from './folders.ts';
import type { HostFile } from './framework-host.ts';
import { LeadingMaster, type MasterSettings } from './leading-master.ts';
import { readSecret } from './secret-file.ts';
import { untilSignal } from './signals.ts';

export interface MasterCommand {
  readonly listen: string;
  readonly enrol: string;
  readonly advertise?: string | undefined;
  readonly state?: string | undefined;
  /** `sqlite`, or an address of etcd. */
  readonly store: string;
  /** `5s` */
  readonly lease: string;
  readonly name: string;
  /** `60s` */
  readonly offerTimeout: string;
  readonly preemptionGrace: string;
  readonly agentTimeout: string;
  readonly forgetAfter: string;
  /** False: no shipped frameworks. */
  readonly frameworks: boolean;
}

export async function runMaster(command: MasterCommand): Promise<void> {
  const settings: MasterSettings = {
    listen: command.listen,
    enrol: command.enrol,
    advertise: command.advertise ?? ownAddress(),
    offerLife: timeOf('--offer-timeout', command.offerTimeout, 1_000),
    preemptionGrace: timeOf('--preemption-grace', command.preemptionGrace, 0),
    patience: timeOf('--agent-timeout', command.agentTimeout, SILENCE),
    retention: { age: timeOf('--forget-after', command.forgetAfter, 60_000) },
    frameworks: command.frameworks,
    folder: stateFolder('master', command.state),
    log: (line) => console.error(`${new Date().toISOString()} ${line}`),
  };
  const ttl = timeOf('--lease', command.lease, 2_000) / 1_000;
  if (isEtcdAddress(command.store)) {
    const store = parseEtcdAddress(command.store);
    // With all of gRPC, which a master on its own need not carry.
    const { runOneOfSeveral } = await import('./several-masters.ts');
    return runOneOfSeveral({ store, ttl: Math.round(ttl), cluster: command.name, settings });
  }
  if (command.store !== 'sqlite') parseEtcdAddress(command.store);
  await runAlone(command.name, settings);
}

async function runAlone(cluster: string, settings: MasterSettings): Promise<void> {
  const { folder, log } = settings;
  const registry = new Registry(sqliteStore(folder, 'registry'));
  // In the registry since there are backups; before, only in the file.
  const hostKeys = registry.hostKeys ?? readSecret<HostFile>(join(folder, HOST_FILE))?.keys ?? newKeyPair();
  if (!registry.hostKeys) await registry.setHostKeys(hostKeys);
  const master = await LeadingMaster.start(settings, {
    registry,
    newIdentity: () => ({ cluster, keys: newKeyPair() }),
    hostKeys,
    user: 'local',
  });
  process.send?.(master.ready);
  log(`stopping (${await untilSignal()})`);
  await master.close();
  process.exit(0);
}

function timeOf(option: string, text: string, least: number): number {
  const time = duration.safeParse(text);
  if (time.success && time.data >= least) return time.data;
  const expected = least > 0 ? `a time of at least ${least / 1000}s` : 'a time such as 500ms or 10s';
  throw new TenderError('usage', { cause: `${option} expects ${expected}, found "${text}"` });
}
