/** What befalls a cluster: each fault strikes one of its machines or processes, and is mended after a while. */

import { kill } from '../support/machine.ts';
import type { Chance } from '../support/seed.ts';
import { AGENTS, type ChaosCluster, MASTERS, type MasterName } from './chaos-cluster.ts';

export interface Fault {
  readonly name: string;
  /** How long it lasts (ms), from and to. */
  readonly lasts: readonly [number, number];
  /** @returns what mends it; undefined where there is nothing to strike now */
  strike(chaos: ChaosCluster, chance: Chance, leader: MasterName | undefined): (() => void) | undefined;
}

/** A machine or process that is struck already is left alone. */
const struck = new Set<string>();

function on(what: string, strike: () => void, mend: () => void): (() => void) | undefined {
  if (struck.has(what)) return undefined;
  struck.add(what);
  strike();
  return () => {
    struck.delete(what);
    mend();
  };
}

export const FAULTS: readonly Fault[] = [
  {
    name: 'kill -9 of the leading master',
    lasts: [500, 4_000],
    strike: (chaos, _, leader) =>
      leader &&
      on(
        leader,
        () => chaos.masters.get(leader)!.signal('SIGKILL'),
        () => chaos.startMaster(leader),
      ),
  },
  {
    name: 'kill -9 of a master',
    lasts: [500, 4_000],
    strike(chaos, { pick }) {
      const name = pick(MASTERS);
      return on(
        name,
        () => chaos.masters.get(name)!.signal('SIGKILL'),
        () => chaos.startMaster(name),
      );
    },
  },
  {
    name: 'SIGSTOP of the leading master',
    lasts: [2_000, 12_000],
    strike(chaos, _, leader) {
      if (!leader) return undefined;
      return on(
        leader,
        () => chaos.stopMaster(leader),
        () => chaos.wakeMaster(leader),
      );
    },
  },
  {
    name: 'kill -9 of an agent',
    lasts: [500, 8_000],
    strike(chaos, { pick }) {
      const name = pick(AGENTS);
      return on(
        name,
        () => chaos.cluster.agents.get(name)!.signal('SIGKILL'),
        () => chaos.startAgent(name),
      );
    },
  },
  {
    name: 'SIGSTOP of an agent',
    lasts: [2_000, 20_000],
    strike(chaos, { pick }) {
      const name = pick(AGENTS);
      const { pid } = chaos.cluster.agents.get(name)!;
      return on(
        name,
        () => kill(pid, 'SIGSTOP'),
        () => kill(pid, 'SIGCONT'),
      );
    },
  },
  {
    name: 'the cable of an agent',
    lasts: [2_000, 25_000],
    strike(chaos, { pick }) {
      const name = pick(AGENTS);
      return on(
        `cable ${name}`,
        () => chaos.plug(name, false),
        () => chaos.plug(name, true),
      );
    },
  },
  {
    name: 'the cable of a master',
    lasts: [2_000, 12_000],
    strike(chaos, { pick }) {
      const name = pick(MASTERS);
      // Without two of three machines there is no etcd, and nothing to see but that.
      return on(
        'the machines of etcd',
        () => chaos.plug(name, false),
        () => chaos.plug(name, true),
      );
    },
  },
  {
    name: 'kill -9 of a member of etcd',
    lasts: [500, 5_000],
    strike(chaos, { pick }) {
      const name = pick(MASTERS);
      return on(
        'the machines of etcd',
        () => chaos.killEtcd(name),
        () => chaos.startEtcd(name),
      );
    },
  },
  {
    name: 'kill -9 of the host of the shipped frameworks',
    lasts: [0, 1],
    strike: (chaos, _, leader) =>
      leader
        ? on(
            'host',
            () => kill(chaos.frameworkHost(leader), 'SIGKILL'),
            () => {},
          )
        : undefined,
  },
  {
    name: "kill -9 of somebody's own framework",
    lasts: [500, 5_000],
    strike: (chaos) =>
      on(
        'own framework',
        () => chaos.own.signal('SIGKILL'),
        () => chaos.startOwn(),
      ),
  },
];
