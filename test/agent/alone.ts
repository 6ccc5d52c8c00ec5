/**
 * An agent without a cluster: on the other end of its line is a test, which says what a master would say and sees
 * what it hears. The machine (its disk, its volumes, what runs on it) outlives the agents on it.
 */
import { expect, onTestFinished } from 'vitest';
import { Agent, type AgentOptions } from '../../src/agent/agent.ts';
import { volumeFolders } from '../../src/agent/volumes.ts';
import type { Clock } from '../../src/core/clock.ts';
import { parseResources } from '../../src/core/resources-text.ts';
import type { AgentId, FrameworkId, TaskId, TaskSpec, TaskStatus } from '../../src/core/task.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { checkAgent } from '../../src/wire/check.ts';
import { Gate, type Peer } from '../../src/wire/gate.ts';
import { newKeyPair } from '../../src/wire/keys.ts';
import { memoryNetwork } from '../../src/wire/memory.ts';
import type { FromAgent, Register, ToAgent } from '../../src/wire/messages/agent.ts';
import type { FromPeer } from '../../src/wire/messages.ts';
import { idleMachine } from '../support/idle-machine.ts';
import { seeded } from '../support/memory-cluster.ts';
import { tempFolder } from './stage.ts';

const HOST = {
  hostname: 'n1',
  os: '',
  kernel: '',
  arch: '',
  cpuModel: '',
  cpus: 4,
  mem: 0,
  disk: 0,
  address: '',
};
export const FRAMEWORK = 'tests' as FrameworkId;

interface Machine
  extends Pick<AgentOptions, 'executors'>,
    Partial<Pick<AgentOptions, 'id' | 'store' | 'volumes'>> {
  readonly clock: Clock;
}

export async function alone({ clock, executors, ...given }: Machine) {
  const random = seeded(7);
  const network = memoryNetwork({ clock, random });
  const [masterKeys, keys] = [newKeyPair(), newKeyPair()];
  const machine = {
    id: 'n1' as AgentId,
    store: memoryStore(),
    volumes: volumeFolders(tempFolder()),
    ...given,
  };
  const heard: FromAgent[] = [];
  const refused: string[] = [];
  const log: string[] = [];
  let peer: Peer | undefined;
  let agent: Agent | undefined;
  /** A test may keep the agent waiting. */
  let answers = true;
  let acknowledges = true;
  /** When each status was heard, repeated ones too. */
  const times: [TaskId, number][] = [];
  let ids = 0;
  const uuid = (): string => `u${++ids}`;

  const hear = (from: Peer, raw: FromPeer): void => {
    const message = checkAgent(raw);
    heard.push(message);
    if (message.t === 'register' && answers) from.send({ t: 'registered', agent: machine.id });
    if (message.t === 'status') times.push([message.status.task, clock.now()]);
    if (message.t === 'status' && acknowledges)
      from.send({ t: 'status.ack', task: message.status.task, uuid: message.uuid });
  };
  const gate = new Gate({
    transport: network.transport('master'),
    clock,
    nonce: uuid,
    address: 'tcp://master:5050',
    keys: masterKeys,
    admit: () => true,
    handlers: {
      identify: () => {
        const welcome = { name: 'n1', cluster: 'test', epoch: 1, version: '0' };
        return { name: 'n1', role: 'agent', welcome };
      },
      joined(joined) {
        peer = joined;
      },
      message: hear,
      left: () => {},
      refused: (_, why) => void refused.push(why),
    },
  });
  await gate.open();
  onTestFinished(async () => {
    await agent?.close();
    await gate.close();
    expect(refused).toEqual([]); // whatever the agent said was fit to be taken
  });

  const statuses = (task: TaskId): TaskStatus[] => {
    const said = new Map<string, TaskStatus>();
    for (const message of heard)
      if (message.t === 'status' && message.status.task === task) said.set(message.uuid, message.status);
    return [...said.values()];
  };

  return {
    ...machine,
    log,
    tell: (message: ToAgent): void => peer?.send(message),
    launch: (...tasks: readonly TaskSpec[]): void =>
      peer?.send({ t: 'launch.group', framework: FRAMEWORK, role: 'web', tasks }),
    async start(
      resources = 'cpus:4;mem:1024;disk:1000',
      attributes: Readonly<Record<string, string>> = {},
    ): Promise<void> {
      agent = new Agent({
        ...machine,
        transport: network.transport('n1'),
        clock,
        random,
        uuid,
        master: { address: 'tcp://master:5050', key: masterKeys.publicKey },
        keys,
        version: '0',
        host: HOST,
        attributes,
        total: parseResources(resources),
        executors,
        ...idleMachine,
        log: (line) => void log.push(line),
      });
      await agent.start();
    },
    /** As by kill -9, for all that others see: its tasks go on. */
    async stop(): Promise<void> {
      await agent?.close();
      agent = undefined;
    },
    /** From now on registrations are answered, or not. */
    answer(yes: boolean): void {
      answers = yes;
    },
    /** From now on statuses are acknowledged, or not. */
    acknowledge(yes: boolean): void {
      acknowledges = yes;
    },
    heardAt: (task: TaskId): number[] => times.flatMap(([id, at]) => (id === task ? [at] : [])),
    conversions: (): number[] =>
      heard.flatMap((message) => (message.t === 'converted' ? message.number : [])),
    registrations: (): Register[] => heard.filter((message) => message.t === 'register'),
    statuses,
    last: (task: TaskId): TaskStatus | undefined => statuses(task).at(-1),
  };
}
