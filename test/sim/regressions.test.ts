/** What the simulator has found, each as a story of its own. The seed is the one that told it first. */
import { describe, expect, it } from 'vitest';
import batch from '../../plugins/batch/index.ts';
import service from '../../plugins/service/index.ts';
import { Checkpoint } from '../../src/agent/checkpoint.ts';
import { TaskBook } from '../../src/agent/task-book.ts';
import { callVerb, stop, submit } from '../../src/client/commands.ts';
import { TenderError } from '../../src/core/errors.ts';
import type { Json } from '../../src/core/json.ts';
import { add, reserved, resourcesOf } from '../../src/core/resources.ts';
import { parseResources } from '../../src/core/resources-text.ts';
import type { FrameworkId, TaskId, TaskSpec } from '../../src/core/task.ts';
import type { FrameworkContext } from '../../src/framework/define.ts';
import { defineFramework } from '../../src/framework/define-framework.ts';
import { homeOf } from '../../src/framework/home.ts';
import { type AcceptOperation, create, launch, reserve, volumeOn } from '../../src/framework/operations.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { BARE_HOST } from '../support/bare-host.ts';
import { type MemoryCluster, memoryCluster } from '../support/memory-cluster.ts';
import { memoryMember, slowDisk } from '../support/memory-member.ts';
import { puppet, task } from '../support/puppet.ts';
import { db, RESOURCES, StatefulStage } from '../support/stateful-stage.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import { idOf } from './machine.ts';

const JOB = { name: 'web', count: 1, command: ['serve'], cpus: 1, mem: 64 };

/** Three agents; web.0 runs on one of them, which is then silent until its task is given up. */
async function stage() {
  const cluster = await memoryCluster();
  const { clock } = cluster;
  for (const name of ['n1', 'n2', 'n3']) await cluster.startAgent(name);
  cluster.startHost(service);
  const client = cluster.startClient();
  await clock.advance(1_000);
  await cluster.answer(submit(client, JOB));
  await clock.advance(1_000);
  const lost = machineOf(cluster);
  cluster.network.stall(lost);
  await clock.advance(40_000);
  return { cluster, clock, client, lost };
}

const machineOf = ({ machines }: MemoryCluster): string =>
  [...machines.values()].find(({ world }) => world.running.length > 0)!.name;

/** Tasks that the framework still counts as its own. */
const written = ({ registryStore }: MemoryCluster): string[] =>
  registryStore.load().flatMap(({ key }) => (key.startsWith('instance/') ? [key] : []));

/** n1 is unreachable, and a launch that was on its way never reached it. */
async function launchedIntoNothing() {
  const cluster = await memoryCluster();
  const { clock, network } = cluster;
  for (const name of ['n1', 'n2', 'n3']) await cluster.startAgent(name);
  const web = puppet('web');
  cluster.startHost(web.definition);
  await clock.advance(1_000);
  network.stall('n1', 'toDialer');
  const there = web.offers().filter(({ agent }) => agent === idOf(cluster.machines.get('n1')!));
  web.context!.accept(
    there.map(({ id }) => id),
    [launch([task(TASK, 1)])],
    0,
  );
  await clock.advance(100);
  await cluster.killAgent('n1');
  network.heal('n1');
  await clock.advance(40_000);
  return { cluster, web };
}

describe('found by the simulator', () => {
  it('seed 19: a machine that comes back to a master that has started since brings its tasks back to their framework', async () => {
    const { cluster, clock, lost } = await stage();
    expect(cluster.running('web')).toEqual(['web.0', 'web.0']); // the old one, and the one in its place
    await cluster.killMaster();
    await cluster.startMaster();
    await clock.advance(40_000);
    cluster.network.heal(lost);
    await clock.advance(20_000);
    expect(cluster.running('web')).toEqual(['web.0']);
    expect(written(cluster)).toHaveLength(1);
  });

  it('seed 187: a machine that is declared gone to a master that has started since takes its tasks with it', async () => {
    const { cluster, clock, client, lost } = await stage();
    await cluster.killMaster();
    await cluster.startMaster();
    await clock.advance(40_000);
    expect(written(cluster)).toHaveLength(2);
    await cluster.answer(client.request('agent.gone', { name: lost }));
    await clock.advance(1_000);
    expect(written(cluster)).toHaveLength(1);
    await cluster.answer(stop(client, 'web'));
    await clock.advance(1_000);
    expect(cluster.master.parts.log.state.jobs.has('web')).toBe(false);
  });

  it('seed 5328: a task that never reached its machine is known to be lost when the machine is back, whoever is the master', async () => {
    const { cluster, web } = await launchedIntoNothing();
    const { clock } = cluster;
    await cluster.killMaster();
    await cluster.startMaster();
    await clock.advance(40_000);
    await cluster.startAgent('n1');
    await clock.advance(5_000);
    expect(web.states(TASK)).toEqual(['UNREACHABLE', 'GONE']);
  });

  it('seed 11: a machine that is declared gone is gone for the next master too, though its time was over while that was written', async () => {
    const { cluster, clock, client, lost } = await stage();
    cluster.network.heal();
    await clock.advance(10_000);
    await cluster.killAgent(lost);
    await clock.advance(13_000);
    const mend = slowDisk(cluster.registryStore, clock, 5_000);
    await cluster.answer(client.request('agent.gone', { name: lost }), 12_000);
    await clock.advance(10_000);
    mend();
    await cluster.killMaster();
    await cluster.startMaster();
    await clock.advance(40_000);
    const states = [...cluster.master.parts.log.state.agents.values()].map(({ state }) => state);
    expect(states.sort()).toEqual(['gone', 'ready', 'ready']);
  });

  it('seed 10032: what a new master does not know may run on a machine out of reach: to end it is not to know its end', async () => {
    const cluster = await memoryCluster();
    const { clock, network } = cluster;
    for (const name of ['n1', 'n2', 'n3']) await cluster.startAgent(name);
    cluster.startHost(batch);
    const client = cluster.startClient();
    await clock.advance(1_000);
    const render = { ...JOB, name: 'render', kind: 'batch', onLost: 'wait' };
    await cluster.answer(submit(client, render));
    await clock.advance(1_000);
    const lost = machineOf(cluster);
    network.stall(lost);
    await cluster.killMaster();
    await cluster.startMaster();
    await clock.advance(40_000);
    await cluster.answer(stop(client, 'render'));
    await clock.advance(1_000);
    await cluster.answer(submit(client, render));
    await clock.advance(10_000);
    expect(cluster.running('render')).toEqual(['render.0']);
    expect(cluster.machines.get(lost)!.world.running).toHaveLength(1);
    network.heal(lost);
    await clock.advance(30_000);
    expect(cluster.running('render')).toEqual(['render.0']);
  });

  it('seed 50101: work that ended while its framework was away is not done again, though its machine was given up before that heard of it', async () => {
    const cluster = await memoryCluster();
    const { clock } = cluster;
    for (const name of ['n1', 'n2']) await cluster.startAgent(name);
    const host = cluster.startHost(batch);
    const client = cluster.startClient();
    await clock.advance(1_000);
    await cluster.answer(submit(client, { ...JOB, name: 'render', kind: 'batch' }));
    await clock.advance(1_000);
    const name = machineOf(cluster);
    await host.close();
    const { world } = cluster.machines.get(name)!;
    world.end(world.running[0]!.id, { state: 'FINISHED', reason: 'exited', message: '', exitCode: 0 });
    await clock.advance(100);
    await cluster.answer(client.request('agent.gone', { name }));
    cluster.startHost(batch);
    await clock.advance(10_000);
    expect(client.state.jobs.get('render')).toMatchObject({ status: 'complete', running: 0 });
  });

  it('seed 2020: a task that never reached its machine is dropped, also when the machine was given up meanwhile', async () => {
    const { cluster, web } = await launchedIntoNothing();
    const { clock } = cluster;
    await cluster.startAgent('n1');
    await clock.advance(5_000);
    expect(web.states(TASK)).toEqual(['UNREACHABLE', 'DROPPED']);
  });

  it('seed 70177: what was begun before something could not be written is not begun once more by the same plan', async () => {
    const cluster = await memoryCluster();
    const { clock, registryStore } = cluster;
    for (const name of ['n1', 'n2', 'n3']) await cluster.startAgent(name, 'cpus:1;mem:64');
    const other = puppet('other');
    cluster.startHost(other.definition);
    await clock.advance(1_000);
    const [last, ...offers] = other.offers().map(({ id }) => id);
    cluster.startHost(service);
    const client = cluster.startClient();
    await clock.advance(1_000);
    await cluster.answer(submit(client, { ...JOB, count: 2 }));
    const { commit } = registryStore;
    const begun: string[] = [];
    let isRefused = true;
    registryStore.commit = (changes, told) => {
      const names = changes.flatMap(({ key }) => /^instance\/(.*)-/.exec(key)?.[1] ?? []);
      if (begun.length === 1 && names.length > 0 && isRefused) {
        isRefused = false;
        // Another offer comes, and nothing else has changed.
        other.context!.decline([last!], 600_000);
        const failure = { folder: 'registry', cause: 'input/output error' };
        return Promise.reject(new TenderError('state.write', failure));
      }
      begun.push(...names);
      return commit.call(registryStore, changes, told);
    };
    // No agent says how its tasks are: that would be a reason to look at the job anew.
    for (const name of ['n1', 'n2', 'n3']) cluster.network.stall(name, 'toListener');
    other.context!.decline(offers, 600_000);
    await clock.advance(100);
    expect(isRefused).toBe(false);
    expect(begun).toEqual(['web.0', 'web.1']);
  });

  it('seed 3056: what was given back on a disk that hangs is given back once more when its agent dies of that', async () => {
    const stage = await StatefulStage.start();
    const { cluster, client } = stage;
    await cluster.answer(submit(client, db({ count: 1 })));
    await stage.pass(30_000);
    const [machine] = [...cluster.machines.values()].filter(({ world }) => world.running.length > 0);
    const setAside = (): number =>
      cluster.master.parts.log.state.agents
        .get(idOf(machine!))!
        .total.filter((entry) => homeOf(entry) !== undefined).length;
    await cluster.answer(stop(client, 'db'));
    await stage.pass(10_000);
    expect(setAside()).toBeGreaterThan(0);
    const mend = slowDisk(machine!.store, cluster.clock, 3_600_000);
    await cluster.answer(callVerb(client, 'db', 'purge'));
    await stage.pass(30_000);
    expect(setAside()).toBe(0); // by the master's word
    await cluster.killAgent(machine!.name);
    mend();
    await cluster.startAgent(machine!.name, RESOURCES);
    await stage.pass(30_000);
    expect(setAside()).toBe(0); // by its own
    expect(cluster.master.parts.log.state.jobs.has('db')).toBe(false);
  });

  it('seed 5019: a scheduler that is busy while its connection breaks again never finds its store empty', async () => {
    const cluster = await memoryCluster();
    const { clock, network } = cluster;
    const busy = Promise.withResolvers<Json>();
    const seen: string[][] = [];
    let context: FrameworkContext | undefined;
    cluster.startHost(
      defineFramework({
        name: 'web',
        kinds: ['web'],
        verbs: { wait: 'takes its time' },
        create(given) {
          context = given;
          return {
            subscribed: () => void seen.push([...given.kv.keys()]),
            offersChanged() {},
            update() {},
            call: () => busy.promise,
          };
        },
      }),
    );
    const client = cluster.startClient();
    await clock.advance(1_000);
    await cluster.answer(context!.store([['a', 1]]), 10);
    client.request('framework.call', { to: { framework: 'web' }, verb: 'wait', args: {} }).catch(() => {});
    await clock.advance(100);
    const breakLine = async (): Promise<void> => {
      network.cut('frameworks');
      network.heal('frameworks');
      await clock.advance(1_000);
    };
    await breakLine(); // subscribed anew, which waits for its turn
    slowDisk(cluster.registryStore, clock, 10_000);
    await breakLine(); // and once more, which waits for the disk
    busy.resolve({});
    await clock.advance(1_000);
    expect(seen).toEqual([[], ['a']]);
    await clock.advance(20_000);
    expect(seen).toEqual([[], ['a'], ['a']]);
  });

  it('seed 10004: what a framework writes while it is removed does not come back with the next one of its name', async () => {
    const cluster = await memoryCluster();
    const { clock } = cluster;
    const web = puppet('web');
    cluster.startHost(web.definition);
    const client = cluster.startClient();
    await clock.advance(1_000);
    const mend = slowDisk(cluster.registryStore, clock, 1_000);
    const writing = [web.context!.store([['early', 1]])];
    await clock.advance(100);
    const removed = client.request('framework.remove', { name: 'web' });
    await clock.advance(100);
    writing.push(web.context!.store([['late', 2]]));
    const written = Promise.allSettled(writing);
    await cluster.answer(removed, 5_000);
    mend();
    await clock.advance(10_000);
    expect((await written).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(cluster.registryStore.load().filter(({ space }) => space === 'kv/web')).toEqual([]);
    expect(web.subscriptions).toBe(2);
    expect([...web.context!.kv]).toEqual([]);
  });

  it('seed 9: what an agent says late of a task whose book is closed is acknowledged, and told to nobody', async () => {
    const { cluster, clock, web, agent, say } = await byHand();
    say('RUNNING');
    say('FINISHED');
    await clock.advance(1_000);
    expect(cluster.master.parts.log.state.tasks.get(TASK)?.closed).toBe(true);
    const acknowledged = agent.heard('status.ack').length;
    say('RUNNING');
    say('FINISHED');
    await clock.advance(1_000);
    expect(agent.heard('status.ack')).toHaveLength(acknowledged + 2);
    expect(web.states(TASK)).toEqual(['RUNNING', 'FINISHED']);
    const events = cluster.master.parts.log.recent(1_000).map(({ event }) => event.type);
    expect(events.filter((type) => type === 'task.closed')).toHaveLength(1);
  });

  it('seed 107: an end that its agent will not repeat any more is told once more, and its book is closed', async () => {
    const { cluster, clock, web, host, agent, register, say } = await byHand();
    await host.close();
    say('FAILED');
    await clock.advance(1_000);
    expect(cluster.master.parts.log.state.tasks.get(TASK)).toMatchObject({ state: 'FAILED', closed: false });
    cluster.startHost(web.definition);
    await clock.advance(1_000);
    agent.say(register); // a new process of it, that remembers nothing
    await clock.advance(1_000);
    expect(web.states(TASK)).toEqual(['FAILED']);
    expect(cluster.master.parts.log.state.tasks.get(TASK)?.closed).toBe(true);
  });

  it('seed 107: a task that an agent cannot write down is dropped, and that is said until it is heard', async () => {
    const clock = virtualClock(1);
    const refused = new TenderError('state.write', { folder: 'n3', cause: 'no space left on device' });
    const store = Object.assign(memoryStore(), { commit: () => Promise.reject(refused) });
    const said: string[] = [];
    let count = 0;
    const book = new TaskBook({
      clock,
      checkpoint: new Checkpoint(store),
      uuid: () => `u${++count}`,
      send: (_, { uuid, status }) => said.push(`${status.state} ${uuid}`) > 0,
      closed: () => {},
      trouble: () => {},
    });
    await expect(book.accept([task(TASK, 1)], 'web' as FrameworkId, 'web')).rejects.toThrow(refused);
    book.report({ task: TASK, state: 'DROPPED', reason: 'start_failed', message: '', at: 1 });
    await clock.advance(10_000);
    expect(said).toEqual(['DROPPED u1', 'DROPPED u1', 'DROPPED u1', 'DROPPED u1']);
    book.acknowledge(TASK, 'u1');
    await clock.advance(100_000);
    expect(said).toHaveLength(4);
    expect(book.has(TASK)).toBe(false);
  });

  it('seed 109: a volume that its machine could not make is made as soon as the machine can, by the same agent', async () => {
    const { cluster, clock, accept, mounting, mend } = await unmade();
    mend();
    await clock.advance(6_000);
    accept(launch([mounting('late')]));
    await clock.advance(1_000);
    expect(cluster.running('job')).toEqual(['late']);
  });

  it('seed 6: on a machine that has just been found to be drained nothing is started any more', async () => {
    const ends = new Set<string>();
    for (let ms = 1; ms <= 40; ms += 3) {
      const cluster = await memoryCluster();
      const { clock } = cluster;
      await cluster.startAgent('n1', 'cpus:4;disk:100');
      const web = puppet('web');
      cluster.startHost(web.definition);
      const client = cluster.startClient();
      await clock.advance(1_000);
      const layer = { role: 'web', kind: 'dynamic', principal: 'web' } as const;
      const [own, disk] = ['cpus:1', 'disk:100'].map((text) => reserved(parseResources(text), layer));
      const accept = (...operations: AcceptOperation[]): void =>
        web.context!.accept(
          web.offers().map(({ id }) => id),
          operations,
          0,
        );
      // Where a volume is, what is set aside beside it is offered as long as the machine drains.
      accept(reserve(add(own!, disk!)), create(volumeOn(disk!, { id: 'data', principal: 'web' })));
      await clock.advance(1_000);
      const mend = slowDisk(cluster.registryStore, clock, 20);
      await cluster.answer(client.request('agent.drain', { name: 'n1' }), 1);
      await clock.advance(ms);
      accept(launch([task(TASK, own!)]));
      mend();
      await clock.advance(2_000);
      const [agent] = client.state.agents.values();
      ends.add(`${agent!.withdrawn?.state} ${web.states(TASK).at(-1)}`);
    }
    expect([...ends].sort()).toEqual(['drained DROPPED', 'draining RUNNING']);
  });

  it('seed 12: what a machine does not take, its disk being full, runs elsewhere, and is not sent there on and on', async () => {
    const cluster = await memoryCluster();
    const { clock } = cluster;
    await cluster.startAgent('n1');
    cluster.startHost(batch);
    const client = cluster.startClient();
    await clock.advance(1_000);
    const refused = new TenderError('state.write', { folder: 'n1', cause: 'no space left on device' });
    cluster.machines.get('n1')!.store.commit = () => Promise.reject(refused);
    let launched = 0;
    cluster.master.parts.log.listen(({ event }) => {
      if (event.type === 'task.launched') launched += 1;
    });
    await cluster.answer(submit(client, { ...JOB, name: 'render', kind: 'batch', count: 4 }));
    await clock.advance(30_000);
    expect(launched).toBe(4);
    await cluster.startAgent('n2');
    await clock.advance(10_000);
    expect(cluster.running('render')).toEqual(['render.0', 'render.1', 'render.2', 'render.3']);
    expect(cluster.machines.get('n2')!.world.running).toHaveLength(4);
  });

  it('seed 5012: it is made as soon also where tasks that need it are launched again and again meanwhile', async () => {
    const { cluster, clock, accept, mounting, mend } = await unmade();
    mend();
    const none = (): boolean => cluster.running('job').length === 0;
    for (let n = 0; n < 300 && none(); n++) {
      accept(launch([mounting(`again-${n}`)]));
      await clock.advance(30);
    }
    expect(none()).toBe(false);
  });
});

/** A machine that could not make a volume, and the framework that wanted it there. */
async function unmade() {
  const cluster = await memoryCluster();
  const { clock } = cluster;
  await cluster.startAgent('n1', 'cpus:4;disk:100');
  const web = puppet('web');
  cluster.startHost(web.definition);
  await clock.advance(1_000);
  const { volumes } = cluster.machines.get('n1')!;
  const { make } = volumes;
  volumes.make = () => Promise.reject(new Error('no space left on device'));
  const disk = reserved(parseResources('disk:100'), { role: 'web', kind: 'dynamic', principal: 'web' });
  const data = volumeOn(disk, { id: 'data', principal: 'web' });
  const mounting = (id: string): TaskSpec => ({
    ...task(id, add(resourcesOf({ cpus: 1000 }), data)),
    volumes: [{ source: 'data', target: '/data', persistent: true }],
  });
  const accept = (...operations: AcceptOperation[]): void =>
    web.context!.accept(
      web.offers().map(({ id }) => id),
      operations,
      0,
    );
  accept(reserve(disk), create(data), launch([mounting('early')]));
  await clock.advance(1_000);
  expect(web.states('early')).toEqual(['FAILED']);
  const mend = (): void => {
    volumes.make = make;
  };
  return { cluster, clock, accept, mounting, mend };
}

const TASK = 't' as TaskId;

/** A task on an agent that a test speaks for. */
async function byHand() {
  const cluster = await memoryCluster();
  const { clock } = cluster;
  const web = puppet('web');
  const host = cluster.startHost(web.definition);
  const agent = await memoryMember(cluster, 'n1', 'agent');
  const total = [{ name: 'cpus', role: '*', scalar: 4_000 }];
  const register = { t: 'register', host: BARE_HOST, executors: [], attributes: {}, total, tasks: [] };
  agent.say(register);
  await clock.advance(1_000);
  web.context!.accept(
    web.offers().map(({ id }) => id),
    [launch([task(TASK, 1)])],
    0,
  );
  await clock.advance(1_000);
  const say = (state: string): void => {
    const status = { task: TASK, state, reason: 'started', message: '', at: 1 };
    agent.say({ t: 'status', framework: 'web', uuid: `${state} ${clock.now()}`, status, latest: status });
  };
  return { cluster, clock, web, host, agent, register, say };
}
