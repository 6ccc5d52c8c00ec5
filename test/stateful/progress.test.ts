/** What a procedure publishes of itself: the instances it is through with, the step, and what may be said to it. */
import { describe, expect, it } from 'vitest';
import { callVerb } from '../../src/client/commands.ts';
import { db, StatefulStage } from '../support/stateful-stage.ts';

const version = (number: number) =>
  db({
    env: { V: number },
    runbook: { upgrade: { before: [{ run: ['flush'], name: 'flush' }] } } as never,
  });

describe('the progress of a procedure', () => {
  it('goes up from instance to instance, and is gone in the end', async () => {
    const stage = await StatefulStage.start();
    await stage.formed(version(1));
    const seen = new Set<string>();
    stage.client.subscribe(() => {
      const { progress } = stage.job ?? {};
      if (progress) seen.add(`${progress.what} ${progress.done}/${progress.of}`);
    });
    await stage.submit(version(2));
    await stage.until(() => stage.job?.status === 'running' && !stage.job.progress, 'it is upgraded');
    expect([...seen]).toEqual(['upgrade 0/3', 'upgrade 1/3', 'upgrade 2/3']);
  });

  it('says at which step it is held, why, and what can be done', async () => {
    const stage = await StatefulStage.start();
    await stage.formed(version(1));
    stage.ends = (name) => (name.endsWith('-flush') ? stage.ran.length > 1 : true);
    await stage.submit(version(2));
    await stage.until(() => stage.job?.status === 'held', 'it is held');
    expect(stage.job!.progress).toMatchObject({
      what: 'upgrade',
      from: 1,
      to: 2,
      step: 'db.2 runs flush (step 2 of 4)',
      held: expect.stringContaining('flush'),
      verbs: ['retry', 'resume', 'undo', 'abort'],
    });
    stage.ends = () => true;
    await stage.cluster.answer(callVerb(stage.client, 'db', 'retry'));
    await stage.until(() => !stage.job?.progress, 'it has gone on');
  });
});
