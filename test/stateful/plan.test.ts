/** What `plan` says of a database before anything happens: the very steps that are taken then. */
import { expect, it } from 'vitest';
import { db, StatefulStage } from '../support/stateful-stage.ts';

const version = (number: number) =>
  db({
    env: { V: number },
    runbook: {
      upgrade: {
        before: [{ run: ['flush'], name: 'flush' }],
        after: [{ until: ['in-sync'], name: 'sync' }],
        pause: '5s',
      },
    },
  });

interface Planned {
  readonly steps: readonly { readonly does: string; readonly name: string; readonly agent?: string }[];
}

const stepsOf = async (stage: StatefulStage, spec: ReturnType<typeof db>): Promise<string[]> => {
  const call = { to: { kind: 'stateful' }, verb: 'plan', args: { spec } };
  const { steps } = (await stage.cluster.answer(
    stage.client.request('framework.call', call),
    100,
  )) as unknown as Planned;
  return steps.map(({ does, name, agent }) => `${does} ${name}${agent === undefined ? '' : ` on ${agent}`}`);
};

it('of a new job: each home, each start, and where', async () => {
  const stage = await StatefulStage.start();
  const steps = await stepsOf(stage, version(1));
  expect(steps.map((step) => step.replace(/ on .*/, ''))).toEqual(
    [0, 1, 2].flatMap((index) => [`settle db.${index}`, `start db.${index}`]),
  );
  expect(new Set(steps.map((step) => step.replace(/.* on /, ''))).size).toBe(3);
});

it('of an upgrade: the whole runbook, one instance after the other', async () => {
  const stage = await StatefulStage.start();
  await stage.formed(version(1));
  const steps = await stepsOf(stage, version(2));
  const on = (index: number): string => `on ${stage.machineOf(`db.${index}`)}`;
  expect(steps).toEqual(
    [2, 1, 0].flatMap((index) => [
      `run db.${index}-flush ${on(index)}`,
      `stop db.${index} ${on(index)}`,
      `start db.${index} ${on(index)}`,
      `run db.${index}-sync ${on(index)}`,
      'wait db',
    ]),
  );
  expect(stage.ran).toEqual([]);
});

it('of a smaller count: who goes', async () => {
  const stage = await StatefulStage.start();
  await stage.formed(version(1));
  const steps = await stepsOf(stage, { ...version(1), count: 2 });
  expect(steps).toEqual([`stop db.2 on ${stage.machineOf('db.2')}`]);
});
