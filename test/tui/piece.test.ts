/** Which lines of a frame go first where not all can. */
import { describe, expect, it } from 'vitest';
import { banded, type Line, line, textOf } from '../../src/tui/line.ts';
import { pieceOf } from '../../src/tui/piece.ts';

const ALL = Number.POSITIVE_INFINITY;
const NONE: ReadonlySet<number> = new Set();

const page = (...texts: string[]): Line[] => texts.map((text) => line(text));
const texts = (lines: readonly Line[]): string => lines.map(textOf).join('');

const shown = page('a', 'b', 'c', 'd', 'e', 'f');
const wanted = page('A', 'B', 'c', 'D', 'E', 'F');

describe('a part of a frame', () => {
  it('is all that is different where there is room', () => {
    expect(pieceOf(shown, wanted, { room: ALL, urgent: NONE, from: 0 })).toMatchObject({
      sent: [0, 1, 3, 4, 5],
      left: [],
    });
  });

  it('leaves lines as they are shown until their turn comes, and no line waits for ever', () => {
    let now: readonly Line[] = shown;
    let from = 0;
    const seen: string[] = [];
    for (let i = 0; i < 3; i++) {
      const piece = pieceOf(now, wanted, { room: 2, urgent: NONE, from });
      now = piece.lines;
      from = piece.sent.at(-1)! + 1;
      seen.push(texts(now));
    }
    expect(seen).toEqual(['ABcdef', 'ABcDEf', 'ABcDEF']);
  });

  it('comes round to the lower lines while the upper ones change all the time', () => {
    let now: readonly Line[] = shown;
    let from = 0;
    for (let i = 0; i < 3; i++) {
      const next = page(`A${i}`, `B${i}`, 'c', 'D', 'E', 'F');
      const piece = pieceOf(now, next, { room: 2, urgent: NONE, from });
      now = piece.lines;
      from = piece.sent.at(-1)! + 1;
    }
    expect(texts(now)).toMatch(/DEF$/);
  });

  it('has first what someone waits for, and nothing else', () => {
    const piece = pieceOf(shown, wanted, { room: 3, urgent: new Set([4, 5]), from: 0 });
    expect(texts(piece.lines)).toBe('abcdEF');
    expect(piece.left).toEqual([0, 1, 3]);
  });

  it('has the row of the cursor and the one that it left before all others', () => {
    const before = shown.with(5, banded(line('f'), 1));
    const after = wanted.with(4, banded(line('E'), 1));
    const piece = pieceOf(before, after, { room: 2, urgent: new Set([0, 1, 3, 4, 5]), from: 0 });
    expect(piece.sent).toEqual([4, 5]);
  });

  it('has a box before what is behind it', () => {
    const boxed = wanted.with(3, { ...wanted[3]!, isFront: true });
    expect(pieceOf(shown, boxed, { room: 1, urgent: NONE, from: 0 }).sent).toEqual([3]);
  });

  it('is the whole where the screen is of another size', () => {
    expect(pieceOf(shown, page('A', 'B'), { room: 1, urgent: NONE, from: 0 })).toMatchObject({
      sent: [0, 1],
      left: [],
    });
  });
});
