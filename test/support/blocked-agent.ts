/**
 * A real agent on a real socket, whose disk stands still: the first task that it is to remember keeps its thread (as a
 * hanging write would) for so long. What the task runs on only remembers. node blocked-agent.ts MEMBER.json MS
 */
import { readFileSync } from 'node:fs';
import { Agent } from '../../src/agent/agent.ts';
import { parseResources } from '../../src/core/resources-text.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { agentIdOf } from '../../src/wire/agent-id.ts';
import { systemClock } from '../../src/wire/system-clock.ts';
import type { KeyPair } from '../../src/wire/transport.ts';
import { zeromqTransport } from '../../src/wire/zeromq.ts';
import { fakeExecutor, World } from './fake-executor.ts';
import { idleMachine } from './idle-machine.ts';
import { memoryVolumes } from './memory-volumes.ts';

const [file = '', ms = '0'] = process.argv.slice(2);
const member = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly address: string;
  readonly serverKey: string;
  readonly keys: KeyPair;
};
const FACTS = { os: '', kernel: '', arch: '', cpuModel: '', cpus: 4, mem: 4096, disk: 0, address: '' };

const { commit, ...others } = memoryStore();
let hasHung = false;
const store: Store = {
  ...others,
  commit(changes) {
    if (!hasHung && changes.some(({ space }) => space === 'task')) {
      hasHung = true;
      console.log('hangs');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(ms));
      console.log('goes on');
    }
    return commit(changes);
  },
};
const world = new World();
let uuids = 0;
await new Agent({
  id: agentIdOf(member.keys.publicKey),
  transport: zeromqTransport(),
  clock: systemClock,
  random: Math.random,
  uuid: () => `u${++uuids}`,
  store,
  master: { address: member.address, key: member.serverKey },
  keys: member.keys,
  version: '0',
  host: { ...FACTS, hostname: 'hanging' },
  attributes: { hanging: 'yes' },
  total: parseResources('cpus:64;mem:65536'),
  volumes: memoryVolumes(),
  executors: (events) => [fakeExecutor(world, events)],
  ...idleMachine,
  log: console.log,
}).start();
setInterval(() => {}, 1 << 30); // the clock's timers keep nobody alive
