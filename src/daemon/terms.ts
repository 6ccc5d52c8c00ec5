/** What a framework says of its roles, before it counts: they are its own, and patterns can be read. */
import type { AttributeConstraint, RoleTerms } from '../core/allocator.ts';
import { TenderError } from '../core/errors.ts';
import { checkPattern } from './patterns.ts';

/** @throws TenderError `framework.role`, `constraint.pattern` */
export async function checkTerms(
  roles: readonly string[],
  terms: Readonly<Record<string, RoleTerms>>,
): Promise<void> {
  for (const [role, { constraints = [] }] of Object.entries(terms)) {
    if (!roles.includes(role)) throw new TenderError('framework.role', { role, known: roles.join(', ') });
    for (const pattern of constraints.flat().flatMap(patternOf)) await checkPattern(pattern);
  }
}

const patternOf = (constraint: AttributeConstraint): string[] =>
  constraint.is === 'matches' || constraint.is === 'not_matches' ? [constraint.value] : [];
