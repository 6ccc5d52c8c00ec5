/**
 * A cluster at size in one process: the real master on a real disk, the real gate and sessions on a network in memory,
 * real framework drivers. Its agents are stand-ins (stand-in.ts), or real ones with executors that only remember.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent } from '../../src/agent/agent.ts';
import type { Client } from '../../src/client/client.ts';
import { connect } from '../../src/client/connection.ts';
import { HierarchicalAllocator } from '../../src/core/allocator/hierarchical-allocator.ts';
import { parseResources } from '../../src/core/resources-text.ts';
import { Master } from '../../src/daemon/master.ts';
import { matches } from '../../src/daemon/patterns.ts';
import { Registry } from '../../src/daemon/registry.ts';
import { Host } from '../../src/framework/host.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { sqliteStore } from '../../src/store/sqlite.ts';
import { agentIdOf } from '../../src/wire/agent-id.ts';
import { newKeyPair } from '../../src/wire/keys.ts';
import { memoryNetwork } from '../../src/wire/memory.ts';
import type { HeldTask } from '../../src/wire/messages/agent.ts';
import type { KeyPair } from '../../src/wire/transport.ts';
import { fakeExecutor, World } from '../support/fake-executor.ts';
import { idleMachine } from '../support/idle-machine.ts';
import { seeded } from '../support/memory-cluster.ts';
import { memoryVolumes } from '../support/memory-volumes.ts';
import { flowingClock } from './flowing-clock.ts';
import { type Launcher, launcher } from './launcher.ts';
import { StandIn } from './stand-in.ts';

const MASTER = 'tcp://master:5050';
const TOTAL = 'cpus:24;mem:40960;disk:4096;ports:[31000-32000]';
const USAGE = { cpus: 0, mem: 0, disk: 0, netIn: 0, netOut: 0, load: 0 };

interface Member {
  readonly name: string;
  readonly keys: KeyPair;
}

/** @param folder for the master's registry */
export function scaleStage(seed = 1) {
  const clock = flowingClock();
  const random = seeded(seed);
  const network = memoryNetwork({ clock, random });
  const folder = mkdtempSync(join(tmpdir(), 'tender-scale-'));
  const hostKeys = newKeyPair();
  const randomHex = (bytes: number): string =>
    Array.from({ length: bytes * 2 }, () => Math.floor(random() * 16).toString(16)).join('');
  const standIns: StandIn[] = [];
  const realAgents: { readonly world: World; readonly agent: Agent }[] = [];
  const launchers: Launcher[] = [];
  let master: Master | undefined;
  let host: Host | undefined;

  const to = () => ({ address: MASTER, key: master!.publicKey });
  const parts = () => master!.parts;

  return {
    clock,
    standIns,
    launchers,
    get master(): Master {
      return master!;
    },
    async startMaster(): Promise<void> {
      master = await Master.start({
        transport: network.transport('master'),
        clock,
        randomHex,
        registry: new Registry(sqliteStore(folder, 'registry')),
        allocator: new HierarchicalAllocator({ matches }),
        version: '0.1.0',
        listen: MASTER,
        enrol: 'tcp://master:5051',
        advertise: 'master',
        newIdentity: () => ({ cluster: 'scale', keys: newKeyPair() }),
      });
      await master.admit('frameworks', 'framework', hostKeys.publicKey);
    },
    async killMaster(): Promise<void> {
      await master?.close();
      master = undefined;
    },
    /** Keys that the master knows, as of machines that were enrolled before. */
    async members(count: number): Promise<Member[]> {
      const members = Array.from({ length: count }, (_, i) => ({ name: `n${i}`, keys: newKeyPair() }));
      await Promise.all(members.map(({ name, keys }) => master!.admit(name, 'agent', keys.publicKey)));
      return members;
    },
    startStandIns(members: readonly Member[], held: (index: number) => readonly HeldTask[] = () => []): void {
      const total = parseResources(TOTAL);
      members.forEach(({ name, keys }, i) => {
        const transport = clock.transportElsewhere(network.transport(name));
        standIns.push(
          new StandIn({
            name,
            keys,
            total,
            transport,
            clock: clock.elsewhere,
            random,
            master: to(),
            held: held(i),
          }),
        );
      });
    },
    async startAgents(members: readonly Member[]): Promise<void> {
      for (const { name, keys } of members) {
        const world = new World();
        const agent = new Agent({
          id: agentIdOf(keys.publicKey),
          transport: clock.transportElsewhere(network.transport(name)),
          clock: clock.elsewhere,
          random,
          uuid: () => randomHex(8),
          store: memoryStore(),
          master: to(),
          keys,
          version: '0.1.0',
          host: {
            hostname: name,
            os: 'linux',
            kernel: '6.1',
            arch: 'x64',
            cpuModel: 'none',
            cpus: 24,
            mem: 40_960,
            disk: 4096,
            address: '',
          },
          attributes: { rack: name.slice(-1) },
          total: parseResources(TOTAL),
          volumes: memoryVolumes(),
          executors: (events) => [fakeExecutor(world, events)],
          measure: async () => USAGE,
          rooms: idleMachine.rooms,
          log() {},
        });
        realAgents.push({ world, agent });
        await agent.start();
      }
    },
    startFrameworks(count: number): void {
      const transport = clock.transportElsewhere(network.transport('frameworks'));
      host = new Host({
        transport,
        clock: clock.elsewhere,
        random,
        master: to(),
        keys: hostKeys,
        version: '0',
        log() {},
      });
      for (let i = 0; i < count; i++) {
        const one = launcher(`f${i}`);
        launchers.push(one);
        host.run(one.definition);
      }
    },
    /** One that watches: it gets a snapshot, and then events. */
    async startClient(): Promise<Client> {
      const keys = newKeyPair();
      await master!.admit('me', 'client', keys.publicKey);
      const transport = clock.transportElsewhere(network.transport('client'));
      const { address, key: serverKey } = to();
      const elsewhere = { transport, clock: clock.elsewhere, random };
      return connect({ ...elsewhere, address, serverKey, keys, version: '0.1.0' });
    },
    /** Agents that the master offers. */
    ready: (): number => {
      let ready = 0;
      for (const { state } of parts().log.state.agents.values()) if (state === 'ready') ready += 1;
      return ready;
    },
    /** Tasks that the master knows to be running. */
    known: (): number => parts().log.state.tasks.size,
    /** Started on agents. */
    started: (): number =>
      standIns.reduce((sum, { running }) => sum + running, 0) +
      realAgents.reduce((sum, { world }) => sum + world.things.size, 0),
    async close(): Promise<void> {
      await host?.close();
      for (const standIn of standIns) standIn.close();
      for (const { agent } of realAgents) await agent.close();
      await master?.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type ScaleStage = ReturnType<typeof scaleStage>;
