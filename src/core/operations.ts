/**
 * Operations: what turns resources of an agent into others, without anything being lost or made. A reservation gets one
 * layer more or less; a disk becomes a persistent volume or is one no more:
 *
 *   unreserved ─ reserve → reserved ─ create → volume        (reserve again: refined, for a role below)
 *              ← unreserve ─        ← destroy ─
 *
 * An operation names the side with more to say: what shall be reserved or a volume, or what is. The other side follows
 * from it. Whether the resources are in use is the caller's to know; so is whether the caller's caller may do this.
 */
import { TenderError } from './errors.ts';
import { brokenRule } from './resource-rules.ts';
import {
  add,
  canonical,
  contains,
  layersOf,
  type Resource,
  type Resources,
  sameResource,
  subtract,
  withLayers,
} from './resources.ts';
import { formatResources } from './resources-text.ts';

export type Operation =
  /** Pushes a dynamic layer: `resources` are as they shall be, that layer the innermost of each. */
  | { readonly kind: 'reserve'; readonly resources: Resources }
  /** Pops the innermost layer: `resources` are as they are now. */
  | { readonly kind: 'unreserve'; readonly resources: Resources }
  /** Makes persistent volumes of reserved disk: `volumes` are as they shall be. */
  | { readonly kind: 'create'; readonly volumes: Resources }
  /** Makes reserved disk of persistent volumes, shared or not. What is in them is lost. */
  | { readonly kind: 'destroy'; readonly volumes: Resources };

/** Amounts of `from` become the same amounts of `to`. */
export interface Conversion {
  readonly from: Resources;
  readonly to: Resources;
}

/**
 * What the operation makes of these resources. Of an offer, apply it to the agent's total as well: a volume of the same
 * id may stand outside the offer.
 * @throws TenderError `operation.invalid`
 */
export function applyOperation(resources: Resources, operation: Operation): Resources {
  validateOperation(operation);
  if (operation.kind === 'create') refuseTakenIds(resources, operation);
  let rest = resources;
  const made: Resource[] = [];
  // One by one: two reservations of the same port, or two volumes of the same whole disk, are each possible alone.
  for (const { from, to } of conversions(operation)) {
    if (!contains(rest, [from])) {
      const there = formatResources(rest.filter((entry) => sameResource(entry, from))) || 'none';
      invalid(operation, `it takes ${formatResources([from])}, and there is ${there}`);
    }
    rest = subtract(rest, [from]);
    made.push(to);
  }
  return add(rest, canonical(made));
}

/** What goes and what comes, where the operation is applied: `resources − from + to`. */
export function operationConversion(operation: Operation): Conversion {
  const parts = conversions(operation);
  return { from: canonical(parts.map(({ from }) => from)), to: canonical(parts.map(({ to }) => to)) };
}

/**
 * Whether the operation makes sense by itself, whatever it is applied to.
 * @throws TenderError `operation.invalid`
 */
export function validateOperation(operation: Operation): void {
  const entries = named(operation);
  if (canonical(entries).length === 0) invalid(operation, 'it names nothing');
  for (const entry of entries) {
    const expected = brokenRule(entry) ?? brokenRuleOf(operation, entry);
    if (expected) invalid(operation, `${formatResources([entry])}: expected ${expected}`);
  }
  if (operation.kind === 'create') refuseTakenIds([], operation);
}

function brokenRuleOf({ kind }: Operation, entry: Resource): string | undefined {
  const isVolume = entry.disk?.volume !== undefined;
  if (kind === 'create' || kind === 'destroy') return isVolume ? undefined : 'a volume';
  if (isVolume) return 'no volume on it: destroy that first';
  return layersOf(entry).at(-1)?.kind === 'dynamic' ? undefined : 'a dynamic layer as the innermost';
}

/** The id of a volume is unique in its role. */
function refuseTakenIds(resources: Resources, operation: Extract<Operation, { kind: 'create' }>): void {
  const taken = new Set(resources.map(volumeName));
  for (const volume of operation.volumes) {
    const name = volumeName(volume);
    if (taken.has(name)) invalid(operation, `there is a volume ${name} already`);
    taken.add(name);
  }
}

const volumeName = ({ role, disk }: Resource): string | undefined =>
  disk?.volume && `${role}/${disk.volume.id}`;

const named = (operation: Operation): Resources =>
  'volumes' in operation ? operation.volumes : operation.resources;

/** Entry by entry. */
function conversions(operation: Operation): { readonly from: Resource; readonly to: Resource }[] {
  const before = 'volumes' in operation ? withoutVolume : withoutLayer;
  const isForward = operation.kind === 'reserve' || operation.kind === 'create';
  return canonical(named(operation)).map((entry) =>
    isForward ? { from: before(entry), to: entry } : { from: entry, to: before(entry) },
  );
}

/** What it reserves, and the volumes it makes, say whose they are. */
export function inNameOf(operation: Operation, principal: string): Operation {
  const { kind } = operation;
  if (kind === 'reserve')
    return { kind, resources: operation.resources.map((entry) => reservedBy(entry, principal)) };
  if (kind === 'create') return { kind, volumes: operation.volumes.map((entry) => madeBy(entry, principal)) };
  return operation;
}

function reservedBy(entry: Resource, principal: string): Resource {
  const layers = layersOf(entry);
  const innermost = layers.at(-1);
  return innermost ? withLayers(entry, layers.with(-1, { ...innermost, principal })) : entry;
}

function madeBy(entry: Resource, principal: string): Resource {
  const { disk } = entry;
  return disk?.volume ? { ...entry, disk: { ...disk, volume: { ...disk.volume, principal } } } : entry;
}

const withoutLayer = (entry: Resource): Resource => withLayers(entry, layersOf(entry).slice(0, -1));

function withoutVolume(entry: Resource): Resource {
  const { disk, shared: _, ...bare } = entry;
  return disk?.source ? { ...bare, disk: { source: disk.source } } : bare;
}

function invalid({ kind }: Operation, cause: string): never {
  throw new TenderError('operation.invalid', { operation: kind, cause });
}
