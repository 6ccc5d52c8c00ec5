/** The plugin kit, `tender/framework`: all that a plugin may use, and all that the shipped ones do use. */

export { z } from 'zod';
export type { Job, Offer } from '../core/cluster.ts';
export { TenderError } from '../core/errors.ts';
export { parseOrExplain } from '../core/explain-issue.ts';
export * from '../core/job-spec.ts';
export * from '../core/resources.ts';
export { formatResources, parseResources } from '../core/resources-text.ts';
export type * from '../core/task.ts';
export * from '../core/task-state.ts';
export type { AgentView, Json } from '../wire/messages.ts';
export * from './define.ts';
export * from './place.ts';
