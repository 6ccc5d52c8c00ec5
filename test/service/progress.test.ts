/** What a service publishes of an update: how far it is, what it waits for, and what may be said to it. */
import { describe, expect, it } from 'vitest';
import type { ServiceMemory, Update } from '../../plugins/service/memory.ts';
import { service } from '../../plugins/service/service.ts';
import { instanceOf, viewOf } from '../support/service-view.ts';

const SPECS = [1, 2].map((release) => ({
  count: 3,
  env: { RELEASE: release },
  update: { strategy: 'canary', canaries: 1, minHealthy: '10s' },
}));

const updating = (more: Partial<Update> = {}): ServiceMemory => ({
  failures: {},
  stable: 1,
  update: { version: 2, from: 1, state: 'running', promoted: false, startedAt: 50_000, ...more },
});

const old = (index: number) => instanceOf(index, 'RUNNING', { version: 1 });
const fresh = (index: number, servesSince: number) =>
  instanceOf(index, 'RUNNING', { version: 2, since: servesSince, servesSince });

const progress = (memory: ServiceMemory, ...instances: ReturnType<typeof instanceOf>[]) =>
  service.summary(viewOf({ specs: SPECS, memory, instances })).progress;

describe('the progress of an update', () => {
  it('is nothing when all is there', () => {
    expect(progress({ failures: {}, stable: 2 }, fresh(0, 0), fresh(1, 0), fresh(2, 0))).toBeUndefined();
  });

  it('counts an instance once it has served for long enough', () => {
    expect(progress(updating(), fresh(0, 55_000), old(1), old(2))).toMatchObject({
      kind: 'change',
      what: 'canary update',
      done: 0,
      of: 3,
      from: 1,
      to: 2,
      since: 50_000,
      held: undefined,
      verbs: ['pause', 'abort'],
    });
  });

  it('is held while canaries wait for a word, and says which words there are', () => {
    expect(progress(updating(), fresh(0, 20_000), old(1), old(2))).toMatchObject({
      done: 1,
      held: 'its canaries serve, and wait for your word',
      verbs: ['promote', 'abort'],
    });
  });

  it('of one that has failed says why, and how to go on', () => {
    const failed = updating({ state: 'failed', why: 'web.0 failed 3 times in a row' });
    expect(progress(failed, old(0), old(1), old(2))).toMatchObject({
      held: 'web.0 failed 3 times in a row',
      verbs: ['resume', 'abort'],
    });
  });

  it('of the first version is a start, which nothing can go back from', () => {
    const first: ServiceMemory = {
      failures: {},
      update: { version: 2, state: 'running', promoted: true, startedAt: 0 },
    };
    const pulling = instanceOf(1, 'STAGING', { version: 2, message: 'pulling web, 62 of 110 MiB' });
    expect(progress(first, fresh(0, 0), pulling)).toMatchObject({
      what: 'start',
      done: 1,
      step: 'web.1 is STAGING: pulling web, 62 of 110 MiB',
      verbs: ['pause'],
    });
  });
});
