/** Scalars by name, summed over all reservations, for quick looks; thousandths. */
import { quantitiesOf } from '../core/quantities.ts';
import type { Resources } from '../core/resources.ts';
import type { AgentView } from '../wire/messages/framework.ts';

export type Amounts = ReadonlyMap<string, number>;

export const amountsOf = (resources: Resources): Amounts => new Map(Object.entries(quantitiesOf(resources)));

const totals = new WeakMap<AgentView, Amounts>();

/** All that the agent has. */
export function totalOf(view: AgentView | undefined): Amounts {
  if (!view) return new Map();
  const total = totals.get(view) ?? amountsOf(view.total);
  totals.set(view, total);
  return total;
}
