/** 100,000 messages of nonsense, from strangers and from members of every role, leave everything running. */
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { PROTOCOL_TEXT } from '../../src/wire/protocol.ts';
import { Cluster } from '../support/cluster.ts';
import { isAlive, residentOf } from '../support/machine.ts';
import { newMember } from '../support/member.ts';
import { RawPeer } from '../support/raw-peer.ts';
import { chance } from '../support/seed.ts';

const COUNT = 100_000;
/** Before the door turns a member out (20 bad ones in a session), and a few more. */
const GROUP = 25;
const CONNECTIONS = 400;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ agents: 2 });
  await cluster.ok('run', '--name', 'calm', '-n', '2', '--', 'sleep', '1000000');
  await cluster.untilRunning('calm', 2);
});
beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
afterAll(() => cluster?.close());

const status = { task: 'x.0-a', state: 'RUNNING', reason: 'started', message: '', at: 1 };
const task = {
  id: 'x.0-a',
  name: 'x.0',
  job: 'x',
  resources: [{ name: 'cpus', role: '*', scalar: 1 }],
  run: { kind: 'process', argv: ['true'], artifacts: [] },
  env: {},
  ports: [{ name: 'http', host: 1 }],
  volumes: [],
  killGrace: 1,
  labels: {},
};
const host = {
  hostname: 'h',
  os: 'o',
  kernel: 'k',
  arch: 'a',
  cpuModel: 'c',
  cpus: 1,
  mem: 1,
  disk: 1,
  address: 'a',
};

/** A sensible message of each kind, to be spoiled. */
const SENSIBLE: readonly object[] = [
  { t: 'knock', key: 'x' },
  { t: 'hello', proof: 'x', protocol: PROTOCOL_TEXT, version: '1', role: 'client' },
  { t: 'ping' },
  {
    t: 'register',
    host,
    executors: [],
    attributes: {},
    total: task.resources,
    tasks: [{ spec: task, framework: 'service', role: 'service', status, launchedAt: 1 }],
  },
  { t: 'status', framework: 'service', uuid: 'u', status, latest: status },
  { t: 'usage', usage: { cpus: 1, mem: 1, disk: 1, netIn: 1, netOut: 1, load: 1, tasks: {} } },
  { t: 'subscribe', name: 'fuzz', roles: ['fuzz'], kinds: ['fuzz'], verbs: [], columns: [] },
  { t: 'accept', offers: ['o1-1'], operations: [{ op: 'launch', tasks: [task] }], refuseMs: 1 },
  { t: 'decline', offers: ['o1-1'], refuseMs: 1 },
  {
    t: 'accept',
    offers: ['o1-1'],
    operations: [
      { op: 'reserve', id: 'r', resources: task.resources },
      {
        op: 'create',
        id: 'c',
        volumes: [{ name: 'disk', role: 'fuzz', disk: { volume: { id: 'v' } }, scalar: 1 }],
      },
      { op: 'launch_group', tasks: [task] },
    ],
    refuseMs: 1,
  },
  { t: 'suppress', roles: ['fuzz'] },
  { t: 'revive' },
  {
    t: 'terms',
    role: 'fuzz',
    terms: {
      constraints: [[{ attribute: 'rack', is: 'matches', value: 'r[0-9]+' }]],
      minimum: [{ cpus: 1 }],
    },
  },
  { t: 'demands', role: 'fuzz', demands: [{ name: 'calm', needs: { cpus: 1 }, count: 1, priority: 50 }] },
  { t: 'kill', task: 'calm.0', graceMs: 0 },
  { t: 'reconcile', tasks: [{ task: 'calm.0', agent: 'a' }] },
  { t: 'acknowledge', task: 'calm.0', agent: 'a', uuid: 'u' },
  {
    t: 'job',
    job: {
      name: 'fuzz',
      kind: 'fuzz',
      desired: 1,
      running: 1,
      healthy: 1,
      status: 's',
      message: 'm',
      version: 1,
      columns: {},
      updatedAt: 1,
    },
  },
  { t: 'job.removed', job: 'calm' },
  { t: 'complain', message: 'm' },
  { t: 'request', id: 1, method: 'kv.put', params: { changes: [['k', 1]] } },
  { t: 'reply', id: 1, ok: true, value: 1 },
  { t: 'watch' },
  { t: 'credit', batches: 1 },
  ...[
    'framework.call',
    'token.create',
    'token.list',
    'member.revoke',
    'agent.gone',
    'allocator.explain',
    'roles.set',
    'quota.list',
    'events.recent',
    'toString',
    '__proto__',
  ].map((method) => ({
    t: 'request',
    id: 1,
    method,
    params: {
      to: { kind: 'service' },
      verb: 'scale',
      args: {},
      role: 'client',
      ttlMs: 1000,
      limit: 1,
      changes: [{ role: 'client', weight: 2, quota: { guarantee: {}, limit: { cpus: 1000 } } }],
      force: false,
    },
  })),
  { t: 'stream.open', stream: 's', task: 'calm.0', what: { kind: 'logs', follow: true } },
  { t: 'stream.data', stream: 's', channel: 'stdout' },
  { t: 'stream.credit', stream: 's', bytes: 1 },
  { t: 'stream.end', stream: 's' },
];

const NUMBERS = [0, -1, 1e308, -1e308, 2 ** 53, 2 ** 53 + 2, 2 ** 31, 2 ** 32, 0.1, 1e-300];
const junk = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.constantFrom<unknown>(
    ...NUMBERS,
    '',
    null,
    [],
    {},
    '__proto__',
    'constructor',
    '\u0000',
    '💥'.repeat(100),
  ),
  fc.string({ maxLength: 300 }),
);

/** One place of it, however deep, holds something else or nothing. */
function spoil(message: object, where: readonly number[], what: unknown): unknown {
  const [first = 0, ...rest] = where;
  const keys = Object.keys(message);
  const key = keys[first % Math.max(1, keys.length)];
  if (key === undefined) return what;
  const old = (message as Record<string, unknown>)[key];
  const inner = rest.length > 0 && typeof old === 'object' && old !== null ? spoil(old, rest, what) : what;
  if (Array.isArray(message)) return message.map((item: unknown, i) => (String(i) === key ? inner : item));
  return { ...message, [key]: inner };
}

const text = (value: string): Uint8Array => Buffer.from(`\u0001${value}`);
const deep = (depth: number, t: string): string =>
  `{"t":"${t}","params":${'['.repeat(depth)}${']'.repeat(depth)}}`;
const spoiled = fc
  .tuple(fc.constantFrom(...SENSIBLE), fc.array(fc.nat(20), { minLength: 1, maxLength: 4 }), junk)
  .map(([message, where, what]) => [text(JSON.stringify(spoil(message, where, what)))]);
const frames: fc.Arbitrary<Uint8Array[]> = fc.oneof(
  { weight: 20, arbitrary: spoiled },
  { weight: 3, arbitrary: fc.constantFrom(...SENSIBLE).map((message) => [text(JSON.stringify(message))]) },
  { weight: 3, arbitrary: fc.jsonValue().map((value) => [text(JSON.stringify(value))]) },
  { weight: 3, arbitrary: fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 3 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.nat(20_000), fc.constantFrom('request', 'register', 'x'))
      .map(([depth, t]) => [text(deep(depth, t))]),
  },
);

/** Bytes on the bare port. @returns when the other side, or we, have ended it */
const garbage = (port: number, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
    socket.on('error', () => resolve()).on('close', () => resolve());
    socket.setTimeout(300, () => socket.destroy());
  });

it(`${COUNT} messages of nonsense`, { timeout: 120_000 }, async () => {
  const { seed } = chance('nonsense');
  const before = {
    master: cluster.master.pid,
    host: cluster.frameworkHost!,
    tasks: cluster.running('calm').map(({ id }) => id),
  };
  const start = performance.now();
  const pool = fc.sample(frames, { numRuns: COUNT / 4, seed });
  console.log(`${pool.length} made in ${Math.round(performance.now() - start)} ms`);

  const bytes = fc.sample(fc.uint8Array({ maxLength: 2_000 }), { numRuns: CONNECTIONS, seed });
  const greeting = Buffer.from('ff00000000000000017f0300435552564500000000000000000000000000000000', 'hex');
  const ports = [cluster.ready.address, cluster.ready.enrol].map((address) =>
    Number(address.split(':').at(-1)),
  );
  const all = bytes.entries();
  const atPorts = Array.from({ length: 16 }, async () => {
    for (const [i, chunk] of all)
      await garbage(ports[i % 2]!, i % 4 < 2 ? chunk : Buffer.concat([greeting, chunk]));
  });

  let sent = 0;
  const members = await Promise.all(
    (['agent', 'framework', 'client'] as const).map(async (role) => ({
      role,
      ...(await newMember(cluster, role, `fuzz-${role}`)),
    })),
  );
  const talk = async (role: string, peer: RawPeer): Promise<void> => {
    for (const [i, message] of pool.entries()) {
      if (i % GROUP === 0)
        for (let tries = 0; tries < 3 && (await peer.hello(role)).t !== 'welcome'; tries++);
      await peer.sendFrames(...message);
      sent += 1;
    }
    console.log(`as ${role}: done after ${Math.round(performance.now() - start)} ms`);
    peer.close();
  };
  const stranger = async (peer: RawPeer): Promise<void> => {
    for (const [i, message] of pool.entries()) {
      await peer.sendFrames(...message);
      sent += 1;
      if (i % 200 === 0) await peer.drain(1);
    }
    peer.close();
  };
  await Promise.all([
    ...atPorts,
    ...members.map((member) => talk(member.role, new RawPeer(member))),
    stranger(new RawPeer({ ...members[2]!, address: cluster.ready.enrol })),
  ]);
  const took = performance.now() - start;
  const resident = residentOf(cluster.master.pid);
  console.log(
    `${sent} messages and ${CONNECTIONS} connections in ${Math.round(took)} ms; the master has ${resident.toFixed(0)} MiB`,
  );

  expect(sent).toBe(COUNT);
  expect(isAlive(before.master)).toBe(true);
  expect(cluster.frameworkHost).toBe(before.host);
  for (const proc of cluster.agents.values()) expect(proc.end).toBeUndefined();
  expect((await cluster.untilRunning('calm', 2)).map(({ id }) => id)).toEqual(before.tasks);
  await cluster.ok('scale', 'calm=3');
  await cluster.untilRunning('calm', 3);
  // Its events of strange members are a few MB; without a bound it would be hundreds.
  expect(resident).toBeLessThan(400);
});
