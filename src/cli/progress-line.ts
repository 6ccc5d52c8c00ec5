/**
 * One line that says what long work is doing, drawn in its place. For people alone: in a pipe nothing is written, and
 * the line is gone when the work is done.
 */
import { cut } from '../client/table/width.ts';

type Output = NodeJS.WritableStream & {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
};

export interface ProgressLine {
  say(what: string): void;
  end(): void;
}

export function progressLine(output: Output): ProgressLine {
  const draw = (text: string): void => {
    if (output.isTTY) output.write(`\r\x1b[K${cut(text, (output.columns ?? 80) - 1)}`);
  };
  return { say: (what) => draw(`${what}…`), end: () => draw('') };
}
