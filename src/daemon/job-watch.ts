/** What frameworks are told of jobs that their own jobs need, whoever runs those: as they are, and whenever they change. */
import type { FrameworkId } from '../core/task.ts';
import type { ToFramework } from '../wire/messages/framework.ts';
import type { Parts } from './parts.ts';

export class JobWatch {
  readonly #parts: Parts;
  readonly #watched = new Map<FrameworkId, ReadonlySet<string>>();
  readonly #send: (framework: FrameworkId, message: ToFramework) => void;

  constructor(parts: Parts, send: (framework: FrameworkId, message: ToFramework) => void) {
    this.#parts = parts;
    this.#send = send;
    parts.log.listen(({ event }) => {
      if (event.type === 'job.changed') this.#tell(event.job.name);
      else if (event.type === 'job.removed') this.#tell(event.job);
    });
  }

  /** These from now on, instead of those before. */
  watch(framework: FrameworkId, names: readonly string[]): void {
    const before = this.#watched.get(framework);
    this.#watched.set(framework, new Set(names));
    this.#report(
      framework,
      names.filter((name) => !before?.has(name)),
    );
  }

  forget(framework: FrameworkId): void {
    this.#watched.delete(framework);
  }

  #tell(job: string): void {
    for (const [framework, names] of this.#watched) if (names.has(job)) this.#report(framework, [job]);
  }

  #report(framework: FrameworkId, names: readonly string[]): void {
    if (names.length === 0) return;
    const { jobs: all } = this.#parts.log.state;
    const jobs = names.flatMap((name) => all.get(name) ?? []);
    this.#send(framework, { t: 'jobs', jobs, gone: names.filter((name) => !all.has(name)) });
  }
}
