/** Everything that waits, the worst first, each of it once. */
import { describe, expect, it } from 'vitest';
import { waiting, whyAll } from '../../src/client/waiting.ts';
import type { Explained } from '../../src/core/explanation.ts';
import { homeCluster, job, NOW } from '../support/cluster-fixture.ts';
import { FakeClient } from '../support/fake-client.ts';

const explained = (framework: string, more: Partial<Explained> = {}): Explained => ({
  framework,
  role: framework,
  waits: true,
  demands: [],
  decisive: 'too little',
  lines: [],
  help: '',
  ...more,
});

async function listOf(client: FakeClient, ...told: Explained[]) {
  client.answer = () => told;
  return (await waiting(client)).map(({ name, why }) => `${name}: ${why}`);
}

describe('everything that waits', () => {
  it('is jobs, the worst first, and then frameworks', async () => {
    const client = homeCluster();
    const message = 'late waits: role service is at its limit of 2 cpus (2 used); 2 of 3 run.';
    client.emit({ type: 'job.changed', at: NOW, job: job('late', 3, 2, { message }) });
    expect(await listOf(client, explained('cron'), explained('batch', { waits: false }))).toEqual([
      'mailer: mailer.0 failed 4 times: exited 78, no config',
      'cache: cache.1 waits: no agent has 12 GiB of memory free (nuc1 lacks 3.2 GiB)',
      'late: waits: role service is at its limit of 2 cpus (2 used); 2 of 3 run',
      'cron: is offered nothing: too little',
    ]);
  });

  it('has a framework only where no job of its own says so already', async () => {
    const client = new FakeClient();
    client.emit({ type: 'job.changed', at: NOW, job: job('web', 2, 1) });
    const wants = (...names: string[]): Explained =>
      explained('service', { demands: names.map((name) => ({ name, count: 2 })) });
    expect(await listOf(client, wants('web'))).toEqual(['web: has 1 of 2 healthy']);
    expect(await listOf(client, wants('web', 'hidden'))).toEqual([
      'web: has 1 of 2 healthy',
      'service: waits for web (2) and hidden (2): too little',
    ]);
  });
});

describe('as one answer', () => {
  it('it says how many, in which role where that is not the name, and where there is more', async () => {
    const client = new FakeClient();
    client.answer = () => [explained('cron', { role: 'night' }), explained('batch')];
    expect(whyAll(await waiting(client), client.state)).toEqual({
      sentence: '2 things wait, the worst first:',
      agents: [
        { agent: 'cron (role night)', reasons: ['is offered nothing: too little'] },
        { agent: 'batch', reasons: ['is offered nothing: too little'] },
      ],
      about: 'what waits',
      help: 'all that is known of one: tender why cron',
    });
  });

  it('it says that all is well', () => {
    expect(whyAll([], new FakeClient().state).sentence).toBe('Nothing waits.');
    const client = new FakeClient();
    client.emit({ type: 'job.changed', at: NOW, job: job('web', 2, 2) });
    expect(whyAll([], client.state).sentence).toBe('Nothing waits: 1 job is as it should be.');
  });
});
