/**
 * What people can ask of a job, whatever its kind: to run it, change it, go back to an earlier version, stop it, and say
 * why it is as it is; and the verbs that its kind adds. Each change is durable before it is answered.
 */
import { z } from 'zod';
import { TenderError } from '../../core/errors.ts';
import type { JobBase } from '../../core/job-spec.ts';
import type { Json } from '../../core/json.ts';
import { MAX_ROLES } from '../../wire/protocol.ts';
import type { FrameworkContext } from '../define.ts';
import type { Book } from './book.ts';
import type { Instance } from './instance.ts';
import type { Answer, JobRecord, View } from './kind.ts';
import { type Kinds, kindOf, parseJob } from './parse-job.ts';

/** Characters of one job, whatever the script in it. */
const LARGEST_JOB = 500_000;

export const COMMON_VERBS = {
  check: 'says whether a spec is right, and changes nothing',
  submit: 'runs a job, or changes it to this spec',
  scale: 'changes the number of instances',
  stop: 'stops all instances and forgets the job',
  spec: 'the spec with all defaults filled in',
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
      case 'schema':
        return z.toJSONSchema(kindOf(this.#parts.kinds, String(given['kind'])).schema, {
          io: 'input',
          unrepresentable: 'any',
        }) as Json;
    }
    const job = this.#job(given['job']);
    switch (verb) {
      case 'scale':
        return this.#scale(job, given['count']);
      case 'stop':
        return this.#stop(job);
      case 'spec':
        return { ...job.spec, role: this.#parts.roleOf(job.spec) } as unknown as Json;
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
  async #submit(input: Json, ifVersion?: Json): Promise<Json> {
    const { book, context, kinds } = this.#parts;
    const spec = parseJob(kinds, input);
    const { name } = spec;
    const old = book.jobs.get(name);
    if (ifVersion !== undefined && ifVersion !== (old?.version ?? 0))
      throw new TenderError('job.changed', { name, expected: Number(ifVersion), found: old?.version ?? 0 });
    checkSize(spec);
    this.#checkRole(spec);
    if (old && !old.stopping && JSON.stringify(old.spec) === JSON.stringify(spec))
      return { job: name, version: old.version, changed: false };
    await context.claim(name, spec.needs ?? []);
    const version = (old?.version ?? 0) + 1;
    const kind = kindOf(kinds, spec.kind);
    // Another kind knows nothing of what this one remembers.
    const kept = old && old.spec.kind === spec.kind ? old : undefined;
    const memory = kept ? (kind.changed?.(this.#parts.viewOf(kept), spec) ?? kept.memory) : kind.memory;
    await book.put([{ spec, input, version, stopping: false, memory }]);
    await this.#parts.changed(name);
    return { job: name, version, changed: true };
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
      .map(([number, { input, at }]) => ({ version: number, at, current: number === version, input }));
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
