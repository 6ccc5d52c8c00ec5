/** What keeps one instance off each agent, judged for this instance by what the master says of every agent. */
import { describe, expect, it } from 'vitest';
import { gateText, type Obstacle } from '../../src/core/gate-text.ts';
import { resourcesOf } from '../../src/core/resources.ts';
import { parseResources } from '../../src/core/resources-text.ts';
import type { AgentId } from '../../src/core/task.ts';
import { blockedFor } from '../../src/framework/fit.ts';
import type { Wanted } from '../../src/framework/place.ts';
import type { AgentView } from '../../src/wire/messages/framework.ts';

const TOTAL = 'cpus:4;mem:4096;ports:[31000-31001]';
const view = (id: string, more: Partial<AgentView> = {}): [AgentId, AgentView] => [
  id as AgentId,
  {
    id: id as AgentId,
    name: id,
    state: 'ready',
    attributes: {},
    executors: [{ kind: 'process', available: true, detail: '' }],
    total: parseResources(TOTAL),
    ...more,
  },
];
const wanted = (cpus: number, more: Partial<Wanted> = {}): Wanted => ({
  key: 'web.0',
  job: 'web',
  executor: 'process',
  demand: resourcesOf({ cpus: cpus * 1000 }),
  ports: {},
  ...more,
});

/** Of one agent with so much free. */
function on(free: string, by: readonly Obstacle[], one: Wanted, more: Partial<AgentView> = {}): string[] {
  const explanation = {
    agents: [{ role: 'web', agents: ['n1' as AgentId], free: parseResources(free), by }],
    limits: {},
  };
  const [blocked] = blockedFor(one, 'web', explanation, new Map([view('n1', more)]));
  return blocked ? blocked.by.map((obstacle) => gateText(obstacle, 0)) : [];
}

const limit: Obstacle = { kind: 'limit', role: 'web', name: 'cpus', limit: 4000, consumed: 2000 };
const AT_LIMIT = 'role web is close to its limit of 4 cpus (2 used)';
const headroom: Obstacle = { kind: 'headroom', name: 'cpus', held: 3000, roles: ['db'] };
const KEPT = '3 cpus are kept free for what is guaranteed to role db';

describe('an instance is kept off an agent', () => {
  it.each<[string, string, Obstacle[], Wanted, string[]]>([
    ['by nothing, where it fits', TOTAL, [], wanted(4), []],
    ['by a limit that leaves too little for it', TOTAL, [limit], wanted(3), [AT_LIMIT]],
    ['by no limit that only others are too large for', TOTAL, [limit], wanted(2), []],
    ['by headroom that leaves too little for it', TOTAL, [headroom], wanted(2), [KEPT]],
    ['by no headroom that leaves enough for it', TOTAL, [headroom], wanted(1), []],
    [
      'by what it lacks, whatever else waits and is lacking something there',
      'cpus:1;mem:64',
      [{ kind: 'shortfall', demand: 'big', name: 'mem', needs: 9, free: 8 }],
      wanted(3),
      ['2 cpus too few (wants 3, 1 free)'],
    ],
    [
      'by what is reserved for others, where that would do',
      'cpus:1;cpus(db):1;cpus(ops):1',
      [],
      wanted(3),
      ['2 cpus too few (wants 3, 1 free)', 'what else is free is reserved for roles db and ops'],
    ],
    [
      'not by what is reserved for others, where even that would not do',
      'cpus:1;cpus(db):1',
      [],
      wanted(3),
      ['2 cpus too few (wants 3, 1 free)'],
    ],
    [
      'by what others have in their hands, where that would do',
      'cpus:1',
      [{ kind: 'lent', to: ['db'], amounts: { cpus: 2000 } }],
      wanted(3),
      ['2 cpus too few (wants 3, 1 free)', 'what would do is offered to db now'],
    ],
    [
      'not by what others have in their hands, where it fits or even that would not do',
      'cpus:1',
      [{ kind: 'lent', to: ['db'], amounts: { cpus: 1000 } }],
      wanted(3),
      ['2 cpus too few (wants 3, 1 free)'],
    ],
    ['by nothing that is reserved for its own role', 'cpus:1;cpus(web):2', [], wanted(3), []],
    ['by its refusal only for what it lacks', 'cpus:1', [{ kind: 'filter', until: 9 }], wanted(1), []],
    [
      'by nothing, while it is being offered what it needs',
      TOTAL,
      [{ kind: 'offered', amounts: { cpus: 4000 } }],
      wanted(1),
      ['4 cpus offered to it now'],
    ],
    [
      'by ports in use',
      'cpus:4;ports:[31001-31001]',
      [],
      wanted(1, { ports: { http: 31_000, admin: 80 } }),
      ['port 31000 is in use', 'port 80 is none that it offers'],
    ],
  ])('%s', (_, free, by, one, texts) => expect(on(free, by, one)).toEqual(texts));

  it('by a machine that cannot run it, or is away', () => {
    expect(on(TOTAL, [], wanted(1, { executor: 'docker' }))).toEqual([
      'no docker there: unknown to this agent',
    ]);
    const away: Obstacle = { kind: 'away', state: 'unreachable', help: '' };
    expect(on(TOTAL, [away], wanted(1))).toEqual(['it is unreachable']);
  });

  it('judged in its own role only', () => {
    const explanation = {
      agents: ['web', 'db'].map((role) => ({
        role,
        agents: ['n1' as AgentId],
        free: parseResources(role === 'web' ? 'cpus:1' : TOTAL),
        by: [],
      })),
      limits: {},
    };
    expect(blockedFor(wanted(2), 'db', explanation, new Map([view('n1')]))).toEqual([]);
    expect(blockedFor(wanted(2), 'web', explanation, new Map([view('n1')]))).toHaveLength(1);
  });
});
