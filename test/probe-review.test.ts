import { describe, expect, it } from 'vitest';
import service from '../plugins/service/index.ts';
import { reconcile } from '../plugins/service/reconcile.ts';
import { scale, stop, submit } from '../src/client/commands.ts';
import { defineFramework, type FrameworkContext } from '../src/framework/define.ts';
import { newKeyPair } from '../src/wire/keys.ts';
import { Session } from '../src/wire/session.ts';
import { memoryCluster } from './support/memory-cluster.ts';
import { Health } from '../src/agent/health.ts';
import { virtualClock } from './support/virtual-clock.ts';

async function member(cluster: any, name: string, role: any) {
  const keys = newKeyPair();
  await cluster.master.admit(name, role, keys.publicKey);
  const heard: any[] = [];
  const problems: any[] = [];
  const session = new Session({
    transport: cluster.network.transport(name), clock: cluster.clock, random: Math.random,
    address: 'tcp://master:5050', serverKey: cluster.master.publicKey, keys, hello: { role, version: '0' },
    handlers: { welcome() {}, message: (m) => heard.push(m), down: (p) => problems.push(p), trouble() {} },
  });
  await cluster.clock.advance(100);
  return { session, heard, problems, keys };
}
const web = (count: number, more = {}) => ({ name: 'web', count, command: ['serve'], cpus: 0.5, mem: 64, ...more });
async function started(agents = 2) {
  const cluster = await memoryCluster(1);
  for (let i = 1; i <= agents; i++) await cluster.startAgent(`n${i}`);
  const host = cluster.startHost(service);
  const client = cluster.startClient();
  await cluster.clock.advance(1_000);
  return { cluster, host, client };
}
const register = (more: any = {}) => ({
  t: 'register', host: { hostname: 'x', os: '', kernel: '', arch: '', cpuModel: '', cpus: 1, mem: 1, disk: 1, address: '' },
  executors: [], attributes: {}, total: [{ name: 'cpus', role: '*', scalar: 1000 }, { name: 'mem', role: '*', scalar: 64000 }], tasks: [], ...more });
const spec = (id: string, more: any = {}) => ({ id, name: id, job: 'j', resources: [{ name: 'cpus', role: '*', scalar: 100 }],
  run: { kind: 'process', argv: ['x'], artifacts: [] }, env: {}, ports: [], volumes: [], killGrace: 0, labels: {}, ...more });
const status = (task: string, state: string, more: any = {}) => ({ task, state, reason: 'started', message: '', at: 1, ...more });

describe('probes', () => {
  it('a: burst of events', async () => {
    const { cluster, client } = await started(1);
    for (let i = 0; i < 5000; i++) cluster.master.parts.log.emit({ type: 'master.warning', message: 'x'.repeat(2000) });
    await cluster.clock.advance(5_000);
    expect(client.state.seq).toBe(cluster.master.parts.log.state.seq);
  });
  it('a2: events.recent too large', async () => {
    const { cluster, client } = await started(1);
    for (let i = 0; i < 2000; i++) { cluster.master.parts.log.emit({ type: 'master.warning', message: 'x'.repeat(3000) }); if (i % 100 === 0) await cluster.clock.advance(20); }
    await cluster.clock.advance(1000);
    const past = await cluster.answer(client.request('events.recent', { limit: 2000 }), 10);
    expect(past.length).toBeGreaterThan(100);
  });
  it('b: resource kinds', async () => {
    const { cluster } = await started(1);
    const evil = await member(cluster, 'evil', 'agent');
    evil.session.send(register({ tasks: [{ spec: spec('t', { resources: [{ name: 'cpus', role: '*', ranges: [[1, 2]] }] }), framework: 'service', role: 'service', status: status('t', 'RUNNING'), launchedAt: 1 }] }) as never);
    await cluster.clock.advance(1_000);
  });
  it('b2: an agent whose attributes are huge', async () => {
    const { cluster, client } = await started(1);
    const evil = await member(cluster, 'evil', 'agent');
    const attributes = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`a${i}`, 'x'.repeat(8000)]));
    evil.session.send(register({ attributes }) as never);
    await cluster.clock.advance(1_000);
    const other = cluster.startClient();
    await cluster.clock.advance(5_000);
    expect(other.status.phase).toBe('live');
    await cluster.startHost({ ...service, name: 'other' });
    await cluster.clock.advance(5_000);
    expect(client.state.frameworks.get('other' as never)?.state).toBe('connected');
  });
  it('d: long env value', async () => {
    const { cluster, client } = await started(1);
    await cluster.answer(submit(client, web(1, { env: { CONFIG: 'x'.repeat(9000) } })));
    await cluster.clock.advance(30_000);
    expect(cluster.running('web')).toEqual(['web.0']);
  });
  it('e: long status message', async () => {
    const { cluster, client } = await started(1);
    await cluster.answer(submit(client, web(1)));
    await cluster.clock.advance(1_000);
    const { world } = cluster.machines.get('n1')!;
    world.end(world.running[0]!.id, { state: 'FAILED', reason: 'exited', message: 'x'.repeat(9000) });
    await cluster.clock.advance(30_000);
    expect(cluster.running('web')).toEqual(['web.0']);
  });
  it('f: kv parts', async () => {
    const cluster = await memoryCluster(1);
    let context: FrameworkContext | undefined; let subs = 0;
    const def = defineFramework({ name: 'kv', kinds: ['kv'], verbs: {}, create: (c) => { context = c; return { subscribed() { subs++; }, offersChanged() {}, update() {}, call: () => null }; } });
    const host = cluster.startHost(def);
    await cluster.clock.advance(1000);
    await cluster.answer(context!.store([['a', 'x'.repeat(400_000)]]), 10);
    await cluster.answer(context!.store([['b', 'x'.repeat(4_000_000)]]), 10);
    await host.close();
    cluster.startHost(def);
    await cluster.clock.advance(5000);
    expect(subs).toBe(2);
    expect(context!.kv.size).toBe(2);
  });
  it('g: kill ping-pong', async () => {
    const { cluster } = await started(1);
    let n = 0;
    const { tasks } = cluster.master.parts;
    const old = tasks.kill.bind(tasks);
    tasks.kill = (...a) => { n++; old(...a); };
    cluster.master.parts.frameworks.send('service' as never, { t: 'update', status: status('web.0-x', 'UNKNOWN') as never });
    await cluster.clock.advance(1_000);
    expect(n).toBeLessThan(3);
  });
  it('h: rolling update waits for the first health result', async () => {
    const { cluster, client } = await started(2);
    const health = { command: ['check'], grace: '30s' };
    await cluster.answer(submit(client, web(4)));
    await cluster.clock.advance(2_000);
    await cluster.answer(submit(client, web(4, { health })));
    await cluster.clock.advance(5_000);
    const fresh = [...cluster.machines.values()].flatMap(({ world }) => world.running).filter((s) => s.health);
    expect(fresh.length).toBe(1);
  });
  it('h2: UNKNOWN instances are not killed for an update', () => {
    const inst = (index: number, version: number, state: string) => ({ task: `w.${index}`, job: 'w', index, agent: 'a', version, launchedAt: index, state, healthy: undefined, message: '', since: 0 }) as never;
    const plan = reconcile({ count: 3, version: 2 } as never, [inst(0, 2, 'UNKNOWN'), inst(1, 1, 'UNKNOWN'), inst(2, 1, 'UNKNOWN')], new Map(), 0);
    expect(plan.stop).toEqual([]);
  });
  it('i: hung command check', async () => {
    const clock = virtualClock();
    const said: string[] = [];
    const health = new Health(clock, () => new Promise(() => {}), { changed: (_, h) => said.push(String(h)), failed: (_, m) => said.push(m) });
    health.watch({ ...spec('t'), health: { check: { kind: 'command', argv: ['x'] }, interval: 1000, timeout: 500, grace: 1000, failures: 2 } } as never, 0);
    for (let i = 0; i < 20; i++) await clock.advance(500);
    expect(said.length).toBe(2);
  });
  it('k: one token, two members', async () => {
    const { cluster } = await started(1);
    const { members } = cluster.master.parts;
    const { secret } = await members.createToken('agent', 60_000, undefined);
    const hello = { t: 'hello', proof: '', protocol: '1.0', version: '0', role: 'agent', token: secret } as const;
    const results = await Promise.allSettled([members.enrol(newKeyPair().publicKey, hello), members.enrol(newKeyPair().publicKey, hello)]);
    expect(results.map((r) => r.status).sort()).toEqual(['fulfilled', 'rejected']);
  });
  it('l: job hijack', async () => {
    const { cluster, client } = await started(1);
    await cluster.answer(submit(client, web(1)));
    await cluster.clock.advance(1_000);
    const evil = await member(cluster, 'evil', 'framework');
    evil.session.send({ t: 'subscribe', name: 'evil', roles: ['evil'], kinds: [], verbs: [], columns: [] } as never);
    evil.session.send({ t: 'job', job: { name: 'web', kind: 'x', desired: 0, running: 0, healthy: 0, status: 'x', message: '', version: 1, columns: {}, updatedAt: 0 } } as never);
    await cluster.clock.advance(1_000);
    expect(client.state.jobs.get('web')?.framework).toBe('service');
  });
  it('p: zero-resource tasks', async () => {
    const { cluster } = await started(1);
    const evil = await member(cluster, 'evil', 'framework');
    evil.session.send({ t: 'subscribe', name: 'evil', roles: ['evil'], kinds: [], verbs: [], columns: [] } as never);
    await cluster.clock.advance(1_000);
    const offer = evil.heard.find((m) => m.t === 'offers').offers[0];
    evil.session.send({ t: 'accept', offers: [offer.id], tasks: Array.from({ length: 50 }, (_, i) => spec(`t${i}`, { resources: [] })), refuseMs: 0 } as never);
    await cluster.clock.advance(1_000);
    expect(cluster.running('j')).toEqual([]);
  });
  it('m: agent speaks of unknown tasks', async () => {
    const { cluster } = await started(1);
    const evil = await member(cluster, 'evil', 'agent');
    evil.session.send(register() as never);
    const mine = await member(cluster, 'mine', 'framework');
    mine.session.send({ t: 'subscribe', name: 'mine', roles: ['mine'], kinds: [], verbs: [], columns: [] } as never);
    await cluster.clock.advance(1_000);
    evil.session.send({ t: 'status', framework: 'mine', uuid: 'u', status: status('other', 'FINISHED'), latest: status('other', 'FINISHED') } as never);
    await cluster.clock.advance(1_000);
    console.log('m:', JSON.stringify(mine.heard.filter((m) => m.t === 'update')));
  });
  it('n: watch spam', async () => {
    const { cluster } = await started(1);
    const evil = await member(cluster, 'evil', 'client');
    for (let i = 0; i < 1000; i++) evil.session.send({ t: 'watch' });
    await cluster.clock.advance(1_000);
    expect(evil.heard.filter((m) => m.t === 'snapshot').length).toBeLessThan(100);
  });
  it('q: framework leaves during its first subscription', async () => {
    const { cluster, client } = await started(1);
    const { registry } = cluster.master.parts;
    const put = registry.put.bind(registry);
    registry.put = (async (...a: any[]) => { await new Promise<void>((r) => cluster.clock.after(500, r)); return (put as any)(...a); }) as never;
    const evil = await member(cluster, 'gone', 'framework');
    evil.session.send({ t: 'subscribe', name: 'gone', roles: ['gone'], kinds: [], verbs: [], columns: [] } as never);
    await cluster.clock.advance(10);
    await evil.session.close();
    cluster.network.cut('gone');
    await cluster.clock.advance(60_000);
    expect(client.state.frameworks.get('gone' as never)?.state).not.toBe('connected');
  });
  it('t: kill while the disk is busy', async () => {
    const { cluster, client } = await started(1);
    const machine = cluster.machines.get('n1')!;
    const { commit } = machine.store;
    (machine.store as any).commit = async (c: any) => { await new Promise<void>((r) => cluster.clock.after(200, r)); return commit(c); };
    await cluster.answer(submit(client, web(1)), 1);
    await cluster.clock.advance(50);
    await cluster.answer(stop(client, 'web'), 1);
    await cluster.clock.advance(20_000);
    expect(cluster.running('web')).toEqual([]);
    expect(client.state.jobs.size).toBe(0);
  });
  it('s: who storm', async () => {
    const { cluster, client } = await started(3);
    await cluster.answer(submit(client, web(3)));
    await cluster.clock.advance(1_000);
    // the master forgets everybody, as after a pause, with several messages of each on their way
    const gateOf = (cluster.master.parts.members as any);
    const before = client.state.seq;
    void before; void gateOf;
    const refused: string[] = [];
    cluster.master.parts.log.listen(({ event }) => { if (event.type === 'peer.refused') refused.push(event.why); });
    cluster.network.stall('master');
    await cluster.clock.advance(11_000);
    cluster.network.heal('master');
    await cluster.clock.advance(5_000);
    expect(refused).toEqual([]);
  });
  it('j: unhealthy backs off', async () => {
    const { cluster, client } = await started(1);
    await cluster.answer(submit(client, web(1, { health: { command: ['x'], grace: '0s', interval: '100ms', failures: 1 } })));
    await cluster.clock.advance(20_000);
    expect(cluster.machines.get('n1')!.world.starts.size).toBeLessThan(8);
  });
  it('idle: after a kill nothing goes on', () => { void scale; });
});
