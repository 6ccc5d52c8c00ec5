/** What `/` finds: expressions, their opposite, letters in order, labels; and what it says of half-typed ones. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filterOf, readFilter } from '../../src/tui/filter.ts';
import { createRows } from '../../src/tui/rows.ts';
import { tablePage } from '../../src/tui/ui.ts';
import { homeCluster } from '../support/cluster-fixture.ts';

const rows = ['web.0 RUNNING nuc1', 'web.2 FAILED nuc2', 'db.0 RUNNING pi'];
const found = (filter: string): string[] => rows.filter(filterOf(filter) ?? (() => true));

describe('a filter', () => {
  it.each([
    ['web', rows.slice(0, 2)],
    ['WEB', rows.slice(0, 2)],
    ['^web.*nuc2', rows.slice(1, 2)],
    ['!web', rows.slice(2)],
    ['!running|failed', []],
    ['-f w2f', rows.slice(1, 2)],
    ['-f rnpi', rows.slice(2)],
    ['!-f rnpi', rows.slice(0, 2)],
    ['', rows],
    ['!', rows],
    ['-f', rows],
    ['-l ', rows],
  ])('/%s finds %j', (filter, expected) => expect(found(filter)).toEqual(expected));

  it('is taken as text while it is half typed, and says so', () => {
    expect(readFilter('(')?.problem).toBe('unterminated group: taken as text');
    expect(readFilter('[a')?.problem).toMatch(/taken as text$/);
    expect(readFilter('web')?.problem).toBeUndefined();
    expect(readFilter('-l =x')?.problem).toBe('"=x" is not NAME=VALUE, NAME!=VALUE or NAME');
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (filter, row) => {
        readFilter(filter)?.matches(row, () => ({}));
      }),
    );
  });
});

describe('a filter by label', () => {
  const client = homeCluster();
  const names = (table: 'agents' | 'tasks' | 'jobs' | 'frameworks', filter: string): string[] =>
    createRows(client)
      .rows(tablePage(table, { filter }), undefined)
      .records.map((record) => ('name' in record ? String(record.name) : ''));

  it.each([
    ['agents', '-l arch=arm64', ['pi']],
    ['agents', '-l arch!=arm64', ['nuc1', 'nuc2']],
    ['agents', '-l rack=shelf,arch=x64', ['nuc1', 'nuc2']],
    ['agents', '-l gpu', []],
    ['agents', '!-l arch=arm64', ['nuc1', 'nuc2']],
    // Tasks have the attributes of their agent beside labels of their own.
    ['tasks', '-l arch=arm64', ['web.10', 'mailer.0']],
    ['frameworks', '-l arch', []],
  ] as const)('of %s %s finds %j', (table, filter, expected) =>
    expect(names(table, filter)).toEqual(expected));
});
