/** An instance with a persistent volume goes where that is, or where it can be made, and the placement says how. */
import { describe, expect, it } from 'vitest';
import { applyOperation, type Operation } from '../../src/core/operations.ts';
import { contains, subtract } from '../../src/core/resources.ts';
import { formatResources, parseResources } from '../../src/core/resources-text.ts';
import type { AgentId } from '../../src/core/task.ts';
import { blockedFor } from '../../src/framework/fit.ts';
import type { AcceptOperation } from '../../src/framework/operations.ts';
import { instances, offerOf, placed, ROLE, reasonsIn, viewsOf } from './sites.ts';

const HOME = { volume: 'db-0', size: 500_000, principal: 'stateful' };
const LAYER = `(reservations: [(DYNAMIC,${ROLE},stateful,{home: db-0})])`;
const VOLUME = `disk${LAYER}[vol:db-0,by:stateful]:500`;
const views = viewsOf({ n1: {}, n2: {} });
const ROOM = 'cpus:4;mem:4096;disk:1000';
const N1 = 'n1' as AgentId;
const N2 = 'n2' as AgentId;

/** With these offers, by agent. */
const withOffers = (offers: Readonly<Record<string, string>>, home: object = {}, count = 1) =>
  placed(
    instances(count).map((one, i) => ({ ...one, home: { ...HOME, volume: `db-${i}`, ...home } })),
    views,
    {},
    Object.entries(offers).map(([agent, text]) => offerOf(agent, parseResources(text))),
  );
const isAboutDisk = (operation: AcceptOperation): boolean =>
  operation.op === 'create' ||
  (operation.op === 'reserve' && operation.resources.some(({ name }) => name === 'disk'));
const operationOf = (operation: AcceptOperation): Operation => {
  if (operation.op === 'reserve') return { kind: 'reserve', resources: operation.resources };
  if (operation.op === 'create') return { kind: 'create', volumes: operation.volumes };
  if (operation.op === 'unreserve') return { kind: 'unreserve', resources: operation.resources };
  if (operation.op === 'destroy') return { kind: 'destroy', volumes: operation.volumes };
  throw new Error(`no operation before a launch: ${operation.op}`);
};

describe('its volume', () => {
  it('is taken where it is', () => {
    const { groups } = withOffers({ n1: ROOM, n2: `cpus:1;mem:64;${VOLUME}` }, { agent: N2 });
    const [placement] = groups[0]!.placements;
    expect(placement).toMatchObject({ agent: 'n2' });
    expect(placement!.before.map(({ op }) => op)).not.toContain('create');
    expect(contains(placement!.resources, parseResources(VOLUME))).toBe(true);
  });

  it.each([
    ['disk that is nobody’s: it is reserved and made', ROOM, ['reserve', 'create']],
    ['disk that is reserved for the role: it is made', `cpus:4;mem:4096;disk(${ROLE}):500`, ['create']],
    ['whatever is there of that name', `${ROOM};${VOLUME}`, []],
  ])('comes from %s', (_, text, operations) => {
    const { before, resources } = withOffers({ n1: text }).groups[0]!.placements[0]!;
    expect(before.filter(isAboutDisk).map(({ op }) => op)).toEqual(operations);
    const made = before.map(operationOf).reduce(applyOperation, parseResources(text));
    expect(contains(made, resources)).toBe(true);
    expect(formatResources(subtract(made, resources))).not.toContain('vol:db-0');
  });

  it('is made once for each instance, as long as there is disk', () => {
    const result = withOffers({ n1: 'cpus:4;mem:4096;disk:1200' }, {}, 3);
    expect(result.groups[0]!.placements).toHaveLength(2);
    expect(reasonsIn(result.unplaced[0]!.refused)['n1']).toEqual([
      '300 MiB of disk too few (wants 500 MiB, 200 MiB free)',
    ]);
  });

  it('needs disk in one piece, beside the disk that the instance wants', () => {
    const pieces = withOffers({ n1: `cpus:4;mem:4096;disk:300;disk(${ROLE}):300` });
    expect(reasonsIn(pieces.unplaced[0]!.refused)['n1']).toEqual([
      'no piece of disk is large enough for its volume db-0',
    ]);
  });
});

describe('where its volume is, only that agent is asked', () => {
  it('on offers', () => {
    const away = withOffers({ n1: 'cpus:4;mem:4096;disk:1000' }, { agent: N2 });
    expect(reasonsIn(away.unplaced[0]!.refused)).toEqual({
      n2: ['nothing of it is on offer: it is in use, or offered to others'],
    });
    const without = withOffers({ n2: 'cpus:0.5;mem:4096;disk:1000' }, { agent: N2 });
    expect(reasonsIn(without.unplaced[0]!.refused)).toEqual({
      n2: ['0.5 cpus too few (wants 1, 0.5 free)', 'its volume db-0 is not on offer: in use, or gone'],
    });
  });

  it('by the master’s word', () => {
    const told = (text: string) => ({
      agents: [{ role: ROLE, agents: [N1, N2], free: parseResources(text), by: [] }],
      limits: {},
    });
    const [wanted] = instances(1, { home: { ...HOME, agent: N2 } });
    expect(blockedFor(wanted!, ROLE, told(`cpus:1;mem:64;${VOLUME}`), views)).toEqual([]);
    expect(reasonsIn(blockedFor(wanted!, ROLE, told('cpus:1;mem:64;disk:900'), views))).toEqual({
      n2: ['its volume db-0 is not on offer: in use, or gone'],
    });
  });
});

describe('what is set aside for it', () => {
  const cpus = (amount: number): string => `cpus${LAYER}:${amount}`;
  const mem = (amount: number): string => `mem${LAYER}:${amount}`;
  const atHome = (text: string, more: object = {}) =>
    withOffers({ n2: text }, { agent: N2, ...more }).groups[0]?.placements[0];

  it('is used again, and nothing is done before', () => {
    const placement = atHome(`${cpus(1)};${mem(64)};${VOLUME}`)!;
    expect(placement.before).toEqual([]);
    expect(formatResources(placement.resources)).toBe(`${cpus(1)};${VOLUME};${mem(64)}`);
  });

  it.each([
    ['grows where it has become too little', `${cpus(0.5)};cpus:4;${mem(64)};${VOLUME}`, ['reserve']],
    ['shrinks where it has become too much', `${cpus(3)};${mem(64)};${VOLUME}`, ['unreserve']],
  ])('%s', (_, text, operations) => {
    const { before, resources } = atHome(text)!;
    expect(before.map(({ op }) => op)).toEqual(operations);
    const made = before.map(operationOf).reduce(applyOperation, parseResources(text));
    expect(contains(made, resources)).toBe(true);
    expect(formatResources(resources)).toBe(`${cpus(1)};${VOLUME};${mem(64)}`);
  });

  it('is nobody else’s, not even of its own role', () => {
    const { unplaced } = placed(instances(1), views, {}, [
      offerOf('n1', parseResources(`${cpus(3)};${mem(640)}`)),
    ]);
    expect(reasonsIn(unplaced[0]!.refused)['n1']).toEqual([
      '1 cpu too few (wants 1, 0 free)',
      '64 MiB of memory too few (wants 64 MiB, 0 MiB free)',
    ]);
  });

  it('keeps more than the instance takes, for what runs beside it', () => {
    const spare = parseResources('cpus:0.2;mem:32');
    const { before, resources } = withOffers({ n1: 'cpus:4;mem:4096;disk:1000' }, { spare }).groups[0]!
      .placements[0]!;
    const made = before.map(operationOf).reduce(applyOperation, parseResources('cpus:4;mem:4096;disk:1000'));
    expect(formatResources(subtract(made, resources))).toBe(
      `cpus:2.8;${cpus(0.2)};disk:500;mem:4000;${mem(32)}`,
    );
    const visit = { act: 'visit' as const, demand: spare, home: { ...HOME, agent: N2 } };
    const left = [offerOf('n2', parseResources(`${cpus(0.2)};${mem(32)}`))];
    const { groups } = placed(instances(1, visit), views, {}, left);
    expect(groups[0]!.placements[0]).toMatchObject({
      before: [],
      resources: parseResources(`${cpus(0.2)};${mem(32)}`),
    });
  });

  it('is made again at the place that was chosen, as long as nothing was kept in it', () => {
    const text = `${cpus(1)};cpus:1;mem:4096;disk:1000`;
    expect(atHome(text)).toBeUndefined();
    expect(atHome(text, { isNew: true })!.before.map(({ op }) => op)).toEqual(['reserve', 'create']);
  });

  it.each([
    ['all of it', `${cpus(1)};${mem(64)};${VOLUME};cpus:2`, 'cpus:3;disk:500;mem:64'],
    ['but not what was the role’s before', `disk(${ROLE})[vol:db-0,by:stateful]:500`, `disk(${ROLE}):500`],
  ])('is given up with the volume: %s', (_, text, left) => {
    const release = { act: 'release' as const, demand: [], home: { ...HOME, agent: N2 } };
    const { groups } = placed(instances(1, release), views, {}, [offerOf('n2', parseResources(text))]);
    const { before, resources } = groups[0]!.placements[0]!;
    expect(resources).toEqual([]);
    const made = before.map(operationOf).reduce(applyOperation, parseResources(text));
    expect(formatResources(made)).toBe(left);
  });
});
