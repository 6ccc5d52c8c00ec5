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
    ['what is not there', nothing, 'add a machine: tender token create --role agent'],
    ['what an agent lacks', { kind: 'unfit', text: 'port 80 is in use', help: 'take 81' }, 'take 81'],
    [
      'a machine that is away',
      awayFrom({ name: 'n1', state: 'unreachable' })!,
      'if n1 will not come back: tender gone n1',
    ],
    ['nothing, where it will pass', { kind: 'filter', until: NOW + 5000 }, ''],
  ])('is about %s', (_, obstacle, help) => expect(helpOf([obstacle])).toBe(help));

  const lacking = (name: string, needs: number, free: number, demand = ''): Obstacle => ({
    kind: 'shortfall',
    demand,
    name,
    needs,
    free,
  });
  const asking = (...blocked: Blocked[]): string => explained(blocked).help.split('; or ')[0]!;

  it('is the smallest part of a wish that would have to go, with the agent where the rest fits', () => {
    const [n1, n2] = [lacking('cpus', 6000, 1000), lacking('cpus', 6000, 4000)];
    expect(explained([on('n1', n1), on('n2', n2)]).help).toBe(
      'ask for 2 cpus less, which fits on n2; or add a machine: tender token create --role agent',
    );
    const mem = lacking('mem', 64_000, 8_000);
    expect(asking(on('n1', n1), on('n2', n2, mem))).toBe('ask for 5 cpus less, which fits on n1');
    expect(asking(on('n2', n2, mem))).toBe('ask for 2 cpus and 56 MiB of memory less, which fits on n2');
    expect(asking(on('n1', lacking('cpus', 2000, 500, 'web'), lacking('cpus', 4000, 500, 'api')))).toBe(
      'ask for 1.5 cpus less for web, which fits on n1',
    );
  });

  it('asks for enough less, though memory is said in round figures', () => {
    expect(asking(on('n1', lacking('mem', 192_300, 100)))).toContain('193 MiB of memory less');
    expect(asking(on('n1', lacking('mem', 4_096_000, 1_000_000)))).toContain('3.1 GiB of memory less');
  });

  it('asks for nothing less where nothing would be left of it, or more than room is missing', () => {
    expect(asking(on('n1', lacking('cpus', 1000, 0)))).toMatch(/^add a machine/);
    expect(asking(on('n1', lacking('cpus', 1000, 500), nothing))).toMatch(/^add a machine/);
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
