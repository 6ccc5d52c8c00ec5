/**
 * What people do to the cluster while it breaks: one entry each. `a`, `b` and `c` are luck in [0, 1) that comes from the
 * plan; an action makes of them whatever it needs. An action whose command is acknowledged is remembered by the
 * promises, so that its effect can be asked for in the end.
 */
import { scale, stop, submit } from '../../src/client/commands.ts';
import type { Json } from '../../src/core/json.ts';
import { BATCH, BATCH_ACTIONS, BATCH_JOBS } from './batch-jobs.ts';
import { DATABASE_ACTIONS, DATABASES, STATEFUL } from './databases.ts';
import { EVERYWHERE, EVERYWHERE_ACTIONS } from './everywhere.ts';
import { KEEPER, KEEPER_ROLE } from './keeper-home.ts';
import { type Action, clientOf, command, type Luck, pick, present, request, upTo } from './people.ts';
import type { Promises, Wish } from './promises.ts';
import type { SimCluster } from './sim-cluster.ts';
import { teardownActions } from './teardowns.ts';

/** Of services. */
const ROLES = ['web', 'db', 'batch'];
/** Those that weights, priorities and quotas are set of. */
export const SHARING = [...ROLES, KEEPER_ROLE, STATEFUL];
const SERVICES = ['s0', 's1', 's2', 's3'];
/** A change of it that fails is taken back; that of others is tried for ever. */
export const RETURNS = 's3';
const ONCES = ['o0', 'o1', 'o2'];
/** A single task each; pairs; pairs that share their volume. */
const KEEPERS = ['k0', 'k1', 'k2'];
const JOBS = [...SERVICES, ...ONCES, ...KEEPERS];
/** Not the framework of unique instances: after its removal it may begin anew while its old ones still run somewhere. */
const REMOVABLE = {
  service: [...SERVICES, EVERYWHERE],
  [KEEPER]: KEEPERS,
  [BATCH]: BATCH_JOBS,
  [STATEFUL]: DATABASES,
};

const FOR_EVER = { healthyDeadline: '100d', progressDeadline: '100d' };
const UPDATES: Readonly<Record<string, { readonly [key: string]: Json }>> = {
  s0: FOR_EVER,
  s1: { ...FOR_EVER, maxParallel: 2, overCapacity: true },
  s2: { ...FOR_EVER, strategy: 'bluegreen', autoPromote: true },
  [RETURNS]: { healthyDeadline: '1m', progressDeadline: '2m' },
};

/** What is special about each kind of job, and how large its instances are. */
function kindOf(job: string, size: number, { b, c }: Luck): { readonly [key: string]: Json } {
  if (ONCES.includes(job)) return { kind: 'once', cpus: size, mem: 256 * size };
  if (KEEPERS.includes(job))
    return { kind: 'keeper', cpus: 0.5, mem: 128, disk: 100, pairs: job !== 'k0', shared: job === 'k2' };
  const role = pick(ROLES, (b * 7) % 1)!;
  const retry = { delay: '500ms', maxDelay: '8s', ...(job !== RETURNS && { inPlace: 1_000 }) };
  const update = { minHealthy: pick([0, '1s', '10s'], c)!, ...UPDATES[job] };
  return { kind: 'service', cpus: size, mem: 256 * size, role, retry, update };
}

function specOf(job: string, count: number, mark: string, luck: Luck): { readonly [key: string]: Json } {
  const { b, c } = luck;
  return {
    name: job,
    count,
    command: ['serve'],
    env: { MARK: mark },
    killGrace: pick(['1s', '3s', '10s'], c)!,
    ports: c < 0.3 && !KEEPERS.includes(job) ? { http: 'auto' } : {},
    ...kindOf(job, pick([0.25, 0.5, 1, 1.5], b)!, luck),
  };
}

function scaleTo(sim: SimCluster, promises: Promises, job: string, count: number): void {
  const become = (wish: Wish): Wish => ({ ...wish, count, stopped: false });
  command(sim, promises, job, `scale ${job}=${count}`, become, (client) => scale(client, job, count));
}

export const ACTIONS: readonly Action[] = [
  ...BATCH_ACTIONS,
  ...DATABASE_ACTIONS,
  ...EVERYWHERE_ACTIONS,
  ...teardownActions(REMOVABLE),
  {
    name: 'submit',
    weight: 6,
    run(sim, promises, luck) {
      const job = pick(JOBS, luck.a)!;
      const count = upTo(4, (luck.a * 31) % 1);
      // Only what it runs with makes a version: sometimes the same job is submitted again.
      const mark = `v${Math.floor(luck.c * 1000)}`;
      const spec = specOf(job, count, mark, luck);
      command(
        sim,
        promises,
        job,
        `submit ${job} x${count} ${mark}`,
        () => ({ count, mark, stopped: false }),
        (client) => submit(client, spec),
      );
    },
  },
  {
    name: 'scale',
    weight: 6,
    run: (sim, promises, { a, b }) => scaleTo(sim, promises, pick(JOBS, a)!, upTo(6, b)),
  },
  {
    // Homes are made and left.
    name: 'scale a keeper',
    weight: 4,
    run: (sim, promises, { a, b }) => scaleTo(sim, promises, pick(KEEPERS, a)!, upTo(4, b)),
  },
  {
    name: 'stop',
    weight: 2,
    run(sim, promises, { a }) {
      const job = pick(JOBS, a)!;
      command(
        sim,
        promises,
        job,
        `stop ${job}`,
        (wish) => ({ ...wish, stopped: true }),
        (client) => stop(client, job),
      );
    },
  },
  {
    name: 'change roles',
    weight: 2,
    run(sim, _, { a, b, c }) {
      const role = pick(SHARING, a)!;
      const cpus = 1000 * upTo(6, c);
      const change = pick(
        [
          { role, weight: 1 + upTo(4, c) },
          { role, priority: 10 * upTo(9, c) },
          { role, preemption: c < 0.6 },
          { role, quota: { guarantee: { cpus } } },
          { role, quota: { limit: { cpus } } },
          { role, quota: null },
        ],
        b,
      )!;
      request(sim, `roles ${JSON.stringify(change)}`, () =>
        clientOf(sim).request('roles.set', { changes: [change], force: true }),
      );
    },
  },
  {
    name: 'revoke an agent',
    weight: 0.5,
    run(sim, _, { a, b }) {
      const machine = pick(present(sim), a);
      if (!machine) return;
      const { name } = machine;
      request(sim, `revoke ${name}`, () => clientOf(sim).request('member.revoke', { name }));
      sim.clock.after(60_000 * b, () => {
        if (!machine.gone) sim.admit(machine);
      });
    },
  },
  {
    name: 'lose a machine for good',
    weight: 0.6,
    run(sim, _, { a, b, c }) {
      const machine = pick(present(sim), a);
      if (!machine || present(sim).length < 4) return;
      const { name } = machine;
      machine.gone = true;
      if (c < 0.5) {
        // All goes on there, and whoever gives it up does not know that.
        sim.network.stall(name);
        sim.clock.after(30_000 + 120_000 * b, () => sim.network.heal(name));
      } else {
        const on = machine.blackout.begin();
        // Somebody may find it later, and switch it on.
        if (b < 0.5) sim.clock.after(300_000 + 300_000 * a, on);
      }
      sim.note(name, 'is lost for good');
      const tell = (): void => {
        const { user } = sim;
        const isThere = user?.process.alive && user.client.status.phase === 'live';
        const again = (): void => void sim.clock.after(5_000, tell);
        if (!isThere) return again();
        let settled = false;
        const once = (): void => {
          if (!settled) again();
          settled = true;
        };
        user.process.whenKilled(once);
        user.client.request('agent.gone', { name }).then(() => {
          settled = true;
          sim.note('client', `acknowledged: gone ${name}`);
        }, once);
      };
      sim.clock.after(60_000 * b, tell);
      sim.clock.after(30_000, () => sim.addMachine());
    },
  },
  {
    name: 'drain a machine',
    weight: 1,
    run(sim, _, { a, b, c }) {
      const machine = pick(present(sim), a);
      if (!machine) return;
      const { name } = machine;
      const deadline = b < 0.8 ? { deadlineMs: Math.floor(60_000 * b) } : {};
      request(sim, `drain ${name}`, () => clientOf(sim).request('agent.drain', { name, ...deadline }));
      sim.clock.after(30_000 + 120_000 * c, () =>
        request(sim, `activate ${name}`, () => clientOf(sim).request('agent.activate', { name })),
      );
    },
  },
  {
    name: 'deactivate a machine',
    weight: 0.7,
    run(sim, _, { a, c }) {
      const machine = pick(present(sim), a);
      if (!machine) return;
      const { name } = machine;
      request(sim, `deactivate ${name}`, () => clientOf(sim).request('agent.deactivate', { name }));
      sim.clock.after(120_000 * c, () =>
        request(sim, `activate ${name}`, () => clientOf(sim).request('agent.activate', { name })),
      );
    },
  },
  {
    name: 'wait for nobody',
    weight: 0.7,
    run(sim) {
      const { user } = sim;
      const away = [...(user?.client.state.agents.values() ?? [])].filter(
        ({ state }) => state === 'disconnected',
      );
      const names = away.map(({ name }) => name);
      if (names.length > 0)
        request(sim, `give up ${names.join(' ')}`, () => clientOf(sim).request('agent.give_up', { names }));
    },
  },
  {
    name: 'change a machine',
    weight: 0.7,
    run(sim, _, { a, b, c }) {
      const machine = pick(present(sim), a);
      if (!machine) return;
      const cpus = pick([2, 4, 6], b)!;
      machine.shrunk ||= cpus < machine.cpus;
      machine.cpus = cpus;
      machine.mem = 1024 * cpus;
      machine.attributes = { rack: `r${upTo(3, c)}` };
      sim.note(machine.name, `has ${cpus} cpus from its next start`);
      sim.clock.after(500, machine.outage.begin());
    },
  },
];
