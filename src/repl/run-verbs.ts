/** `runs`, `dispatch`, `runNow` and their like: batch jobs, from the prompt. */
import {
  cancel,
  dispatch,
  RUN_COLUMNS,
  type Runs,
  runNow,
  runs,
  scheduleLines,
  skip,
} from '../client/runs.ts';
import { printedAs, tableOfRows } from './shown.ts';
import type { Verb } from './verb.ts';

export const RUN_VERBS = {
  runs: {
    usage: "runs('nightly')",
    help: 'the last runs of a batch job, and when the next ones come',
    completes: 'jobs',
    asks: 'runs',
    make:
      ({ client, look }) =>
      async (name: string): Promise<Runs> => {
        const answer = await runs(client, name);
        return printedAs(answer, () =>
          [tableOfRows(answer.runs, RUN_COLUMNS, look), ...scheduleLines(answer)].join('\n'),
        );
      },
  },
  dispatch: {
    usage: "dispatch('resize', {FILE: 'a.png'}, 'payload')",
    help: 'starts a run of a job with parameters',
    completes: 'jobs',
    asks: 'dispatch',
    changes: true,
    make:
      ({ client }) =>
      (name: string, parameters: Record<string, string> = {}, payload?: string) =>
        dispatch(client, name, parameters, payload),
  },
  runNow: {
    usage: "runNow('nightly')",
    help: 'starts a run of a batch job now',
    completes: 'jobs',
    asks: 'run-now',
    changes: true,
    make:
      ({ client }) =>
      (name: string) =>
        runNow(client, name),
  },
  skip: {
    usage: "skip('nightly')",
    help: 'lets the next time of a schedule pass',
    completes: 'jobs',
    asks: 'skip',
    changes: true,
    make:
      ({ client }) =>
      (name: string) =>
        skip(client, name),
  },
  cancel: {
    usage: "cancel('nightly', 12)",
    help: 'ends one run of a batch job',
    completes: 'jobs',
    asks: 'cancel',
    changes: true,
    make:
      ({ client }) =>
      (name: string, run: number) =>
        cancel(client, name, run),
  },
} as const satisfies Record<string, Verb>;
