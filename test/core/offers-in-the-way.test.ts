/** Which offers are taken back when quotas change: as many as needed, the newest first, and none that is promised. */
import { describe, expect, it } from 'vitest';
import type { Consumption } from '../../src/core/allocator.ts';
import { type ClusterState, emptyCluster } from '../../src/core/cluster.ts';
import { offersInTheWay } from '../../src/core/offers-in-the-way.ts';
import { parseQuantities } from '../../src/core/quantities.ts';
import { parseResources } from '../../src/core/resources-text.ts';
import type { AgentId, FrameworkId, OfferId, TaskId } from '../../src/core/task.ts';
import { agent, task } from '../support/cluster-fixture.ts';

/** One agent; offers as `role resources`, oldest first, named o1, o2, …; tasks likewise. */
function books(total: string, offers: readonly string[], tasks: readonly string[] = []): ClusterState {
  const state = emptyCluster({ cluster: '', version: '', epoch: 1, startedAt: 0, address: '' });
  const machine = agent('n', 1, 1, { total: parseResources(total) });
  state.agents.set(machine.id, machine);
  const parts = (text: string): [role: string, resources: ReturnType<typeof parseResources>] => {
    const [role = '', resources = ''] = text.split(' ');
    return [role, parseResources(resources)];
  };
  offers.forEach((text, i) => {
    const [role, resources] = parts(text);
    const id = `o${i + 1}` as OfferId;
    const framework = 'f' as FrameworkId;
    state.offers.set(id, { id, framework, role, agent: machine.id, resources, at: i, expiresAt: i });
  });
  tasks.forEach((text, i) => {
    const [role, resources] = parts(text);
    const id = `t${i}` as TaskId;
    state.tasks.set(id, task(id, 'n', 'RUNNING', { id, role, resources, agent: machine.id as AgentId }));
  });
  return state;
}

/** `role consumed | guarantee | limit` */
function row(text: string): Consumption {
  const [role = '', rest = ''] = text.split(/ (.*)/);
  const [consumed = '', guarantee = '', limit = ''] = rest.split('|').map((part) => parseQuantities(part));
  return { role, consumed, guarantee, limit } as Consumption;
}

const ended = (state: ClusterState, ...rows: string[]): string[] =>
  offersInTheWay(state, rows.map(row)).map(({ offer }) => offer.id);

describe('a lowered limit', () => {
  const state = books('cpus:2;mem:2048', ['web cpus:1;mem:1024', 'web/api cpus:1;mem:1024']);

  it('takes back all offers of the tree that are over it', () => {
    expect(ended(state, 'web cpus:2;mem:2048||cpus:0.5;mem:512')).toEqual(['o2', 'o1']);
  });

  it('takes back none where it is exactly what is offered', () => {
    expect(ended(state, 'web cpus:2;mem:2048||cpus:2;mem:2048')).toEqual([]);
  });

  it('takes back no more than is over it, the newest first', () => {
    expect(ended(state, 'web cpus:2;mem:2048||cpus:1')).toEqual(['o2']);
  });

  it('leaves offers that hold nothing of it, and those of other roles', () => {
    const mixed = books('cpus:4;mem:2048;cpus(web):1', [
      'web cpus:1',
      'web mem:1024',
      'web cpus(web):1',
      'x cpus:1',
    ]);
    expect(ended(mixed, 'web cpus:2;mem:1024||cpus:0')).toEqual(['o1']);
  });

  it('says which limit it was', () => {
    const [first] = offersInTheWay(state, [row('web cpus:2||cpus:1')]);
    expect(first?.why).toBe('the limit of role web is 1 cpu now');
  });
});

describe('a guarantee', () => {
  it('takes back as many offers of others as it lacks, the newest first', () => {
    const state = books('cpus:4', ['x cpus:1', 'x cpus:1', 'x cpus:1']);
    expect(ended(state, 'db cpus:0|cpus:2')).toEqual(['o3']);
    expect(ended(state, 'db cpus:0|cpus:3')).toEqual(['o3', 'o2']);
  });

  it('takes back nothing where enough is free, or where the role has it already', () => {
    expect(ended(books('cpus:4', ['x cpus:1']), 'db cpus:0|cpus:3')).toEqual([]);
    expect(ended(books('cpus:4', ['x cpus:2', 'db cpus:2']), 'db cpus:2|cpus:2')).toEqual([]);
    expect(ended(books('cpus:4', ['x cpus:2'], ['db cpus:2']), 'db cpus:2|cpus:2')).toEqual([]);
  });

  it('leaves what is guaranteed to others', () => {
    const state = books('cpus:4', ['x cpus:2', 'y cpus:2']);
    expect(ended(state, 'db cpus:0|cpus:2', 'y cpus:2|cpus:2')).toEqual(['o1']);
    expect(ended(state, 'db cpus:0|cpus:2', 'y cpus:2|cpus:2', 'x cpus:2|cpus:2')).toEqual([]);
  });

  it('below another one asks for nothing more', () => {
    const state = books('cpus:4', ['x cpus:1', 'x cpus:1']);
    expect(ended(state, 'db cpus:0|cpus:2', 'db/main cpus:0|cpus:2')).toEqual([]);
    expect(ended(state, 'db cpus:0|cpus:2', 'log cpus:0|cpus:1')).toEqual(['o2']);
  });

  it('is no reason to take back what does not help', () => {
    expect(ended(books('cpus:1;mem:64', ['x mem:64', 'x cpus:1']), 'db cpus:0|cpus:8')).toEqual(['o2']);
  });
});
