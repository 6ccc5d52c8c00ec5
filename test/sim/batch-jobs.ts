/**
 * The batch jobs of the simulation, and what people do with them. Each name stands for one way in which a job is started;
 * its instances end by themselves, with a code that luck chooses.
 */
import { callVerb, scale, stop, submit } from '../../src/client/commands.ts';
import type { Json } from '../../src/core/json.ts';
import { HOPELESS } from './errands.ts';
import { type Action, command, type Luck, pick, request, upTo } from './people.ts';

export const BATCH = 'batch';

type Fields = { readonly [key: string]: Json };

/** All of its instances wait for a machine that is out of reach: none of them ever runs twice at a time. */
const WAITS = { onLost: 'wait' };

/** What never changes of each; how many instances a run of it has at most; and what starts one. */
const KINDS: Readonly<Record<string, { fields: Fields; most: number; begins: 'run-now' | 'dispatch' }>> = {
  b0: { fields: { timeout: '40s' }, most: 20, begins: 'run-now' },
  b1: { fields: { ...WAITS, parallelism: 4 }, most: 20, begins: 'run-now' },
  c0: { fields: { ...WAITS, schedule: '*/3 * * * *', overlap: 'skip' }, most: 2, begins: 'run-now' },
  c1: { fields: { schedule: '1-59/4 * * * *', overlap: 'queue' }, most: 2, begins: 'run-now' },
  q0: { fields: { dispatch: { required: ['REQUEST'] } }, most: 4, begins: 'dispatch' },
  q1: {
    fields: { ...WAITS, dispatch: { required: ['REQUEST'] }, overlap: 'queue', parallelism: 2 },
    most: 4,
    begins: 'dispatch',
  },
  f0: { fields: { after: ['b0'] }, most: 2, begins: 'run-now' },
  m0: { fields: { ...WAITS, everywhere: true }, most: 1, begins: 'run-now' },
  m1: {
    fields: { everywhere: true, schedule: '2-59/5 * * * *', overlap: 'queue' },
    most: 1,
    begins: 'run-now',
  },
};

export const BATCH_JOBS = Object.keys(KINDS);
const SCHEDULED = BATCH_JOBS.filter((job) => KINDS[job]!.fields['schedule'] !== undefined);
export const neverTwice = (job: string): boolean => KINDS[job]?.fields['onLost'] === 'wait';

function specOf(job: string, count: number, mark: string, { b }: Luck): Fields {
  return {
    name: job,
    kind: BATCH,
    count,
    command: ['work'],
    env: { MARK: mark },
    cpus: pick([0.1, 0.25], b)!,
    mem: 64,
    killGrace: '1s',
    retry: { attempts: 2, delay: '500ms', maxDelay: '4s', never: [HOPELESS] },
    history: 100,
    ...KINDS[job]!.fields,
  };
}

export const BATCH_ACTIONS: readonly Action[] = [
  {
    name: 'submit a batch job',
    weight: 5,
    run(sim, promises, luck) {
      const job = pick(BATCH_JOBS, luck.a)!;
      const count = 1 + upTo(KINDS[job]!.most - 1, luck.b);
      const mark = `v${Math.floor(luck.c * 1e9)}`;
      const become = () => ({ count, mark, stopped: false });
      command(sim, promises, job, `submit ${job} x${count} ${mark}`, become, (client) =>
        submit(client, specOf(job, count, mark, luck)),
      );
    },
  },
  {
    // The same work: what is done stays done.
    name: 'scale a batch job',
    weight: 2,
    run(sim, promises, { a, b }) {
      const job = pick(BATCH_JOBS, a)!;
      const count = 1 + upTo(KINDS[job]!.most - 1, b);
      const become = <T>(wish: T) => ({ ...wish, count, stopped: false });
      command(sim, promises, job, `scale ${job}=${count}`, become, (client) => scale(client, job, count));
    },
  },
  {
    name: 'begin a run',
    weight: 4,
    run(sim, promises, { a, b }) {
      const job = pick(BATCH_JOBS, a)!;
      const { begins } = KINDS[job]!;
      const asked = `r${Math.floor(b * 1e9)}`;
      const args: Fields = begins === 'dispatch' ? { parameters: { REQUEST: asked } } : {};
      const same = <T>(wish: T): T => wish;
      command(sim, promises, job, `${begins} ${job} ${asked}`, same, async (client) => {
        const { run } = (await callVerb(client, job, begins, args)) as { readonly run: number };
        promises.hasBegun(job, run);
      });
    },
  },
  {
    name: 'cancel a run',
    weight: 1,
    run(sim, promises, { a, b }) {
      const job = pick(BATCH_JOBS, a)!;
      const run = pick([...promises.begun(job)].slice(-3), b);
      const same = <T>(wish: T): T => wish;
      if (run === undefined) return;
      command(sim, promises, job, `cancel ${job} run ${run}`, same, async (client) => {
        await callVerb(client, job, 'cancel', { run });
        promises.hasCanceled(job, run);
      });
    },
  },
  {
    name: 'skip a time',
    weight: 0.7,
    run(sim, promises, { a }) {
      const job = pick(SCHEDULED, a)!;
      const same = <T>(wish: T): T => wish;
      command(sim, promises, job, `skip ${job}`, same, async (client) => {
        const { skipped } = (await callVerb(client, job, 'skip')) as { readonly skipped: number };
        promises.hasSkipped(job, skipped);
      });
    },
  },
  {
    name: 'stop a batch job',
    weight: 1,
    run(sim, promises, { a }) {
      const job = pick(BATCH_JOBS, a)!;
      const become = <T>(wish: T) => ({ ...wish, stopped: true });
      command(sim, promises, job, `stop ${job}`, become, (client) => stop(client, job));
    },
  },
  {
    name: 'pause a batch job',
    weight: 0.7,
    run(sim, _, { a, b }) {
      const job = pick(BATCH_JOBS, a)!;
      const say = (verb: string): void =>
        request(sim, `${verb} ${job}`, () => callVerb(sim.user!.client, job, verb));
      say('pause');
      sim.clock.after(200_000 * b, () => say('resume'));
    },
  },
];
