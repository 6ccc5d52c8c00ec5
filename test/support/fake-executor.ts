/**
 * An executor without a machine. The `World` is what would be on it: it outlives the executor, as containers outlive
 * an agent. A test ends or fails tasks in the world by hand.
 */
import type { Executor, ExecutorEvents, Pipe, Report } from '../../src/agent/executor.ts';
import type { TaskId, TaskSpec } from '../../src/core/task.ts';

export interface Thing {
  readonly spec: TaskSpec;
  /** Absent while it runs. */
  ended?: Report;
}

export class World {
  readonly things = new Map<TaskId, Thing>();
  /** How often each task was started: more than once is always wrong. */
  readonly starts = new Map<TaskId, number>();
  events: ExecutorEvents | undefined;
  /** What the tasks say; a test gives it. */
  logs: () => Pipe = () => {
    throw new Error('no output here');
  };
  /** The exit code of a command in a task; a test gives it. */
  command: (spec: TaskSpec, argv: readonly string[]) => number = () => {
    throw new Error('no programs here');
  };

  get running(): TaskSpec[] {
    return [...this.things.values()].filter(({ ended }) => !ended).map(({ spec }) => spec);
  }

  end(task: TaskId, report: Report): void {
    const thing = this.things.get(task);
    if (!thing || thing.ended) return;
    thing.ended = report;
    this.events?.status(task, report);
  }

  fail(name: string): void {
    const found = this.running.find((spec) => spec.name === name);
    if (!found) throw new Error(`nothing called ${name} runs here`);
    this.end(found.id, { state: 'FAILED', reason: 'exited', message: 'exited with code 1', exitCode: 1 });
  }
}

/** A command that has said nothing, and ended so. */
const silent = (exitCode: number): Pipe => ({
  output: (async function* () {})(),
  write: async () => {},
  end: () => {},
  resize: () => {},
  close: () => {},
  exitCode: () => exitCode,
});

export function fakeExecutor(world: World, events: ExecutorEvents): Executor {
  world.events = events;
  return {
    kind: 'process',
    facts: async () => ({ kind: 'process', available: true, detail: 'fake' }),
    launch(spec) {
      world.starts.set(spec.id, (world.starts.get(spec.id) ?? 0) + 1);
      world.things.set(spec.id, { spec });
      events.status(spec.id, { state: 'RUNNING', reason: 'started', message: '' });
    },
    async recover(spec) {
      const thing = world.things.get(spec.id);
      if (!thing) return 'absent';
      if (!thing.ended) return 'running';
      events.status(spec.id, thing.ended);
      return 'ended';
    },
    kill(task) {
      world.end(task, { state: 'KILLED', reason: 'killed', message: '' });
    },
    logs: async () => world.logs(),
    endedLogs: () => Promise.reject(new Error('no output here')),
    exec: async (spec, { argv }) => silent(world.command(spec, argv)),
    attach: () => Promise.reject(new Error('nothing to attach to here')),
    async remove(spec) {
      world.things.delete(spec.id);
    },
    sweep: async () => [],
    usage: async () => ({}),
    async close() {
      if (world.events === events) world.events = undefined;
    },
  };
}
