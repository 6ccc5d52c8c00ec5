/** The kind of job: what a batch job remembers, what it does next, and how it looks. */
import type { JobKind } from 'tender/framework';
import { changed } from './changed.ts';
import { ended } from './ended.ts';
import { type BatchMemory, NOTHING_REMEMBERED, openRuns } from './memory.ts';
import { reconcile } from './reconcile.ts';
import { type BatchSpec, batchSchema } from './spec.ts';
import { columns, summary } from './summary.ts';
import { verbs } from './verbs.ts';
import { whyBatch } from './why.ts';

export const batch: JobKind<BatchSpec, BatchMemory> = {
  schema: batchSchema,
  memory: NOTHING_REMEMBERED,
  /** Of a job with many runs, only those that something happens to are written. */
  apart: 'runs',
  reconcile,
  ended,
  endsByItself: () => true,
  changed,
  follows: ({ after = [] }) => after,
  /** Runs go on as they were begun. */
  keeps: (memory) => openRuns(memory).map(({ version }) => version),
  summary,
  why: whyBatch,
  verbs,
  columns,
};
