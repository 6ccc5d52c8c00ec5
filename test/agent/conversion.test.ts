/** What operations make of a machine's resources, and what a new agent makes of what is remembered. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { converted, heldOf, shortageOf, totalOf } from '../../src/agent/conversion.ts';
import { type Conversion, type Operation, operationConversion } from '../../src/core/operations.ts';
import { quantitiesOf } from '../../src/core/quantities.ts';
import {
  add,
  canonical,
  contains,
  equals,
  layersOf,
  NOTHING,
  type Resource,
  type Resources,
  reserved,
  subtract,
  withLayers,
} from '../../src/core/resources.ts';
import { formatResources, parseResources } from '../../src/core/resources-text.ts';

const MACHINE =
  'cpus:4;disk:100;cpus(web):2;disk(web):50;ports:[80-90];disk[path:/data]:30;disk[mount:/fast]:20';

/** Some operation that can be done on this total, chosen by these numbers: none where nothing fits. */
function someOperation(
  total: Resources,
  kind: Operation['kind'],
  pick: number,
  amount: number,
): Operation | undefined {
  const part = (entry: Resource): Resource => {
    const whole = entry.disk?.volume !== undefined || entry.disk?.source?.kind === 'mount';
    if (!('scalar' in entry)) return entry;
    return whole ? entry : { ...entry, scalar: 1 + (amount % entry.scalar) };
  };
  const fit = total.filter((entry) => {
    const isVolume = entry.disk?.volume !== undefined;
    if (kind === 'destroy') return isVolume;
    if (isVolume) return false;
    if (kind === 'create') return entry.name === 'disk' && entry.role !== '*';
    return kind === 'reserve' ? layersOf(entry).length < 2 : layersOf(entry).at(-1)?.kind === 'dynamic';
  });
  const entry = fit[pick % Math.max(1, fit.length)];
  if (!entry) return undefined;
  const role = entry.role === '*' ? 'web' : `${entry.role}/a`;
  switch (kind) {
    case 'reserve':
      return { kind, resources: reserved([part(entry)], { role, kind: 'dynamic', principal: 'alice' }) };
    case 'unreserve':
      return { kind, resources: [part(entry)] };
    case 'create':
      return {
        kind,
        volumes: [{ ...part(entry), disk: { ...entry.disk, volume: { id: `v${pick}-${amount}` } } }],
      };
    case 'destroy':
      return { kind, volumes: [entry] };
  }
}

/** A machine's life: what was held after each conversion, and the total as it was carried along. */
const lives = fc
  .array(
    fc.tuple(fc.constantFrom('reserve', 'unreserve', 'create', 'destroy'), fc.nat(1000), fc.nat(100_000)),
    { maxLength: 12 },
  )
  .map((steps) => {
    const measured = parseResources(MACHINE);
    let [held, total]: [Resources, Resources] = [NOTHING, measured];
    const conversions: Conversion[] = [];
    for (const [kind, pick, amount] of steps) {
      const operation = someOperation(total, kind as Operation['kind'], pick, amount);
      if (!operation) continue;
      const conversion = operationConversion(operation);
      held = converted(measured, held, conversion);
      total = add(subtract(total, conversion.from), conversion.to);
      conversions.push(conversion);
    }
    return { measured, held, total, conversions };
  });

describe('whatever was reserved and made into volumes', () => {
  it('a new agent comes to the same total, by the machine and what is held alone', () => {
    fc.assert(
      fc.property(lives, ({ measured, held, total }) => {
        expect(formatResources(totalOf(measured, held))).toBe(formatResources(total));
      }),
    );
  });

  it('there is as much of everything as before', () => {
    fc.assert(
      fc.property(lives, ({ measured, total }) => {
        expect(quantitiesOf(total)).toEqual(quantitiesOf(measured));
      }),
    );
  });

  it('all of it made undone, last things first, leaves nothing held', () => {
    fc.assert(
      fc.property(lives, ({ measured, held, conversions }) => {
        let left = held;
        for (const { from, to } of conversions.toReversed())
          left = converted(measured, left, { from: to, to: from });
        expect(left).toEqual(NOTHING);
      }),
    );
  });

  it('a machine that has shrunk keeps what is held, and has otherwise only what is left of its own', () => {
    const small = fc.record({ cpus: fc.nat(4000), disk: fc.nat(100_000), web: fc.nat(2000) });
    fc.assert(
      fc.property(lives, small, ({ held }, { cpus, disk, web }) => {
        const measured = canonical([
          { name: 'cpus', role: '*', scalar: cpus },
          { name: 'cpus', role: 'web', scalar: web },
          { name: 'disk', role: '*', scalar: disk },
        ]);
        const total = totalOf(measured, held);
        expect(heldOf(total)).toEqual(held);
        expect(contains(measured, subtract(total, held))).toBe(true);
        const [has, lacks] = [quantitiesOf(measured), quantitiesOf(shortageOf(measured, held))];
        for (const [name, amount] of Object.entries(quantitiesOf(total)))
          expect(amount).toBe((has[name] ?? 0) + (lacks[name] ?? 0));
      }),
    );
  });
});

const dynamic = (text: string, role = 'web'): Resources =>
  reserved(parseResources(text), { role, kind: 'dynamic', principal: 'alice' });

describe('a conversion', () => {
  const measured = parseResources(MACHINE);

  it.each([
    ['cpus:1', 'of what is unreserved', 'cpus:3;cpus(web):2'],
    ['cpus(web):1', 'of a static reservation, which it refines', 'cpus:4;cpus(web):1'],
  ])('reserves %s %s', (text, _, rest) => {
    const [from, to] = [parseResources(text), dynamic(text, text.includes('web') ? 'web/a' : 'web')];
    const total = totalOf(measured, converted(measured, NOTHING, { from, to }));
    const cpus = subtract(total, to).filter(({ name }) => name === 'cpus');
    expect(formatResources(cpus)).toBe(rest);
    expect(contains(total, to)).toBe(true);
  });

  it.each([
    ['more than there is', 'cpus:5', dynamic('cpus:5'), 'there is no cpus:5'],
    [
      'a part of what is only whole',
      'disk[mount:/fast]:5',
      dynamic('disk[mount:/fast]:5'),
      'there is no disk[mount',
    ],
    ['what is reserved for others', 'cpus(db):1', dynamic('cpus:1'), 'there is no cpus(db):1'],
    ['something into more', 'cpus:1', dynamic('cpus:2'), 'not of the same origin'],
    ['something into something else', 'disk:1', dynamic('disk[path:/data]:1'), 'not of the same origin'],
    ['something into nothing', 'disk:1', NOTHING, 'not of the same origin'],
  ])('of %s is refused', (_, from, to, cause) => {
    expect(() => converted(measured, NOTHING, { from: parseResources(from), to })).toThrow(
      expect.objectContaining({ code: 'resources.conversion', message: expect.stringContaining(cause) }),
    );
  });

  it('that was done is refused the second time, once nothing is left for it', () => {
    const conversion = { from: parseResources('disk:100'), to: dynamic('disk:100') };
    const held = converted(measured, NOTHING, conversion);
    expect(() => converted(measured, held, conversion)).toThrow('there is no disk:100');
    expect(equals(held, conversion.to)).toBe(true);
  });
});

describe('less than is held', () => {
  it('is known by what the machine lacks', () => {
    const held = add(dynamic('cpus:3'), [
      withLayers(parseResources('mem:100')[0]!, [{ role: 'web', kind: 'dynamic' }]),
    ]);
    const measured = parseResources('cpus:2;disk:10');
    expect(formatResources(shortageOf(measured, held))).toBe('cpus:1;mem:100');
    expect(totalOf(measured, held)).toEqual(add(parseResources('disk:10'), held));
  });
});
