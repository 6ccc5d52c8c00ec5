/**
 * A master that leads, with what belongs to it on this machine: the log of what happens, a context for the user who
 * started it, and as its children the host of the shipped frameworks and one for each plugin that was added.
 */
import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { eventText, isQuiet } from '../client/event-text.ts';
import { HierarchicalAllocator } from '../core/allocator/hierarchical-allocator.ts';
import { VERSION } from '../core/version.ts';
import { type Elected, Master, type MasterOptions } from '../daemon/master.ts';
import { matches } from '../daemon/patterns.ts';
import type { Registry } from '../daemon/registry.ts';
import { newKeyPair } from '../wire/keys.ts';
import { systemClock } from '../wire/system-clock.ts';
import type { KeyPair } from '../wire/transport.ts';
import { zeromqTransport } from '../wire/zeromq.ts';
import { Child } from './children.ts';
import { findContext, saveContext } from './contexts.ts';
import { HOST_FILE } from './folders.ts';
import type { HostFile } from './framework-host.ts';
import { PluginProcesses } from './plugins/plugin-processes.ts';
import { writeSecret } from './secret-file.ts';

/** What a parent process is told when the master is ready. */
export interface MasterReady {
  readonly address: string;
  readonly enrol: string;
  readonly context: string;
}

/** What the command line says; the same for each time that this process leads. */
export interface MasterSettings
  extends Required<Pick<MasterOptions, 'listen' | 'enrol' | 'advertise'>>,
    Pick<MasterOptions, 'offerLife' | 'preemptionGrace' | 'patience' | 'retention'> {
  /** False: no shipped frameworks. */
  readonly frameworks: boolean;
  readonly folder: string;
  readonly log: (line: string) => void;
}

export interface Leadership {
  readonly registry: Registry;
  readonly newIdentity: MasterOptions['newIdentity'];
  /** Of the shipped frameworks' host; the names of its frameworks belong to this key. */
  readonly hostKeys: KeyPair;
  /** After the user's name, as a member. */
  readonly user: string;
  /** Absent: it is the only master. */
  readonly election?: Elected | undefined;
}

const HOST_GRACE = 3_000;

export class LeadingMaster {
  readonly ready: MasterReady;
  readonly #master: Master;
  readonly #host: Child | undefined;
  readonly #plugins: PluginProcesses;

  static async start(settings: MasterSettings, leadership: Leadership): Promise<LeadingMaster> {
    const { log, folder, frameworks, ...options } = settings;
    const { registry, newIdentity, hostKeys, user, election } = leadership;
    const plugins = new PluginProcesses(folder, log);
    const master = await Master.start({
      ...options,
      transport: zeromqTransport(),
      clock: systemClock,
      randomHex,
      registry,
      allocator: new HierarchicalAllocator({ random: Math.random, matches }),
      version: VERSION,
      newIdentity,
      plugins,
      election,
    });
    try {
      const { state } = master.parts.log;
      master.parts.log.listen(({ event }) => {
        if (!isQuiet(event)) log(eventText(event, state));
      });
      const { cluster, epoch } = state.master;
      const others = election?.others().map((place) => place.master);
      const here = onThisMachine(settings.listen, master.address);
      await admitUser(master, here, cluster, user, others);
      log(`${cluster}: master ${VERSION}, epoch ${epoch}, at ${master.address}`);
      const host = frameworks ? await startHost(master, here, folder, hostKeys, log) : undefined;
      plugins.at({ address: here, serverKey: master.publicKey });
      master.startPlugins();
      return new LeadingMaster(master, host, plugins, cluster);
    } catch (error) {
      await master.close();
      throw error;
    }
  }

  private constructor(master: Master, host: Child | undefined, plugins: PluginProcesses, context: string) {
    this.#master = master;
    this.#host = host;
    this.#plugins = plugins;
    this.ready = { address: master.address, enrol: master.enrolAddress, context };
  }

  mastersChanged(): void {
    this.#master.mastersChanged();
  }

  /** The hosts first: they end in order while their master is there. */
  async close(): Promise<void> {
    await this.#endHosts();
    await this.#master.close();
  }

  /** It does not lead any more: its doors first. */
  async depose(): Promise<void> {
    await Promise.all([this.#master.close(), this.#endHosts()]);
  }

  async #endHosts(): Promise<void> {
    await Promise.all([this.#host?.stop(HOST_GRACE), this.#master.stopPlugins()]);
    this.#plugins.close();
  }
}

export const randomHex = (bytes: number): string => randomBytes(bytes).toString('hex');

/** Where it listens, as processes beside it dial it: `tcp://*:5050` is open to them as any other address is not. */
function onThisMachine(listen: string, address: string): string {
  const host = /:\/\/(.*):/.exec(listen)?.[1] ?? '*';
  return address.replace(/:\/\/.*:/, `://${host === '*' || host === '0.0.0.0' ? '127.0.0.1' : host}:`);
}

/** Whoever starts a master may use it: a context with a key of its own is laid down for him. */
async function admitUser(
  master: Master,
  address: string,
  cluster: string,
  suffix: string,
  others: readonly string[] | undefined,
): Promise<void> {
  const serverKey = master.publicKey;
  const known = findContext(cluster);
  const keys = known?.serverKey === serverKey ? known.keys : newKeyPair();
  await master.admit(`${userInfo().username}-${suffix}`, 'client', keys.publicKey);
  saveContext(cluster, { address, others, serverKey, keys }, false);
}

async function startHost(
  master: Master,
  address: string,
  folder: string,
  keys: KeyPair,
  log: (line: string) => void,
): Promise<Child> {
  const file = join(folder, HOST_FILE);
  await master.admit('frameworks', 'framework', keys.publicKey);
  writeSecret(file, { address, serverKey: master.publicKey, keys } satisfies HostFile);
  return new Child({ name: 'framework host', args: () => ['framework-host', file], survives: false, log });
}
