/**
 * The name that someone may have meant. Alone here: every command asks for it when a word is wrong, and none of them has to
 * load the schemas for that.
 */
import { TenderError } from './errors.ts';

/** The name with the fewest letters changed, if they are few. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((name) => ({ name, distance: distance(word.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(1, Math.floor(word.length / 3)) ? best.name : undefined;
}

/** Levenshtein's, with two neighbours swapped counting as one. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, rows[i - 2]![j - 2]! + 1);
      row.push(best);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}

/** @param known the kinds of job that there are */
export function kindUnknown(kind: string, known: readonly string[]): TenderError {
  const near = nearest(kind, known);
  return new TenderError('framework.kind_unknown', {
    kind,
    known: known.join(', ') || 'none yet',
    hint: near ? ` (did you mean "${near}"?)` : '',
  });
}
