/** A job beside its fields: what is under way, when it runs, where its instances are and what they use, what was decided. */
import { endpoints } from '../../../client/changes.ts';

import { latelyText } from '../../../client/lately-text.ts';
import { dueText, took } from '../../../client/table/job-work.ts';
import { cutMiddle, pad, plain, wrap } from '../../../client/table/width.ts';
import { age, counted } from '../../../client/tables.ts';
import { underWay } from '../../../client/under-way.ts';
import type { Lately } from '../../../client/why.ts';
import type { Job } from '../../../core/cluster.ts';
import type { RunMark } from '../../../core/progress.ts';
import type { Task } from '../../../core/task.ts';
import type { Context } from '../../context.ts';
import { bindingsAt } from '../../keys.ts';
import { type Line, line, type Span, span } from '../../line.ts';
import { workLines } from '../overview/work-block.ts';
import type { Section } from './sections.ts';
import { usageLines } from './usage-lines.ts';

const RUNS = 10;
const DECISIONS = 5;
/** Cells: where it can be reached and how it is stand behind its machine. */
const AGENT = 16;

export function jobSections(job: Job, context: Context): Section[] {
  const { client, now, size } = context;
  const tasks = [...client.state.tasks.values()].filter((task) => task.job === job.name);
  const isBatch = job.timetable !== undefined;
  return [
    ...(job.progress ? [{ title: 'under way', lines: progressLines(job, context) }] : []),
    ...(job.timetable ? [{ title: 'runs', lines: runLines(job.timetable, now) }] : []),
    ...(isBatch && tasks.length === 0
      ? []
      : [
          {
            title: 'instances',
            note: counted(job.running, 'runs', 'run'),
            lines: usageLines(tasks, client.state, size.columns, {
              text: whereOf(job, context),
              isFirst: true,
            }),
          },
        ]),
    ...decisionsOf(job, context),
  ];
}

/** `nuc1  10.0.0.14:31080 ready`. */
function whereOf(job: Job, { client }: Context) {
  const reachable = new Map(endpoints(client, job).map((one) => [one.task, one]));
  return (task: Task): string => {
    const agent = client.state.agents.get(task.agent)?.name ?? task.agent;
    const found = reachable.get(task.id);
    const health =
      task.healthy === false
        ? 'unhealthy'
        : task.ready === false
          ? 'not ready'
          : task.healthy
            ? 'healthy'
            : '';
    const ports = found ? Object.values(found.ports).join(' ') : '';
    const held = found?.weight === 0 ? 'no traffic' : '';
    return [cutMiddle(agent, AGENT), ports, health, held].filter((text) => text !== '').join(' ');
  };
}

function progressLines(job: Job, context: Context): Line[] {
  const { client, now, size } = context;
  const progress = job.progress!;
  const going = underWay(client.state).filter(({ of }) => of.table === 'jobs' && of.id === job.name);
  const versions = progress.from === undefined ? '' : `from version ${progress.from} to ${progress.to}`;
  const steps = [
    ...(progress.held === undefined ? [] : [{ text: `held: ${progress.held}`, tone: 'busy' as const }]),
    ...(progress.step === '' ? [] : [{ text: `at ${progress.step}`, tone: 'plain' as const }]),
  ];
  return [
    ...workLines(
      going.length > 0
        ? going.map((one) => ({ ...one, step: '' }))
        : [
            {
              of: { table: 'jobs', id: job.name },
              name: job.name,
              what: progress.what,
              share: progress.of === 0 ? 0 : progress.done / progress.of,
              remains: `${progress.done} of ${progress.of}`,
              step: '',
              since: progress.since,
              tone: 'busy',
            },
          ],
      now,
      size.columns,
    ),
    ...(versions === '' ? [] : [line(span(`  ${versions}`, 'faint'))]),
    ...steps.flatMap(({ text, tone }) =>
      wrap(plain(text), size.columns - 4).map((part) => line(span(`  ${part}`, tone))),
    ),
    ...sayable(progress.verbs, context),
  ];
}

/** `you can  pause (p)  abort (ctrl-x)` */
function sayable(verbs: readonly string[], context: Context): Line[] {
  if (verbs.length === 0) return [];
  const bindings = bindingsAt('jobs detail', context);
  const spans = verbs.flatMap((verb): Span[] => {
    const keys = bindings.find((b) => b.action === 'verb' && b.with?.split(' ').includes(verb))?.keys;
    return [span('  '), ...(keys ? [span(keys[0]!, 'key'), span(' ')] : [span(':', 'key')]), span(verb)];
  });
  return [line(span('  you can', 'faint'), ...spans)];
}

const RUN_TONES = { complete: 'good', failed: 'bad', stopped: 'faint' } as const;

function runLines(
  { next, timezone = 'UTC', paused, runs }: NonNullable<Job['timetable']>,
  now: number,
): Line[] {
  const times = next.map((at) => dueText(at, timezone, now)).join(', ');
  const due = paused ? [span('paused: nothing is started', 'busy')] : [];
  return [
    ...(times === '' && !paused
      ? []
      : [
          line(
            span(`  ${pad('next', 10)}`, 'faint'),
            ...due,
            paused ? '' : `${times} ${timezone}`,
            span(paused || next.length === 0 ? '' : `  in ${age(next[0]! - now)}`, 'faint'),
          ),
        ]),
    ...(runs.length === 0 ? [line(span('  none has ended yet', 'faint'))] : []),
    ...runs
      .slice(0, RUNS)
      .map((run: RunMark) =>
        line(
          span(`  ${pad(`run ${run.run}`, 10)}`, 'faint'),
          span(pad(run.state, 9), RUN_TONES[run.state]),
          pad(run.took === undefined ? '' : took(run.took), 7, 'right'),
          span(`  ${age(now - run.at)} ago`, 'faint'),
        ),
      ),
  ];
}

interface Repeated {
  readonly latest: Lately;
  readonly times: number;
}

/** What was done again and again is told once. The newest first. */
function gathered(decided: readonly Lately[]): Repeated[] {
  const same = (a: Lately, b: Lately): boolean => latelyText({ ...a, at: 0 }) === latelyText({ ...b, at: 0 });
  const all: Repeated[] = [];
  for (const one of decided) {
    const last = all.at(-1);
    if (last && same(last.latest, one)) all[all.length - 1] = { ...last, times: last.times + 1 };
    else all.push({ latest: one, times: 1 });
  }
  return all;
}

function decisionsOf({ name }: Job, { client, size }: Context): Section[] {
  const decided = client.recent.flatMap(({ event }) =>
    event.type === 'job.decided' && event.job === name ? [event] : [],
  );
  if (decided.length === 0) return [];
  const lines = gathered(decided.reverse())
    .slice(0, DECISIONS)
    .flatMap(({ latest, times }) =>
      wrap(plain(`${latelyText(latest)}${times === 1 ? '' : `, ${times} times`}`), size.columns - 5).map(
        (part, i) => line(i === 0 ? '  ' : '    ', part),
      ),
    );
  return [{ title: 'what was decided', lines }];
}
