/**
 * What people can ask of a job, whatever its kind: to run it, change it, go back to an earlier version, stop it, and say
 * why it is as it is; and the verbs that its kind adds. Each change is durable before it is answered.
 */
import { TenderError } from '../../core/errors.ts';
import type { JobBase } from '../../core/job-spec.ts';
import type { Json } from '../../core/json.ts';
import type { AgentId } from '../../core/task.ts';
import { MAX_ROLES } from '../../wire/protocol.ts';
import type { FrameworkContext } from '../define.ts';
import type { Book } from './book.ts';
import { hideSecrets, keepSecrets } from './hide-secrets.ts';
import { type Instance, serves } from './instance.ts';
import { jsonSchemaOf } from './json-schema.ts';
import type { Answer, JobRecord, View } from './kind.ts';
import { type Kinds, kindOf, parseJob } from './parse-job.ts';
import { planOf } from './plan.ts';
import { PlanGround } from './plan-ground.ts';
import { type Move, rebalance } from './rebalance.ts';

/** Characters of one job, whatever the script in it. */
const LARGEST_JOB = 500_000;

export const COMMON_VERBS = {
  check: 'says whether a spec is right, and changes nothing',
  submit: 'runs a job, or changes it to this spec',
  scale: 'changes the number of instances',
  stop: 'stops all instances and forgets the job',
  spec: 'the spec with all defaults filled in',
  plan: 'says what a spec would change, and changes nothing',
  rebalance: 'moves instances where they had better run',
  versions: 'the versions that it can go back to',
  rollback: 'goes back to an earlier version',
  why: 'says why the job is as it is',
  schema: 'the fields of a spec of this kind, as JSON schema',
} as const;

type Args = Readonly<Record<string, Json | undefined>>;

export interface VerbParts {
  readonly kinds: Kinds;
  readonly book: Book;
  readonly context: FrameworkContext;
  viewOf(job: JobRecord): View;
  roleOf(spec: JobBase): string;
  /** Jobs that have to come before it, in whatever way. */
  waitsFor(spec: JobBase): readonly string[];
  why(job: JobRecord, one: Instance | undefined): Answer;
  /** It is as it should be in the book, and has to become so. */
  changed(job: string): Promise<void>;
}

export class JobVerbs {
  readonly #parts: VerbParts;

  constructor(parts: VerbParts) {
    this.#parts = parts;
  }

  /** @throws TenderError `job.invalid`, `job.unknown`, `job.changed`, `version.unknown`, `framework.verb_unknown` */
  async call(verb: string, args: Json): Promise<Json> {
    const given = (args ?? {}) as Args;
    switch (verb) {
      case 'check':
        return { job: parseJob(this.#parts.kinds, given['spec'] ?? null).name };
      case 'submit':
        return this.#submit(given['spec'] ?? null, given['ifVersion']);
      case 'rebalance':
        return this.#rebalance(given);
      case 'plan':
        return this.#plan(given['spec'] ?? null);
      case 'schema':
        return jsonSchemaOf(kindOf(this.#parts.kinds, String(given['kind'])).schema) as Json;
    }
    const job = this.#job(given['job']);
    switch (verb) {
      case 'scale':
        return this.#scale(job, given['count']);
      case 'stop':
        return this.#stop(job);
      case 'spec':
        return hideSecrets({ ...job.spec, role: this.#parts.roleOf(job.spec) } as unknown as Json);
      case 'versions':
        return this.#versions(job);
      case 'rollback':
        return this.#rollback(job, given['version']);
      case 'why':
        return this.#why(job, given['name']);
      default:
        return this.#own(verb, job, given);
    }
  }

  #job(name: Json | undefined): JobRecord {
    const job = this.#parts.book.jobs.get(String(name ?? ''));
    if (!job) throw new TenderError('job.unknown', { name: String(name ?? '') });
    return job;
  }

  /** @param ifVersion only over this version of it (0: only if there is none) */
  async #submit(given: Json, ifVersion?: Json): Promise<Json> {
    const { book, context, kinds } = this.#parts;
    const input = this.#withSecrets(given);
    const spec = parseJob(kinds, input);
    const { name } = spec;
    const old = book.jobs.get(name);
    if (ifVersion !== undefined && ifVersion !== (old?.version ?? 0))
      throw new TenderError('job.changed', { name, expected: Number(ifVersion), found: old?.version ?? 0 });
    checkSize(spec);
    this.#checkRole(spec);
    if (old && !old.stopping && JSON.stringify(old.spec) === JSON.stringify(spec))
      return { job: name, version: old.version, changed: false };
    await context.claim(name, this.#parts.waitsFor(spec));
    const job = this.#after(old, spec, input);
    await book.put([job]);
    await this.#parts.changed(name);
    return { job: name, version: job.version, changed: true };
  }

  #withSecrets(input: Json): Json {
    const { name } = (input ?? {}) as { readonly name?: Json };
    return keepSecrets(input, this.#parts.book.jobs.get(String(name))?.input);
  }

  /** The job as it is with a new spec. */
  #after(old: JobRecord | undefined, spec: JobBase, input: Json): JobRecord {
    const kind = kindOf(this.#parts.kinds, spec.kind);
    // Another kind knows nothing of what this one remembers.
    const kept = old?.spec.kind === spec.kind ? old : undefined;
    const memory = kept ? (kind.changed?.(this.#parts.viewOf(kept), spec) ?? kept.memory) : kind.memory;
    return { spec, input, version: (old?.version ?? 0) + 1, stopping: false, memory };
  }

  /** @throws TenderError `job.invalid`, `client.lost` */
  async #plan(given: Json): Promise<Json> {
    const { book, kinds, viewOf, waitsFor } = this.#parts;
    const input = this.#withSecrets(given);
    const spec = parseJob(kinds, input);
    const before = book.jobs.get(spec.name);
    const isSame = before && !before.stopping && JSON.stringify(before.spec) === JSON.stringify(spec);
    const job = isSame ? before : this.#after(before, spec, input);
    const now = viewOf(job);
    const version = { spec, input, at: now.now };
    const view = {
      ...now,
      instances: now.instances,
      versions: new Map(now.versions).set(job.version, version),
    };
    const others = [...book.all()].filter((one) => one.job !== spec.name);
    const ground = await this.#ground([...others, ...view.instances]);
    const kind = kindOf(kinds, spec.kind);
    return planOf({ kind, before, view, ground, waitsFor: waitsFor(spec) });
  }

  async #ground(instances: readonly Instance[]): Promise<PlanGround> {
    const { book, context, roleOf } = this.#parts;
    const explanation = await context.explain();
    const versions = (job: string) => book.versions(job);
    return new PlanGround({
      explanation,
      agents: context.agents,
      instances,
      versions,
      roleOf,
      now: context.now(),
    });
  }

  /**
   * @param job absent: of all jobs @param most so many moves at most (5) @param plan only says what it would do
   * @throws TenderError `job.unknown`, `client.lost`
   */
  async #rebalance({ job, most = 5, plan = false }: Args): Promise<Json> {
    const { book, context, kinds } = this.#parts;
    const jobs = job === undefined ? [...book.jobs.values()] : [this.#job(job)];
    const movable = jobs.flatMap((record) => {
      const kind = kindOf(kinds, record.spec.kind);
      if (record.stopping || !kind.move) return [];
      return book
        .of(record.spec.name)
        .filter(serves)
        .map((instance) => ({ job: record, instance }));
    });
    const ground = await this.#ground([...book.all()]);
    const moves = rebalance(movable, ground, context.agents, Number(most));
    if (plan !== true) await this.#move(moves);
    const nameOf = (agent: AgentId): string => context.agents.get(agent)?.name ?? agent;
    return moves.map((move) => ({
      ...move,
      from: nameOf(move.from),
      to: nameOf(move.to),
    })) as unknown as Json;
  }

  async #move(moves: readonly Move[]): Promise<void> {
    const { book, kinds, changed } = this.#parts;
    const jobs = new Map<string, JobRecord>();
    for (const move of moves) {
      const job = jobs.get(move.job) ?? book.jobs.get(move.job)!;
      const memory = kindOf(kinds, job.spec.kind).move!(job.memory, move);
      jobs.set(move.job, { ...job, memory });
    }
    await book.put(jobs.values());
    for (const job of jobs.keys()) await changed(job);
  }

  #checkRole(spec: JobBase): void {
    const { book, roleOf } = this.#parts;
    const others = [...book.jobs.values()].filter(({ spec: { name } }) => name !== spec.name);
    const roles = new Set(others.map((job) => roleOf(job.spec)));
    const role = roleOf(spec);
    if (roles.size < MAX_ROLES || roles.has(role)) return;
    const expected = `one of the ${MAX_ROLES} roles that other jobs are in`;
    throw new TenderError('job.invalid', { path: 'role', expected, found: role, hint: '' });
  }

  async #scale({ spec, input }: JobRecord, count: Json | undefined): Promise<Json> {
    await this.#submit({ ...(input as Args), count: count ?? null } as Json);
    return { job: spec.name, count: count ?? null };
  }

  async #stop(job: JobRecord): Promise<Json> {
    await this.#parts.book.put([{ ...job, stopping: true }]);
    await this.#parts.changed(job.spec.name);
    return { job: job.spec.name };
  }

  #versions({ spec: { name }, version }: JobRecord): Json {
    return [...this.#parts.book.versions(name)]
      .sort(([a], [b]) => b - a)
      .map(([number, { input, at }]) => ({
        version: number,
        at,
        current: number === version,
        input: hideSecrets(input),
      }));
  }

  /** @param version default: the one before */
  #rollback(job: JobRecord, version: Json | undefined): Promise<Json> {
    const versions = this.#parts.book.versions(job.spec.name);
    const earlier = [...versions.keys()].filter((one) => one < job.version).sort((a, b) => b - a);
    const wanted = version === undefined ? earlier[0] : Number(version);
    const found = versions.get(wanted ?? 0);
    if (found) return this.#submit(found.input);
    throw new TenderError('version.unknown', {
      name: job.spec.name,
      version: String(version ?? 'before this one'),
      known: earlier.join(', ') || 'none',
    });
  }

  #why(job: JobRecord, name: Json | undefined): Json {
    const instances = this.#parts.book.of(job.spec.name);
    const one = name === undefined ? undefined : instances.find((instance) => instance.name === name);
    return this.#parts.why(job, one) as unknown as Json;
  }

  async #own(verb: string, job: JobRecord, args: Args): Promise<Json> {
    const { verbs = {} } = kindOf(this.#parts.kinds, job.spec.kind);
    const own = verbs[verb];
    if (!own)
      throw new TenderError('framework.verb_unknown', {
        framework: this.#parts.context.name,
        verb,
        known: [...Object.keys(COMMON_VERBS), ...Object.keys(verbs)].join(', '),
      });
    const { memory, answer } = own.run(this.#parts.viewOf(job), args as Readonly<Record<string, Json>>);
    if (memory !== undefined) {
      await this.#parts.book.put([{ ...job, memory }]);
      await this.#parts.changed(job.spec.name);
    }
    return answer;
  }
}

function checkSize(spec: JobBase): void {
  const found = JSON.stringify(spec).length;
  if (found <= LARGEST_JOB) return;
  const expected = `a job of at most ${LARGEST_JOB} characters`;
  throw new TenderError('job.invalid', { path: spec.name, expected, found, hint: '' });
}
