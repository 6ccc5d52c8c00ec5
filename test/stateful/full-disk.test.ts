/** A member on a machine whose disk is full: it goes on, and one that has ended comes home when there is room. */
import { expect, it } from 'vitest';
import { StatefulStage } from '../support/stateful-stage.ts';

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
