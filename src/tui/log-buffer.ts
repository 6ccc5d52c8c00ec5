/**
 * What tasks write, as lines: a ring of bounded length, lines of bounded size (a task that never ends its line must not
 * eat the memory), made plain on arrival. The filtered list grows by what is appended; it is rebuilt only for a new filter.
 */
import { plain } from '../client/table/width.ts';
import { filterOf, type Matches } from './filter.ts';

export interface LogLine {
  readonly from: string;
  readonly channel: 'stdout' | 'stderr' | 'notice';
  readonly text: string;
}

const LINES_KEPT = 10_000;
const LINE_LIMIT = 8192;

export class LogBuffer {
  #lines: LogLine[] = [];
  #open = new Map<string, { decoder: TextDecoder; text: string }>();
  #filter = '';
  #matches: Matches | undefined;
  #found: LogLine[] = [];

  /** @returns how many lines were completed that the filter lets through. */
  write(from: string, channel: 'stdout' | 'stderr', bytes: Uint8Array): number {
    const key = `${from} ${channel}`;
    const open = this.#open.get(key) ?? { decoder: new TextDecoder(), text: '' };
    this.#open.set(key, open);
    const parts = (open.text + open.decoder.decode(bytes, { stream: true })).split('\n');
    open.text = parts.pop() ?? '';
    if (open.text.length > LINE_LIMIT) {
      parts.push(open.text);
      open.text = '';
    }
    return parts.reduce((n, text) => n + this.#add({ from, channel, text: tidy(text) }), 0);
  }

  notice(from: string, text: string): number {
    return this.#add({ from, channel: 'notice', text: plain(text) });
  }

  /** Ends lines that were left open: the stream is over. */
  finish(from: string): void {
    for (const channel of ['stdout', 'stderr'] as const) {
      const open = this.#open.get(`${from} ${channel}`);
      if (open && open.text !== '') this.#add({ from, channel, text: tidy(open.text) });
      this.#open.delete(`${from} ${channel}`);
    }
  }

  lines(filter: string): readonly LogLine[] {
    if (filter !== this.#filter) {
      this.#filter = filter;
      this.#matches = filterOf(filter);
      const matches = this.#matches;
      this.#found = matches ? this.#lines.filter((l) => matches(l.text)) : [];
    }
    return this.#matches ? this.#found : this.#lines;
  }

  #add(line: LogLine): number {
    this.#lines.push(line);
    // Shifting an array of ten thousand on each line is dear; let it grow a little and cut in one go.
    if (this.#lines.length > LINES_KEPT * 1.1) this.#lines = this.#lines.slice(-LINES_KEPT);
    if (!this.#matches) return 1;
    if (!this.#matches(line.text)) return 0;
    this.#found.push(line);
    if (this.#found.length > LINES_KEPT * 1.1) this.#found = this.#found.slice(-LINES_KEPT);
    return 1;
  }
}

/** A carriage return overwrites, as progress bars do: the last text of the line stays. */
function tidy(text: string): string {
  const ended = text.endsWith('\r') ? text.slice(0, -1) : text;
  const last = ended.slice(ended.lastIndexOf('\r') + 1);
  return plain(last.replaceAll('\t', '    ').slice(0, LINE_LIMIT));
}
