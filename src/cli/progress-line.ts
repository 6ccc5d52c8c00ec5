/**
 * One line that says what long work is doing, drawn in its place, with the bar of the screen where it can be counted. For
 * people alone: in a pipe nothing is written, and the line is gone when the work is done.
 */
import { barParts } from '../client/table/job-work.ts';
import { cut } from '../client/table/width.ts';

type Output = NodeJS.WritableStream & {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
};

export interface ProgressLine {
  say(what: string): void;
  /** @param share of it that is done, 0 … 1 @param of how many there are in all */
  far(what: string, share: number, of: number): void;
  end(): void;
}

/** Cells of the bar. */
const BAR = 20;

export function progressLine(output: Output): ProgressLine {
  const draw = (text: string): void => {
    if (output.isTTY) output.write(`\r\x1b[K${cut(text, (output.columns ?? 80) - 1)}`);
  };
  let last = '';
  return {
    say: (what) => draw(`${what}…`),
    far(what, share, of) {
      const percent = Math.floor(share * 100);
      const bar = barParts(percent / 100, BAR, 'plain').map(({ text }) => text);
      const text = `${bar.join('')} ${percent} %, ${of - Math.floor((of * percent) / 100)} to go  ${what}`;
      if (text !== last) draw(text);
      last = text;
    },
    end: () => draw(''),
  };
}
