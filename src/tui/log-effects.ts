/** What is done with the log that one looks at: marked, emptied, copied or saved. */
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clockTime, counted, dateTime } from '../client/table/figures.ts';
import { clipboardSequence, MOST_COPIED } from './clipboard.ts';
import type { LogLine } from './log-buffer.ts';
import type { LogSession, LogView } from './log-session.ts';
import type { LogsPage, LogWord } from './ui.ts';

export interface LogHands {
  readonly page: LogsPage;
  readonly log: LogSession;
  readonly now: () => number;
  /** To the terminal, past the screen. */
  readonly send: (text: string) => void;
}

/** @returns what to say when it worked */
export async function performLog(
  word: LogWord,
  { page, log, now, send }: LogHands,
): Promise<string | undefined> {
  const view = log.view(page);
  switch (word) {
    case 'mark':
      log.mark(clockTime(now()));
      return page.follow ? undefined : 'a mark is set at the end; what is copied from now on begins there';
    case 'clear':
      log.clear();
      return undefined;
    case 'copy': {
      const lines = sinceMark(view.lines);
      const [text, count] = fitting(lines.map((line) => lineText(line, view)));
      send(clipboardSequence(text, process.env));
      const left = lines.length - count;
      const what = lines.length < view.lines.length ? ' since the mark' : '';
      return `copied ${counted(count, 'line')}${what}${left > 0 ? `, the last that fit: ${left} before them do not` : ''}`;
    }
    case 'save': {
      const text = view.lines.map((line) => `${lineText(line, view)}\n`).join('');
      const time = dateTime(now()).replaceAll(/[-:]/g, '').replace(' ', '-');
      const path = await saved(`${page.title.replaceAll(/[^\w.-]/g, '_')}-${time}.log`, text);
      return `${counted(view.lines.length, 'line')} saved in ${path}`;
    }
  }
}

function sinceMark(lines: readonly LogLine[]): readonly LogLine[] {
  const mark = lines.findLastIndex(({ channel }) => channel === 'mark');
  return mark < 0 || mark === lines.length - 1 ? lines : lines.slice(mark + 1);
}

/** As in `tender logs -t`. */
function lineText({ from, at, text, channel }: LogLine, { names }: LogView): string {
  const time = at === undefined ? '-' : new Date(at).toISOString();
  return `${names.size > 1 && channel !== 'mark' ? `${from} | ` : ''}${time} ${text}`;
}

/** The last of them that a terminal takes. */
function fitting(lines: readonly string[]): readonly [text: string, count: number] {
  let bytes = 0;
  let first = lines.length;
  while (first > 0 && bytes + Buffer.byteLength(lines[first - 1]!) < MOST_COPIED) {
    first -= 1;
    bytes += Buffer.byteLength(lines[first]!) + 1;
  }
  return [lines.slice(first).join('\n'), lines.length - first];
}

/** Where one is, or where that can't be written to, among what is not kept for ever. */
async function saved(name: string, text: string): Promise<string> {
  const here = join(process.cwd(), name);
  try {
    await writeFile(here, text, { mode: 0o600, flag: 'wx' });
    return here;
  } catch {
    const there = join(tmpdir(), name);
    await writeFile(there, text, { mode: 0o600 });
    return there;
  }
}
