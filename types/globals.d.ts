/**
 * The globals of `tender repl`, `tender script` and `tender -e`, for editors and for tsc. In a script's folder:
 *
 *     // tsconfig.json
 *     { "compilerOptions": { "target": "esnext", "module": "nodenext", "noEmit": true },
 *       "include": ["*.ts", "PATH/TO/tender/types/globals.d.ts"] }
 *
 * or in a single file: /// <reference path="PATH/TO/tender/types/globals.d.ts" />
 */
export {};

declare global {
  namespace Tender {
    /** Seconds, or `500ms`, `10s`, `5m`, `1h`. */
    type Time = number | string;
    type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

    /** Cpus, and MiB. */
    interface Amounts {
      readonly cpus: number;
      readonly mem: number;
      readonly disk: number;
    }

    /** An array that is always now; things are there by name, too: `jobs.web`, `tasks['web.0']`. */
    type List<T> = readonly T[] & { readonly [name: string]: T };

    /** Always now: its fields are those of this moment. */
    interface Agent {
      readonly id: string;
      readonly name: string;
      readonly state: 'ready' | 'disconnected' | 'unreachable' | 'gone';
      readonly host: {
        readonly hostname: string;
        readonly os: string;
        readonly kernel: string;
        readonly arch: string;
        readonly cpuModel: string;
        readonly cpus: number;
        readonly mem: number;
        readonly disk: number;
        readonly address: string;
      };
      readonly executors: readonly {
        readonly kind: string;
        readonly available: boolean;
        readonly detail: string;
      }[];
      readonly attributes: Readonly<Record<string, string>>;
      readonly version: string;
      /** When it came into this state (ms since 1970). */
      readonly since: number;
      /** What it has, and what of it no task holds. */
      readonly capacity: Amounts;
      readonly free: Amounts;
      /** Measured. */
      readonly use: (Amounts & { readonly load: number }) | undefined;
      /** That run there. */
      readonly tasks: readonly Task[];

      why(): Promise<Why>;
      /** @param options.deadline `'30m'`, or null: nothing is killed. @default '1h' */
      drain(options?: { deadline?: string | null }): Promise<string>;
      /**
       * Drains it, waits until it was restarted, and gives it new work again.
       * @param options.run restarts it, when nothing is left there
       */
      reboot(options?: { deadline?: string | null; run?: () => unknown }): Promise<string>;
      deactivate(): Promise<string>;
      activate(): Promise<string>;
      giveUp(): Promise<string>;
      gone(): Promise<string>;
      /** @param amounts `'cpus=2,mem=1g'` */
      reserve(role: string, amounts: string): Promise<string>;
      unreserve(options: UnreserveOptions): Promise<string>;
      destroyVolume(id: string, options?: { role?: string }): Promise<string>;
    }

    interface UnreserveOptions {
      role: string;
      by?: string;
      labels?: Readonly<Record<string, string>>;
      amounts?: string;
      all?: boolean;
    }

    interface Job {
      readonly name: string;
      readonly framework: string;
      readonly kind: string;
      readonly desired: number;
      readonly running: number;
      /** Running and healthy. */
      readonly healthy: number;
      readonly status: string;
      /** Why it is not as it should be; empty when it is. */
      readonly message: string;
      readonly version: number;
      readonly columns: Readonly<Record<string, string>>;
      readonly updatedAt: number;
      readonly tasks: readonly Task[];

      scale(count: number): Promise<void>;
      stop(): Promise<void>;
      /** Changes these fields; null takes one away. */
      update(fields: JobFields): Promise<Submitted>;
      /** What changing these fields would do. */
      plan(fields?: JobFields): Promise<Plan>;
      rollback(version?: number): Promise<Json>;
      versions(): Promise<readonly Version[]>;
      spec(): Promise<Json>;
      why(): Promise<Why>;
      logs(options?: LogOptions): Logs;
      /** In its first instance. */
      exec(command: string | readonly string[]): Exec;
      endpoints(): readonly Endpoint[];
      pause(): Promise<Json>;
      resume(): Promise<Json>;
      promote(options?: { force?: boolean }): Promise<Json>;
      abort(): Promise<Json>;
      restart(): Promise<Json>;
      retry(): Promise<Json>;
      undo(): Promise<Json>;
      purge(): Promise<Json>;
      runs(): Promise<Runs>;
      dispatch(parameters?: Readonly<Record<string, string>>, payload?: string): Promise<Started>;
      runNow(): Promise<Started>;
      skip(): Promise<{ readonly skipped: number | null; readonly next: number | null }>;
      cancel(run: number): Promise<Json>;
      /** A verb that its framework adds. */
      call(verb: string, args?: { readonly [name: string]: Json }): Promise<Json>;
    }

    type TaskState =
      | 'STAGING'
      | 'STARTING'
      | 'RUNNING'
      | 'KILLING'
      | 'UNREACHABLE'
      | 'UNKNOWN'
      | 'FINISHED'
      | 'FAILED'
      | 'KILLED'
      | 'ERROR'
      | 'DROPPED'
      | 'GONE'
      | 'GONE_BY_OPERATOR';

    interface Task {
      readonly id: string;
      /** `web.0` */
      readonly name: string;
      readonly job: string;
      readonly framework: string;
      readonly role: string;
      /** The agent's id; its name is in `agentName`. */
      readonly agent: string;
      readonly agentName: string;
      readonly ports: readonly {
        readonly name: string;
        readonly host: number;
        readonly container?: number | undefined;
      }[];
      readonly executor: 'docker' | 'process';
      readonly what: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly state: TaskState;
      readonly reason: string;
      readonly message: string;
      readonly healthy?: boolean | undefined;
      readonly ready?: boolean | undefined;
      readonly exitCode?: number | undefined;
      readonly launchedAt: number;
      readonly since: number;
      /** What it asked for, and what is measured. */
      readonly asked: Amounts;
      readonly use: { readonly cpus: number; readonly mem: number } | undefined;

      logs(options?: LogOptions): Logs;
      exec(command: string | readonly string[]): Exec;
      /** @param options.grace seconds */
      kill(options?: { grace?: number }): Promise<string>;
      replace(): Promise<Json>;
      why(): Promise<Why>;
    }

    interface Framework {
      readonly id: string;
      readonly roles: readonly string[];
      readonly state: 'connected' | 'disconnected';
      readonly suppressed: readonly string[];
      readonly kinds: readonly string[];
      readonly verbs: readonly { readonly name: string; readonly help: string }[];
      readonly since: number;
      readonly tasks: readonly Task[];
      why(): Promise<Why>;
      teardown(): Promise<string>;
    }

    interface Offer extends Amounts {
      readonly id: string;
      readonly framework: string;
      readonly role: string;
      readonly agent: string;
      readonly agentName: string;
      readonly ports: readonly (readonly [from: number, to: number])[];
      readonly at: number;
      readonly expiresAt: number;
    }

    interface Role {
      readonly role: string;
      readonly weight: number;
      readonly priority: number;
      readonly preemption: boolean;
      why(): Promise<Why>;
      set(options: RoleOptions): Promise<Role>;
      setQuota(options: QuotaOptions): Promise<Role>;
      removeQuota(): Promise<Role>;
      reset(): Promise<Role>;
    }

    interface RoleOptions {
      weight?: number;
      priority?: number;
      preemption?: boolean;
    }

    /** `{cpus: 2, mem: '4g'}`, or `'cpus=2,mem=4g'`; null takes it away. */
    type AmountsSaid = string | Readonly<Record<string, number | string>> | null;

    interface QuotaOptions {
      guarantee?: AmountsSaid;
      limit?: AmountsSaid;
      force?: boolean;
    }

    /** Fields of a job file (docs/jobs.md). */
    interface JobFields {
      name?: string;
      kind?: string;
      image?: string | null;
      command?: string | readonly string[] | null;
      count?: number;
      cpus?: number;
      mem?: number | string;
      disk?: number | string;
      env?: Readonly<Record<string, string | number | boolean>>;
      ports?: Readonly<Record<string, number | 'auto' | { container?: number; host?: number }>>;
      constraints?: readonly string[];
      role?: string;
      priority?: number;
      labels?: Readonly<Record<string, string>>;
      [field: string]: unknown;
    }

    interface Submitted {
      readonly job: string;
      readonly version: number;
      /** False when it was already exactly so. */
      readonly changed: boolean;
    }

    interface Version {
      readonly version: number;
      readonly at: number;
      readonly current: boolean;
      readonly input: Json;
    }

    interface Plan {
      readonly job: string;
      readonly version: number;
      readonly stopping: boolean;
      readonly diff: readonly {
        readonly path: string;
        readonly from?: Json | undefined;
        readonly to?: Json | undefined;
      }[];
      readonly counters: Readonly<Record<string, number>>;
      readonly steps: readonly {
        readonly does: string;
        readonly name: string;
        readonly agent?: string | undefined;
        readonly why: string;
        readonly at: number;
      }[];
      readonly isCut: boolean;
      readonly unplaced: readonly { readonly name: string; readonly help: string }[];
      readonly waitsFor: readonly string[];
    }

    /** A field of a job, or of a group of its fields. */
    interface Field {
      readonly name: string;
      readonly type: string;
      /** Its default. Empty: it has none. */
      readonly standard: string;
      readonly isRequired: boolean;
      readonly says: string;
      /** It has fields of its own. */
      readonly isGroup: boolean;
    }

    interface Why {
      readonly sentence: string;
      readonly agents: readonly { readonly agent: string; readonly reasons: readonly string[] }[];
      readonly help: string;
    }

    interface Endpoint {
      readonly name: string;
      readonly task: string;
      readonly agent: string;
      readonly ports: Readonly<Record<string, string>>;
      readonly state: string;
      readonly healthy: boolean | undefined;
      readonly ready: boolean | undefined;
      readonly weight: number;
    }

    interface Started {
      readonly job: string;
      readonly run: number;
    }

    interface Runs {
      readonly job: string;
      readonly paused: boolean;
      readonly next: readonly number[];
      readonly runs: readonly {
        readonly run: number;
        readonly state: string;
        readonly cause: string;
        readonly at: number;
        readonly startedAt: number | null;
        readonly endedAt: number | null;
        readonly duration: number | null;
        readonly count: number;
        readonly succeeded: number;
        readonly failed: number;
        readonly why: string;
      }[];
    }

    interface LogOptions {
      follow?: boolean;
      tail?: number;
    }

    interface LogLine {
      readonly task: string;
      readonly stream: 'stdout' | 'stderr';
      readonly text: string;
    }

    /** Lines to go through; at the prompt it prints as it comes. */
    interface Logs extends AsyncIterable<LogLine> {
      /** All of it, once it is over. */
      text(): Promise<string>;
    }

    /** A program that runs; awaited it gives its output. */
    type Exec = PromiseLike<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }>;

    /** What an event is about, by its name; of all others it is the event itself. */
    type Subject<Name extends string> = Name extends `task.${string}`
      ? Task
      : Name extends 'agent.forgotten'
        ? Event
        : Name extends `agent.${string}`
          ? Agent
          : Name extends 'job.changed' | 'job.decided'
            ? Job
            : Event;

    interface Event {
      readonly type: string;
      /** ms since 1970 */
      readonly at: number;
      readonly [field: string]: unknown;
    }

    type EventName =
      | `task.${Lowercase<TaskState>}`
      | 'task.launched'
      | 'task.status'
      | 'task.closed'
      | `agent.${'ready' | 'disconnected' | 'unreachable' | 'gone' | 'draining' | 'drained' | 'deactivated' | 'activated'}`
      | 'agent.registered'
      | 'agent.state'
      | 'agent.forgotten'
      | 'agent.withdrawn'
      | 'agent.total'
      | 'agent.usage'
      | 'agents.lost'
      | 'framework.subscribed'
      | 'framework.recovered'
      | 'framework.removed'
      | 'framework.disconnected'
      | 'framework.roles'
      | 'framework.suppressed'
      | 'framework.error'
      | 'plugin.changed'
      | 'offer.made'
      | 'offer.ended'
      | 'preemption.proposed'
      | 'preemption.ended'
      | 'job.changed'
      | 'job.removed'
      | 'job.decided'
      | 'member.admitted'
      | 'member.revoked'
      | 'role.changed'
      | 'role.removed'
      | 'peer.refused'
      | 'master.started'
      | 'master.warning';

    /** An offer to a framework that is played by hand. */
    interface HandOffer {
      readonly id: string;
      readonly role: string;
      readonly agent: string;
      /** The agent's name. */
      readonly hostname: string;
      readonly attributes: Readonly<Record<string, string>>;
      readonly cpus: number;
      readonly mem: number;
      readonly disk: number;
      readonly expiresAt: number;
    }

    interface HandFramework {
      readonly name: string;
      readonly roles: readonly string[];
      /** Each once, as it comes; they are asked for only while somebody goes through them. */
      readonly offers: AsyncIterable<HandOffer>;
      readonly held: readonly HandOffer[];
      readonly updates: AsyncIterable<{
        readonly task: string;
        readonly name: string;
        readonly state: TaskState;
        readonly reason: string;
        readonly message: string;
        readonly exitCode?: number | undefined;
      }>;
      /** Uses the offer up; what is left over is offered anew. @returns the task's id */
      launch(offer: HandOffer, task: JobFields): string;
      launch(offer: HandOffer, tasks: readonly JobFields[]): string[];
      decline(offer: HandOffer, refuseSeconds?: number): void;
      kill(task: string | { readonly id: string }): void;
      /** Ends it with all its tasks. */
      close(): Promise<void>;
    }

    interface PluginInfo {
      readonly name: string;
      readonly version: string;
      readonly state: string;
      readonly why: string;
      readonly source: string;
      readonly jobs: number;
    }
  }

  /** The words after the script's name. */
  const args: readonly string[];

  const agents: Tender.List<Tender.Agent>;
  const jobs: Tender.List<Tender.Job>;
  const tasks: Tender.List<Tender.Task>;
  const frameworks: Tender.List<Tender.Framework>;
  const offers: Tender.List<Tender.Offer>;
  const roles: Tender.List<Tender.Role>;
  /** The last that were heard of, the latest first. */
  const events: readonly { readonly seq: number; readonly event: Tender.Event }[];
  /** The replica as it is, with maps of plain records. */
  const state: { readonly [map: string]: unknown };
  /** What lies beneath. */
  const client: {
    request(method: string, params: object): Promise<unknown>;
    subscribe(listener: (change: object) => void): () => void;
  };

  function help(thing?: unknown): unknown;

  function run(image: string, options?: Tender.JobFields): Promise<Tender.Submitted>;
  function run(options: Tender.JobFields): Promise<Tender.Submitted>;
  function submit(spec: Tender.JobFields): Promise<Tender.Submitted>;
  function up(file: string): Promise<Tender.Submitted[]>;
  function update(job: string, fields: Tender.JobFields): Promise<Tender.Submitted>;
  function plan(spec: Tender.JobFields): Promise<Tender.Plan>;
  function plan(job: string, fields?: Tender.JobFields): Promise<Tender.Plan>;
  function scale(job: string, count: number): Promise<void>;
  function stop(job: string): Promise<void>;
  function spec(job: string): Promise<Tender.Json>;
  function explain(path: string): Promise<Tender.Field[]>;
  function why(name?: string): Promise<Tender.Why>;
  function call(
    job: string,
    verb: string,
    args?: { readonly [name: string]: Tender.Json },
  ): Promise<Tender.Json>;
  function versions(job: string): Promise<readonly Tender.Version[]>;
  function rollback(job: string, version?: number): Promise<Tender.Json>;
  function pause(job: string): Promise<Tender.Json>;
  function resume(job: string): Promise<Tender.Json>;
  function promote(job: string, options?: { force?: boolean }): Promise<Tender.Json>;
  function abort(job: string): Promise<Tender.Json>;
  function restart(job: string): Promise<Tender.Json>;
  function retry(job: string): Promise<Tender.Json>;
  function undo(job: string): Promise<Tender.Json>;
  function purge(job: string): Promise<Tender.Json>;
  function replace(instance: string): Promise<Tender.Json>;
  function rebalance(options?: { plan?: boolean; job?: string; most?: number }): Promise<
    readonly {
      readonly job: string;
      readonly name: string;
      readonly from: string;
      readonly to: string;
      readonly gain: number;
    }[]
  >;
  function endpoints(job: string): readonly Tender.Endpoint[];

  function runs(job: string): Promise<Tender.Runs>;
  function dispatch(
    job: string,
    parameters?: Readonly<Record<string, string>>,
    payload?: string,
  ): Promise<Tender.Started>;
  function runNow(job: string): Promise<Tender.Started>;
  function skip(job: string): Promise<{ readonly skipped: number | null; readonly next: number | null }>;
  function cancel(job: string, run: number): Promise<Tender.Json>;

  function logs(name: string, options?: Tender.LogOptions): Tender.Logs;
  function exec(name: string, command: string | readonly string[]): Tender.Exec;
  function kill(name: string, options?: { grace?: number }): Promise<string>;

  function drain(agent: string, options?: { deadline?: string | null }): Promise<string>;
  function reboot(
    agent: string,
    options?: { deadline?: string | null; run?: () => unknown },
  ): Promise<string>;
  function deactivate(agent: string): Promise<string>;
  function activate(agent: string): Promise<string>;
  function giveUp(agent: string): Promise<string>;
  function gone(agent: string): Promise<string>;
  function teardown(framework: string): Promise<string>;
  function reservations(): readonly object[];
  function reserve(agent: string, role: string, amounts: string): Promise<string>;
  function unreserve(agent: string, options: Tender.UnreserveOptions): Promise<string>;
  function destroyVolume(agent: string, id: string, options?: { role?: string }): Promise<string>;

  const role: {
    set(role: string, options: Tender.RoleOptions): Promise<Tender.Role>;
    rm(role: string): Promise<Tender.Role>;
  };
  const quota: {
    ls(): Promise<readonly object[]>;
    set(role: string, options: Tender.QuotaOptions): Promise<Tender.Role>;
    rm(role: string): Promise<Tender.Role>;
  };
  const plugin: {
    ls(): Promise<readonly Tender.PluginInfo[]>;
    add(source: string): Promise<Tender.PluginInfo>;
    upgrade(name: string, source?: string): Promise<Tender.PluginInfo>;
    rm(name: string, options?: { force?: boolean }): Promise<void>;
    logs(name: string, options?: Tender.LogOptions): Promise<void>;
  };
  function members(): readonly { readonly name: string; readonly role: string; readonly since: number }[];
  const token: {
    create(options: { role: 'agent' | 'client' | 'framework'; ttl?: Tender.Time; name?: string }): Promise<{
      readonly token: string;
      readonly expiresAt: number;
    }>;
  };
  function revoke(member: string): Promise<string>;
  function masters(): readonly { readonly address: string; readonly leads: boolean }[];
  function version(): Promise<{
    readonly tender: string;
    readonly protocol: string;
    readonly master: string;
  }>;

  /** @returns off: it is not called any more */
  function on<Name extends Tender.EventName>(
    name: Name,
    handler: (subject: Tender.Subject<Name>, event: Tender.Event) => unknown,
  ): () => void;
  /** Looked at again whenever the cluster changes. @returns what the condition gave */
  function until<T>(condition: () => T | PromiseLike<T>, options?: { timeout?: Tender.Time }): Promise<T>;
  function sleep(time: Tender.Time): Promise<void>;
  /** @param options.roles in which it wants offers. @default [name] */
  function framework(name: string, options?: { roles?: readonly string[] }): Promise<Tender.HandFramework>;
}
