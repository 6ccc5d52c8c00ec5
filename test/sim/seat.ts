/**
 * A master's place in the simulation: alone, with a registry on its own disk; or one of several, that stands for election
 * and leads while its term lasts. What is here is what `tender master` does around a master, on simulated things.
 */
import { HierarchicalAllocator } from '../../src/core/allocator/hierarchical-allocator.ts';
import { causeOf, TenderError } from '../../src/core/errors.ts';
import type { FrameworkId } from '../../src/core/task.ts';
import { type Elected, Master } from '../../src/daemon/master.ts';
import { matches } from '../../src/daemon/patterns.ts';
import { Registry } from '../../src/daemon/registry.ts';
import { Standby } from '../../src/daemon/standby.ts';
import { Election, type Term } from '../../src/store/etcd/election.ts';
import { Roll } from '../../src/store/etcd/roll.ts';
import { etcdStore } from '../../src/store/etcd/store.ts';
import type { Store } from '../../src/store/store.ts';
import type { MasterPlace } from '../../src/wire/token.ts';
import type { KeyPair } from '../../src/wire/transport.ts';
import { AllocatorWitness } from './allocator-witness.ts';
import type { Chance } from './chance.ts';
import type { Disk } from './disk.ts';
import { Outage } from './outage.ts';
import type { SimEtcd } from './sim-etcd.ts';
import type { SimProcess } from './sim-process.ts';
import type { Said } from './trace.ts';

/** Everything that a master needs, whichever kind it is. */
export interface SeatOptions {
  readonly host: string;
  readonly keys: KeyPair;
  readonly members: readonly (readonly [name: string, role: 'framework' | 'client', key: string])[];
  readonly process: () => SimProcess;
  readonly chance: (part: string) => Chance;
  readonly later: (ms: number, run: () => void) => void;
  readonly note: (what: string, text: Said) => void;
  readonly found: (invariant: string, what: string) => void;
  /** A framework was removed, this moment. */
  readonly removed: (framework: FrameworkId) => void;
  /** Its own disk, or the etcd of all. */
  readonly store: Disk | SimEtcd;
}

/** A running master that leads. */
interface Leading {
  readonly daemon: Master;
  readonly allocated: AllocatorWitness;
  readonly holds: () => boolean;
}

export const PREFIX = '/tender';
/** Seconds. */
const LEASE = 5;
/** A supervisor waits so long before it starts again what would not start (ms). */
const RESTART = 2_000;

export const addressOf = (host: string): string => `tcp://${host}:5050`;
const placeOf = (host: string): MasterPlace => ({ master: addressOf(host), enrol: `tcp://${host}:5051` });

export class Seat {
  readonly host: string;
  readonly outage = new Outage(
    () => this.process?.kill(),
    () => this.start(),
  );
  process: SimProcess | undefined;
  /** The last one that it has led in. */
  epoch = 0;
  #leading: Leading | undefined;
  readonly #options: SeatOptions;

  constructor(options: SeatOptions) {
    this.#options = options;
    this.host = options.host;
  }

  /** Undefined while it does not. */
  get leading(): Leading | undefined {
    return this.process?.alive && this.#leading?.holds() ? this.#leading : undefined;
  }

  start(): void {
    if (this.process?.alive || this.outage.lasts) return;
    const { note, found, store, later } = this.#options;
    const process = this.#options.process();
    this.process = process;
    this.#leading = undefined;
    const work = 'client' in store ? this.#oneOfSeveral(process, store) : this.#alone(process, store);
    work.catch((error: unknown) => {
      if (!process.alive) return;
      note(process.name, `gives up: ${causeOf(error)}`);
      if (!(error instanceof TenderError)) found('0 nothing throws', `${process.name}: ${causeOf(error)}`);
      process.kill();
      later(RESTART, () => this.start());
    });
  }

  async #alone(process: SimProcess, disk: Disk): Promise<void> {
    this.#leading = await this.#lead(process, disk.open(process), undefined);
  }

  async #oneOfSeveral(process: SimProcess, store: SimEtcd): Promise<void> {
    const { host, note } = this.#options;
    const { clock } = process;
    const etcd = store.client(process, host);
    const roll = new Roll(etcd, clock, PREFIX, () => this.#leading?.daemon.mastersChanged());
    const self = placeOf(host);
    let standby = await this.#standBy(process);
    await roll.enter(self.master, JSON.stringify(self));
    const election = new Election({
      etcd,
      clock,
      prefix: PREFIX,
      ttl: LEASE,
      self: JSON.stringify(self),
      leader: (text) => standby.follow(text === undefined ? undefined : (JSON.parse(text) as MasterPlace)),
      trouble: (cause) => note(process.name, cause),
    });
    while (process.alive) {
      const term = (await election.win())!;
      try {
        standby.follow(self);
        await standby.close();
        const registry = await etcdStore({ etcd, clock, prefix: PREFIX, term });
        this.#leading = await this.#lead(process, registry, this.#elected(term, roll));
      } catch (error) {
        await term.resign(causeOf(error));
      }
      note(process.name, `does not lead any more: ${await term.ended}`);
      const former = this.#leading;
      this.#leading = undefined;
      await former?.daemon.close();
      standby = await this.#standBy(process);
    }
  }

  #elected(term: Term, roll: Roll): Elected {
    const own = addressOf(this.host);
    return {
      epoch: Number(term.epoch),
      holds: () => term.holds,
      others: () =>
        roll.all.map((text) => JSON.parse(text) as MasterPlace).filter(({ master }) => master !== own),
    };
  }

  async #standBy(process: SimProcess): Promise<Standby> {
    const { keys, chance } = this.#options;
    const { hex } = chance(`${process.name} standby`);
    const { master: listen, enrol } = placeOf(this.host);
    const { transport, clock } = process;
    const standby = new Standby({ transport, clock, randomHex: hex, listen, enrol, keys });
    await standby.open();
    return standby;
  }

  async #lead(process: SimProcess, store: Store, election: Elected | undefined): Promise<Leading> {
    const { host, keys, members, chance, note, found } = this.#options;
    const { transport, clock } = process;
    const allocated = new AllocatorWitness((what) => found('1 books', what));
    const { master: listen, enrol } = placeOf(host);
    const daemon = await Master.start({
      transport,
      clock,
      randomHex: chance(process.name).hex,
      registry: new Registry(store),
      allocator: allocated.of(new HierarchicalAllocator({ matches })),
      version: '0.1.0',
      listen,
      enrol,
      advertise: host,
      election,
      newIdentity: () => ({ cluster: 'simulated', keys }),
    });
    this.epoch = daemon.parts.log.state.master.epoch;
    note(process.name, `leads in epoch ${this.epoch}`);
    daemon.parts.log.listen(({ event }) => {
      if (event.type === 'agent.usage') return;
      if (event.type === 'framework.removed') this.#options.removed(event.framework);
      const { at: _, type, ...fields } = event;
      note(type, () => JSON.stringify(fields).slice(0, 300));
    });
    for (const [name, role, key] of members) await daemon.admit(name, role, key);
    return { daemon, allocated, holds: election?.holds ?? (() => true) };
  }
}
