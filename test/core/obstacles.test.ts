/** Ten thousand agents that refuse for one reason are one group; the group nearest to an offer says what to change. */
import { describe, expect, it } from 'vitest';
import { gateText, type Obstacle } from '../../src/core/gate-text.ts';
import { awayFrom, type Blocked, decisive, grouped } from '../../src/core/obstacles.ts';
import type { AgentId } from '../../src/core/task.ts';

const words = (obstacle: Obstacle): string => gateText(obstacle, 0);
const on = (agent: string, ...by: Obstacle[]): Blocked => ({ agent: agent as AgentId, by });
const kindsOf = (group: { readonly by: readonly Obstacle[] } | undefined): string | undefined =>
  group?.by.map(({ kind }) => kind).join(' ');

const limit: Obstacle = { kind: 'limit', role: 'web', name: 'cpus', limit: 2000, consumed: 2000 };
const filter: Obstacle = { kind: 'filter', until: 5000 };
const reserved: Obstacle = { kind: 'reserved', roles: ['db'] };
const lent: Obstacle = { kind: 'lent', to: ['ml'], amounts: { cpus: 4000 } };
const docker: Obstacle = { kind: 'unfit', text: 'no docker there', help: 'install it' };
const constraint: Obstacle = { kind: 'constraint', constraints: [] };
const away = awayFrom({ name: 'n9', state: 'unreachable' })!;
const kept = (held: number): Obstacle => ({ kind: 'headroom', name: 'cpus', held, roles: ['db'] });
const lacking = (free: number): Obstacle => ({
  kind: 'shortfall',
  demand: 'db',
  name: 'cpus',
  needs: 4000,
  free,
});

describe('agents are one group', () => {
  const groupsOf = (...blocked: Blocked[]) =>
    grouped(blocked, words).map(({ agents, by, varies }) => ({
      agents: agents.join(' '),
      texts: by.map((obstacle, i) => gateText(obstacle, 0, varies[i])),
    }));

  it('where all that stands in the way is the same', () => {
    expect(groupsOf(on('n1', limit, lacking(0)), on('n2', limit), on('n3', limit, lacking(0)))).toEqual([
      { agents: 'n2', texts: ['role web is at its limit of 2 cpus (2 used)'] },
      {
        agents: 'n1 n3',
        texts: ['role web is at its limit of 2 cpus (2 used)', '4 cpus too few for db (wants 4, 0 free)'],
      },
    ]);
  });

  it('where it reads the same', () => {
    const until = (ms: number): Obstacle => ({ kind: 'filter', until: 600_000 + ms });
    expect(groupsOf(on('n1', until(1)), on('n2', until(7))).map(({ agents }) => agents)).toEqual(['n1 n2']);
  });

  it('where only figures differ, as soon as there are many, with the most of all of them', () => {
    const some = (count: number): Blocked[] =>
      Array.from({ length: count }, (_, i) => on(`n${i}`, lacking(i * 100)));
    expect(groupsOf(...some(5))).toHaveLength(5);
    const [group, ...others] = groupsOf(...some(10_000).slice(0, 39));
    expect(others).toEqual([]);
    expect(group!.texts).toEqual(['at least 0.2 cpus too few for db (wants 4, at most 3.8 free)']);
  });

  it.each<[string, (i: number) => Obstacle, string]>([
    ['what is kept free', kept, 'up to 5 cpus are kept free for what is guaranteed to role db'],
    [
      'the end of a filter',
      (until) => ({ kind: 'filter', until }),
      'the framework has refused what is free, and is asked again in at most 5 s',
    ],
    [
      'what is free',
      (cpus) => ({ kind: 'minimum', free: { cpus } }),
      'only up to 5 cpus free, too little to offer',
    ],
    ['what is offered', (cpus) => ({ kind: 'offered', amounts: { cpus } }), 'up to 5 cpus offered to it now'],
  ])('whatever %s is', (_, made, text) => {
    const many = [0, 1, 2, 3, 5, 4].map((i) => on(`n${i}`, made(i * 1000)));
    expect(groupsOf(...many).map(({ texts }) => texts)).toEqual([[text]]);
  });

  it('that are never one with what holds everywhere', () => {
    expect(groupsOf({ by: [limit] }, on('n1', limit))).toHaveLength(2);
  });
});

describe('of an agent only what matters is said', () => {
  it.each<[string, Obstacle[], string]>([
    ['a refusal is not the reason where another thing is', [lacking(0), filter], 'shortfall'],
    ['a refusal alone is', [filter], 'filter'],
    ['nothing else matters of an agent that is away', [lacking(0), limit, away], 'away'],
    ['nothing else matters of an agent that is not wanted', [lacking(0), constraint], 'constraint'],
  ])('%s', (_, by, kinds) => expect(kindsOf(grouped([on('n1', ...by)], words)[0])).toBe(kinds));
});

describe('decisive is', () => {
  it.each<[string, Blocked[], string | undefined]>([
    ['nothing, where nothing stands in the way', [], undefined],
    [
      'a limit, though other agents are full or away',
      [on('n1', lacking(0)), on('n2', limit), on('n3', away)],
      'limit',
    ],
    ['headroom, however much is kept on each', [on('n1', kept(1000)), on('n2', kept(2000))], 'headroom'],
    ['all that stands in the way of the room', [on('n1', limit, kept(1000))], 'limit headroom'],
    [
      'a reservation, with what is too little for it',
      [on('n1', lacking(0), reserved), on('n2', lacking(0))],
      'shortfall reserved',
    ],
    [
      'what others think about, with what is too little for it',
      [on('n1', lacking(0), lent)],
      'shortfall lent',
    ],
    ['a limit before what others think about', [on('n1', lacking(0), lent), on('n2', limit)], 'limit'],
    ['a limit before a reservation', [on('n1', lacking(0), reserved), on('n2', limit)], 'limit'],
    ['an offer in hand', [on('n1', { kind: 'offered', amounts: {} }), on('n2', limit)], 'offered'],
    ['the one thing that all agents lack', [on('n1', lacking(0)), on('n2', lacking(1000))], 'shortfall'],
    ['nothing, where agents lack several things', [on('n1', lacking(0), docker)], undefined],
    ['nothing, where it differs from agent to agent', [on('n1', lacking(0)), on('n2', docker)], undefined],
    ['what holds everywhere', [{ by: [{ kind: 'suppressed' }] }], 'suppressed'],
  ])('%s', (_, blocked, kinds) => expect(kindsOf(decisive(blocked, words))).toBe(kinds));
});
