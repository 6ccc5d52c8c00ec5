/**
 * A master: the parts of this folder behind two doors. At the main one (5050) only keys in the registry connect; at
 * the enrolment door (5051) any key may, and only a join token turns it into a member. Everything it needs of the
 * outside comes as an argument, so the same master runs for real and in the simulator.
 */
import type { Allocator } from '../core/allocator.ts';
import type { Clock } from '../core/clock.ts';
import { emptyCluster, type MasterInfo, type MemberRole } from '../core/cluster.ts';
import { causeOf } from '../core/errors.ts';
import { checkAgent, checkClient, checkFramework } from '../wire/check.ts';
import { Gate, type GateHandlers, type Identity, type Peer } from '../wire/gate.ts';
import type { Hello } from '../wire/messages/session.ts';
import type { FromPeer } from '../wire/messages.ts';
import { SILENCE } from '../wire/protocol.ts';
import { type MasterPlace, writeToken } from '../wire/token.ts';
import type { KeyPair, Transport } from '../wire/transport.ts';
import { Agents } from './agents.ts';
import { Clients } from './clients.ts';
import { EventLog } from './event-log.ts';
import { Failover } from './failover.ts';
import { Frameworks } from './frameworks.ts';
import { Members } from './members.ts';
import { OFFER_LIFE, Offers } from './offers.ts';
import type { Parts } from './parts.ts';
import type { PluginRunner } from './plugin-runner.ts';
import { Plugins } from './plugins.ts';
import { PREEMPTION_GRACE, Preemption } from './preemption.ts';
import { Refusals } from './refusals.ts';
import type { Registry } from './registry.ts';
import { Relay } from './relay.ts';
import { RETENTION, type RetentionLimits } from './retention.ts';
import { Roles } from './roles.ts';
import { Tasks } from './tasks.ts';
import { Withdrawals } from './withdrawals.ts';

export interface MasterOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly randomHex: (bytes: number) => string;
  readonly registry: Registry;
  readonly allocator: Allocator;
  readonly version: string;
  /** Where members connect, and where new keys are enrolled: `tcp://*:5050`. */
  readonly listen: string;
  readonly enrol: string;
  /** Host name or address that goes into join tokens. */
  readonly advertise: string;
  /** How long an offer lives without an answer (ms). @default 60_000 */
  readonly offerLife?: number | undefined;
  /**
   * How long frameworks have to end tasks themselves that are to make room for others (ms). Less is faster; more lets
   * them finish what they do, or move. @default 10_000
   */
  readonly preemptionGrace?: number | undefined;
  /** An agent that has been silent for so long is unreachable (ms). @default 15_000, which is also the least */
  readonly patience?: number | undefined;
  /** How long, and how many, agents that are unreachable or gone are remembered. */
  readonly retention?: Partial<RetentionLimits> | undefined;
  /** What runs plugins that people add; absent: nobody can add any. */
  readonly plugins?: PluginRunner | undefined;
  /** Absent: it is the only master of its cluster. */
  readonly election?: Elected | undefined;
  /** Name and keys of a new cluster; a registry that has an identity keeps its own. */
  readonly newIdentity: () => { cluster: string; keys: KeyPair };
}

/** One of several masters, which leads. */
export interface Elected {
  readonly epoch: number;
  /** False as soon as another one may lead: then this one says nothing any more. */
  readonly holds: () => boolean;
  /** The others, as members are told of them. */
  readonly others: () => readonly MasterPlace[];
}

export class Master {
  readonly parts: Parts;
  readonly #options: MasterOptions;
  readonly #keys: KeyPair;
  readonly #door: Gate;
  readonly #enrolDoor: Gate;
  readonly #refusals: Refusals;
  #address = '';
  #enrolAddress = '';

  /** Durable first: the epoch is written before anybody can hear of it. */
  static async start(options: MasterOptions): Promise<Master> {
    const { registry } = options;
    const identity = registry.identity ?? options.newIdentity();
    const epoch = await registry.begin(identity, options.election?.epoch);
    const master = new Master(options, identity.keys, {
      cluster: identity.cluster,
      version: options.version,
      epoch,
      startedAt: options.clock.now(),
      address: '',
    });
    try {
      await master.#open();
    } catch (error) {
      await master.close(); // one of its doors may be open
      throw error;
    }
    return master;
  }

  private constructor(options: MasterOptions, keys: KeyPair, info: MasterInfo) {
    this.#options = options;
    this.#keys = keys;
    const { clock, registry, allocator, randomHex } = options;
    const log = new EventLog(emptyCluster(info), () => clock.now());
    const parts = { clock, registry, allocator, log } as { -readonly [P in keyof Parts]: Parts[P] };
    registry.onRefusal = (problem) =>
      log.emit({
        type: 'master.warning',
        message:
          problem === undefined
            ? 'the registry can be written again'
            : `${causeOf(problem)}; until it can, all that would have to be written is refused, and the rest goes on`,
      });
    parts.members = new Members(registry, log, clock, randomHex, (peer, error) =>
      this.#door.turnOut(peer, error),
    );
    parts.agents = new Agents(parts, options.patience ?? SILENCE, { ...RETENTION, ...options.retention });
    parts.withdrawals = new Withdrawals(parts);
    parts.frameworks = new Frameworks(parts);
    parts.failover = new Failover(parts);
    parts.roles = new Roles(parts);
    parts.offers = new Offers(parts, options.offerLife ?? OFFER_LIFE);
    parts.tasks = new Tasks(parts);
    parts.preemption = new Preemption(parts, options.preemptionGrace ?? PREEMPTION_GRACE);
    parts.plugins = new Plugins(parts, options.plugins);
    parts.relay = new Relay(parts);
    parts.clients = new Clients(parts, (secret, role) => this.#tokenText(secret, role));
    this.parts = parts;
    this.#refusals = new Refusals(clock, log);
    this.#door = this.#gate(options.listen, (key) => parts.members.admits(key), {
      identify: (key, hello) => this.#identity(parts.members.identify(key, hello)),
      joined: (peer) => this.#joined(peer),
      message: (peer, message, bytes) => this.#message(peer, message, bytes),
      left: (peer, why) => this.#left(peer, why),
    });
    this.#enrolDoor = this.#gate(options.enrol, () => true, {
      identify: async (key, hello) => this.#identity(await parts.members.enrol(key, hello)),
      joined: () => {},
      message: () => {},
      left: () => {},
    });
  }

  get publicKey(): string {
    return this.#keys.publicKey;
  }

  /** Where members of this machine connect. */
  get address(): string {
    return this.#address;
  }

  get enrolAddress(): string {
    return this.#enrolAddress;
  }

  /** The master's own children and user need no token. */
  admit(name: string, role: MemberRole, publicKey: string): Promise<void> {
    return this.parts.members.admit(name, role, publicKey);
  }

  /** The plugins that were added start: whoever runs them knows by now where this master is. */
  startPlugins(): void {
    this.parts.plugins.recover();
  }

  stopPlugins(): Promise<void> {
    return this.parts.plugins.close();
  }

  /** The other masters are others than before: whoever has come before hears of it. */
  mastersChanged(): void {
    if (this.#masters) this.parts.members.tellAll({ t: 'masters', masters: this.#masters });
  }

  /** Tasks and agents go on; a new master takes them up again. */
  async close(): Promise<void> {
    await Promise.all([this.#door.close(), this.#enrolDoor.close()]);
    const { agents, withdrawals, frameworks, failover, offers, preemption, clients, registry } = this.parts;
    this.#refusals.close();
    agents.close();
    withdrawals.close();
    frameworks.close();
    failover.close();
    offers.close();
    preemption.close();
    clients.close();
    registry.close();
  }

  async #open(): Promise<void> {
    this.#enrolAddress = reachable(await this.#enrolDoor.open(), this.#options.advertise);
    this.#address = reachable(await this.#door.open(), this.#options.advertise);
    const { log, agents, withdrawals, failover } = this.parts;
    log.emit({ type: 'master.started', master: { ...log.state.master, address: this.#address } });
    agents.recover();
    withdrawals.recover();
    failover.recover();
  }

  #gate(
    address: string,
    admit: (key: string) => boolean,
    handlers: Pick<GateHandlers, 'identify' | 'joined' | 'message' | 'left'>,
  ): Gate {
    const { transport, clock, randomHex } = this.#options;
    return new Gate({
      transport,
      clock,
      nonce: () => randomHex(32),
      address,
      keys: this.#keys,
      admit,
      maySpeak: this.#options.election?.holds,
      handlers: { ...handlers, refused: (from, why) => this.#refusals.tell(from, why) },
    });
  }

  #identity({ name, role }: { name: string; role: Hello['role'] }): Identity {
    const { cluster, epoch, version } = this.parts.log.state.master;
    return { name, role, welcome: { name, cluster, epoch, version, masters: this.#masters } };
  }

  /** This one first; undefined where there is no other, ever. */
  get #masters(): readonly string[] | undefined {
    const others = this.#options.election?.others();
    return others && [this.#address, ...others.map(({ master }) => master)];
  }

  #joined(peer: Peer): void {
    this.parts.members.joined(peer);
    if (peer.role === 'agent') this.parts.agents.joined(peer);
  }

  #left(peer: Peer, why: string): void {
    this.parts.members.left(peer);
    if (peer.role === 'agent') this.parts.agents.left(peer, why);
    else if (peer.role === 'framework') this.parts.frameworks.left(peer, why);
    else this.parts.clients.left(peer);
  }

  #message(peer: Peer, message: FromPeer, bytes: Uint8Array | undefined): void {
    switch (peer.role) {
      case 'agent':
        return this.parts.agents.message(peer, checkAgent(message), bytes);
      case 'framework':
        return this.parts.frameworks.message(peer, checkFramework(message));
      case 'client':
        return this.parts.clients.message(peer, checkClient(message), bytes);
    }
  }

  #tokenText(secret: string, role: MemberRole): string {
    const others = this.#options.election?.others();
    return writeToken({
      master: this.#address,
      enrol: this.#enrolAddress,
      others,
      key: this.publicKey,
      role,
      secret,
    });
  }
}

/** A bound address as others see it: `tcp://*:5050` or `tcp://0.0.0.0:5050` under the advertised name. */
export function reachable(bound: string, advertise: string): string {
  const match = /^(\w+):\/\/(.*):(\d+)$/.exec(bound);
  if (!match) return bound;
  const [, scheme, host, port] = match;
  return `${scheme}://${host === '*' || host === '0.0.0.0' ? advertise : host}:${port}`;
}
