/** The answer to why as a table: every reason of every agent, whole at every width. */
import { describe, expect, it } from 'vitest';
import { widthOf } from '../../src/client/table/width.ts';
import type { Why } from '../../src/client/why.ts';
import { whyTable, whyText } from '../../src/client/why-table.ts';
import { homeCluster } from '../support/cluster-fixture.ts';

const { state } = homeCluster();
const answer: Why = {
  sentence: 'db waits for room.',
  agents: [{ agent: 'nuc1, nuc2 and pi', reasons: ['too small'] }],
  each: [
    { agent: 'pi', reasons: ['6 cpus too few (wants 8, 2 free)', 'attribute disk is hdd, wants ssd'] },
    { agent: 'nuc2', reasons: ['4 cpus too few (wants 8, 4 free)'] },
    { agent: 'nuc1', reasons: [] },
  ],
  help: 'ask for less',
};

describe('the table of why', () => {
  it('has each agent by name, with its state, what is free there and every reason', () => {
    const text = whyText(answer, state, 120);
    expect(text).toMatch(/AGENT +STATE +CPUS FREE +MEM FREE +WHAT STANDS IN THE WAY/);
    const rows = text.split('\n');
    expect(rows.findIndex((row) => row.includes('nuc2 '))).toBeLessThan(
      rows.findIndex((row) => /^ +pi /.test(row)),
    );
    expect(text).toMatch(/nuc1 +ready +[\d.]+ +[\d.]+ GiB +nothing stands in the way/);
    expect(text).toMatch(
      /pi +ready .*6 cpus too few \(wants 8, 2 free\)\n +attribute disk is hdd, wants ssd/,
    );
    expect(text).not.toContain('too small');
  });

  it.each([24, 40, 58, 80, 120, 200])('loses no word in %d columns', (width) => {
    const { header = '', rows } = whyTable(answer, state, width);
    const all = rows.flatMap(({ lines }) => lines);
    for (const { before, reason } of all) expect(widthOf(before + reason)).toBeLessThanOrEqual(width);
    const said = all.map(({ reason }) => reason.trim()).join(' ');
    expect(said).toContain('6 cpus too few (wants 8, 2 free) attribute disk is hdd, wants ssd');
    expect(header).toContain('AGENT');
  });

  it('names what is no agent without titles', () => {
    const about: Why = {
      sentence: '2 things wait:',
      about: 'what waits',
      agents: [{ agent: 'pi', reasons: ['x'] }],
      help: '',
    };
    expect(whyText(about, state, 80)).toBe('2 things wait:\n  pi  x');
  });
});
