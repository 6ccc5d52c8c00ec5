/** What the executor tests share: specs with few words, and a record of what an executor says of its tasks. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Chunk, ExecutorEvents, Pipe, Report } from '../../src/agent/executor.ts';
import { resourcesOf } from '../../src/core/resources.ts';
import type { AgentId, DockerRun, ProcessRun, TaskId, TaskSpec } from '../../src/core/task.ts';
import { isTerminal } from '../../src/core/task-state.ts';
import { BUSYBOX } from '../support/need.ts';
import { until } from '../support/until.ts';

let made = 0;
/** Never the same, also when files run side by side. */
export const unique = (prefix: string): string =>
  `${prefix}-${process.pid}-${made++}-${Date.now() % 100_000}`;
export const agentId = (): AgentId => unique('agent') as AgentId;

export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tender-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

interface Wishes extends Partial<Omit<TaskSpec, 'run'>> {
  /** MiB */
  readonly mem?: number;
  readonly run?: Partial<DockerRun> | Partial<ProcessRun>;
}

function specOf(run: TaskSpec['run'], { mem = 64, run: _, ...wishes }: Wishes): TaskSpec {
  return {
    id: unique('web.0') as TaskId,
    name: 'web.0',
    job: 'web',
    resources: resourcesOf({ cpus: 500, mem: mem * 1000 }),
    run,
    env: {},
    ports: [],
    volumes: [],
    killGrace: 5_000,
    labels: {},
    ...wishes,
  };
}

/** @param script read by busybox' shell in the container */
export function container(script: string, wishes: Wishes = {}): TaskSpec {
  const run: DockerRun = {
    kind: 'docker',
    image: BUSYBOX,
    args: ['sh', '-c', script],
    pull: 'missing',
    network: 'bridge',
  };
  return specOf({ ...run, ...(wishes.run as Partial<DockerRun>) }, wishes);
}

/** @param script read by the machine's shell */
export const script = (text: string, wishes: Wishes = {}): TaskSpec => program(['sh', '-c', text], wishes);

export function program(argv: readonly string[], wishes: Wishes = {}): TaskSpec {
  const run: ProcessRun = { kind: 'process', argv, artifacts: [] };
  return specOf({ ...run, ...(wishes.run as Partial<ProcessRun>) }, wishes);
}

/** Everything that was said, in order. */
export class Told implements ExecutorEvents {
  readonly #reports = new Map<string, Report[]>();

  status(task: TaskId, report: Report): void {
    this.#reports.set(task, [...this.of(task), report]);
  }

  readonly troubles: unknown[] = [];

  trouble(error: unknown): void {
    this.troubles.push(error);
  }

  of(task: TaskId): readonly Report[] {
    return this.#reports.get(task) ?? [];
  }

  states(task: TaskId): string[] {
    return this.of(task).map(({ state }) => state);
  }

  async running(spec: TaskSpec): Promise<Report> {
    await until(() => this.of(spec.id).some(({ state }) => state === 'RUNNING' || isTerminal(state)), {
      what: `${spec.id} runs`,
      timeout: 20_000,
    });
    const report = this.of(spec.id).find(({ state }) => state === 'RUNNING');
    if (!report) throw new Error(`never ran: ${JSON.stringify(this.of(spec.id))}`);
    return report;
  }

  async end(spec: TaskSpec): Promise<Report> {
    await until(() => this.of(spec.id).some(({ state }) => isTerminal(state)), {
      what: `${spec.id} ends`,
      timeout: 20_000,
    });
    const report = this.of(spec.id).at(-1);
    if (!report || !isTerminal(report.state))
      throw new Error(`not its last word: ${JSON.stringify(this.of(spec.id))}`);
    return report;
  }
}

export interface Said {
  stdout: string;
  stderr: string;
}

/** Reads on, into an object that can be looked at meanwhile. */
export function listen(pipe: Pipe): { readonly said: Said; readonly done: Promise<Said> } {
  const said: Said = { stdout: '', stderr: '' };
  const read = async (): Promise<Said> => {
    for await (const chunk of pipe.output) said[chunk.stream] += text(chunk);
    return said;
  };
  return { said, done: read() };
}

export const text = ({ bytes }: Chunk): string => Buffer.from(bytes).toString('utf8');
export const bytes = (words: string): Uint8Array => Buffer.from(words);
export const hear = (pipe: Pipe): Promise<Said> => listen(pipe).done;

/** Where nothing may go wrong. */
export const noTrouble = (error: unknown): never => {
  throw error;
};
