/** Procedures on a whole cluster in memory: the runbook is followed, whatever dies, and nothing is run twice. */
import { describe, expect, it } from 'vitest';
import { scale } from '../../src/client/commands.ts';
import { db, StatefulStage } from '../support/stateful-stage.ts';

const STEPS = {
  before: [
    { check: ['ring-is-normal'], name: 'normal' },
    { run: ['flush'], name: 'flush' },
  ],
  after: [
    { until: ['in-sync'], name: 'sync', timeout: '60s', every: '2s' },
    { run: ['hello'], name: 'hello' },
  ],
  pause: '5s',
};
const RUNBOOK = { upgrade: STEPS };
const version = (number: number, runbook: object = RUNBOOK) =>
  db({ env: { V: number }, runbook: runbook as never });

const FLAWLESS = [2, 1, 0].flatMap((i) =>
  ['normal', 'flush', 'sync', 'hello'].map((word) => `db.${i}-${word}`),
);
const versionsOf = (stage: StatefulStage) => stage.members.map(({ env }) => env['V']);

async function upgraded(stage: StatefulStage) {
  await stage.until(
    () => stage.job?.status === 'running' && stage.job.columns['procedure'] === '',
    'it is upgraded',
  );
}

describe('an upgrade', () => {
  it('goes through the runbook for one instance after the other', async () => {
    const stage = await StatefulStage.start();
    await stage.formed(version(1));
    const homes = stage.names.map((name) => stage.machineOf(name));
    await stage.submit(version(2));
    await upgraded(stage);
    expect(stage.ran).toEqual(FLAWLESS);
    expect(stage.mostDown).toBe(1);
    expect(versionsOf(stage)).toEqual(['2', '2', '2']);
    expect(stage.names.map((name) => stage.machineOf(name))).toEqual(homes);
    expect(stage.volumes).toHaveLength(3);
  });

  it('of what does not concern the task changes nothing that runs', async () => {
    const stage = await StatefulStage.start();
    await stage.formed(version(1));
    const tasks = stage.members.map(({ id }) => id);
    await stage.submit(version(1, { ...RUNBOOK, order: 'index' }));
    await stage.pass(10_000);
    expect(stage.members.map(({ id }) => id)).toEqual(tasks);
  });

  it.each([
    ['index', [0, 1, 2]],
    ['reverse', [2, 1, 0]],
    [{ last: ['is-leader'] }, [2, 0, 1]],
  ])('goes in the order %j', async (order, expected) => {
    const stage = await StatefulStage.start();
    stage.ends = (name) => !name.endsWith('-last') || name.startsWith('db.1');
    const runbook = { order, upgrade: { before: [{ run: ['step-down'], name: 'down' }] } };
    await stage.formed(version(1, runbook));
    await stage.submit(version(2, runbook));
    await upgraded(stage);
    const done = stage.ran.filter((name) => name.endsWith('-down'));
    expect(done).toEqual(expected.map((index) => `db.${index}-down`));
  });

  it('waits while another instance does not serve', async () => {
    const stage = await StatefulStage.start();
    await stage.formed(version(1));
    const n = stage.machineOf('db.0');
    await stage.cluster.killAgent(n);
    await stage.pass(60_000, 1_000);
    await stage.submit(version(2));
    await stage.pass(600_000, 1_000);
    expect(stage.ran).toEqual([]);
    expect(stage.job!.message).toContain('waits until');
    await stage.cluster.startAgent(n, 'cpus:4;mem:4096;disk:10000;ports:[31000-31099]');
    await upgraded(stage);
    expect(stage.mostDown).toBe(1);
  });

  it('tries until a check holds, again and again', async () => {
    const stage = await StatefulStage.start();
    let tries = 0;
    stage.ends = (name) => !name.endsWith('sync') || ++tries % 4 === 0;
    await stage.formed(version(1));
    await stage.submit(version(2));
    await upgraded(stage);
    expect(stage.ran.filter((name) => name.endsWith('sync'))).toHaveLength(12);
    expect(stage.ran.filter((name) => name.endsWith('flush'))).toHaveLength(3);
  });
});

describe('a step that fails', () => {
  const failing = async (word: string) => {
    const stage = await StatefulStage.start();
    let isFailing = true;
    stage.ends = (name) => !(isFailing && name.endsWith(word));
    await stage.formed(version(1));
    await stage.submit(version(2));
    await stage.until(() => stage.job?.status === 'held', 'it is held');
    return { stage, mend: () => (isFailing = false) };
  };

  it.each([
    ['normal', ['1', '1', '1'], 'db.2-normal failed: exited with code 1'],
    ['flush', ['1', '1', '1'], 'db.2-flush failed: exited with code 1'],
    ['sync', ['1', '1', '2'], 'db.2-sync was not done in time'],
    ['hello', ['1', '1', '2'], 'db.2-hello failed: exited with code 1'],
  ])('holds everything there, and says where and why: %s', async (word, versions, why) => {
    const { stage } = await failing(word);
    await stage.pass(600_000, 1_000);
    expect(versionsOf(stage)).toEqual(versions);
    expect(stage.job!.message).toContain(why);
    expect(stage.ran.filter((name) => name.startsWith('db.1'))).toEqual([]);
  });

  it('is done again by retry', async () => {
    const { stage, mend } = await failing('flush');
    mend();
    await stage.verb('retry');
    await upgraded(stage);
    expect(stage.ran).toEqual(FLAWLESS.toSpliced(1, 0, 'db.2-flush'));
  });

  it('is left behind by resume', async () => {
    const { stage, mend } = await failing('flush');
    mend();
    await stage.verb('resume');
    await upgraded(stage);
    expect(stage.ran).toEqual(FLAWLESS);
  });

  it('is taken back by undo, and done from the beginning by resume', async () => {
    const { stage, mend } = await failing('hello');
    expect(versionsOf(stage)).toEqual(['1', '1', '2']);
    await stage.verb('undo');
    await stage.until(() => versionsOf(stage).join() === '1,1,1', 'it is put back');
    await stage.pass(60_000, 1_000);
    expect(stage.job).toMatchObject({ status: 'held' });
    mend();
    await stage.verb('resume');
    await upgraded(stage);
    expect(stage.ran).toEqual([...FLAWLESS.slice(0, 4), ...FLAWLESS]);
    expect(stage.mostDown).toBe(1);
  });

  it('is given up by abort: what is done stays, and the next spec is done', async () => {
    const { stage, mend } = await failing('hello');
    await stage.verb('abort');
    await stage.pass(60_000, 1_000);
    expect(versionsOf(stage)).toEqual(['1', '1', '2']);
    expect(stage.job!.message).toContain('was given up');
    mend();
    await stage.verb('rollback');
    await upgraded(stage);
    expect(versionsOf(stage)).toEqual(['1', '1', '1']);
  });

  it('is left for a new spec', async () => {
    const { stage, mend } = await failing('flush');
    mend();
    await stage.submit(version(3));
    await upgraded(stage);
    expect(versionsOf(stage)).toEqual(['3', '3', '3']);
  });

  it('may be the start of the new version', async () => {
    const stage = await StatefulStage.start();
    await stage.formed(version(1));
    await stage.submit(version(2, { upgrade: { deadline: '30s' } }));
    await stage.until(() => versionsOf(stage).includes('2'), 'one has started');
    stage.cluster.machines.get(stage.machineOf('db.2'))!.world.fail('db.2');
    await stage.until(
      () => stage.job?.status === 'held' || stage.job?.columns['procedure'] !== 'db.2 is started',
      'on',
    );
    await stage.pass(10_000);
    expect(stage.mostDown).toBeLessThanOrEqual(1);
  });
});

describe('a command', () => {
  it('runs beside its instance, with what that has', async () => {
    const stage = await StatefulStage.start();
    await stage.formed(version(1));
    stage.ends = () => undefined;
    await stage.submit(version(2));
    await stage.until(() => stage.ran.length > 0, 'a command runs');
    const all = [...stage.cluster.machines.values()].flatMap(({ world }) => world.running);
    const command = all.find(({ name }) => name === 'db.2-normal')!;
    const instance = all.find(({ name }) => name === 'db.2')!;
    expect(command.run).toMatchObject({ argv: ['ring-is-normal'], beside: instance.id });
    expect(command.env).toMatchObject({
      TENDER_INDEX: '2',
      PORT_CLIENT: String(instance.ports[0]!.host),
      V: '1',
    });
    expect(stage.job).toMatchObject({ running: 3, healthy: 3 });
  });

  it('whose fate nobody knows is not run again without a person’s word', async () => {
    const stage = await StatefulStage.start();
    await stage.formed(version(1));
    stage.ends = (name) => (name.endsWith('flush') ? undefined : true);
    await stage.submit(version(2));
    await stage.until(() => stage.ran.includes('db.2-flush'), 'it is being flushed');
    const n = stage.machineOf('db.2');
    await stage.cluster.killAgent(n);
    await stage.pass(60_000, 1_000);
    expect(stage.job!.message).toContain('runs on a machine that is out of reach');
    await stage.cluster.answer(stage.client.request('agent.gone', { name: n }), 100);
    await stage.until(() => stage.job?.status === 'held', 'it is held');
    expect(stage.job!.message).toContain('nobody knows whether db.2-flush has run');
    expect(stage.ran.filter((name) => name === 'db.2-flush')).toHaveLength(1);
  });

  it('that takes too long is ended, and holds the procedure', async () => {
    const stage = await StatefulStage.start();
    const runbook = { upgrade: { before: [{ run: ['flush'], name: 'flush', timeout: '30s' }] } };
    await stage.formed(version(1, runbook));
    stage.ends = () => undefined;
    await stage.submit(version(2, runbook));
    await stage.until(() => stage.job?.status === 'held', 'it is held');
    expect(stage.job!.message).toContain('db.2-flush was not done in time');
  });
});

describe('other procedures', () => {
  const all = (word: string) => ({
    before: [{ run: [word], name: `${word}-before` }],
    after: [{ run: [word], name: `${word}-after` }],
  });
  const runbook = Object.fromEntries(
    ['upgrade', 'restart', 'scaleUp', 'scaleDown', 'replace'].map((kind) => [kind, all(kind.toLowerCase())]),
  );

  it('add an instance: its home first, commands beside another one, then the start', async () => {
    const stage = await StatefulStage.start(4);
    await stage.formed(version(1, runbook));
    await stage.cluster.answer(scale(stage.client, 'db', 4), 100);
    await stage.until(() => stage.names.length === 4, 'it is there');
    await upgraded(stage);
    expect(stage.ran).toEqual(['db.3-scaleup-before', 'db.3-scaleup-after']);
    expect(stage.members[3]!.env).toMatchObject({ TENDER_START: 'join', TENDER_INDEX: '3' });
  });

  it('take the last instance away, and keep its data', async () => {
    const stage = await StatefulStage.start();
    await stage.formed(version(1, runbook));
    await stage.cluster.answer(scale(stage.client, 'db', 2), 100);
    await stage.until(() => stage.names.length === 2, 'it has gone');
    await upgraded(stage);
    expect(stage.ran).toEqual(['db.2-scaledown-before', 'db.2-scaledown-after']);
    expect(stage.volumes).toHaveLength(3);
  });

  it('restart all of them, by a person’s word', async () => {
    const stage = await StatefulStage.start();
    await stage.formed(version(1, runbook));
    const tasks = stage.members.map(({ id }) => id);
    await stage.verb('restart');
    await upgraded(stage);
    expect(stage.ran.filter((name) => name.endsWith('before'))).toEqual(
      [2, 1, 0].map((i) => `db.${i}-restart-before`),
    );
    expect(stage.members.filter(({ id }) => tasks.includes(id))).toEqual([]);
    expect(stage.mostDown).toBe(1);
  });

  it('replace a lost one: commands beside another one before it starts', async () => {
    const stage = await StatefulStage.start(4);
    await stage.formed(version(1, runbook));
    await stage.cluster.killAgent(stage.machineOf('db.1'));
    await stage.pass(60_000, 1_000);
    await stage.verb('replace', { name: 'db.1' });
    await upgraded(stage);
    expect(stage.ran).toEqual(['db.1-replace-before', 'db.1-replace-after']);
  });
});

describe('whatever dies in the midst of it', () => {
  it.each([
    ['the framework', 1],
    ['the framework', 7],
    ['the master', 13],
    ['the master', 5],
    ['an agent', 3],
    ['an agent', 11],
  ])('%s, every %i hundred ms: each command is run once, and one member at most is down', async (what, every) => {
    const stage = await StatefulStage.start(3, every);
    await stage.formed(version(1));
    await stage.submit(version(2));
    let turn = 0;
    const isDone = () =>
      versionsOf(stage).join() === '2,2,2' && stage.ran.includes('db.0-hello') && stage.names.length === 3;
    for (; turn < 4_000 && !isDone(); turn++) {
      if (turn % every === 0 && turn < 200) {
        if (what === 'the framework') {
          await stage.host.close();
          stage.restartHost();
        } else if (what === 'the master') {
          await stage.cluster.killMaster();
          await stage.cluster.startMaster();
        } else {
          const n = `n${1 + ((turn / every) % 3)}`;
          await stage.cluster.killAgent(n);
          await stage.cluster.startAgent(n, 'cpus:4;mem:4096;disk:10000;ports:[31000-31099]');
        }
      }
      await stage.pass(100, turn % 2 ? 7 : 13);
    }
    expect(isDone()).toBe(true);
    const once = stage.ran.filter((name) => /flush|hello/.test(name));
    expect(once).toEqual(FLAWLESS.filter((name) => /flush|hello/.test(name)));
    expect(stage.mostDown).toBe(1);
    expect(stage.cluster.doubleStarts()).toEqual([]);
  });
});
