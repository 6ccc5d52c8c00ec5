/** Jobs that are started with parameters, and jobs that are started by others. */
import { describe, expect, it } from 'vitest';
import { batchSchema } from '../../plugins/batch/spec.ts';
import { BatchWorld } from '../support/batch-view.ts';

type Input = ConstructorParameters<typeof BatchWorld>[0];
const begun = (input: Input): BatchWorld => {
  const world = new BatchWorld(input);
  world.settle();
  return world;
};
const RESIZE: Input = { dispatch: { required: ['FILE'], optional: { WIDTH: 800 }, payload: 'optional' } };

describe('a job with parameters', () => {
  it('does nothing by itself', () => {
    const world = begun(RESIZE);
    expect(world.live()).toEqual([]);
    expect(world.status()).toBe('ready');
  });

  it('has a run for each dispatch, side by side, with what it was given', () => {
    const world = begun(RESIZE);
    expect(world.call('dispatch', { parameters: { FILE: 'a.png' } })).toEqual({ job: 'job', run: 1 });
    world.call('dispatch', { parameters: { FILE: 'b.png', WIDTH: 100 }, payload: 'text' });
    const [first, second] = world.plan().place;
    expect(first).toMatchObject({ name: 'job.1.0', env: { FILE: 'a.png', WIDTH: '800' } });
    expect(first).not.toHaveProperty('payload');
    expect(second).toMatchObject({ name: 'job.2.0', env: { FILE: 'b.png', WIDTH: '100' }, payload: 'text' });
  });

  it('runs them one after another where it says so', () => {
    const world = begun({ ...RESIZE, overlap: 'queue' });
    for (const FILE of ['a', 'b', 'c']) world.call('dispatch', { parameters: { FILE } });
    world.settle();
    expect(world.results()).toEqual({ 1: 'active', 2: 'waiting', 3: 'waiting' });
    world.ends('job.1.0');
    world.settle();
    expect(world.live()).toEqual(['job.2.0']);
  });

  it.each<[string, Input, object]>([
    ['without a parameter that it needs', RESIZE, {}],
    ['with one that it does not have', RESIZE, { parameters: { FILE: 'a', HEIGHT: '1' } }],
    ['with parameters that are none', RESIZE, { parameters: ['a'] }],
    ['with a payload that it does not take', { dispatch: {} }, { payload: 'x' }],
    ['without the payload that it needs', { dispatch: { payload: 'required' } }, {}],
    ['with a payload that is no text', RESIZE, { parameters: { FILE: 'a' }, payload: 'a\0b' }],
    ['with a payload over 16 KiB', RESIZE, { parameters: { FILE: 'a' }, payload: 'ä'.repeat(8_193) }],
  ])('is refused %s', (_, input, args) => {
    const world = begun(input);
    expect(() => world.call('dispatch', args as never)).toThrow(
      expect.objectContaining({ code: 'run.refused' }),
    );
  });

  it('takes a payload of 16 KiB', () => {
    const world = begun(RESIZE);
    expect(world.call('dispatch', { parameters: { FILE: 'a' }, payload: 'x'.repeat(16_384) })).toMatchObject({
      run: 1,
    });
  });

  it('takes no more when a thousand runs wait', () => {
    const world = begun({ ...RESIZE, overlap: 'queue' });
    for (let i = 0; i < 1_000; i++) world.call('dispatch', { parameters: { FILE: 'a' } });
    expect(() => world.call('dispatch', { parameters: { FILE: 'a' } })).toThrow(
      '1000 runs of it have not ended',
    );
  });
});

describe('a job that comes after others', () => {
  const AFTER: Input = { after: ['extract', 'rates'] };

  it('runs when all of them have ended well, with what they gave', () => {
    const world = begun(AFTER);
    world.succeeds('extract', { FILE: 'x.csv' });
    world.settle();
    expect(world.live()).toEqual([]);
    world.succeeds('rates', { EUR: '1.1' });
    expect(world.plan().place).toMatchObject([{ name: 'job.1.0', env: { FILE: 'x.csv', EUR: '1.1' } }]);
  });

  it('runs again only when all of them have done so since', () => {
    const world = begun(AFTER);
    for (const name of ['extract', 'rates']) world.succeeds(name);
    world.settle();
    world.ends('job.1.0');
    for (const name of ['extract', 'extract']) world.succeeds(name);
    world.settle();
    expect(world.live()).toEqual([]);
    world.succeeds('rates');
    world.settle();
    expect(world.live()).toEqual(['job.2.0']);
  });

  it('counts what comes while it runs as one, and sees the latest', () => {
    const world = begun({ after: ['extract'] });
    world.succeeds('extract', { N: '1' });
    world.settle();
    for (const N of ['2', '3']) {
      world.succeeds('extract', { N });
      world.settle();
    }
    expect(world.live()).toEqual(['job.1.0']);
    world.ends('job.1.0');
    world.settle();
    expect(world.live()).toEqual(['job.2.0']);
    expect(world.memory.runs[2]!.env).toEqual({ N: '3' });
    world.ends('job.2.0');
    world.settle();
    expect(world.live()).toEqual([]);
  });

  it('sees a job that was begun anew, whatever its runs are numbered', () => {
    const world = begun({ after: ['extract'] });
    world.succeeds('extract');
    world.settle();
    world.ends('job.1.0');
    world.others.delete('extract');
    world.settle();
    world.succeeds('extract');
    world.settle();
    expect(world.live()).toEqual(['job.2.0']);
  });

  it('does not begin while it is paused, and does so after', () => {
    const world = begun({ after: ['extract'] });
    world.call('pause');
    world.succeeds('extract');
    world.settle();
    expect(world.live()).toEqual([]);
    world.call('resume');
    world.settle();
    expect(world.live()).toEqual(['job.1.0']);
  });
});

describe('a job file', () => {
  it.each<[string, Input, string]>([
    ['with a schedule and parameters', { schedule: '0 2 * * *', dispatch: {} }, 'dispatch'],
    ['with a schedule and jobs before it', { schedule: '0 2 * * *', after: ['a'] }, 'after'],
    ['with a count, and one on each agent', { everywhere: true, count: 2 }, 'count'],
    ['with a parameter that is no name of a variable', { dispatch: { required: ['a-b'] } }, 'dispatch'],
    ['with a parameter of our own', { dispatch: { required: ['TENDER_RUN'] } }, 'dispatch'],
    ['that tries 0 again', { retry: { only: [0] } }, 'retry'],
    ['without anything to do', { command: undefined as never }, 'image'],
  ])('%s is refused', (_, input, path) => {
    const { error } = batchSchema.safeParse({ name: 'job', kind: 'batch', command: ['work'], ...input });
    expect(error?.issues.map((issue) => issue.path[0])).toContain(path);
  });
});
