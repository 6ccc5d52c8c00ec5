/**
 * What of an agent that is being drained is still offered. It gets no new work; but what keeps data there may have
 * something to do before it is stopped: to be flushed, to hand over. So a role with a persistent volume there is offered
 * what is reserved for it, and nobody anything else.
 */
import { type Resources, UNRESERVED, usableBy } from '../core/resources.ts';

export function forLeaving(total: Resources): Resources {
  const roles = new Set(total.flatMap(({ disk, role }) => (disk?.volume ? [role] : [])));
  const reserved = total.filter(({ role }) => role !== UNRESERVED);
  return reserved.filter((entry) => [...roles].some((role) => usableBy([entry], role).length > 0));
}
