/** `plan`, `versions`, `rollback` and what is said to an update, from the prompt. */
import { inspect } from 'node:util';
import * as changes from '../client/changes.ts';
import { callVerb, type Spec } from '../client/commands.ts';
import { findJob } from '../client/names.ts';
import { planText } from '../client/plan-text.ts';
import type { Verb } from './verbs.ts';

/** Prints as people read it; its fields are there for scripts. */
function readable(planned: changes.PlannedJob): changes.PlannedJob {
  return Object.defineProperty({ ...planned }, inspect.custom, { value: () => planText(planned) });
}

const saying = (verb: string, help: string) =>
  ({
    usage: `${verb}('web')`,
    help,
    completes: 'jobs',
    changes: true,
    make:
      ({ client }) =>
      (name: string) =>
        callVerb(client, name, verb),
  }) as const satisfies Verb;

export const CHANGE_VERBS = {
  plan: {
    usage: "plan({name: 'web', image: 'web:2', …})",
    help: 'what a spec would change, step by step; nothing is done',
    make:
      ({ client }) =>
      async (spec: Spec) =>
        readable(await changes.plan(client, spec)),
  },
  versions: {
    usage: "versions('web')",
    help: 'the versions that a job can go back to',
    completes: 'jobs',
    make:
      ({ client }) =>
      (name: string) =>
        changes.versions(client, name),
  },
  rollback: {
    usage: "rollback('web'), rollback('web', 3)",
    help: 'goes back to the version before, or to that one',
    completes: 'jobs',
    changes: true,
    make:
      ({ client }) =>
      (name: string, version?: number) =>
        changes.rollback(client, name, version),
  },
  pause: saying('pause', 'holds the update of a job, or its schedule'),
  resume: saying('resume', 'lets it go on'),
  promote: saying('promote', 'lets the other instances follow the canaries'),
  abort: saying('abort', 'gives an update up: back to the version before'),
  rebalance: {
    usage: "rebalance({plan: true}), rebalance({job: 'web', most: 2})",
    help: 'moves instances where they had better run',
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
