/**
 * Fetches a process task's artifacts into its sandbox before it starts. Streamed to a temporary name and renamed when
 * whole and checked, so a program never sees half a file. Nothing may land outside of the sandbox.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, resolve, sep } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../core/clock.ts';
import { causeOf, TenderError } from '../../core/errors.ts';
import type { Artifact } from '../../core/task.ts';

const PROGRESS_EVERY = 1_000;

export interface FetchOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called once for each artifact, and then at most once a second. */
  readonly progress: (message: string) => void;
}

interface Source {
  readonly stream: Readable;
  readonly bytes: number | undefined;
}

/** @throws TenderError `artifact.fetch` */
export async function fetchArtifacts(artifacts: readonly Artifact[], options: FetchOptions): Promise<void> {
  for (const artifact of artifacts) {
    try {
      await fetchOne(artifact, options);
    } catch (error) {
      throw new TenderError('artifact.fetch', { url: artifact.url, cause: causeInWords(error) });
    }
  }
}

async function fetchOne(
  artifact: Artifact,
  { folder, clock, signal, progress }: FetchOptions,
): Promise<void> {
  const name = artifact.name ?? nameOf(artifact.url);
  const target = resolve(folder, name);
  if (!target.startsWith(resolve(folder) + sep))
    throw new Error(`"${name}" would lie outside of the sandbox`);
  progress(`fetching ${name}`);
  const part = `${target}.part`;
  await mkdir(dirname(target), { recursive: true });
  const hash = createHash('sha256');
  let got = 0;
  let toldAt = clock.now();
  try {
    const { stream, bytes } = await open(artifact.url, signal);
    const counted = new Transform({
      transform(piece: Buffer, _encoding, done) {
        hash.update(piece);
        got += piece.length;
        if (bytes && clock.now() - toldAt >= PROGRESS_EVERY) {
          toldAt = clock.now();
          progress(`fetching ${name}: ${Math.floor((100 * got) / bytes)} %`);
        }
        done(null, piece);
      },
    });
    await pipeline(stream, counted, createWriteStream(part), { signal });
    const found = hash.digest('hex');
    if (artifact.sha256 !== undefined && artifact.sha256.toLowerCase() !== found)
      throw new Error(`its sha256 is ${found}, expected ${artifact.sha256}`);
    if (artifact.executable) await chmod(part, 0o755);
    await rename(part, target);
  } finally {
    await rm(part, { force: true });
  }
}

function nameOf(url: string): string {
  const path = /^[a-z]+:\/\//i.test(url) ? decodeURIComponent(new URL(url).pathname) : url;
  const name = basename(path);
  if (name === '') throw new Error('it has no file name; give the artifact a name');
  return name;
}

async function open(url: string, signal: AbortSignal): Promise<Source> {
  if (/^https?:\/\//i.test(url)) {
    const answer = await fetch(url, { signal });
    if (!answer.ok || !answer.body)
      throw new Error(`the server said ${answer.status} ${answer.statusText}`.trim());
    const length = Number(answer.headers.get('content-length')) || undefined;
    return { stream: Readable.fromWeb(answer.body as ReadableStream<Uint8Array>), bytes: length };
  }
  const path = url.startsWith('file:') ? fileURLToPath(url) : url;
  if (!path.startsWith(sep))
    throw new Error('expected http://, https://, file:// or a path that starts with /');
  const found = await stat(path);
  if (!found.isFile()) throw new Error('it is not a file');
  return { stream: createReadStream(path), bytes: found.size };
}

/** fetch hides the reason behind "fetch failed". */
function causeInWords(error: unknown): string {
  const inner = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = (inner as { readonly code?: string }).code;
  if (code === 'ENOENT') return 'there is no such file on the agent';
  if (code === 'EACCES') return 'the agent may not read it';
  if (code === 'ECONNREFUSED') return 'the server does not answer';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return "the server can't be found by name";
  if (code === 'ENOSPC') return 'the disk of the agent is full';
  return causeOf(inner);
}
