/**
 * `tender master --store etcd://…`: one of several masters, of which one leads.
 *
 *   standing by ──elected──▶ leading ──deposed──▶ standing by
 *
 * All have the same name and keys, which are in etcd beside the registry. Whoever is elected loads the registry and is
 * the master; when its term ends it lets go of everything at once, and stands by again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { causeOf, TenderError } from '../core/errors.ts';
import { reachable } from '../daemon/master.ts';
import { type Identity, Registry } from '../daemon/registry.ts';
import { Standby } from '../daemon/standby.ts';
import type { EtcdAddress } from '../store/etcd/address.ts';
import { EtcdClient } from '../store/etcd/client.ts';
import { Election, type Term } from '../store/etcd/election.ts';
import { registryKey } from '../store/etcd/layout.ts';
import { Roll } from '../store/etcd/roll.ts';
import { etcdStore } from '../store/etcd/store.ts';
import { writtenOnce } from '../store/etcd/written-once.ts';
import { sqliteStore } from '../store/sqlite.ts';
import { newKeyPair } from '../wire/keys.ts';
import { monotonicClock as clock, systemClock } from '../wire/system-clock.ts';
import type { MasterPlace } from '../wire/token.ts';
import type { KeyPair } from '../wire/transport.ts';
import { zeromqTransport } from '../wire/zeromq.ts';
import { LeadingMaster, type MasterReady, type MasterSettings, randomHex } from './leading-master.ts';
import { untilSignal } from './signals.ts';

export interface SeveralOptions {
  readonly store: EtcdAddress;
  /** Seconds that a leader may be silent. */
  readonly ttl: number;
  /** Name of a new cluster. */
  readonly cluster: string;
  readonly settings: MasterSettings;
}

/** What all masters have alike. */
interface Shared {
  readonly identity: Identity;
  readonly hostKeys: KeyPair;
}

/** While etcd does not answer at the start (ms). */
const RETRY = 1_000;

export async function runOneOfSeveral(options: SeveralOptions): Promise<void> {
  const { log, folder } = options.settings;
  // Only for its lock: a second process in this folder would take its framework host over.
  const lock = sqliteStore(folder, 'master');
  const etcd = new EtcdClient(options.store);
  const one = new OneOfSeveral(options, etcd);
  try {
    const ready = await one.begin();
    process.send?.(ready);
  } catch (error) {
    etcd.close(); // it would keep this process alive
    lock.close();
    throw error;
  }
  const asked = untilSignal();
  const done = one.run(asked).catch((error: unknown) => {
    log(causeOf(error));
    process.exit(1);
  });
  log(`stopping (${await asked})`);
  one.stop();
  await done;
  process.exit(0);
}

class OneOfSeveral {
  readonly #options: SeveralOptions;
  readonly #etcd: EtcdClient;
  readonly #roll: Roll;
  #settings: MasterSettings;
  #shared!: Shared;
  #self!: MasterPlace;
  #standby: Standby | undefined;
  #election: Election | undefined;
  #leading: LeadingMaster | undefined;
  #stopping = false;

  constructor(options: SeveralOptions, etcd: EtcdClient) {
    this.#options = options;
    this.#settings = options.settings;
    this.#etcd = etcd;
    this.#roll = new Roll(etcd, clock, options.store.prefix, () => this.#leading?.mastersChanged());
  }

  /** Resolves when its doors are open, and everybody can hear of them. @throws TenderError `wire.address` */
  async begin(): Promise<MasterReady> {
    this.#shared = await this.#patiently(() => this.#share());
    const { address, enrolAddress } = await this.#standBy();
    const { advertise, log } = this.#settings;
    this.#self = { master: reachable(address, advertise), enrol: reachable(enrolAddress, advertise) };
    // The ports that it got are kept for as long as it lives.
    this.#settings = { ...this.#settings, listen: address, enrol: enrolAddress };
    await this.#patiently(() => this.#roll.enter(this.#self.master, JSON.stringify(this.#self)));
    if (isOpen(this.#options.store)) log('etcd is spoken to without TLS: who can read that has the cluster');
    const { cluster } = this.#shared.identity;
    log(`${cluster}: stands by at ${this.#self.master}`);
    return { address: this.#self.master, enrol: this.#self.enrol, context: cluster };
  }

  /** Until `stop`. @param asked resolves right before it */
  async run(asked: Promise<unknown>): Promise<void> {
    this.#election = new Election({
      etcd: this.#etcd,
      clock,
      prefix: this.#options.store.prefix,
      ttl: this.#options.ttl,
      self: JSON.stringify(this.#self),
      leader: (text) => this.#standby?.follow(text === undefined ? undefined : placeOf(text)),
      trouble: onceEach(this.#settings.log),
    });
    while (!this.#stopping) {
      const term = await this.#election.win();
      if (term) await this.#lead(term, asked);
    }
    this.#roll.close();
    await this.#standby?.close();
  }

  stop(): void {
    this.#stopping = true;
    this.#election?.close();
  }

  async #lead(term: Term, asked: Promise<unknown>): Promise<void> {
    const { log } = this.#settings;
    const { store: at, ttl } = this.#options;
    let why: string;
    try {
      const registry = new Registry(await etcdStore({ etcd: this.#etcd, clock, prefix: at.prefix, term }));
      await this.#stepForward();
      this.#leading = await LeadingMaster.start(this.#settings, {
        registry,
        newIdentity: () => this.#shared.identity,
        hostKeys: this.#shared.hostKeys,
        user: `at-${new URL(this.#self.master).hostname}`,
        election: {
          epoch: Number(term.epoch),
          holds: () => term.holds,
          others: () => this.#others(),
        },
      });
      why = String(await Promise.race([term.ended, asked.then(() => 'it is being stopped')]));
    } catch (error) {
      why = causeOf(error);
    }
    log(`does not lead any more: ${why}`);
    const leading = this.#leading;
    this.#leading = undefined;
    if (this.#stopping) await leading?.close();
    else await leading?.depose();
    await term.resign(why);
    if (this.#stopping) return;
    if (!this.#standby) await this.#standBy();
    log('stands by again');
    if (!leading) await sleep(ttl * 1_000, undefined, { ref: false }); // another one may have better luck
  }

  async #standBy(): Promise<Standby> {
    const standby = new Standby({
      transport: zeromqTransport(),
      clock: systemClock,
      randomHex,
      listen: this.#settings.listen,
      enrol: this.#settings.enrol,
      keys: this.#shared.identity.keys,
    });
    await standby.open();
    this.#standby = standby;
    return standby;
  }

  /** Who waits for a leader hears of it; then the doors are the master's. */
  async #stepForward(): Promise<void> {
    this.#standby?.follow(this.#self);
    await this.#standby?.close();
    this.#standby = undefined;
  }

  async #share(): Promise<Shared> {
    const { store, cluster } = this.#options;
    const once = async <T>(name: string, make: () => T): Promise<T> => {
      const key = registryKey(store.prefix, 'master', name);
      return JSON.parse(await writtenOnce(this.#etcd, key, () => JSON.stringify(make()))) as T;
    };
    return {
      identity: await once('identity', () => ({ cluster, keys: newKeyPair() })),
      hostKeys: await once('frameworks', newKeyPair),
    };
  }

  #others(): MasterPlace[] {
    const all = this.#roll.all.flatMap((text) => placeOf(text) ?? []);
    return all.filter(({ master }) => master !== this.#self.master);
  }

  async #patiently<T>(ask: () => Promise<T>): Promise<T> {
    const told = onceEach(this.#settings.log);
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof TenderError && error.code === 'store.unavailable') || this.#stopping)
          throw error;
        told(error.message);
        await sleep(RETRY);
      }
    }
  }
}

/** Whether others than this machine may read what is said. */
const isOpen = ({ tls, endpoints }: EtcdAddress): boolean =>
  !tls && !endpoints.every((endpoint) => /^(127\.|localhost:)/.test(endpoint));

/** Undefined: nothing that a tender of this version has written. */
function placeOf(text: string): MasterPlace | undefined {
  try {
    const { master, enrol } = JSON.parse(text) as Partial<MasterPlace>;
    return typeof master === 'string' && typeof enrol === 'string' ? { master, enrol } : undefined;
  } catch {
    return undefined;
  }
}

/** The same trouble is told once in a row. */
function onceEach(log: (line: string) => void): (line: string) => void {
  let last = '';
  return (line) => {
    if (line !== last) log(line);
    last = line;
  };
}
