/**
 * The connection to the Docker engine: dockerode, loaded when it is first needed, and the engine's errors in words.
 * Connections to a local engine are not kept alive: one that went stale with the engine's restart would fail the
 * next request.
 */
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { inspect } from 'node:util';
import type Dockerode from 'dockerode';
import { causeOf, TenderError } from '../../core/errors.ts';

// An `import` of node:http reads all its exports, WebSocket among them: that loads undici, 40 ms and 14 MB.
const { Agent: HttpAgent } = process.getBuiltinModule('node:http');

/**
 * docker-modem puts each request into words for a log that nobody reads, its connections and all they hold included:
 * with fifty containers on their way that took the agent's whole processor.
 */
class LocalAgent extends HttpAgent {
  [inspect.custom](): string {
    return 'LocalAgent';
  }
}

export type Engine = Dockerode;

/** @param socket of the engine; undefined = `DOCKER_HOST`, or the usual place. */
export async function openEngine(socket?: string): Promise<Engine> {
  const { default: Docker } = await import('dockerode');
  const local = socket !== undefined || (process.env['DOCKER_HOST'] ?? 'unix://').startsWith('unix://');
  return new Docker({
    ...(socket === undefined ? {} : { socketPath: socket }),
    ...(local ? { agent: new LocalAgent({ keepAlive: false }) } : {}),
  });
}

/**
 * The folder of this machine where it keeps images and containers. Undefined: it is on another machine, has another root
 * folder than this process, or stands behind something that lets nobody ask.
 */
export async function dataRoot(engine: Engine): Promise<string | undefined> {
  if (!(engine.modem as { socketPath?: string }).socketPath) return undefined;
  try {
    const { DockerRootDir } = (await engine.info()) as { DockerRootDir?: string };
    return DockerRootDir !== undefined && existsSync(DockerRootDir) ? DockerRootDir : undefined;
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    return undefined;
  }
}

interface EngineError {
  readonly statusCode?: number;
  readonly code?: string;
  readonly address?: string;
  readonly json?: { readonly message?: string };
}

const parts = (error: unknown): EngineError => (typeof error === 'object' && error !== null ? error : {});

export const statusOf = (error: unknown): number | undefined => parts(error).statusCode;

/** Whether the engine itself could not be reached: it has not refused anything. */
export const isUnreachable = (error: unknown): boolean =>
  !(error instanceof TenderError) && statusOf(error) === undefined && typeof parts(error).code === 'string';

const SAID = /^\(HTTP code \d+\) .*? - (.*)$/s;

/** Why the engine refused, or why it can't be reached: one line for people. */
export function engineCause(error: unknown): string {
  const { json, code, address } = parts(error);
  // Answers to streaming calls are not parsed for us: what the engine said is then only in the error's text.
  const said = json?.message ?? SAID.exec(causeOf(error))?.[1];
  if (said !== undefined && said !== '') return inWords(said);
  const where = address ?? 'its socket';
  if (code === 'ENOENT') return `nothing is at ${where}`;
  if (code === 'ECONNREFUSED') return `nothing answers at ${where}`;
  if (code === 'EACCES') return `this user may not use ${where} (is it in the group docker?)`;
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'it broke the connection';
  return causeOf(error).trim();
}

const WORDS: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [/exec: "([^"]*)": executable file not found/, ([, name]) => `"${name}" is not in the image's PATH`],
  [/exec: "([^"]*)": (?:stat .*)?no such file or directory/, ([, name]) => `"${name}" is not in the image`],
  [/exec: "([^"]*)": (?:.*)?permission denied/, ([, name]) => `"${name}" in the image is not executable`],
  [
    /Bind for \S+?:(\d+) failed: port is already allocated/,
    ([, port]) => `port ${port} of this machine is taken by another container`,
  ],
  [
    /listen tcp\S* \S*:(\d+): bind: address already in use/,
    ([, port]) => `port ${port} of this machine is in use`,
  ],
  [/no matching manifest for (\S+)/, ([, platform]) => `it is not made for this machine (${platform})`],
  [/pull access denied for ([^,\s]+)/, () => 'the registry does not have it, or wants a login'],
  [/manifest (?:for \S+ )?(?:not found|unknown)/, () => 'the registry has no such tag'],
  [
    /lookup (\S+?)(?: on \S+)?: .*(?:no such host|server misbehaving|failure in name resolution|i\/o timeout)/,
    ([, host]) => `the registry ${host} can't be found by name`,
  ],
  [/dial tcp (\S+): .*(?:connection refused)/, ([, host]) => `the registry at ${host} does not answer`],
];

function inWords(said: string): string {
  for (const [pattern, words] of WORDS) {
    const match = pattern.exec(said);
    if (match) return words(match);
  }
  return said.split('\n')[0]?.trim() ?? said;
}

/**
 * A GET whose answer comes piece by piece. dockerode's own calls collect the whole answer unless it is followed;
 * logs may be 20 MiB.
 */
export function openStream(
  engine: Engine,
  path: string,
  query: object,
  signal: AbortSignal,
): Promise<Readable> {
  return new Promise((resolve, reject) => {
    const request = {
      path: `${path}?`,
      method: 'GET',
      isStream: true,
      abortSignal: signal,
      options: query,
      statusCodes: { 200: true, 404: 'not found', 500: 'server error' },
    };
    engine.modem.dial(request, (error, stream) => (error ? reject(error) : resolve(stream as Readable)));
  });
}
