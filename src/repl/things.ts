/**
 * The things of the cluster as the prompt has them: `jobs.web`, `tasks['web.0']`, `agents.nuc1`. A thing is always now
 * (its fields are read from the replica each time; of one that is gone the last that was known), and has the verbs that
 * name such a thing as methods, those of its framework, too.
 */
import { inspect } from 'node:util';
import { callVerb } from '../client/commands.ts';
import { plain } from '../client/table/width.ts';
import { type Records, TABLES, type Table } from '../client/tables.ts';
import type { Json } from '../core/json.ts';
import type { Task } from '../core/task.ts';
import { COMPUTED, TASKS_OF } from './computed.ts';
import { type ListName, recordsIn, recordWithId } from './lists.ts';
import { methodsOf } from './methods.ts';
import { RecordList } from './record-list.ts';
import { markMethod, markThing } from './record-of.ts';
import type { VerbContext } from './verb.ts';

/** A thing is its record, with more to it. */
export type Thing<N extends ListName> = Records[N] & { readonly [member: string]: unknown };

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
/** Verbs of the kit that are not said of a job that is there, and those that have methods of their own. */
const METHOD_NAMES: ReadonlySet<string> = new Set(['submit', 'check', 'schema', 'rebalance']);

export class Things {
  readonly #context: VerbContext;
  readonly #made = new Map<string, WeakRef<object>>();
  readonly #forgotten = new FinalizationRegistry<string>((key) => {
    if (this.#made.get(key)?.deref() === undefined) this.#made.delete(key);
  });

  constructor(context: VerbContext) {
    this.#context = context;
  }

  /** The same one for the same record, as long as somebody has it. */
  of<N extends ListName>(list: N, record: Records[N]): Thing<N> {
    const table = TABLES[list] as unknown as Table<Records[N]>;
    const key = `${list} ${table.id(record)}`;
    const there = this.#made.get(key)?.deref();
    if (there) return there as Thing<N>;
    const thing = this.#make(list, record);
    this.#made.set(key, new WeakRef(thing));
    this.#forgotten.register(thing, key);
    return thing;
  }

  list<N extends ListName>(list: N, records: readonly Records[N][]): RecordList<Thing<N>> {
    const things = records.map((record) => this.of(list, record));
    return RecordList.made(TABLES[list] as unknown as Table<Thing<N>>, this.#context.look, things);
  }

  /** Some record of that list, where there is one. */
  any<N extends ListName>(list: N): Records[N] | undefined {
    return recordsIn(list, this.#context.look.source)[0];
  }

  /** What a thing has beside the fields of its record. */
  figuresOf(list: ListName): string[] {
    return [...Object.keys(COMPUTED[list]), ...(TASKS_OF[list] ? ['tasks'] : [])];
  }

  /** What there is after the dot: fields, figures, and those methods that this one knows. */
  membersOf(list: ListName, record: Records[ListName], readOnly: boolean): string[] {
    const own = this.#ownVerbs(list, record);
    const methods = methodsOf(list).filter(
      ({ verb: { asks, changes } }) =>
        !(readOnly && changes) && (asks === undefined || own === undefined || own.includes(asks)),
    );
    const more = (readOnly ? [] : (own ?? [])).filter(
      (name) => IDENTIFIER.test(name) && !METHOD_NAMES.has(name),
    );
    return [
      ...new Set([
        ...Object.keys(record),
        ...this.figuresOf(list),
        ...methods.map(({ method }) => method),
        ...more,
      ]),
    ];
  }

  #make<N extends ListName>(list: N, first: Records[N]): Thing<N> {
    const { source } = this.#context.look;
    const id = (TABLES[list] as unknown as Table<Records[N]>).id(first);
    let last = first;
    const record = (): Records[N] => {
      last = recordWithId(list, source, id) ?? last;
      return last;
    };
    // `inspect` looks at a proxy's target, not through its traps.
    const target = Object.defineProperty({}, inspect.custom, { value: () => this.#text(list, record()) });
    const thing = new Proxy(target, {
      get: (_, key) =>
        typeof key === 'string' ? this.#member(list, record(), key) : Reflect.get(target, key),
      has: (_, key) => typeof key === 'string' && this.#member(list, record(), key) !== undefined,
      ownKeys: () => [...Object.keys(record()), inspect.custom],
      getOwnPropertyDescriptor: (_, key) => {
        if (key === inspect.custom) return Reflect.getOwnPropertyDescriptor(target, key);
        const field = Reflect.getOwnPropertyDescriptor(record(), key);
        return field && { ...field, configurable: true };
      },
      set: () => {
        throw new TypeError(`${id} is a view of the cluster: it can't be assigned to`);
      },
      defineProperty: () => false,
      deleteProperty: () => false,
    }) as unknown as Thing<N>;
    markThing(thing, { list, record });
    return thing;
  }

  #member<N extends ListName>(list: N, record: Records[N], key: string): unknown {
    const { client, look } = this.#context;
    const verb = methodsOf(list).find(({ method }) => method === key);
    if (verb) return markMethod(verb.call(this.#context, record), verb.name);
    const figure = COMPUTED[list][key];
    if (figure) return figure(record, look.source.state);
    const isOwn = TASKS_OF[list];
    if (key === 'tasks' && isOwn)
      return this.list(
        'tasks',
        this.#sortedTasks((task) => isOwn(record, task)),
      );
    if (Object.hasOwn(record, key)) return (record as unknown as Record<string, unknown>)[key];
    if (!this.#ownVerbs(list, record)?.includes(key)) return undefined;
    const { name } = record as Records['jobs'];
    return (args: Readonly<Record<string, Json>> = {}) => callVerb(client, name, key, args);
  }

  #sortedTasks(isMeant: (task: Task) => boolean): Task[] {
    const tasks = [...this.#context.look.source.state.tasks.values()].filter(isMeant);
    return tasks.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  }

  /** The verbs of the framework of a job; undefined: not known. */
  #ownVerbs(list: ListName, record: Records[ListName]): string[] | undefined {
    if (list !== 'jobs') return undefined;
    const { frameworks } = this.#context.look.source.state;
    return frameworks.get((record as Records['jobs']).framework)?.verbs.map(({ name }) => name);
  }

  /** Its columns, one below the other. */
  #text<N extends ListName>(list: N, record: Records[N]): string {
    const { source, now } = this.#context.look;
    const table = TABLES[list] as unknown as Table<Records[N]>;
    const cells = table
      .columns(source.state)
      .map((column) => [column.title.toLowerCase(), plain(column.text(record, source.state, now()))] as const)
      .filter(([, text]) => text !== '' && text !== '-');
    const wide = Math.max(...cells.map(([title]) => title.length));
    return [
      `${table.singular} ${plain(table.title(record))}`,
      ...cells.slice(1).map(([title, text]) => `  ${title.padEnd(wide)}  ${text}`),
    ].join('\n');
  }
}
