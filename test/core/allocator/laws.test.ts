/**
 * What holds of every allocation, whatever came before it: random histories, held against a book of their
 * own.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Allocator, Share } from '../../../src/core/allocator.ts';
import { covers, quantitiesOf } from '../../../src/core/quantities.ts';
import {
  contains,
  NOTHING,
  type Resources,
  subtract,
  UNRESERVED,
  usableBy,
} from '../../../src/core/resources.ts';
import { formatResources } from '../../../src/core/resources-text.ts';
import type { AgentId, FrameworkId } from '../../../src/core/task.ts';
import { ALLOCATORS, matches } from './allocators.ts';
import { histories, type Step } from './history.ts';
import { type Client, countPorts, isPorts, plainOf, shrinkEach } from './plain-books.ts';
import { fits, SMALLEST } from './plain-offer.ts';
import { available, consumed, guaranteed, requiredTotal } from './plain-quota.ts';
import { runs } from './runs.ts';
import { World } from './world.ts';

const RUNS = runs(100);

type Allocate = Extract<Step, { op: 'allocate' }>;

const NAMES = ['cpus', 'mem', 'disk'];
const text = ({ framework, role, agent, resources }: Share): string =>
  `${framework} ${role} ${agent} ${formatResources(resources)}`;
const apart = (resources: Resources): Resources => resources.filter((r) => !r.shared);

describe.each(ALLOCATORS)('%s', (_, make) => {
  /** @param check is asked before the offers count as held; what it returns, after */
  const always = (
    check: (
      world: World,
      offers: readonly Share[],
      step: Allocate,
      allocator: Allocator,
    ) => (() => void) | undefined,
    kind: Parameters<typeof histories>[0] = {},
  ): void =>
    fc.assert(
      fc.property(histories(kind), (steps) => {
        const allocator = make();
        const world = new World(allocator);
        for (const step of steps) {
          const [allocation] = world.play(step);
          if (!allocation || step.op !== 'allocate') continue;
          const after = check(world, allocation.offers, step, allocator);
          world.hold(allocation.offers);
          after?.();
        }
      }),
      RUNS,
    );

  it('offers only what is free, and nothing twice', () => {
    always((world, offers) => {
      const free = new Map<AgentId, Resources>();
      for (const offer of offers) {
        const rest = free.get(offer.agent) ?? world.free(offer.agent);
        expect(contains(rest, offer.resources), `${text(offer)} of ${formatResources(rest)}`).toBe(true);
        free.set(offer.agent, subtract(rest, apart(offer.resources)));
      }
    });
  });

  it('offers each client one share of an agent, and only what its role may use', () => {
    always((world, offers) => {
      const receivers = offers.map(({ framework, role, agent }) => `${framework} ${role} ${agent}`);
      expect(new Set(receivers).size).toBe(receivers.length);
      for (const offer of offers) {
        expect(offer.resources).not.toEqual([]);
        expect(usableBy(offer.resources, offer.role), text(offer)).toEqual(offer.resources);
        expect(world.wants(offer.framework, offer.role), `${text(offer)} is wanted`).toBe(true);
      }
    });
  });

  it('offers active agents only, of those that were named, and none that the constraints exclude', () => {
    always((world, offers, { agents }) => {
      for (const offer of offers) {
        const agent = world.agent(offer.agent);
        expect(agent?.active).toBe(true);
        expect(agents ?? [offer.agent]).toContain(offer.agent);
        const { terms } = world.client(offer.framework, offer.role) as Client;
        expect(agent && fits(terms.constraints, agent, matches), text(offer)).toBe(true);
      }
    });
  });

  it('never offers what was refused, or less', () => {
    always(
      (world, offers) => {
        for (const offer of offers)
          for (const filter of world.filtersOf(offer)) {
            const isRefused = offer.resources.every((r) =>
              isPorts(r)
                ? countPorts(world.free(offer.agent)) <= filter.ports
                : contains(filter.refused, [r]),
            );
            expect(isRefused, `${text(offer)} was refused`).toBe(false);
          }
      },
      { claims: false },
    );
  });

  it('says when the next filter ends', () => {
    fc.assert(
      fc.property(histories(), (steps) => {
        const world = new World(make());
        for (const step of steps)
          for (const { offers, nextFilterEnd } of world.play(step)) {
            const ends = world.books.filters.map(({ until }) => until);
            expect(nextFilterEnd).toBe(ends.length > 0 ? Math.min(...ends) : undefined);
            world.hold(offers);
          }
      }),
      RUNS,
    );
  });

  it('never gives more than a limit of the role or of what is above it leaves', () => {
    always(({ books }) => {
      const limits = books.quotas.flatMap(({ role, quota }) =>
        Object.entries(quota.limit).map(([name, limit]) => ({
          role,
          name,
          most: Math.max(limit, consumed(books, role, name)),
        })),
      );
      return () => {
        for (const { role, name, most } of limits)
          expect(consumed(books, role, name), `${name} of ${role}`).toBeLessThanOrEqual(most);
      };
    });
  });

  it('never gives away what is owed: where enough was free for all guarantees, enough is left', () => {
    always(
      ({ books }) => {
        const spare = (name: string): number => available(books, name) - requiredTotal(books, name);
        const before = NAMES.map((name) => Math.min(0, spare(name)));
        return () => {
          for (const [index, name] of NAMES.entries())
            expect(spare(name), name).toBeGreaterThanOrEqual(before[index] as number);
        };
      },
      { claims: false },
    );
  });

  it('leaves nothing of an agent to the side that a guarantee asks for and that is worth an offer', () => {
    always(
      (world, _offers, { agents }) =>
        () => {
          const { books } = world;
          const easy = books.clients.filter(
            ({ framework, role, terms }) =>
              world.wants(framework, role) && terms.minimum === undefined && terms.constraints === undefined,
          );
          for (const agent of books.agents)
            for (const client of easy) {
              const { framework, role } = client;
              if (!agent.active || !(agents ?? [agent.id]).includes(agent.id)) continue;
              if (world.filtersOf({ framework, role, agent: agent.id }).length > 0) continue;
              const due = shrinkEach(plainOf(world.free(agent.id)), (name) => guaranteed(books, role, name));
              const isWorth = SMALLEST.some((one) => covers(quantitiesOf(due), one));
              expect(isWorth, `${formatResources(due)} of ${agent.id} for ${framework} in ${role}`).toBe(
                false,
              );
            }
        },
      { claims: false },
    );
  });

  it('says of all quotas what is consumed: reservations, and what was given of the rest', () => {
    always(({ books }, _offers, _step, allocator) => () => {
      const said = allocator.consumption();
      expect(said.map(({ role }) => role).sort()).toEqual(books.quotas.map(({ role }) => role).sort());
      for (const one of said)
        for (const name of NAMES) expect(one.consumed[name] ?? 0).toBe(consumed(books, one.role, name));
    });
  });

  it('names in its order the roles with somebody who wants offers, each once', () => {
    always((world, _offers, _step, allocator) => {
      const wanted = world.books.clients.filter(({ framework, role }) => world.wants(framework, role));
      expect([...allocator.order()].sort()).toEqual([...new Set(wanted.map(({ role }) => role))].sort());
    });
  });

  it('has given back all of it when all is given back', () => {
    fc.assert(
      fc.property(histories(), (steps) => {
        const allocator = make();
        const world = new World(allocator);
        for (const step of steps) for (const { offers } of world.play(step)) world.hold(offers);
        for (const share of world.books.held) allocator.recover(share);
        for (const { role } of world.books.quotas) allocator.setQuota(role, undefined);
        for (const { framework } of world.books.clients) allocator.removeFramework(framework);
        for (const { id } of world.books.agents) allocator.activateAgent(id, true);
        allocator.setFramework('new' as FrameworkId, ['new'], { new: { minimum: [] } });
        const offered = new Map(
          allocator.allocate(world.now).offers.map((one) => [one.agent, one.resources]),
        );
        for (const { id, total } of world.books.agents) {
          const unreserved = total.filter(({ role }) => role === UNRESERVED);
          const isWorth = unreserved.some((r) => !isPorts(r));
          expect(offered.get(id) ?? NOTHING).toEqual(isWorth ? unreserved : NOTHING);
        }
      }),
      RUNS,
    );
  });

  /** Allocates until there is nothing to offer. @returns how often there was something */
  const untilRest = (world: World, allocator: Allocator, { agents }: Allocate): number => {
    for (let times = 0; ; times++) {
      const { offers } = allocator.allocate(world.now, agents);
      if (offers.length === 0) return times;
      world.hold(offers);
    }
  };

  // What is offered need not shrink when less is free: another disk may come in the place of one that has gone.
  it('comes to rest: asked again and again at once, it soon has nothing to add', () => {
    always(
      (world, _offers, step, allocator) => () =>
        expect(untilRest(world, allocator, step)).toBeLessThanOrEqual(2),
    );
  });

  it('says of whoever wants more why it gets nothing more', () => {
    always((world, _offers, step, allocator) => () => {
      untilRest(world, allocator, step);
      const told = allocator.explain(world.now);
      for (const { framework, role } of world.books.clients) {
        const own = told.filter((one) => one.framework === framework && one.role === role);
        const untold = world.books.agents
          .map(({ id }) => id)
          .filter((id) => (step.agents ?? [id]).includes(id))
          .filter((id) => !own.some(({ agent }) => agent === undefined || agent === id));
        expect(untold, `${framework} ${role}`).toEqual([]);
      }
      for (const { gates } of told) expect(gates).not.toEqual([]);
    });
  });
});
