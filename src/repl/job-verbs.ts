/** What is said of jobs: run them, change them, look why they are as they are. */
import { inspect } from 'node:util';
import * as changes from '../client/changes.ts';
import type { Client } from '../client/client.ts';
import * as commands from '../client/commands.ts';
import { explainText, schemaNamed } from '../client/explain-kind.ts';
import { type Field, fieldsOf } from '../client/job-fields.ts';
import { jobSpec, type RunOptions } from '../client/job-spec.ts';
import { exactJob, findJob } from '../client/names.ts';
import { submitNew } from '../client/submit-new.ts';
import { waiting, whyAll } from '../client/waiting.ts';
import type { Lately, Why } from '../client/why.ts';
import { whyText } from '../client/why-table.ts';
import { TenderError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import type { TaskId } from '../core/task.ts';
import { type Look, printedAs } from './shown.ts';
import type { Verb } from './verb.ts';

/** Prints as people read it; its fields are there for scripts. */
class WhyAnswer implements Why {
  readonly sentence: string;
  readonly agents: Why['agents'];
  readonly each: Why['agents'];
  readonly help: string;
  readonly lately: readonly Lately[];
  readonly #text: () => string;

  constructor(why: Why, { source, width }: Look) {
    this.#text = () => whyText(why, source.state, width());
    this.sentence = why.sentence;
    this.agents = why.agents;
    this.each = why.each ?? [];
    this.help = why.help;
    this.lately = why.lately ?? [];
  }

  [inspect.custom](): string {
    return this.#text();
  }
}

/** `null` takes a field away. */
export type SpecChanges = Readonly<Record<string, Json>>;

/** The job as it was submitted, with these fields instead. */
export async function changedSpec(client: Client, name: string, said: SpecChanges): Promise<commands.Spec> {
  const versions = await changes.versions(client, name);
  const { input } = versions.find(({ current }) => current)!;
  const all = { ...(input as commands.Spec), ...said };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}

/** A task's id stands for its name, where a name is wanted. */
const instanceNamed = ({ state }: Client, name: string): string =>
  state.tasks.get(name as TaskId)?.name ?? name;

const ofJob = (verb: string, help: string, asks: string = verb) =>
  ({
    usage: `${verb}('web')`,
    help,
    completes: 'jobs',
    asks,
    changes: true,
    make:
      ({ client }) =>
      (name: string) =>
        commands.callVerb(client, name, asks),
  }) as const satisfies Verb;

export const JOB_VERBS = {
  run: {
    usage: "run('IMAGE', {name, count, cpus, mem, ports}) or run({name, command: ['PROGRAM', 'ARG']})",
    help: 'starts a service; mem in MiB, ports as {http: 80}',
    fields: true,
    changes: true,
    make:
      ({ client }) =>
      (what: string | RunOptions, options?: RunOptions) =>
        submitNew(client, jobSpec(what, options)),
  },
  submit: {
    usage: "submit({kind: 'service', name: 'web', …})",
    help: 'a whole job spec, of any kind',
    fields: true,
    changes: true,
    make:
      ({ client }) =>
      (spec: SpecChanges) =>
        commands.submit(client, spec),
  },
  up: {
    usage: "up('web.yaml')",
    help: 'runs the jobs of a file (of tender, or of Compose), or changes them to what it says',
    changes: true,
    make:
      ({ client, readJobs }) =>
      async (file: string): Promise<commands.Submitted[]> => {
        const specs = await readJobs(file);
        for (const spec of specs) await commands.check(client, spec);
        const done: commands.Submitted[] = [];
        for (const spec of specs) done.push(await commands.submit(client, spec));
        return done;
      },
  },
  update: {
    usage: "update('web', {image: 'web:2', …})",
    help: 'changes fields of a job, and leaves the others as they are; null takes one away',
    completes: 'jobs',
    asks: 'versions',
    fields: true,
    changes: true,
    make:
      ({ client }) =>
      async (name: string, said: SpecChanges): Promise<commands.Submitted> => {
        const { version } = exactJob(client.state, name);
        return commands.submit(client, await changedSpec(client, name, said), version);
      },
  },
  scale: {
    usage: "scale('web', 3)",
    help: 'so many instances of a job',
    completes: 'jobs',
    asks: 'scale',
    changes: true,
    make:
      ({ client }) =>
      (name: string, count: number) => {
        if (!Number.isInteger(count) || count < 0)
          throw new TenderError('usage', { cause: "scale needs a job and a count, as in: scale('web', 3)" });
        return commands.scale(client, name, count);
      },
  },
  stop: {
    usage: "stop('web')",
    help: 'stops all tasks of a job and forgets it, but for one that keeps data',
    completes: 'jobs',
    asks: 'stop',
    changes: true,
    make:
      ({ client }) =>
      (name: string) =>
        commands.stop(client, name),
  },
  spec: {
    usage: "spec('web')",
    help: 'a job as it is run, with all defaults filled in',
    completes: 'jobs',
    asks: 'spec',
    make:
      ({ client }) =>
      (name: string) =>
        commands.specOf(client, name),
  },
  explain: {
    usage: "explain('service'), explain('service.update')",
    help: 'the fields of a kind of job, with what they take and their defaults',
    make:
      ({ client, look }) =>
      async (path: string): Promise<Field[]> => {
        const schema = await schemaNamed(client, path);
        return printedAs(fieldsOf(schema), () => explainText(path, schema, look.width()));
      },
  },
  why: {
    usage: "why('web')",
    help: 'why a job, a task or an agent is as it is, or why a framework or a role is offered no more; without a name, everything that waits',
    completes: 'anything',
    make:
      ({ client, look }) =>
      async (name?: string) =>
        new WhyAnswer(
          name === undefined
            ? whyAll(await waiting(client), client.state)
            : await commands.why(client, instanceNamed(client, name)),
          look,
        ),
  },
  call: {
    usage: "call('lab', 'extend', {by: '30m'})",
    help: 'a verb that the framework of a job adds to the usual ones',
    completes: 'jobs',
    changes: true,
    make:
      ({ client }) =>
      (job: string, verb: string, args: Record<string, Json> = {}) =>
        commands.callVerb(client, job, verb, args),
  },
  restart: ofJob('restart', 'starts all instances anew, with the care of a change'),
  retry: ofJob('retry', 'does the step again at which a procedure is held'),
  undo: ofJob('undo', 'puts the instance back that a procedure is held at; it stays held'),
  purge: ofJob(
    'purge',
    'destroys the data of a stopped job; of one that runs, what instances have left behind',
  ),
  replace: {
    usage: "replace('db.1')",
    help: 'gives a lost instance another home, with an empty volume',
    completes: 'instances',
    asks: 'replace',
    changes: true,
    make:
      ({ client }) =>
      (said: string): Promise<Json> => {
        const name = instanceNamed(client, said);
        const [job = '', index] = name.split('.');
        if (index === undefined)
          throw new TenderError('usage', { cause: `expected an instance such as db.1, found "${name}"` });
        return commands.callVerb(client, findJob(client.state, job).name, 'replace', { name });
      },
  },
} as const satisfies Record<string, Verb>;
