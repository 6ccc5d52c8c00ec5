/**
 * lease: runs something for a while, then ends it: a notebook for two hours, a test machine until lunch. A whole framework
 * on the kit: what may be in a job, and pure functions that say what to do. docs/plugins.md explains it.
 */
import {
  checkJob,
  defineFramework,
  duration,
  fills,
  type JobKind,
  jobFields,
  type View,
  z,
} from 'tender/framework';

const schema = z
  .strictObject({
    ...jobFields,
    kind: z.literal('lease'),
    for: duration.prefault('1h').describe('how long it runs'),
  })
  .superRefine(checkJob);
type Spec = z.output<typeof schema>;
/** When its time is over (ms since 1970); 0: it has not begun. */
type Memory = { readonly until: number };

const isOver = ({ job, now }: View<Spec, Memory>): boolean =>
  job.stopping || (job.memory.until > 0 && job.memory.until <= now);
const clock = (ms: number): string => new Date(ms).toTimeString().slice(0, 5);

const lease: JobKind<Spec, Memory> = {
  schema,
  memory: { until: 0 },

  reconcile(view) {
    const { job, instances, now } = view;
    const live = instances.filter(fills);
    const isRunning = live.some(({ state }) => state === 'RUNNING');
    // Its time begins when it runs for the first time.
    const memory = job.memory.until === 0 && isRunning ? { until: now + job.spec.for } : job.memory;
    if (isOver(view)) return { memory, stop: live.map((instance) => ({ instance, why: 'over' })), place: [] };
    return {
      memory,
      stop: live.slice(1).map((instance) => ({ instance, why: 'surplus' })),
      place: live.length > 0 ? [] : [{ index: 0, why: 'missing' }],
      waitUntil: memory.until || undefined,
    };
  },

  /** It is over early when its program has ended by itself; one that lost its machine gets another one. */
  ended({ job, now }, _, { state }) {
    return state === 'FINISHED' || state === 'FAILED' ? { until: now } : job.memory;
  },

  summary(view) {
    const isRunning = view.instances.some(({ state }) => state === 'RUNNING');
    const status = isOver(view) ? 'finished' : isRunning ? 'running' : 'starting';
    const { until } = view.job.memory;
    const columns = { until: until > 0 ? clock(until) : '' };
    return { desired: isOver(view) ? 0 : 1, status, settled: status !== 'starting', columns };
  },

  why(view, _, lastEnd) {
    const { spec, memory } = view.job;
    const how = lastEnd ? `: ${lastEnd.message || lastEnd.reason}` : '';
    const running = memory.until > 0 ? `runs until ${clock(memory.until)}` : 'is being started';
    const sentence = isOver(view) ? `was over at ${clock(memory.until)}${how}` : running;
    return { sentence: `${spec.name} ${sentence}.`, agents: [], help: '' };
  },

  columns: [{ title: 'until', key: 'until' }],
};

export default defineFramework({ name: 'lease', kinds: { lease } });
