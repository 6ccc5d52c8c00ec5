/** Which agents are the last choice for a version of a job, because it has failed there again and again. */
import { expect, it } from 'vitest';
import type { AgentId } from '../../src/core/task.ts';
import { FaultyNodes } from '../../src/framework/faulty-nodes.ts';

const [N1, N2] = ['n1', 'n2'] as [AgentId, AgentId];
const WEB = { job: 'web', version: 1 };
const MINUTE = 60_000;

/** Five failures of this version on n1, so far apart. */
function failedEvery(ms: number, failures = 5): { nodes: FaultyNodes; last: number } {
  const nodes = new FaultyNodes();
  for (let i = 0; i < failures; i++) nodes.failed(WEB, N1, i * ms);
  return { nodes, last: (failures - 1) * ms };
}

it('an agent is faulty after the fifth failure within five minutes, and not after the fourth', () => {
  expect(failedEvery(1000, 4).nodes.isFaulty(WEB, N1, 4000)).toBe(false);
  expect(failedEvery(1000, 5).nodes.isFaulty(WEB, N1, 4000)).toBe(true);
  expect(failedEvery(75_000).nodes.isFaulty(WEB, N1, 5 * MINUTE)).toBe(true);
  const slow = failedEvery(76_000);
  expect(slow.nodes.isFaulty(WEB, N1, slow.last)).toBe(false);
});

it('only for this version of this job, and only this agent', () => {
  const { nodes } = failedEvery(1000);
  expect(nodes.isFaulty({ job: 'web', version: 2 }, N1, 4000)).toBe(false);
  expect(nodes.isFaulty({ job: 'db', version: 1 }, N1, 4000)).toBe(false);
  expect(nodes.isFaulty(WEB, N2, 4000)).toBe(false);
});

it('for five minutes after the last failure', () => {
  const { nodes, last } = failedEvery(1000);
  expect(nodes.isFaulty(WEB, N1, last + 5 * MINUTE - 1)).toBe(true);
  expect(nodes.isFaulty(WEB, N1, last + 5 * MINUTE)).toBe(false);
  nodes.failed(WEB, N1, last + MINUTE);
  expect(nodes.isFaulty(WEB, N1, last + 6 * MINUTE - 1)).toBe(true);
});

it('afterwards it starts afresh', () => {
  const { nodes, last } = failedEvery(1000);
  const later = last + 5 * MINUTE;
  nodes.failed(WEB, N1, later);
  expect(nodes.isFaulty(WEB, N1, later)).toBe(false);
});
