/**
 * Having an image: look, pull if the policy says so, and say how far it is. A pull may take minutes; it belongs to no
 * timeout but its own silence, and is torn off by `signal` when the task is killed.
 */
import type { Readable } from 'node:stream';
import type { Clock } from '../../core/clock.ts';
import { causeOf, TenderError } from '../../core/errors.ts';
import type { DockerRun } from '../../core/task.ts';
import { type Engine, engineCause, isUnreachable, statusOf } from './engine.ts';

const PROGRESS_EVERY = 1_000;
/** The name goes into a path: what else is wrong with it, the engine says. */
const PRINTABLE = /^[\x21-\x7e]+$/;

/** One line of the engine's answer. */
interface Step {
  readonly id?: string;
  readonly status?: string;
  readonly error?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
}

export interface ImageOptions {
  readonly engine: Engine;
  readonly run: DockerRun;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called at the start of a pull and then at most once a second. */
  readonly progress: (message: string) => void;
}

/** @throws TenderError `docker.image`, or `docker.unavailable` */
export async function haveImage(options: ImageOptions): Promise<void> {
  const { engine, run } = options;
  if (!PRINTABLE.test(run.image))
    throw new TenderError('docker.image', { image: `"${run.image}"`, cause: 'this is no name of an image' });
  if (run.pull !== 'always' && (await isHere(engine, run.image))) return;
  if (run.pull === 'never') {
    const cause = 'it is not on this machine, and the job says never to pull it';
    throw new TenderError('docker.image', { image: run.image, cause });
  }
  try {
    await pull(options);
  } catch (error) {
    throw new TenderError('docker.image', { image: run.image, cause: engineCause(error) });
  }
}

async function isHere(engine: Engine, image: string): Promise<boolean> {
  try {
    await engine.getImage(image).inspect();
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    if (isUnreachable(error)) throw new TenderError('docker.unavailable', { cause: engineCause(error) });
    throw new TenderError('docker.image', { image, cause: engineCause(error) });
  }
}

async function pull({ engine, run, clock, signal, progress }: ImageOptions): Promise<void> {
  const layers = new Map<string, { readonly current: number; readonly total: number }>();
  let toldAt = clock.now();
  progress(`pulling ${run.image}`);
  const stream = (await engine.pull(run.image, { abortSignal: signal })) as Readable;
  for await (const step of steps(stream)) {
    if (step.error !== undefined) throw refusal(step.error);
    const { current, total } = step.progressDetail ?? {};
    if (step.status !== 'Downloading' || step.id === undefined || current === undefined || !total) continue;
    layers.set(step.id, { current, total });
    if (clock.now() - toldAt < PROGRESS_EVERY) continue;
    toldAt = clock.now();
    progress(`pulling ${run.image}: ${progressOf([...layers.values()])}`);
  }
  if (signal.aborted) throw new Error('the pull was stopped');
}

/** `62 % of 110 MiB`: of the layers that are known so far. */
function progressOf(layers: readonly { readonly current: number; readonly total: number }[]): string {
  const total = layers.reduce((sum, layer) => sum + layer.total, 0);
  const percent = Math.floor((100 * layers.reduce((sum, layer) => sum + layer.current, 0)) / total);
  return `${percent} % of ${Math.max(1, Math.round(total / 1_048_576))} MiB`;
}

/** An error inside the stream, in the shape of one that came as an answer. */
const refusal = (message: string): Error =>
  Object.assign(new Error(message), { statusCode: 500, json: { message } });

async function* steps(stream: Readable): AsyncGenerator<Step, void, undefined> {
  let rest = '';
  stream.setEncoding('utf8');
  for await (const piece of stream) {
    const lines = (rest + String(piece)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield parse(line);
  }
  if (rest.trim() !== '') yield parse(rest);
}

function parse(line: string): Step {
  try {
    return JSON.parse(line) as Step;
  } catch (error) {
    return { error: `the engine's answer made no sense: ${causeOf(error)}` };
  }
}
