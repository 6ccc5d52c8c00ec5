/** `runs`, `dispatch`, `runNow` and their like: batch jobs, from the prompt. */
import { inspect } from 'node:util';
import type { Client } from '../client/client.ts';
import {
  cancel,
  dispatch,
  RUN_COLUMNS,
  type RunRecord,
  type Runs,
  runNow,
  runs,
  scheduleLines,
  skip,
} from '../client/runs.ts';
import { layout, linesOf } from '../client/tables.ts';
import type { Verb } from './verbs.ts';

const WIDTH = 160;

/** Prints as people read it; its fields are there for scripts. */
class RunList {
  readonly #client: Client;
  readonly runs: readonly RunRecord[];

  constructor(client: Client, answer: Runs) {
    this.#client = client;
    this.runs = answer.runs;
    Object.assign(this, answer);
  }

  [inspect.custom](): string {
    const { state } = this.#client;
    const laid = layout(RUN_COLUMNS, this.runs, WIDTH, { state, now: Date.now() });
    return [...linesOf(laid, WIDTH), ...scheduleLines(this as unknown as Runs)].join('\n');
  }
}

export const RUN_VERBS = {
  runs: {
    usage: "runs('nightly')",
    help: 'the last runs of a batch job, and when the next ones come',
    completes: 'jobs',
    make:
      ({ client }) =>
      async (name: string) =>
        new RunList(client, await runs(client, name)),
  },
  dispatch: {
    usage: "dispatch('resize', {FILE: 'a.png'}, 'payload')",
    help: 'starts a run of a job with parameters',
    completes: 'jobs',
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
    changes: true,
    make:
      ({ client }) =>
      (name: string, run: number) =>
        cancel(client, name, run),
  },
} as const satisfies Record<string, Verb>;
