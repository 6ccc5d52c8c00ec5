/** When runs come: by a clock that is put forward and back, on request, after other jobs; and what becomes of what is late. */
import { describe, expect, it } from 'vitest';
import { batchSchema } from '../../plugins/batch/spec.ts';
import { latestTime, nextTime } from '../../src/framework/schedule.ts';
import { BatchWorld } from '../support/batch-view.ts';

const HOUR = 3_600_000;
const at = (text: string): number => Date.parse(text);
const begun = (
  input: ConstructorParameters<typeof BatchWorld>[0],
  now = at('2026-01-01T00:00:00Z'),
): BatchWorld => {
  const world = new BatchWorld(input, now);
  world.settle();
  return world;
};

describe('the times of a schedule', () => {
  const BERLIN = 'Europe/Berlin';
  const YORK = 'America/New_York';
  const HOWE = 'Australia/Lord_Howe';
  it.each<[string, string, string, string, string[]]>([
    [
      'an hour that is skipped: once, at the first instant after it',
      '30 2 * * *',
      BERLIN,
      '2026-03-28T12:00Z',
      ['2026-03-29T01:00Z', '2026-03-30T00:30Z'],
    ],
    [
      'several times of it: once together',
      '0,15,30 2 * * *',
      BERLIN,
      '2026-03-28T12:00Z',
      ['2026-03-29T01:00Z', '2026-03-30T00:00Z'],
    ],
    [
      'a time at the very end of the gap, beside one in it: once',
      '0 2,3 * * *',
      BERLIN,
      '2026-03-28T12:00Z',
      ['2026-03-29T01:00Z', '2026-03-30T00:00Z'],
    ],
    [
      'an hour that comes twice: the first time',
      '30 2 * * *',
      BERLIN,
      '2026-10-24T12:00Z',
      ['2026-10-25T00:30Z', '2026-10-26T01:30Z'],
    ],
    [
      'seen from within the second time: not again',
      '30 2 * * *',
      BERLIN,
      '2026-10-25T01:10Z',
      ['2026-10-26T01:30Z'],
    ],
    [
      'each hour over a gap: as time really passes',
      '0 * * * *',
      BERLIN,
      '2026-03-28T23:30Z',
      ['2026-03-29T00:00Z', '2026-03-29T01:00Z', '2026-03-29T02:00Z'],
    ],
    [
      'each hour over a doubled one: as time really passes',
      '30 * * * *',
      BERLIN,
      '2026-10-24T23:45Z',
      ['2026-10-25T00:30Z', '2026-10-25T01:30Z', '2026-10-25T02:30Z'],
    ],
    [
      'the gap of New York',
      '30 2 * * *',
      YORK,
      '2026-03-07T12:00Z',
      ['2026-03-08T07:00Z', '2026-03-09T06:30Z'],
    ],
    [
      'the doubled hour of New York',
      '30 1 * * *',
      YORK,
      '2026-10-31T12:00Z',
      ['2026-11-01T05:30Z', '2026-11-02T06:30Z'],
    ],
    [
      'half an hour skipped',
      '15 2 * * *',
      HOWE,
      '2026-10-02T16:00Z',
      ['2026-10-03T15:30Z', '2026-10-04T15:15Z'],
    ],
    [
      'half an hour doubled',
      '45 1 * * *',
      HOWE,
      '2026-04-03T16:00Z',
      ['2026-04-04T14:45Z', '2026-04-05T15:15Z'],
    ],
    [
      'the month from its first day on',
      '0 0 1 * *',
      'UTC',
      '2026-01-31T12:00Z',
      ['2026-02-01T00:00Z', '2026-03-01T00:00Z'],
    ],
    [
      'the last day of a month',
      '0 0 L * *',
      'UTC',
      '2026-01-31T12:00Z',
      ['2026-02-28T00:00Z', '2026-03-31T00:00Z'],
    ],
    [
      'seconds',
      '*/20 * * * * *',
      'UTC',
      '2026-01-01T00:00:01Z',
      ['2026-01-01T00:00:20Z', '2026-01-01T00:00:40Z'],
    ],
  ])('%s', (_, cron, timezone, from, expected) => {
    const schedule = { cron: [cron], timezone };
    const times: number[] = [];
    for (let time: number | undefined = at(from); times.length < expected.length; ) {
      time = nextTime(schedule, time ?? 0);
      times.push(time!);
    }
    expect(times.map((time) => new Date(time).toISOString())).toEqual(
      expected.map((time) => new Date(at(time)).toISOString()),
    );
  });

  it('of several lines are those of all of them', () => {
    const schedule = { cron: ['0 6 * * *', '30 5 * * *'], timezone: 'UTC' };
    expect(nextTime(schedule, at('2026-01-01T00:00Z'))).toBe(at('2026-01-01T05:30Z'));
    expect(nextTime(schedule, at('2026-01-01T05:30Z'))).toBe(at('2026-01-01T06:00Z'));
  });

  it('are found however many were missed: a year of seconds is no more work than a minute', () => {
    const schedule = { cron: ['* * * * * *'], timezone: 'UTC' };
    const now = at('2027-01-01T00:00:00.500Z');
    const begin = performance.now();
    expect(latestTime(schedule, at('2026-01-01T00:00Z'), now)).toBe(at('2027-01-01T00:00Z'));
    expect(performance.now() - begin).toBeLessThan(1_000);
  });

  it.each<[string, unknown]>([
    ['no cron line', 'every day'],
    ['a minute that there is not', '61 * * * *'],
    ['a day that never comes', '0 0 30 2 *'],
    ['a place that is no time zone', { cron: '0 2 * * *', timezone: 'Europe/Atlantis' }],
  ])('are refused: %s', (_, schedule) => {
    const found = batchSchema.safeParse({ name: 'job', kind: 'batch', command: ['work'], schedule });
    expect(found.error?.issues[0]?.path[0]).toBe('schedule');
  });
});

describe('a run that is due while another is there', () => {
  const twoDue = (overlap?: string): BatchWorld => {
    const world = begun({ schedule: '* * * * * *', ...(overlap && { overlap }) });
    world.pass(1_000);
    world.pass(1_000);
    return world;
  };

  it.each<[string | undefined, string[], Record<string, string>]>([
    [undefined, ['job.1.0'], { 1: 'active' }],
    ['skip', ['job.1.0'], { 1: 'active' }],
    ['allow', ['job.1.0', 'job.2.0'], { 1: 'active', 2: 'active' }],
    ['queue', ['job.1.0'], { 1: 'active', 2: 'waiting' }],
    ['replace', ['job.1.0'], { 1: 'stopping', 2: 'waiting' }],
  ])('overlap %s', (overlap, live, results) => {
    const world = twoDue(overlap);
    expect(world.live()).toEqual(live);
    expect(world.results()).toEqual(results);
  });

  it('skipped, is not made up for, and it is said that it was', () => {
    const world = twoDue('skip');
    world.ends('job.1.0');
    world.settle();
    expect(world.live()).toEqual([]);
    expect(world.call('runs')).toMatchObject({ skipped: { at: world.now, why: 'run 1 was still there' } });
  });

  it('queued, starts when the other is over, and there is never more than one that waits', () => {
    const world = twoDue('queue');
    world.pass(5_000);
    expect(world.results()).toEqual({ 1: 'active', 2: 'waiting' });
    world.ends('job.1.0');
    world.settle();
    expect(world.live()).toEqual(['job.2.0']);
  });

  it('replacing it, starts when nothing of the other is left', () => {
    const world = twoDue('replace');
    world.ends('job.1.0', 'KILLED', { reason: 'killed' });
    world.settle();
    expect(world.live()).toEqual(['job.2.0']);
    expect(world.results()).toEqual({ 1: 'stopped', 2: 'active' });
  });
});

describe('times that came while nobody looked', () => {
  it.each<[string, number, object, string[]]>([
    ['one missed: it runs', 1.5 * HOUR, {}, ['job.1.0']],
    ['many missed: one run', 100.5 * HOUR, {}, ['job.1.0']],
    ['none missed: the next is still to come', 0.5 * HOUR, {}, []],
    ['missed, and not to be made up for', 1.5 * HOUR, { catchUp: false }, []],
    ['just now, and a moment late', HOUR + 5_000, { catchUp: false }, ['job.1.0']],
  ])('%s', (_, away, more, live) => {
    const world = begun({ schedule: '0 * * * *', ...more });
    world.now += away;
    world.settle();
    expect(world.live()).toEqual(live);
  });

  it('while a run is still there: none', () => {
    const world = begun({ schedule: '0 * * * *' });
    world.pass(HOUR);
    world.now += 7 * HOUR;
    world.settle();
    expect(world.live()).toEqual(['job.1.0']);
    world.ends('job.1.0');
    world.settle();
    expect(world.live()).toEqual([]);
  });

  it('stands for the latest of them', () => {
    const world = begun({ schedule: '0 * * * *' });
    world.now += 3.5 * HOUR;
    world.settle();
    expect(world.memory.runs[1]!.due).toBe(at('2026-01-01T03:00Z'));
  });

  it('are none that come again when the clock is put back', () => {
    const world = begun({ schedule: '0 * * * *' });
    world.pass(HOUR);
    world.ends('job.1.0');
    world.settle();
    world.now -= 0.5 * HOUR;
    world.pass(0.5 * HOUR);
    expect(world.live()).toEqual([]);
    world.pass(HOUR);
    expect(world.live()).toEqual(['job.2.0']);
  });
});

describe('a person', () => {
  it('pauses a job: what runs goes on, nothing is started; what came meanwhile is not made up for', () => {
    const world = begun({ schedule: '0 * * * *', count: 2, parallelism: 1, overlap: 'allow' });
    world.pass(HOUR);
    world.call('pause');
    expect(world.live()).toEqual(['job.1.0']);
    world.ends('job.1.0');
    world.pass(5 * HOUR);
    expect(world.live()).toEqual([]);
    expect(world.status()).toBe('paused');
    world.call('resume');
    world.settle();
    expect(world.live()).toEqual(['job.1.1']);
    world.ends('job.1.1');
    world.pass(HOUR);
    expect(world.live()).toEqual(['job.2.0']);
  });

  it('lets the next time pass, and only that', () => {
    const world = begun({ schedule: '0 * * * *' });
    expect(world.call('skip')).toEqual({
      job: 'job',
      skipped: at('2026-01-01T01:00Z'),
      next: at('2026-01-01T02:00Z'),
    });
    world.pass(HOUR);
    expect(world.live()).toEqual([]);
    world.pass(HOUR);
    expect(world.live()).toEqual(['job.1.0']);
  });

  it('has it run now, beside its schedule', () => {
    const world = begun({ schedule: '0 * * * *' });
    world.call('run-now');
    world.settle();
    expect(world.live()).toEqual(['job.1.0']);
    expect(world.memory.runs[1]!.cause).toBe('now');
  });

  it('has it run now while a run is there: after that, whatever the schedule does', () => {
    const world = begun({ schedule: '0 * * * *' });
    world.pass(HOUR);
    world.call('run-now');
    world.settle();
    expect(world.results()).toEqual({ 1: 'active', 2: 'waiting' });
    world.ends('job.1.0');
    world.settle();
    expect(world.live()).toEqual(['job.2.0']);
  });

  it('ends one of its runs', () => {
    const world = begun({ schedule: '0 * * * *', overlap: 'allow' });
    world.pass(HOUR);
    world.pass(HOUR);
    world.call('cancel', { run: 1 });
    world.settle();
    world.ends('job.1.0', 'KILLED', { reason: 'killed' });
    world.settle();
    expect(world.results()).toEqual({ 1: 'stopped', 2: 'active' });
  });

  it.each<[string, object, string, object]>([
    ['skip without a schedule', {}, 'skip', {}],
    ['a run that is not there', {}, 'cancel', { run: 7 }],
    ['run-now where there are parameters', { dispatch: {} }, 'run-now', {}],
    ['dispatch where there are none', {}, 'dispatch', {}],
  ])('is refused: %s', (_, input, verb, args) => {
    const world = begun(input as never);
    expect(() => world.call(verb, args as never)).toThrow(expect.objectContaining({ code: 'run.refused' }));
  });

  it('stops a job: no run of it comes any more', () => {
    const world = begun({ schedule: '0 * * * *' });
    world.stopping = true;
    world.pass(10 * HOUR);
    expect(world.live()).toEqual([]);
    expect(world.plan().waitUntil).toBeUndefined();
  });
});

describe('only the last runs', () => {
  it('are remembered, ten or as many as the job says', () => {
    for (const [history, kept] of [
      [undefined, 10],
      [3, 3],
    ] as const) {
      const world = begun({ schedule: '0 * * * *', ...(history && { history }) });
      for (let run = 1; run <= 15; run++) {
        world.pass(HOUR);
        world.ends(`job.${run}.0`);
        world.settle();
      }
      expect(Object.keys(world.results())).toEqual(
        Array.from({ length: kept }, (_, i) => String(16 - kept + i)),
      );
    }
  });
});
