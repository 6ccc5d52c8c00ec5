/** What somebody submitted, checked by the schema of its kind and with its defaults. */
import { parseOrExplain } from '../../core/explain-issue.ts';
import type { JobBase } from '../../core/job-spec.ts';
import type { Json } from '../../core/json.ts';
import { kindUnknown } from '../../core/nearest.ts';
import type { JobKind } from './kind.ts';

export type Kinds = Readonly<Record<string, JobKind>>;

/** @throws TenderError `framework.kind_unknown` */
export function kindOf(kinds: Kinds, kind: string): JobKind {
  const found = kinds[kind];
  if (found) return found;
  throw kindUnknown(kind, Object.keys(kinds));
}

/** What names no kind is of the first one. @throws TenderError `job.invalid`, `framework.kind_unknown` */
export function parseJob(kinds: Kinds, input: Json): JobBase {
  const [first = ''] = Object.keys(kinds);
  const { kind = first } = (input ?? {}) as { readonly kind?: Json };
  return parseOrExplain(kindOf(kinds, String(kind)).schema, input);
}
