/**
 * Chunks of a task's output as lines with their time. A line that is longer than `longest` comes in pieces, so that a
 * program that never ends its line takes no more memory than that; no character is lost or cut in two.
 */
import type { OutputChunk } from './client.ts';

export interface LogText {
  readonly channel: 'stdout' | 'stderr';
  readonly text: string;
  /** By when it was written (ms since 1970), where that is known. */
  readonly at?: number | undefined;
  /** The line goes on in the next one of this channel. */
  readonly goesOn?: true;
}

interface Open {
  readonly decoder: TextDecoder;
  text: string;
  at: number | undefined;
}

export class LogLines {
  readonly #longest: number;
  readonly #open = { stdout: opened(), stderr: opened() };

  constructor(longest: number) {
    this.#longest = longest;
  }

  write({ channel, bytes, at }: OutputChunk): LogText[] {
    const open = this.#open[channel];
    const parts = (open.text + open.decoder.decode(bytes, { stream: true })).split('\n');
    const rest = parts.pop() ?? '';
    const lines: LogText[] = [];
    // A line that was begun has the time of its beginning.
    for (const [i, text] of parts.entries()) {
      const when = i === 0 && open.text !== '' ? open.at : at;
      this.#cut(lines, { channel, text, at: when });
    }
    if (parts.length > 0 || open.text === '') open.at = at;
    open.text = rest;
    while (open.text.length > this.#longest) {
      const text = whole(open.text, this.#longest);
      lines.push({ channel, text, at: open.at, goesOn: true });
      open.text = open.text.slice(text.length);
    }
    return lines;
  }

  /** What was begun and never ended. */
  end(): LogText[] {
    return (['stdout', 'stderr'] as const).flatMap((channel) => {
      const { text, at } = this.#open[channel];
      this.#open[channel] = opened();
      return text === '' ? [] : [{ channel, text, at }];
    });
  }

  #cut(lines: LogText[], line: LogText): void {
    let { text } = line;
    while (text.length > this.#longest) {
      const piece = whole(text, this.#longest);
      lines.push({ ...line, text: piece, goesOn: true });
      text = text.slice(piece.length);
    }
    lines.push(text === line.text ? line : { ...line, text });
  }
}

const opened = (): Open => ({ decoder: new TextDecoder(), text: '', at: undefined });

/** At most so many characters; a surrogate pair stays together. */
function whole(text: string, length: number): string {
  const code = text.charCodeAt(length - 1);
  return text.slice(0, code >= 0xd800 && code <= 0xdbff ? length - 1 : length);
}
