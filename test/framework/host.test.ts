/** A plugin that fails harms nobody else, and is started anew with growing waits. */
import { describe, expect, it } from 'vitest';
import service from '../../plugins/service/index.ts';
import { submit } from '../../src/client/commands.ts';
import { TenderError } from '../../src/core/errors.ts';
import type { Scheduler } from '../../src/framework/define.ts';
import { defineFramework } from '../../src/framework/define-framework.ts';
import { memoryCluster } from '../support/memory-cluster.ts';

const CALLBACKS = [
  'create',
  'subscribed',
  'offersChanged',
  'agentsChanged',
  'call',
  'timer',
  'rejection',
] as const;

describe.each(CALLBACKS)('a plugin that throws in %s', (where) => {
  it('is reported and started anew; the service beside it works on', async () => {
    const cluster = await memoryCluster();
    let made = 0;
    const broken = defineFramework({
      name: 'broken',
      kinds: ['broken'],
      verbs: { go: 'goes' },
      create(context) {
        made += 1;
        const fail = (here: string): void => {
          if (here === where) throw new Error(`thrown in ${where}`);
        };
        fail('create');
        if (where === 'timer') context.after(100, () => fail('timer'));
        const scheduler: Scheduler = {
          subscribed: async () => {
            fail('subscribed');
            if (where === 'rejection') await Promise.reject(new Error('thrown in rejection'));
          },
          offersChanged() {
            fail('offersChanged');
            context.decline([...context.offers.keys()], 5_000);
          },
          update: () => {},
          agentsChanged: () => fail('agentsChanged'),
          call() {
            fail('call');
            return null;
          },
        };
        return scheduler;
      },
    });
    const host = cluster.startHost(broken);
    host.run(service);
    const client = cluster.startClient();
    await cluster.clock.advance(1_000);
    await cluster.startAgent('n1');
    await cluster.clock.advance(100);
    if (where === 'call') {
      const answer = client.request('framework.call', {
        to: { framework: 'broken' },
        verb: 'go',
        args: null,
      });
      await expect(cluster.answer(answer, 10)).rejects.toMatchObject({ code: 'framework.failed' });
    }
    await cluster.answer(submit(client, { name: 'web', command: ['x'] }));
    await cluster.clock.advance(5_000);
    expect(cluster.running('web')).toEqual(['web.0']);
    expect(made).toBeGreaterThanOrEqual(2);
    expect(made).toBeLessThan(8);
    if (where !== 'create') {
      const errors = cluster.master.parts.log
        .recent(2000)
        .filter(({ event }) => event.type === 'framework.error');
      expect(JSON.stringify(errors)).toContain(`thrown in ${where}`);
    }
    await host.close();
  });
});

describe('a plugin', () => {
  it('answers with its own errors and lives on', async () => {
    const cluster = await memoryCluster();
    let made = 0;
    const host = cluster.startHost(
      defineFramework({
        name: 'polite',
        kinds: ['polite'],
        verbs: { go: 'goes' },
        create() {
          made += 1;
          return {
            subscribed() {},
            offersChanged() {},
            update() {},
            call() {
              throw new TenderError('job.unknown', { name: 'x' });
            },
          };
        },
      }),
    );
    const client = cluster.startClient();
    await cluster.clock.advance(1_000);
    const answer = client.request('framework.call', { to: { framework: 'polite' }, verb: 'go', args: null });
    await expect(cluster.answer(answer, 10)).rejects.toMatchObject({ code: 'job.unknown' });
    await cluster.clock.advance(5_000);
    expect(made).toBe(1);
    await host.close();
  });
});
