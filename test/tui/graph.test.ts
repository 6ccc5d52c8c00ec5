/** Figures as braille: two moments a cell, four heights a line, the newest at the right, what is unknown left blank. */
import { describe, expect, it } from 'vitest';
import { type Graph, graphLines, warning } from '../../src/tui/graph.ts';
import { textOf } from '../../src/tui/line.ts';

const drawn = (graph: Partial<Graph> & Pick<Graph, 'values'>, width: number, height: number): string[] =>
  graphLines({ most: 8, styleAt: () => 'used', ...graph }, width, height).map(textOf);

describe('a graph', () => {
  it.each<[string, Partial<Graph> & Pick<Graph, 'values'>, number, number, string[]]>([
    ['grows from the foot', { values: [2, 4, 6, 8] }, 2, 2, [' ⣼', '⣼⣿']],
    ['has the newest at the right end', { values: [8] }, 3, 1, ['  ⢸']],
    ['leaves out what does not fit', { values: [8, 8, 8, 0, 0] }, 1, 1, [' ']],
    ['shows a little as one dot', { values: [0.01, 0.01] }, 1, 1, ['⣀']],
    ['is blank where nothing is known', { values: [8, 8, Number.NaN, Number.NaN] }, 2, 1, ['⣿ ']],
    ['stops at the top', { values: [100, 100] }, 1, 1, ['⣿']],
    ['draws a level as a line above what is less', { values: [2, 2], level: [8, 8] }, 1, 2, ['⠉', '⣤']],
    ['hangs from the top', { values: [4, 4], hangs: true }, 1, 2, ['⣿', ' ']],
  ])('%s', (_, graph, width, height, expected) => {
    expect(drawn(graph, width, height)).toEqual(expected);
  });

  it('is always as wide and as high as it was asked to be', () => {
    for (const values of [[], [1], Array.from({ length: 500 }, (_, i) => i % 9)])
      expect(drawn({ values }, 17, 3).map((text) => text.length)).toEqual([17, 17, 17]);
  });

  it('warns where it is nearly full', () => {
    expect([0.5, 0.8, 0.95].map(warning)).toEqual(['used', 'busy', 'bad']);
  });
});
