/**
 * What a person should look at, the worst first: each with a word for what it is and the reason in the words of whoever
 * knows it. Read from the replica and the latest events alone, so it costs nothing and is always there.
 */
import type { Agent, ClusterState, Job } from '../core/cluster.ts';
import type { EventOf, Numbered } from '../core/events.ts';
import { age, counted, percent } from './table/figures.ts';
import { frameworkState } from './table/frameworks.ts';
import { agentState, agents } from './table/machines.ts';
import { compareValues, naturalKey } from './table/natural.ts';
import type { Tone } from './table/table.ts';
import { jobTone, needsAttention } from './table/work.ts';

export interface Attention {
  /** Where one can read more of it; absent: it is the cluster as a whole. */
  readonly of?: { readonly table: 'jobs' | 'agents' | 'frameworks'; readonly id: string } | undefined;
  readonly name: string;
  /** One or two words: `held`, `no room`, `away`, `out of disk`. */
  readonly what: string;
  readonly why: string;
  readonly tone: Tone;
}

/** So full is nearly full. */
const FULL = 0.9;
/** A warning of the master is news for so long (ms). */
const NEWS = 900_000;

export function attentionIn(state: ClusterState, recent: readonly Numbered[], now: number): Attention[] {
  const found = [
    ...lossOf(state),
    ...[...state.agents.values()].flatMap((agent) => ofAgent(agent, state, now)),
    ...[...state.frameworks.values()].flatMap((framework): Attention[] =>
      framework.state === 'connected'
        ? []
        : [
            {
              of: { table: 'frameworks', id: framework.id },
              name: framework.id,
              what: 'away',
              why: `framework ${frameworkState(framework, state, now)}: its tasks go on, nothing new starts`,
              tone: 'bad',
            },
          ],
    ),
    ...pluginsFailing(recent),
    ...[...state.jobs.values()].flatMap(ofJob),
    ...warningsIn(recent, now),
  ];
  const badness = ({ tone }: Attention): number => (tone === 'bad' ? 0 : tone === 'busy' ? 1 : 2);
  return found.sort(
    (a, b) => badness(a) - badness(b) || compareValues(naturalKey(a.name), naturalKey(b.name)),
  );
}

function lossOf({ massLoss }: ClusterState): Attention[] {
  if (!massLoss) return [];
  const { away, of } = massLoss;
  const why = `${away} of ${of} agents are away at once: their work waits for them`;
  return [{ name: 'the network', what: 'broken', why, tone: 'bad' }];
}

function ofAgent(agent: Agent, state: ClusterState, now: number): Attention[] {
  const { id, name, host, usage, fault } = agent;
  const about = { of: { table: 'agents', id }, name } as const;
  if (agent.state === 'gone') return [];
  if (agent.state !== 'ready') {
    const what = agentState(agent, state, now);
    const why = `not heard for ${age(now - agent.since)}: its tasks may still run`;
    return [{ ...about, what, why, tone: agents.tone(agent, state) }];
  }
  if (fault) {
    const why = `${fault.why}: nothing new starts there`;
    return [{ ...about, what: fault.state, why, tone: 'bad' }];
  }
  if (!usage) return [];
  const full = (
    [
      ['disk', usage.disk, host.disk],
      ['memory', usage.mem, host.mem],
    ] as const
  ).filter(([, used, total]) => total > 0 && used / total >= FULL);
  return full.slice(0, 1).map(([what, used, total]) => ({
    ...about,
    what: `${what} ${percent(used, total)}`,
    why: `its ${what} is nearly full`,
    tone: 'busy',
  }));
}

/** What the job itself says; else what it lacks. */
function ofJob(job: Job): Attention[] {
  const { name, progress, status, healthy, desired } = job;
  const isHeld = progress?.held !== undefined;
  if (!needsAttention(job) && !isHeld) return [];
  // What is under way and goes on by itself is no trouble.
  if (progress && !isHeld && progress.kind === 'change' && jobTone(job) !== 'bad' && status !== 'waiting')
    return [];
  // Why it has no room says more than that it does not get ahead.
  const why =
    isHeld && status !== 'waiting'
      ? `${progress.what}: ${progress.held}${progress.step === '' ? '' : ` (${progress.step})`}`
      : job.message || `${healthy} of ${desired} healthy`;
  const tone = status === 'failed' || status === 'failing' ? 'bad' : jobTone(job) === 'bad' ? 'bad' : 'busy';
  return [{ of: { table: 'jobs', id: name }, name, what: isHeld ? heldWord(job) : status, why, tone }];
}

const heldWord = ({ status, progress }: Job): string =>
  progress?.verbs.includes('promote') ? 'your word' : status === 'running' ? 'held' : status;

/** Those whose last news was that they fail. */
function pluginsFailing(recent: readonly Numbered[]): Attention[] {
  const last = new Map<string, EventOf<'plugin.changed'>>();
  for (const { event } of recent) if (event.type === 'plugin.changed') last.set(event.plugin, event);
  return [...last.values()]
    .filter(({ failing }) => failing)
    .map(({ plugin, message }) => ({
      name: plugin,
      what: 'failing',
      why: `plugin: ${message}`,
      tone: 'bad',
    }));
}

/** Of several alike the last one, with their number. */
function warningsIn(recent: readonly Numbered[], now: number): Attention[] {
  const news = recent.flatMap(({ event }) =>
    event.type === 'master.warning' && now - event.at < NEWS ? [event] : [],
  );
  const alike = Map.groupBy(news, ({ message }) => message);
  return [...alike].map(([message, { length }]) => ({
    name: 'the master',
    what: 'warns',
    why: length === 1 ? message : `${message} (${counted(length, 'time')})`,
    tone: 'busy',
  }));
}
