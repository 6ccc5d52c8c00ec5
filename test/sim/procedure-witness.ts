/**
 * Who is taken down when. At the moment a procedure of a data service writes down that it stops a member, all others serve;
 * and its framework ends no member while it is ending another one. All of it as far as it has heard: what happens to a
 * member a moment later nobody can know.
 */
import type { Json } from '../../src/core/json.ts';
import type { TaskId, TaskStatus } from '../../src/core/task.ts';
import { isTerminal, type TaskState } from '../../src/core/task-state.ts';
import type { FrameworkContext, FrameworkDefinition } from '../../src/framework/define.ts';
import type { InstanceRecord } from '../../src/framework/jobs/instance.ts';
import { DATABASES, type Database } from './databases.ts';
import type { Ear } from './witness.ts';

type Kv = ReadonlyMap<string, Json>;

const jobIn = (kv: Kv, name: string): Database | undefined =>
  kv.get(`job/${name}`) as unknown as Database | undefined;

export class ProcedureWitness implements Ear {
  /** As its framework has heard it, and as it has come to terms with it: what it decides may go by either. */
  readonly #heard = new Map<TaskId, TaskState>();
  readonly #remembered = new Map<TaskId, TaskState>();
  /** Members that it ends, and that have not ended. */
  readonly #ending = new Map<TaskId, InstanceRecord>();
  readonly #found: (what: string) => void;

  constructor(found: (what: string) => void) {
    this.#found = found;
  }

  hears(_: string, { task, state }: TaskStatus): void {
    this.#heard.set(task, state);
    if (isTerminal(state) || state === 'UNREACHABLE') this.#ending.delete(task);
  }

  remembers({ task, state }: TaskStatus): void {
    this.#remembered.set(task, state);
  }

  /** The same framework, watched as it writes and as it kills. */
  of(definition: FrameworkDefinition): FrameworkDefinition {
    return { ...definition, create: (context) => definition.create(this.#watched(context)) };
  }

  #watched(context: FrameworkContext): FrameworkContext {
    const { kv } = context;
    return {
      ...context,
      store: (changes) => {
        for (const name of DATABASES) {
          const [, value] = changes.find(([key]) => key === `job/${name}`) ?? [];
          if (value) this.#writes(name, value as unknown as Database, kv);
        }
        return context.store(changes);
      },
      kill: (task, graceMs) => {
        const record = kv.get(`instance/${task}`) as unknown as InstanceRecord | undefined;
        if (record && DATABASES.includes(record.job)) this.#kills(record, kv);
        context.kill(task, graceMs);
      },
    };
  }

  #writes(name: string, { memory }: Database, kv: Kv): void {
    const { procedure, members, homes } = memory;
    const before = jobIn(kv, name)?.memory.procedure?.ending;
    if (!procedure || procedure.ending === undefined || procedure.ending === before) return;
    const serving = new Set(this.#serving(name, kv));
    for (const index of Object.keys(members)) {
      if (Number(index) === procedure.index || serving.has(homes[index]?.id)) continue;
      const what = `the ${procedure.kind} of ${name}.${procedure.index}`;
      this.#found(`${what} stops it while ${name}.${index} does not serve`);
    }
  }

  /** The homes in which one serves. */
  #serving(name: string, kv: Kv): (string | undefined)[] {
    return [...kv].flatMap(([key, value]) => {
      if (!key.startsWith(`instance/${name}.`)) return [];
      const record = value as unknown as InstanceRecord;
      const states = [this.#heard, this.#remembered].map((known) => known.get(record.task));
      return record.beside === undefined && states.includes('RUNNING') ? [homeOf(record)] : [];
    });
  }

  #kills(record: InstanceRecord, kv: Kv): void {
    const job = jobIn(kv, record.job);
    if (!job?.memory.formed || job.stopping || !isMember(record, job)) return;
    const other = [...this.#ending.values()].find(
      (one) => one.job === record.job && one.index !== record.index && isMember(one, job),
    );
    if (other) this.#found(`${record.task} is ended while ${other.task} is being ended`);
    this.#ending.set(record.task, record);
  }
}

const homeOf = ({ note }: InstanceRecord): string | undefined =>
  (note as { readonly home?: string } | undefined)?.home;

const isMember = (record: InstanceRecord, { memory: { members, homes } }: Database): boolean =>
  record.beside === undefined &&
  members[record.index] !== undefined &&
  homes[record.index]?.id === homeOf(record);
