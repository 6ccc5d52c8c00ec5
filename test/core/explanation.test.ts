/** The answer to "why?": the one thing, every agent, and the smallest change that would help, as a command to type. */
import { describe, expect, it } from 'vitest';
import { eachOf, explanationOf, onOneLine } from '../../src/core/explanation.ts';
import { gateText, type Obstacle } from '../../src/core/gate-text.ts';
import { awayFrom, type Blocked } from '../../src/core/obstacles.ts';
import type { Quantities } from '../../src/core/quantities.ts';
import type { AgentId } from '../../src/core/task.ts';

const NOW = 1_000_000;
const on = (agent: string, ...by: Obstacle[]): Blocked => ({ agent: `id-${agent}` as AgentId, by });
const explained = (
  blocked: readonly Blocked[],
  more: { limits?: Record<string, Quantities>; wants?: Quantities } = {},
) => explanationOf(blocked, { now: NOW, nameOf: (agent) => agent.replace('id-', ''), limits: {}, ...more });

const limit = { kind: 'limit', role: 'web', name: 'cpus', limit: 2000, consumed: 2000, offered: 0 } as const;
const nothing: Obstacle = { kind: 'minimum', free: {} };

describe('an explanation', () => {
  it('names a few agents, and counts many', () => {
    const of = (count: number): string | undefined =>
      explained(Array.from({ length: count }, (_, i) => on(`n${i + 1}`, nothing))).lines[0]!.agent;
    expect([1, 2, 3].map(of)).toEqual(['n1', 'n1 and n2', 'n1, n2 and n3']);
    expect(of(10_000)).toBe('10,000 agents (n1, n10, n100, …)');
  });

  it('does not say what is too little where others are only thinking about the rest', () => {
    const lent: Obstacle = { kind: 'lent', to: ['ml'], amounts: {} };
    const { decisive, lines, help } = explained([on('n1', nothing, lent)]);
    expect(decisive).toBe('what would do is offered to ml now');
    expect(lines[0]!.reasons).toEqual(['nothing is free', 'what would do is offered to ml now']);
    expect(help).toBe('');
  });

  it('says of agents that are all away what they are', () => {
    const away = ['n1', 'n2'].map((name) => on(name, awayFrom({ name, state: 'unreachable' })!));
    expect(explained(away)).toMatchObject({
      decisive: 'every agent is unreachable',
      lines: [{ agent: 'n1 and n2', reasons: ['it is unreachable'] }],
      help: 'if n1 will not come back: tender gone n1',
    });
  });

  it('names no agent where it holds everywhere', () => {
    expect(explained([{ by: [{ kind: 'suppressed' }] }])).toEqual({
      decisive: 'the framework has asked for no offers',
      lines: [{ reasons: ['the framework has asked for no offers'] }],
      help: '',
    });
  });

  it('on one line is what is decisive, or each reason with where it holds', () => {
    expect(onOneLine(explained([on('n1', limit), on('n2', nothing)]))).toBe(
      'role web is at its limit of 2 cpus (2 used)',
    );
    const unfit: Obstacle = { kind: 'unfit', text: 'no docker there', help: '' };
    expect(onOneLine(explained([on('n1', nothing), on('n2', nothing, unfit)]))).toBe(
      'nothing is free (n1); nothing is free and no docker there (n2)',
    );
    expect(onOneLine(explained([]))).toBe('');
  });
});

describe('help', () => {
  const helpOf = (obstacles: readonly Obstacle[], more: Parameters<typeof explained>[1] = {}): string =>
    explained([on('n1', ...obstacles)], more).help;

  it('raises a limit to what is wanted, and says the rest of it again', () => {
    const limits = { web: { cpus: 2000, mem: 4_096_000, disk: 1_500_000 } };
    expect(helpOf([limit], { limits, wants: { cpus: 1500, mem: 64_000 } })).toBe(
      'raise the limit: tender quota set web --limit cpus=3.5,mem=4g,disk=1500m',
    );
  });

  it('does not count twice what is offered already', () => {
    const half = { ...limit, offered: 1000 };
    expect(helpOf([half], { limits: { web: { cpus: 2000 } }, wants: { cpus: 3000 } })).toBe(
      'raise the limit: tender quota set web --limit cpus=4',
    );
  });

  it('leaves the figure open where nobody has said what is wanted', () => {
    expect(helpOf([limit])).toBe('raise the limit: tender quota set web --limit …');
  });

  it.each<[string, Obstacle, string]>([
    [
      'what is kept for others',
      { kind: 'headroom', name: 'cpus', held: 1, roles: ['db'] },
      'guarantee less to db (tender quota ls shows what is guaranteed), or add a machine: tender token create --role agent',
    ],
    [
      'what is reserved',
      { kind: 'reserved', roles: ['db'] },
      'reserve less for db, or add a machine: tender token create --role agent',
    ],
    [
      'what agents must have',
      {
        kind: 'constraint',
        constraints: [
          [
            { attribute: 'zone', is: 'equals', value: 'a' },
            { attribute: 'gpu', is: 'exists' },
            { attribute: 'hostname', is: 'equals', value: 'n7' },
          ],
        ],
      },
      'add one that fits: tender agent --attribute zone=a --attribute gpu=…',
    ],
    ['what is not there', nothing, 'ask for less, or add a machine: tender token create --role agent'],
    ['what an agent lacks', { kind: 'unfit', text: 'port 80 is in use', help: 'take 81' }, 'take 81'],
    [
      'a machine that is away',
      awayFrom({ name: 'n1', state: 'unreachable' })!,
      'if n1 will not come back: tender gone n1',
    ],
    ['nothing, where it will pass', { kind: 'filter', until: NOW + 5000 }, ''],
  ])('is about %s', (_, obstacle, help) => expect(helpOf([obstacle])).toBe(help));

  it('names the agent that is closest, where they differ', () => {
    const lacking = (free: number): Obstacle => ({
      kind: 'shortfall',
      demand: '',
      name: 'cpus',
      needs: 6000,
      free,
    });
    const mem: Obstacle = { kind: 'shortfall', demand: '', name: 'mem', needs: 64_000, free: 0 };
    expect(explained([on('n1', lacking(0), mem), on('n2', lacking(4000))]).help).toBe(
      'closest is n2: 2 cpus too few (wants 6, 4 free); ask for less, or add a machine: tender token create --role agent',
    );
  });
});

describe('every agent by itself', () => {
  const words = { now: NOW, nameOf: (agent: AgentId) => agent.replace('id-', '') };
  const small = (free: number): Obstacle => ({
    kind: 'shortfall',
    demand: '',
    name: 'cpus',
    needs: 6000,
    free,
  });

  it('has all its reasons in its own figures, but for the refusal that follows from them', () => {
    const refused: Obstacle = { kind: 'filter', until: NOW + 5000 };
    expect(eachOf([on('n1', small(1000), nothing, refused), on('n2', small(2000))], words)).toEqual([
      { agent: 'n1', reasons: ['5 cpus too few (wants 6, 1 free)', gateText(nothing, NOW)] },
      { agent: 'n2', reasons: ['4 cpus too few (wants 6, 2 free)'] },
    ]);
  });

  it('is not told of very many', () => {
    const many = Array.from({ length: 101 }, (_, i) => on(`n${i}`, small(1000)));
    expect(eachOf(many, words)).toEqual([]);
    expect(eachOf(many.slice(1), words)).toHaveLength(100);
  });
});
