/** A machine that is drained, on a whole cluster in memory: members leave it by the runbook, and never two are down at once. */
import { describe, expect, it } from 'vitest';
import { db, StatefulStage } from '../support/stateful-stage.ts';

const RUNBOOK = {
  upgrade: {
    before: [
      { check: ['ring-is-normal'], name: 'normal' },
      { run: ['flush'], name: 'flush', timeout: '60s' },
    ],
    after: [{ until: ['in-sync'], name: 'sync', timeout: '60s' }],
  },
};
const RESOURCES = 'cpus:4;mem:4096;disk:10000;ports:[31000-31099]';

async function formed(runbook: object = RUNBOOK, machines = 3, seed = 1) {
  const stage = await StatefulStage.start(machines, seed);
  await stage.formed(db({ runbook: runbook as never }));
  const say = (method: 'agent.drain' | 'agent.activate', name: string, deadlineMs?: number) =>
    stage.cluster.answer(stage.client.request(method, { name, ...(deadlineMs && { deadlineMs }) }), 100);
  return {
    stage,
    drain: (name: string, deadlineMs?: number) => say('agent.drain', name, deadlineMs),
    activate: (name: string) => say('agent.activate', name),
    stateOf: (name: string) =>
      [...stage.client.state.agents.values()].find((one) => one.name === name)?.withdrawn?.state,
  };
}

describe('a member whose machine is drained', () => {
  it('is stopped by the runbook, and comes home when the machine is activated', async () => {
    const { stage, drain, activate, stateOf } = await formed();
    const machine = stage.machineOf('db.1');
    await drain(machine);
    await stage.until(() => stateOf(machine) === 'drained', 'it is drained');
    expect(stage.ran).toEqual(['db.1-normal', 'db.1-flush']);
    expect(stage.names).toEqual(['db.0', 'db.2']);
    await stage.pass(60_000, 1_000);
    expect(stage.names).toEqual(['db.0', 'db.2']);
    expect(stage.job).toMatchObject({
      status: 'waiting',
      message: `db.1 is at home on ${machine}, which is drained: it comes back when that is activated.`,
    });
    await activate(machine);
    await stage.until(() => stage.job?.status === 'running', 'it runs');
    expect(stage.machineOf('db.1')).toBe(machine);
    expect(stage.ran).toHaveLength(2);
  });

  it('has commands of its own for that, where the runbook says so', async () => {
    const own = { before: [{ run: ['step-down'], name: 'down' }], after: [{ run: ['note'], name: 'note' }] };
    const { stage, drain, stateOf } = await formed({ ...RUNBOOK, drain: own });
    const machine = stage.machineOf('db.1');
    await drain(machine);
    await stage.until(() => stateOf(machine) === 'drained', 'it is drained');
    await stage.until(() => stage.ran.length === 2, 'that is noted elsewhere');
    expect(stage.ran).toEqual(['db.1-down', 'db.1-note']);
  });

  it('is killed at the deadline, though its commands have not come to their end', async () => {
    const { stage, drain, activate, stateOf } = await formed();
    stage.ends = (name) => (name.endsWith('flush') ? undefined : true);
    const machine = stage.machineOf('db.1');
    await drain(machine, 30_000);
    await stage.pass(20_000);
    expect(stage.names).toHaveLength(3);
    expect(stage.job!.message).toContain('db.1 is being stopped for the drain of its machine: it runs flush');
    await stage.until(() => stateOf(machine) === 'drained', 'it is drained');
    stage.ends = () => true;
    await activate(machine);
    await stage.until(() => stage.job?.status === 'running', 'nothing is held');
    expect(stage.names).toEqual(['db.0', 'db.1', 'db.2']);
  });

  it('goes on running where a step fails, until somebody says how to go on', async () => {
    const { stage, drain, stateOf } = await formed();
    let isWell = false;
    stage.ends = (name) => isWell || !name.endsWith('normal');
    const machine = stage.machineOf('db.1');
    await drain(machine);
    await stage.until(() => stage.job?.status === 'held', 'it is held');
    await stage.pass(60_000, 1_000);
    expect(stage.names).toHaveLength(3);
    expect(stage.ran).toEqual(['db.1-normal']);
    isWell = true;
    await stage.verb('retry');
    await stage.until(() => stateOf(machine) === 'drained', 'it is drained');
    expect(stage.ran).toEqual(['db.1-normal', 'db.1-normal', 'db.1-flush']);
  });

  it('is held no more when its machine is activated', async () => {
    const { stage, drain, activate } = await formed();
    stage.ends = (name) => !name.endsWith('normal');
    const machine = stage.machineOf('db.1');
    await drain(machine);
    await stage.until(() => stage.job?.status === 'held', 'it is held');
    await activate(machine);
    await stage.until(() => stage.job?.status === 'running', 'it goes on');
    expect(stage.names).toHaveLength(3);
    expect(stage.mostDown).toBe(0);
  });

  it('that is flushed already is started anew when its machine is activated', async () => {
    const { stage, drain, activate } = await formed();
    stage.ends = (name) => (name.endsWith('flush') ? undefined : true);
    const machine = stage.machineOf('db.1');
    const before = stage.members[1]!.id;
    await drain(machine);
    await stage.until(() => stage.ran.includes('db.1-flush'), 'it is being flushed');
    await activate(machine);
    stage.ends = () => true;
    await stage.until(() => stage.job?.status === 'running' && stage.members[1]?.id !== before, 'it is back');
    expect(stage.machineOf('db.1')).toBe(machine);
    expect(stage.ran).toEqual(['db.1-normal', 'db.1-flush']);
  });

  it('stays until the deadline where a person gives its stop up', async () => {
    const { stage, drain, stateOf } = await formed();
    stage.ends = (name) => !name.endsWith('normal');
    const machine = stage.machineOf('db.1');
    await drain(machine, 120_000);
    await stage.until(() => stage.job?.status === 'held', 'it is held');
    await stage.verb('abort');
    await stage.pass(60_000, 1_000);
    expect(stage.names).toHaveLength(3);
    expect(stage.ran).toEqual(['db.1-normal']);
    await stage.until(() => stateOf(machine) === 'drained', 'its time is over');
    expect(stage.names).toEqual(['db.0', 'db.2']);
  });
});

describe('several at once', () => {
  it('leave one after the other: the next when the one before is back', async () => {
    const { stage, drain, activate, stateOf } = await formed();
    const [first, second] = [stage.machineOf('db.0'), stage.machineOf('db.2')];
    await drain(first);
    await drain(second);
    await stage.until(() => stateOf(first) === 'drained', 'one is drained');
    await stage.pass(600_000, 1_000);
    expect(stage.names).toEqual(['db.1', 'db.2']);
    expect(stage.job!.message).toBe(
      'db.2 is being stopped for the drain of its machine, which waits until db.0 serves.',
    );
    await activate(first);
    await stage.until(() => stateOf(second) === 'drained', 'the other one is drained');
    expect(stage.names).toEqual(['db.0', 'db.1']);
    expect(stage.mostDown).toBe(1);
  });

  it('on one machine wait for each other, too: the first gets another home, by a person’s word', async () => {
    const { stage, drain, stateOf } = await formed(RUNBOOK, 2);
    await stage.cluster.startAgent('n3', RESOURCES);
    const machine = stage.machineOf('db.0');
    expect(stage.machineOf('db.2')).toBe(machine);
    await drain(machine);
    await stage.until(() => stage.names.length === 2, 'one has left');
    await stage.pass(600_000, 1_000);
    expect(stage.names).toEqual(['db.0', 'db.1']);
    await stage.verb('replace', { name: 'db.2' });
    await stage.until(() => stateOf(machine) === 'drained', 'it is drained');
    expect(stage.machineOf('db.2')).toBe('n3');
    expect(stage.names).toEqual(['db.1', 'db.2']);
    expect(stage.mostDown).toBe(1);
  });
});

describe('whatever dies in the midst of it', () => {
  it.each([
    ['the framework', 1],
    ['the framework', 7],
    ['the master', 5],
    ['the master', 13],
    ['an agent', 3],
  ])('%s, every %i hundred ms: each command is run once, and one member at most is down', async (what, every) => {
    const { stage, drain, stateOf } = await formed(RUNBOOK, 3, every);
    const machine = stage.machineOf('db.1');
    await drain(machine);
    const isDone = () => stateOf(machine) === 'drained' && stage.names.length === 2;
    for (let turn = 0; turn < 4_000 && !isDone(); turn++) {
      if (turn % every === 0 && turn < 100) {
        if (what === 'the framework') {
          await stage.host.close();
          stage.restartHost();
        } else if (what === 'the master') {
          await stage.cluster.killMaster();
          await stage.cluster.startMaster();
        } else {
          await stage.cluster.killAgent(machine);
          await stage.cluster.startAgent(machine, RESOURCES);
        }
      }
      await stage.pass(100, turn % 2 ? 7 : 13);
    }
    expect(isDone()).toBe(true);
    expect(stage.ran.filter((name) => name.endsWith('flush'))).toEqual(['db.1-flush']);
    expect(stage.mostDown).toBe(1);
    expect(stage.cluster.doubleStarts()).toEqual([]);
  });
});
