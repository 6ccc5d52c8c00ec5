/** What a plugin's process writes: a file that is cut when it is too long, looked after only while it grows. */
import { closeSync, type FSWatcher, openSync, watch } from 'node:fs';
import { LogFile } from '../../agent/log-files.ts';
import { causeOf } from '../../core/errors.ts';
import type { PluginOutput } from '../../daemon/plugin-runner.ts';

const LIMIT = 2 * 1024 ** 2;
/** Between two looks at its length (ms). */
const PAUSE = 1_000;

export class OutputFile {
  readonly #file: LogFile;
  readonly #watcher: FSWatcher;
  #timer: NodeJS.Timeout | undefined;

  constructor(path: string, log: (line: string) => void) {
    closeSync(openSync(path, 'a', 0o600));
    this.#file = new LogFile(path, LIMIT);
    const cap = (): void => {
      this.#timer = undefined;
      void this.#file.cap((error) => log(causeOf(error)));
    };
    this.#watcher = watch(path, { persistent: false }, () => {
      this.#timer ??= setTimeout(cap, PAUSE).unref();
    });
    this.#watcher.on('error', () => {});
  }

  read({ follow, tail }: { follow: boolean; tail?: number | undefined }): PluginOutput {
    const stop = new AbortController();
    const over = follow ? stop.signal : AbortSignal.abort();
    const file = this.#file;
    async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
      const from = await file.start({ tail });
      for await (const { bytes } of file.read({ follow, from, over, stop: stop.signal })) yield bytes;
    }
    return { chunks: chunks(), close: () => stop.abort() };
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#watcher.close();
  }
}
