/**
 * What its machine does not take, because the disk there refuses what has to be written down first: the machine says so, is
 * not asked again and again, and goes on by itself when it can write. Found by seeds 12 and 5012 of the simulator.
 */
import { describe, expect, it } from 'vitest';
import { TenderError } from '../../src/core/errors.ts';
import { db, StatefulStage } from '../support/stateful-stage.ts';

/** The disks of all agents are full. @returns they have room again */
function fillDisks({ cluster: { machines } }: StatefulStage): () => void {
  const ends = [...machines.values()].map(({ name, store }) => {
    const { commit } = store;
    const refused = new TenderError('state.write', { folder: name, cause: 'no space left on device' });
    store.commit = () => Promise.reject(refused);
    return () => void Object.assign(store, { commit });
  });
  return () => {
    for (const end of ends) end();
  };
}

/** Counts what the master says to its agents. */
function counting({ cluster }: StatefulStage) {
  const counts = { launched: 0, converted: 0 };
  cluster.master.parts.log.listen(({ event }) => {
    if (event.type === 'task.launched') counts.launched += 1;
    if (event.type === 'agent.total') counts.converted += 1;
  });
  return counts;
}

const MINUTE = 60_000;

describe('on a machine whose disk is full', () => {
  it('an instance is not launched again before there is room', async () => {
    const stage = await StatefulStage.start(1);
    const mend = fillDisks(stage);
    const counts = counting(stage);
    await stage.submit(db({ count: 1 }));
    await stage.pass(MINUTE);
    expect(counts.launched).toBeLessThan(2);
    mend();
    await stage.until(() => stage.job?.status === 'running', 'it runs');
    expect(stage.volumes).toHaveLength(1);
  });

  it('a command of a runbook is tried once, and its step is done when there is room', async () => {
    const stage = await StatefulStage.start(2);
    const version = (V: number) =>
      db({ count: 2, env: { V }, runbook: { upgrade: { before: [{ run: ['flush'], name: 'flush' }] } } });
    await stage.formed(version(1));
    const mend = fillDisks(stage);
    const counts = counting(stage);
    await stage.submit(version(2));
    await stage.pass(MINUTE / 2);
    expect(counts.launched).toBe(1);
    expect(stage.ran).toEqual([]);
    mend();
    const isDone = (): boolean => stage.job?.status === 'running' && stage.ran.length === 2;
    await stage.until(isDone, 'the upgrade is done');
    expect(stage.ran).toEqual(['db.1-flush', 'db.0-flush']);
    expect(stage.mostDown).toBe(1);
  });

  it('a home is given back when there is room', async () => {
    const stage = await StatefulStage.start(1);
    await stage.formed(db({ count: 1 }));
    await stage.verb('stop');
    await stage.until(() => stage.members.length === 0, 'it has ended');
    const mend = fillDisks(stage);
    const counts = counting(stage);
    await stage.verb('purge');
    await stage.pass(MINUTE);
    expect(counts.converted).toBeLessThan(4);
    expect(stage.volumes).toHaveLength(1);
    mend();
    await stage.until(() => stage.volumes.length === 0, 'its volume is gone');
    await stage.until(() => stage.job === undefined, 'the job is gone');
  });
});
