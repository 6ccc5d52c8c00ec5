/** Amounts of resources by what they are: the unreserved by their name alone, and each reservation and volume by itself. */
import { type Quantities, quantitiesOf } from '../../src/core/quantities.ts';
import { sum } from '../../src/core/quota-rules.ts';
import { type Resource, type Resources, UNRESERVED } from '../../src/core/resources.ts';
import { formatResources } from '../../src/core/resources-text.ts';

function nameOf(entry: Resource): string {
  if (entry.role === UNRESERVED) return entry.name;
  const text = formatResources([entry]);
  return text.slice(0, text.lastIndexOf(':'));
}

export const tally = (resources: Resources): Quantities =>
  resources
    .map((entry): Quantities => ({ [nameOf(entry)]: Object.values(quantitiesOf([entry]))[0] ?? 0 }))
    .reduce(sum, {});

export const tallyText = (amounts: Quantities): string =>
  Object.entries(amounts)
    .filter(([, amount]) => amount !== 0)
    .map(([name, amount]) => `${name}:${amount}`)
    .sort()
    .join(' ') || 'nothing';
