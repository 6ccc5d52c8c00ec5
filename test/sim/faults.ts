/**
 * What may break, one entry each: `begin` breaks it and returns what ends it. Luck chooses whom it hits. A fault is over
 * when it has been ended; what it has done by then is for the cluster to put right.
 */
import { pairOf } from '../../src/wire/memory.ts';
import type { Disk } from './disk.ts';
import type { Machine } from './machine.ts';
import { type Luck, pick } from './people.ts';
import type { Seat } from './seat.ts';
import type { SimCluster } from './sim-cluster.ts';
import type { SimProcess } from './sim-process.ts';

export interface Fault {
  readonly name: string;
  readonly weight: number;
  /** How long it lasts, at least and at most (ms). */
  readonly lasts: readonly [number, number];
  /** @returns what ends it; undefined: there was nothing to break */
  begin(sim: SimCluster, luck: Luck): (() => void) | undefined;
}

const machinesOf = (sim: SimCluster): Machine[] => [...sim.machines.values()].filter(({ gone }) => !gone);
const machineOf = (sim: SimCluster, { a }: Luck): Machine | undefined => pick(machinesOf(sim), a);

/** Hosts that talk to the master. */
const dialers = (sim: SimCluster): string[] => [
  ...machinesOf(sim).map(({ name }) => name),
  'frameworks',
  'frameworks',
  'client',
];

/** Whoever leads, more often than not. */
const seatOf = (sim: SimCluster, { a, b }: Luck): Seat =>
  sim.seats.find(({ leading }) => leading && b < 0.7) ?? pick(sim.seats, a)!;

const diskOf = (sim: SimCluster, { a, b }: Luck): Disk | undefined =>
  b < 0.4 ? sim.registryDisk : pick(machinesOf(sim), a)?.disk;

function freeze(process: SimProcess | undefined): (() => void) | undefined {
  if (!process?.alive || process.frozen) return undefined;
  process.freeze();
  return () => process.thaw();
}

/** One host's talk with the master is disturbed. */
function disturbed(
  name: string,
  weight: number,
  lasts: readonly [number, number],
  disturb: (sim: SimCluster, target: string, luck: Luck) => void,
): Fault {
  return {
    name,
    weight,
    lasts,
    begin(sim, luck) {
      const target = pairOf(pick(dialers(sim), luck.a)!, seatOf(sim, { ...luck, a: luck.c }).host);
      disturb(sim, target, luck);
      return () => sim.network.heal(target);
    },
  };
}

const MINUTE = 60_000;

export const FAULTS: readonly Fault[] = [
  {
    name: 'the master is killed',
    weight: 2,
    lasts: [500, 20_000],
    begin: (sim, luck) => seatOf(sim, luck).outage.begin(),
  },
  {
    name: 'the power of the master fails',
    weight: 1,
    lasts: [5_000, 40_000],
    begin(sim, luck) {
      sim.registryDisk.powerFails();
      return seatOf(sim, luck).outage.begin();
    },
  },
  {
    name: 'the master freezes',
    weight: 1,
    lasts: [500, 30_000],
    begin: (sim, luck) => freeze(seatOf(sim, luck).process),
  },
  {
    name: 'an agent is killed',
    weight: 4,
    lasts: [100, 40_000],
    begin: (sim, luck) => machineOf(sim, luck)?.outage.begin(),
  },
  {
    name: 'an agent freezes',
    weight: 1,
    lasts: [500, 40_000],
    begin: (sim, luck) => freeze(machineOf(sim, luck)?.process),
  },
  {
    name: 'a machine is suspended',
    weight: 1,
    lasts: [1_000, 60_000],
    begin(sim, luck) {
      const machine = machineOf(sim, luck);
      const process = machine?.process;
      if (!machine || !process?.alive || process.frozen) return undefined;
      const { engine } = machine;
      process.suspend();
      engine.goAway();
      // It goes on with a clock that is late, and does not know it.
      return () => {
        engine.comeBack();
        process.thaw();
      };
    },
  },
  {
    name: 'a machine loses its power',
    weight: 1,
    lasts: [5_000, 90_000],
    begin: (sim, luck) => machineOf(sim, luck)?.blackout.begin(),
  },
  {
    name: 'half of the machines lose their power',
    weight: 0.2,
    lasts: [5_000, 90_000],
    begin(sim, { a }) {
      const ends = machinesOf(sim)
        .filter((_, n) => n % 2 === Math.floor(2 * a))
        .map(({ blackout }) => blackout.begin());
      return () => {
        for (const end of ends) end();
      };
    },
  },
  {
    name: 'the frameworks are killed',
    weight: 2,
    lasts: [100, 30_000],
    begin: (sim) => sim.hostOutage.begin(),
  },
  {
    name: 'the frameworks freeze',
    weight: 1,
    lasts: [500, 40_000],
    begin: (sim) => freeze(sim.host?.process),
  },
  {
    name: 'other frameworks take over',
    weight: 1,
    lasts: [1_000, 30_000],
    begin(sim) {
      const former = sim.host?.process;
      sim.startHost();
      return () => {
        former?.kill();
        sim.reviveHost();
      };
    },
  },
  {
    name: 'the client is killed',
    weight: 0.5,
    lasts: [100, 10_000],
    begin: (sim) => sim.clientOutage.begin(),
  },
  disturbed('a connection breaks', 2, [100, 20_000], (sim, target) => sim.network.cut(target)),
  disturbed('a partition', 3, [1_000, MINUTE], (sim, target) => sim.network.stall(target)),
  disturbed('a one-way partition', 3, [1_000, MINUTE], (sim, target, { b }) =>
    sim.network.stall(target, b < 0.5 ? 'toListener' : 'toDialer'),
  ),
  disturbed('messages are lost', 2, [1_000, MINUTE], (sim, target, { b }) =>
    sim.network.lossy(target, { toListener: 0.2 * b, toDialer: 0.2 * (1 - b) }),
  ),
  {
    name: 'a slow network',
    weight: 2,
    lasts: [1_000, MINUTE],
    begin(sim, { a, b }) {
      const host = pick(dialers(sim), a)!;
      sim.weather.delays.set(host, 10 + 4_000 * b * b);
      return () => void sim.weather.delays.delete(host);
    },
  },
  {
    name: 'messages are repeated',
    weight: 2,
    lasts: [5_000, MINUTE],
    begin(sim, { a }) {
      sim.weather.repeats = 0.05 + 0.3 * a;
      return () => {
        sim.weather.repeats = 0;
      };
    },
  },
  {
    name: 'etcd does not answer',
    weight: 1,
    lasts: [500, 20_000],
    begin: (sim) => sim.etcd?.fail(),
  },
  {
    name: 'a master is cut off from etcd',
    weight: 2,
    lasts: [500, 30_000],
    begin(sim, luck) {
      const { host } = seatOf(sim, luck);
      sim.etcd?.trouble.cutOff.add(host);
      return sim.etcd && (() => void sim.etcd!.trouble.cutOff.delete(host));
    },
  },
  {
    name: 'a leader is suspended',
    weight: 2,
    lasts: [14_000, 60_000],
    begin(sim, luck) {
      const { host, process } = seatOf(sim, { ...luck, b: 0 });
      const cutOff = sim.etcd?.trouble.cutOff;
      if (!cutOff || !process?.alive || process.frozen) return undefined;
      process.suspend();
      cutOff.add(host);
      // It goes on without knowing how late it is, and without being told for a while; at worst when the new one dies.
      return () => {
        const heir = sim.seats.find(({ leading }) => leading);
        if (heir && luck.b < 0.6) sim.clock.after(5_000, heir.outage.begin());
        process.thaw();
        sim.clock.after(4_000 * luck.c, () => void cutOff.delete(host));
      };
    },
  },
  {
    name: 'answers of etcd are lost',
    weight: 1,
    lasts: [1_000, MINUTE],
    begin(sim, { a }) {
      const trouble = sim.etcd?.trouble;
      if (!trouble) return undefined;
      trouble.lostAnswers = 0.02 + 0.3 * a;
      return () => {
        trouble.lostAnswers = 0;
      };
    },
  },
  {
    name: 'a disk is full',
    weight: 2,
    lasts: [1_000, 40_000],
    begin(sim, luck) {
      const trouble = diskOf(sim, luck)?.trouble;
      if (!trouble || trouble.full) return undefined;
      trouble.full = true;
      return () => {
        trouble.full = false;
      };
    },
  },
  {
    name: 'writes to a disk fail',
    weight: 2,
    lasts: [1_000, 60_000],
    begin(sim, luck) {
      const trouble = diskOf(sim, luck)?.trouble;
      if (!trouble) return undefined;
      trouble.failing = 0.5;
      return () => {
        trouble.failing = 0;
      };
    },
  },
  {
    name: 'a slow disk',
    weight: 2,
    lasts: [1_000, MINUTE],
    begin(sim, luck) {
      const trouble = diskOf(sim, luck)?.trouble;
      if (!trouble) return undefined;
      trouble.slow = 50 + 6_000 * luck.c ** 2;
      return () => {
        trouble.slow = 0;
      };
    },
  },
  {
    name: 'a disk hangs until its agent is killed',
    weight: 2,
    lasts: [2_000, MINUTE],
    begin(sim, luck) {
      const machine = machineOf(sim, luck);
      if (!machine || machine.disk.trouble.slow > 0) return undefined;
      const { trouble } = machine.disk;
      trouble.slow = 20_000;
      return () => {
        sim.clock.after(2_000, machine.outage.begin());
        trouble.slow = 0;
      };
    },
  },
  {
    name: 'agents die of what they are told to set aside',
    weight: 1,
    lasts: [5_000, MINUTE],
    begin(sim, { a }) {
      sim.weather.deadly = 0.3 + 0.5 * a;
      return () => {
        sim.weather.deadly = 0;
      };
    },
  },
  {
    name: 'an engine is away',
    weight: 1,
    lasts: [500, 40_000],
    begin(sim, luck) {
      const engine = machineOf(sim, luck)?.engine;
      engine?.goAway();
      return engine && (() => engine.comeBack());
    },
  },
  {
    name: 'programs are killed',
    weight: 2,
    lasts: [1, 2],
    begin(sim, luck) {
      const engine = machineOf(sim, luck)?.engine;
      if (!engine) return undefined;
      for (const { spec } of engine.running.filter((_, n) => n === 0 || luck.b < 0.3))
        engine.signal(spec.id, 'SIGKILL');
      return () => {};
    },
  },
  {
    name: 'programs behave badly',
    weight: 2,
    lasts: [10_000, 2 * MINUTE],
    begin(sim, { a, b, c }) {
      sim.weather.tempers = {
        brief: 0.3 * a,
        stubborn: 0.2,
        tidy: 0.2,
        broken: 0.3 * b,
        'slow start': 0.2 * c,
      };
      return () => {
        sim.weather.tempers = {};
      };
    },
  },
];
