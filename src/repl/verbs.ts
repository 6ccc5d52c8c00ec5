/**
 * The commands of the REPL in one table: the globals, their help and their completion come from it. Those that wait
 * register how to stop waiting, so that Ctrl-C also closes the stream behind a `logs` or an `exec`.
 */
import { inspect } from 'node:util';
import type { Client, TaskStream } from '../client/client.ts';
import * as commands from '../client/commands.ts';
import { jobSpec, type RunOptions } from '../client/job-spec.ts';
import { latelyText } from '../client/lately-text.ts';
import { findTasks } from '../client/names.ts';
import { waiting, whyAll } from '../client/waiting.ts';
import { TenderError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import { CHANGE_VERBS } from './change-verbs.ts';
import { MACHINE_VERBS } from './machine-verbs.ts';
import { PLUGIN_VERBS } from './plugin-verbs.ts';
import { RESERVATION_VERBS } from './reservation-verbs.ts';
import { ROLE_VERBS } from './role-verbs.ts';
import { RUN_VERBS } from './run-verbs.ts';

export interface VerbContext {
  readonly client: Client;
  readonly write: (text: string | Uint8Array) => void;
  /** Called on Ctrl-C while the statement is waited for. */
  readonly onInterrupt: (stop: () => void) => void;
}

export interface Verb {
  readonly usage: string;
  readonly help: string;
  /** What its first argument names; tasks: jobs, too; anything: frameworks and roles as well. */
  readonly completes?: 'agents' | 'jobs' | 'tasks' | 'roles' | 'anything';
  readonly changes?: true;
  readonly make: (context: VerbContext) => (...args: never[]) => unknown;
}

async function drain(stream: TaskStream, label: string, { write, onInterrupt }: VerbContext): Promise<void> {
  onInterrupt(() => stream.close());
  for await (const { bytes } of stream.output) write(label === '' ? bytes : labelled(bytes, label));
}

const decoder = new TextDecoder();
const labelled = (bytes: Uint8Array, label: string): string =>
  decoder.decode(bytes).replaceAll(/^(?=.)/gm, `${label} │ `);

/** Prints as people read it; its fields are there for scripts. */
class WhyAnswer implements commands.Why {
  readonly sentence: string;
  readonly agents: commands.Why['agents'];
  readonly help: string;
  readonly lately: readonly commands.Lately[];

  constructor(why: commands.Why) {
    this.sentence = why.sentence;
    this.agents = why.agents;
    this.help = why.help;
    this.lately = why.lately ?? [];
  }

  [inspect.custom](): string {
    const wide = Math.max(0, ...this.agents.map((a) => a.agent.length));
    const agents = this.agents.map(
      (a) => `  ${a.agent.padEnd(wide)}  ${a.reasons.join('; ') || 'nothing stands in the way'}`,
    );
    const lately = this.lately.map((one) => `  ${latelyText(one)}`);
    return [this.sentence, ...agents, ...(this.help === '' ? [] : [this.help]), ...lately].join('\n');
  }
}

export const VERBS = {
  run: {
    usage: "run('IMAGE', {name, count, cpus, mem, ports}) or run({name, command: ['PROGRAM', 'ARG']})",
    help: 'starts a service; mem in MiB, ports as {http: 80}',
    changes: true,
    make:
      ({ client }) =>
      (what: string | RunOptions, options?: RunOptions) =>
        commands.submit(client, jobSpec(what, options)),
  },
  submit: {
    usage: "submit({kind: 'service', name: 'web', …})",
    help: 'a whole job spec, of any kind',
    changes: true,
    make:
      ({ client }) =>
      (spec: Record<string, Json>) =>
        commands.submit(client, spec),
  },
  scale: {
    usage: "scale('web', 3)",
    help: 'so many instances of a job',
    completes: 'jobs',
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
    help: 'stops all tasks of a job and forgets it',
    completes: 'jobs',
    changes: true,
    make:
      ({ client }) =>
      (name: string) =>
        commands.stop(client, name),
  },
  why: {
    usage: "why('web'), why('web.2'), or why() of everything that waits",
    help: 'why a job or a task is as it is, or why a framework or a role is offered no more',
    completes: 'anything',
    make:
      ({ client }) =>
      async (name?: string) =>
        new WhyAnswer(
          name === undefined ? whyAll(await waiting(client), client.state) : await commands.why(client, name),
        ),
  },
  logs: {
    usage: "logs('web.0', {follow: true, tail: 20})",
    help: 'what a task, or all tasks of a job, have written; Ctrl-C ends following',
    completes: 'tasks',
    make:
      (context) =>
      async (name: string, options: { follow?: boolean; tail?: number } = {}): Promise<void> => {
        const tasks = findTasks(context.client.state, name);
        const wide = Math.max(...tasks.map((task) => task.name.length));
        const request = { kind: 'logs', follow: options.follow ?? false, tail: options.tail } as const;
        await Promise.all(
          tasks.map((task) =>
            drain(
              context.client.stream(task.id, request),
              tasks.length > 1 ? task.name.padEnd(wide) : '',
              context,
            ),
          ),
        );
      },
  },
  exec: {
    usage: "exec('web.0', ['ls', '-l'])",
    help: 'runs a program inside a task; gives its exit code',
    completes: 'tasks',
    changes: true,
    make:
      (context) =>
      async (name: string, argv: readonly string[]): Promise<number | undefined> => {
        const stream = commands.exec(context.client, name, argv);
        await drain(stream, '', context);
        return stream.exitCode;
      },
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
  ...CHANGE_VERBS,
  ...RUN_VERBS,
  ...PLUGIN_VERBS,
  ...ROLE_VERBS,
  ...RESERVATION_VERBS,
  ...MACHINE_VERBS,
} as const satisfies Record<string, Verb>;

export type VerbName = keyof typeof VERBS;

export const verbsFor = (readOnly: boolean): readonly (readonly [VerbName, Verb])[] =>
  (Object.entries(VERBS) as [VerbName, Verb][]).filter(([, verb]) => !(readOnly && verb.changes));
