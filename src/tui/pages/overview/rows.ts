/** Rows of the overview's lists: the chosen one on its band, and as many around it as fit. */
import { banded, cutLine, type Line, line, type Span, span } from '../../line.ts';

/** @param id as the overview knows it; a click chooses it */
export function chosenLine(
  spans: readonly (Span | string)[],
  id: string,
  chosen: string | undefined,
  width: number,
): Line {
  const selected = id === chosen;
  const built = { ...cutLine(line(span(selected ? '> ' : '  ', 'accent'), ...spans), width), id };
  return selected ? banded(built, width) : built;
}

export interface Part<T> {
  readonly items: readonly T[];
  readonly more: number;
}

/** As many as fit, around the chosen one; one line is kept to say how many are not shown. */
export function around<T>(list: readonly T[], room: number, chosen: number): Part<T> {
  if (list.length <= room) return { items: list, more: 0 };
  const space = Math.max(1, room - 1);
  const top = Math.max(0, Math.min(chosen - space + 1, list.length - space));
  return { items: list.slice(top, top + space), more: room > 1 ? list.length - space : 0 };
}

export const hidden = (part: Pick<Part<unknown>, 'more'>, noun: string, key: string): Line[] =>
  part.more > 0
    ? [line(span(`  ${part.more} more ${noun} (`, 'faint'), span(key, 'key'), span(' shows all)', 'faint'))]
    : [];
