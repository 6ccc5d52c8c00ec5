/** What people can say to a service: to an update while it goes on, and to all that runs. */
import { type JobVerb, type Json, TenderError } from 'tender/framework';
import { areTried } from './advance.ts';
import type { ServiceMemory, Update } from './memory.ts';
import { type ServiceView, situationOf } from './situation.ts';
import type { ServiceSpec } from './spec.ts';

type Verb = JobVerb<ServiceSpec, ServiceMemory>;

/** @throws TenderError `update.none` */
function updateOf({ job: { spec, memory } }: ServiceView): Update {
  if (memory.update) return memory.update;
  throw new TenderError('update.none', { name: spec.name });
}

const changed = ({ job }: ServiceView, update: Update) => ({
  memory: { ...job.memory, update },
  answer: { job: job.spec.name, version: update.version, state: update.state } as Json,
});

const pause: Verb = {
  help: 'holds an update: nothing of it goes on, what fails is replaced',
  run: (view) => changed(view, { ...updateOf(view), state: 'paused' }),
};

const resume: Verb = {
  help: 'lets a held update go on, or tries a failed one again',
  run: (view) => {
    const { why: _, ...update } = updateOf(view);
    const resumed: Update = { ...update, state: 'running', startedAt: view.now };
    const { memory, answer } = changed(view, resumed);
    return { memory: { ...memory, failures: {} }, answer };
  },
};

const promote: Verb = {
  help: 'lets the other instances follow the canaries',
  run: (view, args) => {
    const update = updateOf(view);
    const { name } = view.job.spec;
    if (update.promoted) throw new TenderError('update.promoted', { name });
    if (!areTried(situationOf(view)) && args['force'] !== true)
      throw new TenderError('update.untried', { name });
    return changed(view, { ...update, promoted: true, state: 'running', startedAt: view.now });
  },
};

const abort: Verb = {
  help: 'gives an update up and goes back to the version before',
  run: (view) => {
    const update = updateOf(view);
    if (update.from === undefined) throw new TenderError('update.no_way_back', { name: view.job.spec.name });
    return changed(view, { ...update, state: 'aborted', why: 'somebody has given it up' });
  },
};

const restart: Verb = {
  help: 'starts all instances anew, as many at once as a change may take away',
  run: ({ job: { spec, memory } }) => {
    const restarts = (memory.restarts ?? 0) + 1;
    // With a clean slate, as after a change: what waits to be tried again is tried now.
    return { memory: { ...memory, failures: {}, restarts }, answer: { job: spec.name } };
  },
};

export const verbs: Readonly<Record<string, Verb>> = { pause, resume, promote, abort, restart };
