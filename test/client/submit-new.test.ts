/** A name chosen for something new changes no job that has it already. */
import { describe, expect, it } from 'vitest';
import { submitNew } from '../../src/client/submit-new.ts';
import { TenderError } from '../../src/core/errors.ts';
import { homeCluster, NOW } from '../support/cluster-fixture.ts';
import type { FakeClient } from '../support/fake-client.ts';

const sleep = (name: string) => ({ kind: 'service', name, command: ['sleep', '9'] });

/** Its framework knows `web` in version 4, with `diff` to what is submitted. */
function cluster(diff: readonly string[], stopping = false): FakeClient {
  const client = homeCluster();
  client.answer = ({ params }) => {
    const { verb, args } = params as { verb: string; args: { ifVersion?: number } };
    if (verb === 'plan') return { version: 4, stopping, diff: diff.map((path) => ({ path })) };
    if (args.ifVersion === 4) return { job: 'web', version: diff.length > 0 ? 5 : 4 };
    throw new TenderError('job.changed', { name: 'web', expected: args.ifVersion ?? '', found: 4 });
  };
  return client;
}

/** The framework has it; the replica has not been told. */
function unheard(client: FakeClient): FakeClient {
  client.emit({ type: 'job.removed', at: NOW, job: 'web' });
  return client;
}

describe('a job by a name that is there', () => {
  it.each([
    ['known', cluster],
    ['so new that the replica has not heard of it', (diff: string[]) => unheard(cluster(diff))],
  ] as const)('and %s: is refused where it differs, and is the same where it does not', async (_, make) => {
    await expect(submitNew(make(['command']), sleep('web'))).rejects.toMatchObject({ code: 'job.taken' });
    expect(await submitNew(make([]), sleep('web'))).toMatchObject({ version: 4 });
  });

  it('takes the place of one that is being stopped', async () => {
    expect(await submitNew(cluster(['command'], true), sleep('web'))).toMatchObject({ version: 5 });
  });
});
