/**
 * How many lines each block of a page gets. On a small screen the least important are left out; what is then free goes to
 * those that want more, the most important first.
 */
import type { Line } from './line.ts';

export interface Block {
  /** 0 stays to the last. */
  readonly priority: number;
  /** With fewer it is left out. */
  readonly least: number;
  /** It has no use for more. */
  readonly most: number;
  lines(room: number): Line[];
}

/** Lines for each; 0: left out. Their sum is at most `height`. */
export function fit(blocks: readonly Block[], height: number): number[] {
  const rooms = blocks.map(() => 0);
  const byPriority = [...blocks.keys()].sort((a, b) => blocks[a]!.priority - blocks[b]!.priority);
  let left = height;
  for (const i of byPriority) {
    const { least, most } = blocks[i]!;
    if (most === 0 || least > left) continue;
    rooms[i] = Math.min(least, most);
    left -= rooms[i]!;
  }
  // First at most half of what is left each, so that a long list leaves something to the next; then all of it.
  for (const part of [0.5, 1])
    for (const i of byPriority) {
      if (rooms[i] === 0) continue;
      const more = Math.min(Math.ceil(left * part), blocks[i]!.most - rooms[i]!);
      rooms[i]! += more;
      left -= more;
    }
  return rooms;
}
