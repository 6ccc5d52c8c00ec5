/**
 * What an agent says of itself as it registers: one message, or parts that come one right after the other. Nothing is
 * believed before all of it is here, because what an agent does not name it does not have.
 */
import { TenderError } from '../core/errors.ts';
import type { Resource } from '../core/resources.ts';
import type { HeldTask, Register } from '../wire/messages/agent.ts';

/** Tasks of one agent. */
const MOST = 100_000;

export class Registration {
  #tasks: HeldTask[] = [];

  /**
   * @returns the whole, if this was its last part
   * @throws TenderError `protocol.message`; then only a new first part is taken
   */
  add({ from = 0, more, ...part }: Register): Register | undefined {
    const before = from === 0 ? [] : this.#tasks;
    this.#tasks = [];
    const tasks = before.concat(part.tasks);
    if (before.length !== from) throw bad(`tasks from number ${from} on, after ${before.length} of them`);
    if (tasks.length > MOST) throw bad(`more than ${MOST} tasks`);
    if (!sameKinds([part.total, ...tasks.map(({ spec }) => spec.resources)]))
      throw bad('one resource as two kinds');
    if (!more) return { ...part, tasks };
    this.#tasks = tasks;
    return undefined;
  }
}

const bad = (cause: string): TenderError => new TenderError('protocol.message', { cause });

/** A name means a number, ranges or a set, on one agent in all places: books of a mixture can't be kept. */
function sameKinds(lists: readonly (readonly Resource[])[]): boolean {
  const kinds = new Map<string, string>();
  return lists.every((list) =>
    list.every((r) => {
      const kind = 'scalar' in r ? 'scalar' : 'ranges' in r ? 'ranges' : 'set';
      const known = kinds.get(r.name) ?? kind;
      kinds.set(r.name, known);
      return known === kind;
    }),
  );
}
