/** Where instances go among the agents on which they fit, and which agents their constraints leave. */
import { describe, expect, it } from 'vitest';
import { explanationOf } from '../../src/core/explanation.ts';
import type { AgentId } from '../../src/core/task.ts';
import { FaultyNodes } from '../../src/framework/faulty-nodes.ts';
import { blockedFor } from '../../src/framework/fit.ts';
import { place } from '../../src/framework/place.ts';
import {
  agentsOf,
  countsOf,
  instances,
  offersOf,
  placed,
  ROLE,
  reasonsIn,
  rules,
  viewsOf,
  wishes,
} from './sites.ts';

const racks = (...names: string[]) =>
  viewsOf(Object.fromEntries(names.map((rack, i) => [`n${i + 1}`, { attributes: { rack } }])));
const N1 = 'n1' as AgentId;
const N2 = 'n2' as AgentId;

describe('constraints', () => {
  const views = viewsOf({
    nuc1: { attributes: { rack: 'r1', zone: 'a', cores: '8' } },
    nuc2: { attributes: { rack: 'r2', zone: 'b', cores: '4' } },
    pi: { attributes: { zone: 'c', gpu: 'yes' } },
  });

  it.each<[string, string[]]>([
    ['rack == r1', ['nuc1']],
    ['rack != r1', ['nuc2', 'pi']],
    ['cores >= 5', ['nuc1']],
    ['cores == 8.0', ['nuc1']],
    ['hostname ~ nuc.*', ['nuc1', 'nuc2']],
    ['hostname ~ nuc', []],
    ['rack !~ r[2-9]', ['nuc1', 'pi']],
    ['zone in [a, b]', ['nuc1', 'nuc2']],
    ['zone not in [a, b]', ['pi']],
    ['gpu is_set', ['pi']],
    ['rack is_not_set', ['pi']],
  ])('%s: on %j', (line, agents) => {
    const fifth = placed(instances(8, { constraints: rules(line) }), views);
    expect(Object.keys(countsOf(fifth))).toEqual(agents);
  });

  it('know of every machine what it is', () => {
    const host = {
      hostname: 'x',
      os: 'Debian GNU/Linux 12',
      kernel: '6.8.0-45',
      arch: 'x64',
      cpuModel: 'N100',
      cpus: 4,
      mem: 16_000,
      disk: 500_000,
      address: '10.0.0.7',
    };
    const executors = [{ kind: 'docker' as const, available: true, detail: '', platform: 'linux/amd64' }];
    const given = { os: 'mine', hostname: 'not mine' };
    const machine = viewsOf({ n1: { attributes: given, more: { host, executors } } });
    const constraints = rules(
      'hostname == n1',
      'os == mine',
      'kernel >= 6.8',
      'arch == amd64',
      'cpu_cores == 4',
      'memory >= 16000',
      'disk > 1000',
      'cpu_model ~ N.*',
      'address == 10.0.0.7',
      'platform == linux/amd64',
    );
    expect(placed(instances(1, { constraints, executor: 'docker' }), machine).unplaced).toEqual([]);
  });

  it('are all said where they do not hold, beside everything else', () => {
    const constraints = rules('rack == r1', 'cores > 4', 'gpus is_set');
    const { unplaced } = placed(instances(1, { constraints, ports: { http: 80 } }), views);
    expect(reasonsIn(unplaced[0]!.refused)).toEqual({
      nuc1: ['it has no gpus, wants any', 'port 80 is none that it offers'],
      nuc2: [
        'rack is r2, wants r1',
        'cores is 4, wants more than 4',
        'it has no gpus, wants any',
        'port 80 is none that it offers',
      ],
      pi: [
        'it has no rack, wants r1',
        'it has no cores, wants more than 4',
        'it has no gpus, wants any',
        'port 80 is none that it offers',
      ],
    });
  });

  it('are said of agents without an offer, too, and many of them are one line', () => {
    const many = viewsOf(
      Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`n${i}`, { attributes: { rack: `r${i}` } }])),
    );
    const free = many.get('n0' as AgentId)!.total;
    const told = { agents: [{ role: ROLE, agents: [...many.keys()], free, by: [] }], limits: {} };
    const [wanted] = instances(1, { constraints: rules('rack == r99') });
    const blocked = blockedFor(wanted!, ROLE, told, many);
    expect(reasonsIn(blocked)['n7']).toEqual(['rack is r7, wants r99']);
    const { decisive, lines, help } = explanationOf(blocked, { now: 0, nameOf: String, limits: {} });
    expect(decisive).toBe('rack does not fit, wants r99');
    expect(lines).toHaveLength(1);
    expect(help).toContain('tender agent --attribute rack=r99');
  });

  it('a name that no agent has may be a misspelled one', () => {
    const views = viewsOf({ n1: {}, n2: { attributes: { rack: 'r1' } } });
    const { unplaced } = placed(instances(1, { constraints: rules('rakc == r1') }), views);
    expect(unplaced[0]!.refused[0]!.by[0]).toMatchObject({ help: 'is rack meant, instead of rakc?' });
  });
});

describe('at most so many of a job', () => {
  it('one on a host: the second on it is refused', () => {
    const result = placed(instances(3, { constraints: rules('distinct_hosts') }), racks('r1', 'r1'));
    expect(countsOf(result)).toEqual({ n1: 1, n2: 1 });
    expect(reasonsIn(result.unplaced[0]!.refused)).toEqual({
      n1: ['another instance of it is there'],
      n2: ['another instance of it is there'],
    });
  });

  it('two on a host: the third on it is refused', () => {
    const result = placed(instances(9, { constraints: rules('max_per(hostname, 2)') }), racks('r1', 'r1'));
    expect(countsOf(result)).toEqual({ n1: 2, n2: 2 });
  });

  it('two in a rack, on whichever of its agents; those that run count, and other jobs do not', () => {
    const views = racks('r1', 'r1', 'r2');
    const constraints = rules('max_per(rack, 2)');
    const result = placed([...instances(9, { constraints }), ...instances(1, {}, 'db')], views, { n3: 1 });
    expect(countsOf(result)).toEqual({ n1: 2, n2: 1, n3: 1 });
    expect(reasonsIn(result.unplaced[0]!.refused)['n3']).toEqual([
      'at most 2 of it in one rack, and so many are in its rack',
    ]);
  });

  it('on no agent without the attribute that is counted by', () => {
    const views = viewsOf({ n1: {}, n2: { attributes: { rack: 'r1' } } });
    const result = placed(instances(3, { constraints: rules('max_per(rack, 1)') }), views);
    expect(countsOf(result)).toEqual({ n2: 1 });
    expect(reasonsIn(result.unplaced[0]!.refused)['n1']).toEqual(['it has no rack, wants any']);
  });

  it('what runs is counted for agents without an offer, too', () => {
    const views = racks('r1', 'r1');
    const told = { agents: [{ role: ROLE, agents: [N1], free: views.get(N1)!.total, by: [] }], limits: {} };
    const [wanted] = instances(1, { constraints: rules('max_per(rack, 1)') });
    expect(blockedFor(wanted!, ROLE, told, views)).toEqual([]);
    expect(blockedFor(wanted!, ROLE, told, views, (_, agent) => (agent === N2 ? 1 : 0))).toHaveLength(1);
  });
});

describe('of the agents that are left, an instance goes', () => {
  it('where the fewest of its job are, and of those to the emptiest', () => {
    const views = viewsOf({ n1: {}, n2: { total: 'cpus:8;mem:8192' }, n3: {} });
    expect(agentsOf(placed(instances(4), views, { n3: 1 }), instances(4))).toEqual(['n2', 'n1', 'n2', 'n3']);
  });

  it('where the least is left over, if it packs', () => {
    const views = viewsOf({ n1: { total: 'cpus:8;mem:8192' }, n2: {}, n3: {} });
    expect(countsOf(placed(instances(6, { placement: 'pack' }), views))).toEqual({ n2: 4, n3: 2 });
  });

  it('evenly into racks of different sizes', () => {
    const result = placed(
      instances(6, { spread: [{ attribute: 'rack', targets: {}, weight: 50 }] }),
      racks('a', 'b', 'b', 'b'),
    );
    expect(countsOf(result)).toMatchObject({ n1: 3 });
    expect(result.unplaced).toEqual([]);
  });

  it('into racks by their targets, and anywhere once a rack is full', () => {
    const spread = [{ attribute: 'rack', targets: { a: 75, b: 25 }, weight: 50 }];
    const views = racks('a', 'a', 'a', 'b', 'b', 'c');
    const { n1, n2, n3, n4, n5, n6 } = countsOf(placed(instances(8, { spread }), views));
    expect([n1! + n2! + n3!, n4! + n5!, n6]).toEqual([6, 2, undefined]);
    expect(placed(instances(24, { spread }), views).unplaced).toEqual([]);
  });

  it('where its affinity is, as far as its weight goes', () => {
    const views = viewsOf({ n1: { attributes: { ssd: 'yes' } }, n2: {} });
    const on1 = (weight: number, count: number) =>
      countsOf(placed(instances(count, { affinity: wishes({ 'ssd is_set': weight }) }), views))['n1'] ?? 0;
    expect([on1(100, 4), on1(100, 6), on1(60, 4), on1(10, 4), on1(-100, 4)]).toEqual([4, 4, 3, 2, 0]);
  });

  it('to the agent that it prefers, if it fits there; and to one that it avoids only if need be', () => {
    const views = racks('a', 'a', 'b');
    const [a, b] = ['n3', 'n1'] as [AgentId, AgentId];
    expect(countsOf(placed(instances(1, { prefer: a }), views, { n3: 3 }))).toEqual({ n3: 1 });
    expect(countsOf(placed(instances(1, { prefer: a, constraints: rules('rack == a') }), views))).toEqual({
      n1: 1,
    });
    expect(countsOf(placed(instances(5, { avoid: [b] }), views))).toEqual({ n2: 3, n3: 2 });
    expect(countsOf(placed(instances(9, { avoid: [b] }), views))).toEqual({ n1: 1, n2: 4, n3: 4 });
  });

  it('nowhere but to the agent that it is bound to, and only that one is asked why', () => {
    const views = racks('a', 'b');
    const result = placed(instances(5, { on: N2 }), views);
    expect(countsOf(result)).toEqual({ n2: 4 });
    expect(reasonsIn(result.unplaced[0]!.refused)).toEqual({ n2: ['1 cpu too few (wants 1, 0 free)'] });
  });
});

it('the agent on which five instances have failed within five minutes is the last choice for the sixth', () => {
  const views = racks('a', 'a');
  const nodes = new FaultyNodes();
  const wanted = instances(1, { version: 1 });
  const next = (now: number) => {
    const running = (_: string, agent: string): number => (agent === 'n1' ? 3 : 0);
    const faulty = (one: { job: string; version?: number | undefined }, agent: AgentId): boolean =>
      nodes.isFaulty(one, agent, now);
    return agentsOf(
      place(wanted, offersOf(views), views, running, () => 0, faulty),
      wanted,
    )[0];
  };
  const went: (string | undefined)[] = [];
  for (let now = 0; now < 7_000; now += 1_000) {
    const agent = next(now);
    went.push(agent);
    nodes.failed({ job: 'web', version: 1 }, agent as AgentId, now);
  }
  expect(went).toEqual(['n2', 'n2', 'n2', 'n2', 'n2', 'n1', 'n1']);
  expect(next(400_000)).toBe('n2');
});

describe('an agent is fit', () => {
  it('for an image only where the engine runs its platform', () => {
    const engine = (platform?: string) => ({
      more: { executors: [{ kind: 'docker' as const, available: true, detail: '', platform }] },
    });
    const views = viewsOf({ n1: engine('linux/amd64'), n2: engine('linux/arm64'), n3: engine() });
    const arm = instances(5, { executor: 'docker', platform: 'linux/arm64' });
    const result = placed(arm, views);
    expect(countsOf(result)).toEqual({ n2: 4 });
    expect(reasonsIn(result.unplaced[0]!.refused)).toMatchObject({
      n1: ['platform is linux/amd64, wants linux/arm64'],
      n3: ['it has no platform, wants linux/arm64'],
    });
  });

  it('for a device only where it is, and for one instance at a time', () => {
    const views = viewsOf({ n1: { total: 'cpus:4;mem:4096;devices:{/dev/dri,/dev/kvm}' }, n2: {} });
    const demand = [...instances(1)[0]!.demand, { name: 'devices', role: '*', set: ['/dev/dri'] }];
    const result = placed(instances(2, { demand }), views);
    expect(result.groups[0]!.placements[0]!.resources).toContainEqual(demand[2]);
    expect(reasonsIn(result.unplaced[0]!.refused)).toEqual({
      n1: ['/dev/dri (devices) is in use'],
      n2: ['/dev/dri is none of the devices that it offers'],
    });
  });

  it('not while it leaves', () => {
    const views = viewsOf({ n1: { more: { withdrawn: 'draining' } }, n2: {} });
    expect(countsOf(placed(instances(1), views, { n2: 3 }))).toEqual({ n2: 1 });
  });
});
