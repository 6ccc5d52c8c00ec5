/** Where instances go: what they take of the offers, and what stands in the way. */
import { describe, expect, it } from 'vitest';
import type { Offer } from '../../src/core/cluster.ts';
import { gateText } from '../../src/core/gate-text.ts';
import { add, type Resources, resourcesOf } from '../../src/core/resources.ts';
import { formatResources, parseResources } from '../../src/core/resources-text.ts';
import type { AgentId, FrameworkId, OfferId } from '../../src/core/task.ts';
import { place, type Wanted } from '../../src/framework/place.ts';
import type { AgentView } from '../../src/wire/messages/framework.ts';

const TOTAL = parseResources('cpus:4;mem:4096;ports:[31000-31009]');
const agents = new Map(
  ['a', 'b'].map((name): [AgentId, AgentView] => [
    name as AgentId,
    {
      id: name as AgentId,
      name,
      state: 'ready',
      attributes: {},
      executors: [{ kind: 'process', available: true, detail: '' }],
      total: TOTAL,
    },
  ]),
);
const offer = (agent: string, resources: Resources, id = agent): Offer => ({
  id: id as OfferId,
  framework: 'f' as FrameworkId,
  role: 'team/f',
  agent: agent as AgentId,
  resources,
  at: 0,
  expiresAt: 0,
});
const wanted = (index: number, more: Partial<Wanted> = {}): Wanted => ({
  key: `web.${index}`,
  job: 'web',
  executor: 'process',
  demand: resourcesOf({ cpus: 1000, mem: 64_000 }),
  ports: {},
  ...more,
});
const placed = (instances: readonly Wanted[], offers: readonly Offer[]) =>
  place(
    instances,
    offers,
    agents,
    () => 0,
    () => 0,
  );
const takenOf = (result: ReturnType<typeof placed>) =>
  result.groups.map(({ placements }) => placements.map(({ resources }) => formatResources(resources)));
const reasonsOf = (result: ReturnType<typeof placed>) =>
  result.unplaced.map(({ refused }) =>
    Object.fromEntries(refused.map(({ agent, by }) => [agent, by.map((obstacle) => gateText(obstacle, 0))])),
  );

describe('an instance takes', () => {
  it('what it needs, and its ports: the ones that it names, others by chance', () => {
    const ports = { http: undefined, admin: 31_005, metrics: undefined };
    const result = placed([wanted(0, { ports })], [offer('a', TOTAL)]);
    expect(result.groups[0]!.placements[0]!.hostPorts).toEqual({
      http: 31_000,
      admin: 31_005,
      metrics: 31_001,
    });
    expect(takenOf(result)).toEqual([['cpus:1;mem:64;ports:[31000-31001,31005-31005]']]);
  });

  it('what is reserved for its role before what is not, and of both what is there', () => {
    const offered = parseResources(
      'cpus:4;mem:4096;cpus(team):1.5;ports:[31000-31001];ports(team):[31009-31009]',
    );
    const ports = { sql: 31_009, http: undefined };
    const result = placed([wanted(0, { ports }), wanted(1)], [offer('a', offered)]);
    expect(takenOf(result)).toEqual([
      ['cpus(team):1;mem:64;ports:[31000-31000];ports(team):[31009-31009]', 'cpus:0.5;cpus(team):0.5;mem:64'],
    ]);
  });

  it('nothing of a volume, of a disk apart, or of what may be taken away', () => {
    const special = [
      { name: 'disk', role: 'team', scalar: 500_000, disk: { volume: { id: 'data' } } },
      { name: 'disk', role: '*', scalar: 500_000, disk: { source: { kind: 'mount', root: '/ssd' } } },
      { name: 'cpus', role: '*', scalar: 8_000, revocable: true },
    ] as const;
    const demand = resourcesOf({ cpus: 5_000, disk: 100_000 });
    const result = placed([wanted(0, { demand })], [offer('a', add(TOTAL, special))]);
    expect(reasonsOf(result)[0]!['a']).toEqual([
      '1 cpu too few (wants 5, 4 free)',
      '100 MiB of disk too few (wants 100 MiB, 0 MiB free)',
    ]);
  });

  it('from all offers of an agent and role together', () => {
    const halves = [
      offer('a', resourcesOf({ cpus: 500 }), 'a1'),
      offer('a', parseResources('cpus:0.5;mem:64'), 'a2'),
    ];
    const result = placed([wanted(0)], halves);
    expect(result.groups.map(({ offers }) => offers)).toEqual([['a1', 'a2']]);
    expect(takenOf(result)).toEqual([['cpus:1;mem:64']]);
  });
});

describe('instances', () => {
  it('are spread over the agents, and leave offers that none of them needs', () => {
    const spread = placed([wanted(0), wanted(1)], [offer('a', TOTAL), offer('b', TOTAL)]);
    expect(takenOf(spread)).toEqual([['cpus:1;mem:64'], ['cpus:1;mem:64']]);
    expect(placed([wanted(0)], [offer('a', TOTAL), offer('b', TOTAL)]).unused).toEqual(['b']);
  });

  it('that fit nowhere have every reason on every agent', () => {
    const result = placed(
      [wanted(0, { executor: 'docker', demand: resourcesOf({ cpus: 5000 }), ports: { http: 80 } })],
      [offer('a', TOTAL)],
    );
    expect(reasonsOf(result)).toEqual([
      {
        a: [
          'no docker there: unknown to this agent',
          '1 cpu too few (wants 5, 4 free)',
          'port 80 is none that it offers',
        ],
        b: ['nothing of it is on offer: it is in use, or offered to others'],
      },
    ]);
  });
});
