/**
 * What operations have made of a machine's resources: reservations, and persistent volumes on them. Only what they
 * made is remembered (`held`), because each such entry says what it was made of: without its volume and its dynamic
 * layers it is an entry of the machine's own, its origin. The total follows from that and from what the machine has:
 *
 *   total = measured − origins of held + held
 *
 * So a machine that has less than before keeps what is held, and what is unreserved goes first, down to nothing.
 * An operation says what resources are for; how much there is of each name never changes by one.
 */
import { TenderError } from '../core/errors.ts';
import {
  add,
  canonical,
  contains,
  equals,
  layersOf,
  type Resource,
  type Resources,
  subtract,
  withLayers,
} from '../core/resources.ts';
import { formatResources } from '../core/resources-text.ts';

const isHeld = (entry: Resource): boolean =>
  entry.disk?.volume !== undefined || layersOf(entry).some(({ kind }) => kind === 'dynamic');

/** Those entries that operations have made. */
export const heldOf = (resources: Resources): Resources => resources.filter(isHeld);

function originOf(entry: Resource): Resource {
  const { disk, shared: _, ...bare } = entry;
  const own = disk?.source ? { ...bare, disk: { source: disk.source } } : bare;
  return withLayers(
    own,
    layersOf(entry).filter(({ kind }) => kind === 'static'),
  );
}

/** What these were before any operation. */
export const originsOf = (resources: Resources): Resources => canonical(resources.map(originOf));

/** @param measured what the machine has by its configuration, without any operation */
export const totalOf = (measured: Resources, held: Resources): Resources =>
  add(subtract(measured, originsOf(held)), held);

/** What is held and not there any more, in terms of the machine's own resources. */
export const shortageOf = (measured: Resources, held: Resources): Resources =>
  subtract(originsOf(held), measured);

/** Those entries of `wanted` that are not there, or not as much of them. */
export const missingFrom = (there: Resources, wanted: Resources): Resources =>
  wanted.filter((entry) => !contains(there, [entry]));

/**
 * What is held when `from`, a part of the total, has become `to`.
 * @throws TenderError `resources.conversion`
 */
export function converted(
  measured: Resources,
  held: Resources,
  { from, to }: { readonly from: Resources; readonly to: Resources },
): Resources {
  const refuse = (cause: string): TenderError =>
    new TenderError('resources.conversion', {
      from: formatResources(from),
      to: formatResources(to),
      cause,
    });
  const missing = missingFrom(totalOf(measured, held), from);
  if (missing.length > 0) throw refuse(`there is no ${formatResources(missing)}`);
  if (!equals(originsOf(from), originsOf(to))) throw refuse('they are not of the same origin');
  return add(subtract(held, heldOf(from)), heldOf(to));
}
