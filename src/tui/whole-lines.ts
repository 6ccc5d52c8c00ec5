/**
 * The last step of Ink's drawing, where all there is are whole lines: then these are the frame. Ink itself takes every visible
 * line apart into cells and puts it together again, for each frame: of a full screen that is some ten megabytes of garbage,
 * ten to twenty times a second, and most of what a frame costs. Whatever else is drawn is left to Ink.
 */

/** Of Ink's Output, as far as it concerns this; see ink/build/output.js. */
export interface InkOutput {
  readonly height: number;
  readonly operations: readonly Operation[];
  get(): Drawn;
}

interface Drawn {
  readonly output: string;
  readonly height: number;
}

interface Operation {
  readonly type: string;
  readonly x?: number;
  readonly y?: number;
  readonly text?: string;
  readonly transformers?: readonly ((line: string, index: number) => string)[];
}

/** Characters that take no cell, which Ink removes. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;

function drawn({ operations, height }: InkOutput): Drawn | undefined {
  const rows: string[] = new Array(height).fill('');
  const written = new Set<number>();
  for (const { type, x, y = -1, text = '', transformers = [] } of operations) {
    if (type !== 'write' || x !== 0 || text.includes('\n') || written.has(y) || INVISIBLE.test(text))
      return undefined;
    if (y < 0 || y >= height) continue;
    written.add(y);
    rows[y] = transformers.reduce((line, transform) => transform(line, 0), text).trimEnd();
  }
  return { output: rows.join('\n'), height };
}

/** @param output Ink's class, changed for good */
export function drawWholeLines(output: { readonly prototype: InkOutput }): void {
  const { prototype } = output;
  const { get } = prototype;
  prototype.get = function (this: InkOutput): Drawn {
    return drawn(this) ?? get.call(this);
  };
}
