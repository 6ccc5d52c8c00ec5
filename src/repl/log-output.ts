/**
 * What tasks write, as `logs()` gives it: lines to go through (`for await`), a text to wait for, and at the prompt
 * something that prints as it comes. Of a job that is followed, instances that come later are there, too.
 */
import type { Client, TaskStream } from '../client/client.ts';
import { readTogether } from '../client/follow-log.ts';
import { findTasks } from '../client/names.ts';
import type { Task, TaskId } from '../core/task.ts';
import { isTerminal } from '../core/task-state.ts';
import { SHOW, type Showing } from './shown.ts';
import type { VerbContext } from './verb.ts';

export interface LogLine {
  /** `web.0` */
  readonly task: string;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

export interface LogOptions {
  /** Goes on with what comes. */
  readonly follow?: boolean;
  /** Only so many of the last lines. */
  readonly tail?: number;
}

/** Lines that wait to be read; beyond that the tasks' ends wait. */
const MOST_WAITING = 1000;

export class LogOutput implements AsyncIterable<LogLine>, Showing {
  readonly #context: VerbContext;
  readonly #tasks: readonly Task[];
  readonly #options: LogOptions;
  /** Also instances to come. */
  readonly #isWhole: boolean;

  /** @param name a task or a job @throws TenderError `job.unknown` */
  constructor(context: VerbContext, name: string, options: LogOptions = {}) {
    this.#context = context;
    this.#options = options;
    this.#tasks = findTasks(context.client.state, name);
    const [first] = this.#tasks;
    this.#isWhole = options.follow === true && first !== undefined && first.job === name;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<LogLine, void, undefined> {
    let isInterrupted = false;
    this.#context.onInterrupt(() => {
      isInterrupted = true;
    });
    for (const group of readTogether(this.#tasks, this.#options.follow === true))
      if (!isInterrupted) yield* new Merge(this.#context, this.#options).lines(group, this.#isWhole);
  }

  /** All of it, once it is over. */
  async text(): Promise<string> {
    let text = '';
    for await (const line of this) text += `${line.text}\n`;
    return text;
  }

  async [SHOW](): Promise<undefined> {
    const isMany = this.#isWhole || this.#tasks.length > 1;
    const wide = Math.max(...this.#tasks.map(({ name }) => name.length));
    for await (const { task, text } of this)
      this.#context.write(isMany ? `${task.padEnd(wide)} │ ${text}\n` : `${text}\n`);
  }
}

/** Several streams read at once, line by line. */
class Merge {
  readonly #client: Client;
  readonly #onInterrupt: VerbContext['onInterrupt'];
  readonly #options: LogOptions;
  readonly #queue: LogLine[] = [];
  readonly #streams = new Map<TaskId, TaskStream>();
  #open = 0;
  #failure: { readonly error: unknown } | undefined;
  #wake = Promise.withResolvers<void>();
  #room = Promise.withResolvers<void>();

  constructor({ client, onInterrupt }: VerbContext, options: LogOptions) {
    this.#client = client;
    this.#onInterrupt = onInterrupt;
    this.#options = options;
  }

  async *lines(tasks: readonly Task[], whole: boolean): AsyncGenerator<LogLine, void, undefined> {
    this.#onInterrupt(() => this.#close());
    for (const task of tasks) this.#add(task);
    const end = whole ? this.#client.subscribe(() => this.#addNewOf(tasks[0]!.job)) : () => {};
    try {
      for (;;) {
        const line = this.#queue.shift();
        if (line) {
          if (this.#queue.length < MOST_WAITING) this.#room.resolve();
          yield line;
        } else if (this.#failure) throw this.#failure.error;
        else if (this.#open === 0 && !whole) return;
        else {
          this.#wake = Promise.withResolvers();
          await this.#wake.promise;
        }
      }
    } finally {
      end();
      this.#close();
    }
  }

  #addNewOf(job: string): void {
    for (const task of this.#client.state.tasks.values())
      if (task.job === job && task.state === 'RUNNING' && !this.#streams.has(task.id)) this.#add(task);
  }

  #add(task: Task): void {
    const { follow = false, tail } = this.#options;
    const stream = this.#client.stream(task.id, {
      kind: 'logs',
      follow: follow && !isTerminal(task.state),
      tail,
    });
    this.#streams.set(task.id, stream);
    this.#open += 1;
    this.#read(task, stream)
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#open -= 1;
        this.#wake.resolve();
      });
  }

  async #read({ name: task }: Task, { output }: TaskStream): Promise<void> {
    const rest = { stdout: '', stderr: '' };
    const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
    const push = (stream: LogLine['stream'], text: string): void => {
      this.#queue.push({ task, stream, text });
      this.#wake.resolve();
    };
    for await (const { channel, bytes } of output) {
      const lines = (rest[channel] + decoders[channel].decode(bytes, { stream: true })).split('\n');
      rest[channel] = lines.pop() ?? '';
      for (const text of lines) push(channel, text);
      if (this.#queue.length < MOST_WAITING) continue;
      this.#room = Promise.withResolvers();
      await this.#room.promise;
    }
    for (const channel of ['stdout', 'stderr'] as const)
      if (rest[channel] !== '') push(channel, rest[channel]);
  }

  #close(): void {
    for (const stream of this.#streams.values()) stream.close();
    this.#room.resolve();
    this.#wake.resolve();
  }
}
