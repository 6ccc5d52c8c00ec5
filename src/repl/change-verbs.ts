/** `plan`, `versions`, `rollback` and what is said to an update, from the prompt. */
import * as changes from '../client/changes.ts';
import { callVerb, type Spec } from '../client/commands.ts';
import { findJob } from '../client/names.ts';
import { planText } from '../client/plan-text.ts';
import { changedSpec, type SpecChanges } from './job-verbs.ts';
import { printedAs } from './shown.ts';
import type { Verb } from './verb.ts';

const saying = (verb: string, help: string) =>
  ({
    usage: `${verb}('web')`,
    help,
    completes: 'jobs',
    asks: verb,
    changes: true,
    make:
      ({ client }) =>
      (name: string) =>
        callVerb(client, name, verb),
  }) as const satisfies Verb;

export const CHANGE_VERBS = {
  plan: {
    usage: "plan('web', {image: 'web:2'}) or plan({name: 'web', image: 'web:2', …})",
    help: 'what changed fields of a job, or a whole spec, would do, step by step; nothing is done',
    completes: 'jobs',
    asks: 'plan',
    fields: true,
    make:
      ({ client }) =>
      async (said: string | Spec, fields: SpecChanges = {}): Promise<changes.PlannedJob> => {
        const spec = typeof said === 'string' ? await changedSpec(client, said, fields) : said;
        const planned = await changes.plan(client, spec);
        return printedAs(planned, () => planText(planned));
      },
  },
  versions: {
    usage: "versions('web')",
    help: 'the versions that a job can go back to',
    completes: 'jobs',
    asks: 'versions',
    make:
      ({ client }) =>
      (name: string) =>
        changes.versions(client, name),
  },
  rollback: {
    usage: "rollback('web'), rollback('web', 3)",
    help: 'goes back to the version before, or to that one',
    completes: 'jobs',
    asks: 'rollback',
    changes: true,
    make:
      ({ client }) =>
      (name: string, version?: number) =>
        changes.rollback(client, name, version),
  },
  pause: saying('pause', 'holds the update of a job, or its schedule'),
  resume: saying('resume', 'lets it go on'),
  promote: {
    usage: "promote('web', {force: false})",
    help: 'lets the other instances follow the canaries',
    completes: 'jobs',
    asks: 'promote',
    options: ['force'],
    changes: true,
    make:
      ({ client }) =>
      (name: string, { force = false }: { force?: boolean } = {}) =>
        callVerb(client, name, 'promote', { force }),
  },
  abort: saying('abort', 'gives an update up: back to the version before'),
  rebalance: {
    usage: "rebalance({plan: true}), rebalance({job: 'web', most: 2})",
    help: 'moves instances where they had better run',
    options: ['plan', 'job', 'most'],
    changes: true,
    make:
      ({ client }) =>
      (options?: Parameters<typeof changes.rebalance>[1]) =>
        changes.rebalance(client, options),
  },
  endpoints: {
    usage: "endpoints('web')",
    help: 'where a job can be reached, with state and weight',
    completes: 'jobs',
    make:
      ({ client }) =>
      (name: string) =>
        changes.endpoints(client, findJob(client.state, name)),
  },
} as const satisfies Record<string, Verb>;
