/**
 * What a container is given, and what it gives back, as files in its root folder. Copied in before it starts and out when it
 * has ended, not mounted: the engine may be on another machine. The file for the output is there from the start, so that a
 * program may write to it whoever it runs as.
 */
import { basename, dirname } from 'node:path';
import { MAX_OUTPUT, type TaskSpec } from '../../core/task.ts';
import { containerName, OUTPUT_FILE, PAYLOAD_FILE } from './container.ts';
import type { Engine } from './engine.ts';
import { fileIn, tarOf } from './tar.ts';

const HEAD = 512;

export async function layFiles(engine: Engine, { id, payload, output, run }: TaskSpec): Promise<void> {
  const container = engine.getContainer(containerName(id));
  const { files = [], container: { readOnly = false } = {}, beside } = run.kind === 'docker' ? run : {};
  for (const { path, content, base64, mode = 0o444, uid = 0, gid = 0 } of beside === undefined ? files : []) {
    const bytes = Buffer.from(content, base64 ? 'base64' : 'utf8');
    const folder = dirname(path);
    // Named by its folder, the engine may look into a volume there; from the root it may only write to what can be written to.
    const [at, name] = readOnly ? [folder, basename(path)] : ['/', path.slice(1)];
    await container.putArchive(tarOf(name, bytes, mode, { uid, gid }), { path: at });
  }
  if (readOnly) return;
  const lay = (path: string, content: string, mode: number): Promise<unknown> =>
    container.putArchive(tarOf(path.slice(1), Buffer.from(content), mode), { path: '/' });
  if (payload !== undefined) await lay(PAYLOAD_FILE, payload, 0o444);
  if (output) await lay(OUTPUT_FILE, '', 0o666);
}

/** As much of its start as there may be; empty where there is none. */
export async function outputOf(engine: Engine, id: string): Promise<string> {
  try {
    const archive = await engine.getContainer(id).getArchive({ path: OUTPUT_FILE });
    const parts: Buffer[] = [];
    let bytes = 0;
    for await (const part of archive) {
      parts.push(part as Buffer);
      bytes += (part as Buffer).length;
      if (bytes >= HEAD + MAX_OUTPUT) break;
    }
    return fileIn(Buffer.concat(parts)).toString('utf8', 0, MAX_OUTPUT);
  } catch {
    return ''; // it has removed the file
  }
}
