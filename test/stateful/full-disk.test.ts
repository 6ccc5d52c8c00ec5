/** A member on a machine that takes nothing new, as its disk is full: it goes on, is not stopped, and it is said what waits. */
import { expect, it } from 'vitest';
import { db, StatefulStage } from '../support/stateful-stage.ts';

it('waits for its machine, and nothing else is changed meanwhile', async () => {
  const stage = await StatefulStage.start();
  await stage.formed();
  const name = stage.machineOf('db.1');
  const machine = stage.cluster.machines.get(name)!;
  const { free } = machine;
  machine.free = 0;
  await stage.pass(10_000);
  expect(stage.names).toEqual(['db.0', 'db.1', 'db.2']);
  expect(stage.job!.status).toBe('running');
  const { id } = stage.members[1]!;
  machine.world.end(id, { state: 'FAILED', reason: 'exited', message: 'exited with code 1', exitCode: 1 });
  await stage.pass(60_000, 1_000);
  expect(stage.names).toEqual(['db.0', 'db.2']);
  expect(stage.job).toMatchObject({
    status: 'waiting',
    message: `db.1 is at home on ${name}, which is out of disk: it comes back when that is so no more.`,
  });
  machine.free = free;
  await stage.until(() => stage.job?.status === 'running', 'it runs');
  expect(stage.machineOf('db.1')).toBe(name);
  expect(stage.mostDown).toBe(1);
});

const PART = {
  before: [{ run: ['flush'], name: 'flush', timeout: '60s' }],
  after: [{ run: ['note'], name: 'note' }],
};

/** All of it runs, and the disk of this one's machine is full. */
async function fullUnder(name: string, spec: ReturnType<typeof db>, machines = 3) {
  const stage = await StatefulStage.start(machines);
  await stage.formed(spec);
  const machine = stage.machineOf(name);
  const { free } = stage.cluster.machines.get(machine)!;
  const setFree = async (bytes: number): Promise<void> => {
    stage.cluster.machines.get(machine)!.free = bytes;
    await stage.pass(10_000);
  };
  await setFree(0);
  return { stage, machine, empty: () => setFree(free) };
}

it('is not stopped by an upgrade before it could be started again', async () => {
  const { stage, machine, empty } = await fullUnder('db.2', db());
  await stage.submit(db({ env: { RELEASE: '2' } }));
  await stage.pass(60_000, 1_000);
  expect(stage.names).toEqual(['db.0', 'db.1', 'db.2']);
  expect(stage.job).toMatchObject({
    status: 'upgrading',
    message: `db.2 is being upgraded, which waits, as once stopped it could not start again: ${machine} is out of disk.`,
  });
  await empty();
  await stage.until(() => stage.job?.status === 'running', 'it is upgraded');
  expect(stage.members.map(({ env }) => env['RELEASE'])).toEqual(['2', '2', '2']);
  expect(stage.mostDown).toBe(1);
});

it('is asked for nothing: an upgrade that wants to know who goes last waits before it is stopped', async () => {
  const runbook = { order: { last: ['leads'] } };
  const { stage, machine, empty } = await fullUnder('db.1', db({ runbook }));
  await stage.submit(db({ runbook, env: { RELEASE: '2' } }));
  await stage.pass(60_000, 1_000);
  expect(stage.job!.message).toContain(`${machine} is out of disk`);
  expect(stage.ran.sort()).toEqual(['db.0-last', 'db.2-last']);
  await empty();
  await stage.until(() => stage.job?.status === 'running', 'it is upgraded');
  expect(stage.ran).toContain('db.1-last');
});

it('is not left by a drain before its commands could run, and people are told why', async () => {
  const { stage, machine, empty } = await fullUnder('db.1', db({ runbook: { drain: PART } }));
  await stage.cluster.answer(stage.client.request('agent.drain', { name: machine }), 100);
  await stage.pass(30_000, 1_000);
  const doing = 'db.1 is being stopped for the drain of its machine, and';
  expect(stage.job!.message).toBe(`${doing} waits where it runs flush: ${machine} is out of disk.`);
  await stage.pass(40_000, 1_000);
  expect(stage.job).toMatchObject({
    status: 'held',
    message: `${doing} held where it runs flush: db.1-flush could not be run: ${machine} is out of disk.`,
  });
  expect(stage.names).toEqual(['db.0', 'db.1', 'db.2']);
  await empty();
  await stage.verb('retry');
  await stage.until(() => stage.names.length === 2, 'it is stopped');
  expect(stage.ran[0]).toBe('db.1-flush');
});

it('is passed over where a command may run beside another one', async () => {
  const { stage } = await fullUnder('db.0', db({ runbook: { replace: PART } }), 4);
  await stage.cluster.answer(stage.client.request('agent.gone', { name: stage.machineOf('db.2') }), 100);
  await stage.until(() => stage.ran.length === 2 && stage.job?.status === 'running', 'it is replaced');
  expect(stage.ran).toEqual(['db.2-flush', 'db.2-note']);
});
