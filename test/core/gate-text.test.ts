/** Each obstacle in words: half a sentence that a newcomer can read, with both figures where there are two. */
import { describe, expect, it } from 'vitest';
import { amountsText, amountText, gateText, type Obstacle } from '../../src/core/gate-text.ts';
import type { FrameworkId } from '../../src/core/task.ts';

const NOW = 1_000_000;
const limit = { kind: 'limit', role: 'web', name: 'cpus', limit: 2000, consumed: 2000 } as const;

describe('an obstacle in words', () => {
  it.each<[Obstacle, string]>([
    [{ kind: 'disconnected' }, 'the framework is not connected'],
    [{ kind: 'suppressed' }, 'the framework has asked for no offers'],
    [{ kind: 'inactive' }, 'the agent is not offered now'],
    [limit, 'role web is at its limit of 2 cpus (2 used)'],
    [{ ...limit, offered: 500 }, 'role web is at its limit of 2 cpus (1.5 used, 0.5 offered)'],
    [{ ...limit, consumed: 1500 }, 'role web is close to its limit of 2 cpus (1.5 used)'],
    [
      { kind: 'limit', role: 'web', name: 'mem', limit: 4_096_000, consumed: 3_584_000 },
      'role web is close to its limit of 4 GiB of memory (3.5 GiB used)',
    ],
    [
      { kind: 'headroom', name: 'cpus', held: 3000, roles: ['db'] },
      '3 cpus are kept free for what is guaranteed to role db',
    ],
    [
      { kind: 'headroom', name: 'cpus', held: 1000, roles: ['db', 'ml', 'ops'] },
      '1 cpu is kept free for what is guaranteed to roles db, ml and ops',
    ],
    [{ kind: 'reserved', roles: ['db'] }, 'what else is free is reserved for role db'],
    [{ kind: 'claimed', framework: 'pg' as FrameworkId, role: 'db' }, 'room was made there for pg (role db)'],
    [{ kind: 'minimum', free: {} }, 'nothing is free'],
    [
      { kind: 'minimum', free: { mem: 31_000, cpus: 5 } },
      'only 0.005 cpus, 31 MiB of memory free, too little to offer',
    ],
    [
      { kind: 'shortfall', demand: 'big', name: 'cpus', needs: 6000, free: 4000 },
      '2 cpus too few for big (wants 6, 4 free)',
    ],
    [
      { kind: 'shortfall', demand: '', name: 'mem', needs: 2_048_000, free: 512_000 },
      '1.5 GiB of memory too few (wants 2 GiB, 512 MiB free)',
    ],
    [
      { kind: 'filter', until: NOW + 4200 },
      'the framework has refused what is free, and is asked again in 5 s',
    ],
    [
      { kind: 'filter', until: NOW + 600_000 },
      'the framework has refused what is free, and is asked again in 10 min',
    ],
    [
      { kind: 'offered', amounts: { disk: 0, mem: 1_024_000, cpus: 4000 } },
      '4 cpus, 1 GiB of memory offered to it now',
    ],
    [{ kind: 'lent', to: ['db', 'ml'], amounts: {} }, 'what would do is offered to db, ml now'],
    [{ kind: 'unfit', text: 'port 80 is in use', help: '' }, 'port 80 is in use'],
    [{ kind: 'away', state: 'unreachable', help: '' }, 'it is unreachable'],
  ])('%j', (obstacle, text) => expect(gateText(obstacle, NOW)).toBe(text));

  it('says what a framework asks of agents, group by group', () => {
    const constraints = [
      [
        { attribute: 'zone', is: 'equals', value: 'a' },
        { attribute: 'gpu', is: 'exists' },
      ],
      [{ attribute: 'hostname', is: 'matches', value: 'big-.*' }],
      [{ attribute: 'old', is: 'not_exists' }],
    ] as const;
    expect(gateText({ kind: 'constraint', constraints }, NOW)).toBe(
      'the framework takes only agents with zone=a and an attribute gpu, or hostname like big-.*, or no attribute old',
    );
  });

  it.each<[Obstacle, string]>([
    [
      { kind: 'shortfall', demand: '', name: 'cpus', needs: 6000, free: 4000 },
      'at least 2 cpus too few (wants 6, at most 4 free)',
    ],
    [
      { kind: 'headroom', name: 'cpus', held: 3000, roles: ['db'] },
      'up to 3 cpus are kept free for what is guaranteed to role db',
    ],
    [
      { kind: 'filter', until: NOW + 9000 },
      'the framework has refused what is free, and is asked again in at most 9 s',
    ],
    [{ kind: 'minimum', free: { cpus: 5 } }, 'only up to 0.005 cpus free, too little to offer'],
    [{ kind: 'offered', amounts: { cpus: 1000 } }, 'up to 1 cpu offered to it now'],
  ])('of several agents that differ: %j', (obstacle, text) =>
    expect(gateText(obstacle, NOW, true)).toBe(text));
});

describe('amounts', () => {
  it.each([
    ['cpus', 1000, '1 cpu'],
    ['cpus', 1500, '1.5 cpus'],
    ['cpus', 0, '0 cpus'],
    ['gpus', 1000, '1 gpus'],
    ['mem', 512_000, '512 MiB of memory'],
    ['disk', 2_048_000, '2 GiB of disk'],
  ])('of %s: %d thousandths are %s', (name, milli, text) => expect(amountText(name, milli)).toBe(text));

  it('come in the usual order, and nothing of something is not said', () => {
    expect(amountsText({ gpus: 2000, disk: 1_024_000, mem: 0, cpus: 500 })).toBe(
      '0.5 cpus, 1 GiB of disk, 2 gpus',
    );
  });
});
