/** Figures kept for graphs: a figure a second, from what agents report. */
import { describe, expect, it } from 'vitest';
import { createHistory, KEPT, Series } from '../../src/client/history.ts';
import type { AgentId } from '../../src/core/task.ts';
import { homeCluster, NOW, usage } from '../support/cluster-fixture.ts';

describe('a series', () => {
  it('keeps the last figures, however many come', () => {
    const series = new Series();
    for (let i = 0; i < KEPT + 100; i++) series.push(i);
    expect(series.length).toBe(KEPT);
    expect(series.last(3)).toEqual([KEPT + 97, KEPT + 98, KEPT + 99]);
    expect(series.last(10_000)).toHaveLength(KEPT);
    expect(series.last(KEPT)[0]).toBe(100);
  });

  it('has nothing before the first', () => {
    expect(new Series().last(5)).toEqual([]);
  });
});

describe('the history of a cluster', () => {
  const nuc1 = 'agent-nuc1' as AgentId;
  function begun() {
    const client = homeCluster();
    const history = createHistory(client);
    const report = (second: number, cpus: number): void =>
      client.emit({ type: 'agent.usage', at: NOW + second * 1000, agent: nuc1, usage: usage(cpus, 4, 60) });
    return { history, report };
  }

  it('has a figure a second of each agent and of all together', () => {
    const { history, report } = begun();
    report(1, 1000);
    report(1, 9999);
    report(2, 3000);
    expect(history.of(nuc1)!.cpus.last(9)).toEqual([1000, 3000]);
    // nuc2 uses 2.41, pi 1.9.
    expect(history.used.cpus.last(9)).toEqual([5310, 7310]);
    expect(history.held.cpus.last(9)).toEqual([5500, 5500]);
  });

  it('bridges a late report, and leaves a gap where nothing came', () => {
    const { history, report } = begun();
    report(1, 1000);
    report(3, 3000);
    expect(history.of(nuc1)!.cpus.last(9)).toEqual([1000, 3000, 3000]);
    report(20, 4000);
    const after = history.of(nuc1)!.cpus.last(17);
    expect(after.slice(0, -1).every(Number.isNaN)).toBe(true);
    expect(after.at(-1)).toBe(4000);
  });

  it('ends when it is closed', () => {
    const { history, report } = begun();
    history.close();
    report(1, 1000);
    expect(history.of(nuc1)).toBeUndefined();
  });
});
