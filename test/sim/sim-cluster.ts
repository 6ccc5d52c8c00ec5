/**
 * A cluster that can be broken anywhere: the real master, agents, framework host and client, each in a simulated process on
 * a simulated machine, on one virtual clock. Whatever dies is started again by its supervisor, as soon as nobody holds
 * it down any more.
 */
import { Agent } from '../../src/agent/agent.ts';
import type { Client } from '../../src/client/client.ts';
import { connect } from '../../src/client/connection.ts';
import { TenderError } from '../../src/core/errors.ts';
import type { FrameworkId, TaskId, TaskSpec } from '../../src/core/task.ts';
import type { FrameworkDefinition } from '../../src/framework/define.ts';
import { Host } from '../../src/framework/host.ts';
import { memoryNetwork } from '../../src/wire/memory.ts';
import type { MasterAt } from '../../src/wire/session.ts';
import type { Frames, KeyPair, Transport } from '../../src/wire/transport.ts';
import { idleMachine } from '../support/idle-machine.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import { type Chance, chanceOf, keysOf } from './chance.ts';
import { stepOf } from './databases.ts';
import { Disk } from './disk.ts';
import { Engine, type Temper } from './engine.ts';
import { engineExecutor } from './engine-executor.ts';
import { LeadershipWitness } from './leadership-witness.ts';
import { idOf, type Machine, resourcesOf } from './machine.ts';
import { Outage } from './outage.ts';
import { ProcedureWitness } from './procedure-witness.ts';
import { type Repeats, repeating } from './repeats.ts';
import { addressOf, Seat } from './seat.ts';
import { SimEtcd } from './sim-etcd.ts';
import { SimProcess } from './sim-process.ts';
import { SimVolumes } from './sim-volumes.ts';
import { type Said, type Trace, traceOf } from './trace.ts';
import { VolumeWitness } from './volume-witness.ts';
import { Witness } from './witness.ts';
import { WorkWitness } from './work-witness.ts';

/** Not the epoch: what forgets to ask the clock shows. */
const STARTED_AT = 1_700_000_000_000;
/** A supervisor waits so long before it starts again what would not start (ms). */
const RESTART = 2_000;
/** So many messages within a second are no work any more. */
const STORM = 20_000;
/** An agent that dies of what it is told does so within this time (ms). */
const DIES_WITHIN = 6;
const CONVERT = Buffer.from('\u0001{"t":"convert"');
const isConvert = ([frame]: Frames): boolean =>
  frame !== undefined && Buffer.from(frame).subarray(0, CONVERT.length).equals(CONVERT);
const HOST = {
  os: 'simulated',
  kernel: '1',
  arch: 'x64',
  cpuModel: 'none',
  cpus: 4,
  mem: 4096,
  disk: 0,
  address: '',
};

export interface SimClusterOptions {
  readonly seed: number;
  /** More than one: on one etcd. */
  readonly masters: number;
  readonly frameworks: readonly FrameworkDefinition[];
  readonly keep?: { readonly notes: boolean; readonly messages: boolean };
}

/** What went wrong: which invariant, and how. */
export interface Violation {
  readonly invariant: string;
  readonly at: number;
  readonly what: string;
}

export class SimCluster {
  readonly clock = virtualClock(STARTED_AT);
  readonly trace: Trace;
  readonly chance: (part: string) => Chance;
  readonly machines = new Map<string, Machine>();
  readonly registryDisk: Disk;
  readonly network;
  readonly violations: Violation[] = [];
  readonly witness: Witness;
  readonly volumes = new VolumeWitness((what) => this.found('2 nothing is destroyed unasked', what));
  readonly work = new WorkWitness();
  /** Of each task how often it was started, anywhere. */
  readonly starts = new Map<string, number>();
  readonly counts = new Map<string, number>();
  /** When each framework was last removed. */
  readonly removals = new Map<FrameworkId, number>();
  /** What faults set, and the parts look up. */
  readonly weather = {
    tempers: {} as Partial<Record<Temper, number>>,
    /** Milliseconds that messages of a host take longer, at most. */
    delays: new Map<string, number>(),
    /** The chance that a message of those that may be repeated is repeated. */
    repeats: 0,
    /** The chance that an agent dies while it writes down what it is told to set aside, or to give back. */
    deadly: 0,
  };
  readonly hostOutage = new Outage(
    () => this.host?.process.kill(),
    () => this.startHost(),
  );
  readonly clientOutage = new Outage(
    () => this.user?.process.kill(),
    () => this.#startClient(),
  );
  /** The masters: one with its own disk, or several on one etcd. */
  readonly seats: readonly Seat[];
  readonly etcd: SimEtcd | undefined;
  host: { process: SimProcess; host: Host; replaced: boolean } | undefined;
  user: { process: SimProcess; client: Client } | undefined;
  readonly #frameworks: readonly FrameworkDefinition[];
  readonly #hostKeys: KeyPair;
  readonly #clientKeys: KeyPair;
  readonly #masterKeys: KeyPair;
  readonly #repeats: Repeats;
  /** Steps of procedures whose command must not be repeated, and has run. */
  readonly #steps = new Set<string>();
  readonly #fate: Chance;
  #processes = 0;
  /** Messages of the present second. */
  #messages = 0;
  #second = 0;

  constructor({ seed, masters, frameworks, keep = { notes: false, messages: false } }: SimClusterOptions) {
    this.chance = (part) => chanceOf(seed, part);
    this.trace = traceOf(this.clock, keep);
    const procedures = new ProcedureWitness((what) => this.found('9 data has somebody who keeps it', what));
    const wasRefused = (task: TaskId): boolean =>
      [...this.machines.values()].some(({ disk }) => disk.refused.has(task));
    this.witness = new Witness((what) => this.found('4 legal paths', what), wasRefused, [
      this.work,
      procedures,
    ]);
    this.#frameworks = frameworks.map((definition) => this.witness.of(procedures.of(definition)));
    this.#hostKeys = keysOf(this.chance('frameworks'));
    this.#clientKeys = keysOf(this.chance('client'));
    this.#masterKeys = keysOf(this.chance('master'));
    const leadership = new LeadershipWitness((what) => this.found('6 one leader', what));
    this.registryDisk = new Disk('registry', this.clock, this.chance('registry disk'));
    this.#fate = this.chance('fate');
    const wire = this.chance('network');
    const { delays } = this.weather;
    this.network = memoryNetwork({
      clock: this.clock,
      random: wire.next,
      delay: (from, to) => {
        const most = 2 + (delays.size === 0 ? 0 : (delays.get(from) ?? 0) + (delays.get(to) ?? 0));
        return Math.floor(most * wire.next());
      },
    });
    this.#repeats = {
      clock: this.clock,
      chance: this.chance('repeats'),
      weather: this.weather,
      trace: this.trace,
      heard: (host, frames) => {
        this.#countMessage();
        const machine = this.machines.get(host);
        if (!machine) return;
        leadership.heard(host, frames, machine.disk);
        this.#mayDieOf(machine, frames);
      },
      said: (host, frames) => leadership.said(host, frames),
    };
    const etcd =
      masters > 1
        ? new SimEtcd(this.clock, this.chance('etcd'), (who, request) =>
            leadership.wrote(etcd!, who, request),
          )
        : undefined;
    this.etcd = etcd;
    const hosts = masters > 1 ? Array.from({ length: masters }, (_, n) => `master-${n + 1}`) : ['master'];
    this.seats = hosts.map((host) => this.#seat(host, etcd ?? this.registryDisk));
  }

  get now(): number {
    return this.clock.now();
  }

  /** Undefined: nobody leads. One whose clock is late may believe that it still does, after another one has begun. */
  get leader(): Seat['leading'] {
    const newest = Math.max(...this.seats.map(({ epoch }) => epoch));
    return this.seats.find(({ leading, epoch }) => leading && epoch === newest)?.leading;
  }

  get #master(): MasterAt {
    const [first, ...others] = this.seats.map(({ host }) => addressOf(host)) as [string, ...string[]];
    const following = this.etcd && { others, remember: () => {} };
    return { address: first, key: this.#masterKeys.publicKey, ...(following && { following }) };
  }

  /** Everything up. @param agents how many */
  async start(agents: number): Promise<void> {
    for (const seat of this.seats) seat.start();
    await this.clock.advance(1_000);
    for (let n = 1; n <= agents; n++) this.addMachine();
    this.startHost();
    this.#startClient();
    await this.clock.advance(5_000);
  }

  /** Something happened that is counted, and told. */
  note(what: string, text: Said): void {
    this.trace.note(what, text);
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  found(invariant: string, what: string): void {
    this.note('VIOLATION', `${invariant}: ${what}`);
    this.violations.push({ invariant, at: this.now - STARTED_AT, what });
  }

  addMachine(): Machine {
    const name = `n${this.machines.size + 1}`;
    const chance = this.chance(name);
    const disk = new Disk(name, this.clock, this.chance(`${name} disk`));
    const machine: Machine = {
      name,
      keys: keysOf(chance),
      disk,
      engine: new Engine({
        clock: this.clock,
        chance: this.chance(`${name} engine`),
        tempers: () => this.weather.tempers,
        note: (text) => this.note(name, text),
        lost: ({ id }) => this.found('2 none is lost', `${id} ran well on ${name}, and was taken away`),
        started: (spec) => {
          this.#started(name, spec);
          this.volumes.started(name, spec, machine.volumes);
        },
        ended: (spec, code) => this.work.ended(spec, code),
      }),
      volumes: new SimVolumes({
        clock: this.clock,
        chance: this.chance(`${name} volumes`),
        trouble: disk.trouble,
        note: (text) => this.note(name, text),
        removed: (volume) => this.volumes.removed(name, volume),
      }),
      skew: chance.between(-2_000, 2_000),
      outage: new Outage(
        () => machine.process?.kill(),
        () => this.startAgent(machine),
      ),
      blackout: new Outage(
        () => {
          machine.disk.powerFails();
          machine.process?.kill();
          machine.engine.powerFails();
        },
        () => {
          machine.engine.powerReturns();
          this.startAgent(machine);
        },
      ),
      cpus: 4,
      mem: 4096,
      shrunk: false,
      attributes: { rack: `r${this.machines.size % 3}` },
      process: undefined,
      agent: undefined,
      gone: false,
    };
    this.machines.set(name, machine);
    this.admit(machine);
    this.startAgent(machine);
    return machine;
  }

  /** A person lets its key in, and tries again until that is written down. */
  admit(machine: Machine): void {
    const again = (): void => void this.clock.after(RESTART, () => this.admit(machine));
    const leader = this.leader;
    if (!leader) return again();
    let told = false;
    const once = (): void => {
      if (!told) again();
      told = true;
    };
    this.seats.find(({ leading }) => leading === leader)?.process?.whenKilled(once);
    leader.daemon.admit(machine.name, 'agent', machine.keys.publicKey).then(() => {
      told = true;
    }, once);
  }

  startAgent(machine: Machine): void {
    if (machine.process?.alive || machine.outage.lasts || machine.blackout.lasts) return;
    const { name, keys, disk, engine, volumes, attributes, skew } = machine;
    const process = this.#process(name, skew);
    const chance = this.chance(process.name);
    const agent = new Agent({
      id: idOf(machine),
      transport: process.transport,
      clock: process.clock,
      random: chance.next,
      uuid: () => chance.hex(8),
      store: disk.open(process),
      master: this.#master,
      keys,
      version: '0.1.0',
      host: { ...HOST, hostname: name },
      attributes,
      total: resourcesOf(machine),
      volumes: volumes.open(process),
      executors: (events) => [engineExecutor('process', engine, process, chance, events)],
      ...idleMachine,
      rooms: () => idleMachine.rooms([]).map((room) => (disk.trouble.full ? { ...room, free: 0 } : room)),
      log: (line) => this.note(process.name, line),
    });
    machine.process = process;
    machine.agent = agent;
    this.note(name, 'its agent starts');
    agent.start().catch((error: unknown) => {
      this.note(process.name, `could not start: ${String(error)}`);
      if (!(error instanceof TenderError))
        this.found('0 nothing throws', `${process.name}: ${String(error)}`);
      process.kill();
      this.clock.after(RESTART, () => this.startAgent(machine));
    });
  }

  /** One more than there is takes the names of the frameworks over. */
  startHost(): void {
    if (this.hostOutage.lasts) return;
    const process = this.#process('frameworks');
    const host = new Host({
      transport: process.transport,
      clock: process.clock,
      random: this.chance(process.name).next,
      master: this.#master,
      keys: this.#hostKeys,
      version: '0.1.0',
      log: (line) => {
        this.note(process.name, line);
        if (line.includes('took over the name')) here.replaced = true;
      },
    });
    const here = { process, host, replaced: false };
    this.host = here;
    for (const definition of this.#frameworks) host.run(definition);
    this.note('frameworks', 'a host starts');
  }

  /** The last one to subscribe wins, and that may have been the older one: a person then starts it anew. */
  reviveHost(): void {
    if (!this.host?.replaced) return;
    this.host.process.kill();
    this.startHost();
  }

  /** In the midst of a write, or just before or after it. */
  #mayDieOf({ outage }: Machine, frames: Frames): void {
    const { deadly } = this.weather;
    if (deadly === 0 || !isConvert(frames) || !this.#fate.happens(deadly)) return;
    this.clock.after(DIES_WITHIN * this.#fate.next(), () => {
      this.count('agents that died of it');
      this.clock.after(1_000 + 4_000 * this.#fate.next(), outage.begin());
    });
  }

  /** Two that answer one another without a pause would go on for ever. */
  #countMessage(): void {
    const second = Math.floor(this.now / 1_000);
    this.#messages = second === this.#second ? this.#messages + 1 : 1;
    this.#second = second;
    if (this.#messages !== STORM) return;
    this.found('7 comes to rest', `${STORM} messages within one second`);
    for (const { process } of this.#everybody) process?.kill();
  }

  get #everybody(): { readonly process: SimProcess | undefined }[] {
    return [...this.machines.values(), ...this.seats, ...[this.host ?? [], this.user ?? []].flat()];
  }

  #startClient(): void {
    if (this.user?.process.alive || this.clientOutage.lasts) return;
    const process = this.#process('client');
    const { address, key: serverKey, following } = this.#master;
    const client = connect({
      transport: process.transport,
      clock: process.clock,
      random: this.chance(process.name).next,
      address,
      serverKey,
      ...(following && { following }),
      keys: this.#clientKeys,
      version: '0.1.0',
    });
    this.user = { process, client };
  }

  #seat(host: string, store: Disk | SimEtcd): Seat {
    return new Seat({
      host,
      keys: this.#masterKeys,
      members: [
        ['frameworks', 'framework', this.#hostKeys.publicKey],
        ['me', 'client', this.#clientKeys.publicKey],
      ],
      process: () => this.#process(host),
      chance: this.chance,
      later: (ms, run) => void this.clock.after(ms, run),
      note: (what, text) => this.note(what, text),
      found: (invariant, what) => this.found(invariant, what),
      removed: (framework) => void this.removals.set(framework, this.now),
      store,
    });
  }

  /** @param host where it runs */
  #process(host: string, skew = 0): SimProcess {
    this.#processes += 1;
    const name = `${host}#${this.#processes}`;
    return new SimProcess({
      name,
      clock: this.clock,
      transport: this.#transport(host),
      skew,
      threw: (error) =>
        this.found('0 nothing throws', `${name}: ${error instanceof Error ? error.stack : error}`),
    });
  }

  #transport(host: string): Transport {
    return repeating(this.network.transport(host), host, this.#repeats);
  }

  #started(machine: string, spec: TaskSpec): void {
    const { id: task } = spec;
    const times = (this.starts.get(task) ?? 0) + 1;
    this.starts.set(task, times);
    if (times > 1) this.found('2 at most one', `${task} was started ${times} times, now on ${machine}`);
    const step = stepOf(this, spec);
    if (step === undefined) return;
    if (this.#steps.has(step)) this.found('2 at most one', `${step} is done once more, by ${task}`);
    this.#steps.add(step);
  }
}
