/** The plugin kit, `tender/framework`: all that a plugin may use, and all that the shipped ones do use. */

export { z } from 'zod';
export type { AttributeConstraint, Demand, OfferConstraints, RoleTerms } from '../core/allocator.ts';
export type { Job, Offer } from '../core/cluster.ts';
export { TenderError } from '../core/errors.ts';
export { parseOrExplain } from '../core/explain-issue.ts';
export * from '../core/explanation.ts';
export { gateText, type Obstacle } from '../core/gate-text.ts';
export * from '../core/job-spec.ts';
export type { Blocked } from '../core/obstacles.ts';
export * from '../core/operations.ts';
export { type Quantities, quantitiesOf } from '../core/quantities.ts';
export * from '../core/resources.ts';
export { formatResources, parseResources } from '../core/resources-text.ts';
export type * from '../core/task.ts';
export * from '../core/task-state.ts';
export type { AgentExplanation, AgentView, Json, OfferExplanation, OfferView } from '../wire/messages.ts';
export { MAX_ROLES } from '../wire/protocol.ts';
export * from './define.ts';
export { blockedFor } from './fit.ts';
export * from './operations.ts';
export * from './place.ts';
export * from './wishes.ts';
