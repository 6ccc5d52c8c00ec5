/**
 * Jobs as they were kept before there were versions to go back to: as the spec with the defaults of that day, its times in
 * ms. Turned into what somebody could have submitted.
 */
import type { Json } from '../../core/json.ts';

export interface FormerJob {
  readonly spec: { readonly [key: string]: Json };
  readonly version: number;
  readonly stopping: boolean;
}

const TIMES: ReadonlySet<string> = new Set(['killGrace', 'interval', 'timeout', 'grace']);

const inMs = (value: Json | undefined): Json => (typeof value === 'number' ? `${value}ms` : (value ?? null));

export function inputOf({ spec: { backoff, ...spec } }: FormerJob): Json {
  const input = withTimes(spec);
  if (backoff === undefined) return input;
  const { first, most } = backoff as { readonly [key: string]: Json };
  return { ...input, retry: { delay: inMs(first), maxDelay: inMs(most) } };
}

const withTimes = (fields: { readonly [key: string]: Json }): { readonly [key: string]: Json } =>
  Object.fromEntries(
    Object.entries(fields).map(([key, value]): [string, Json] => {
      if (key === 'health') return [key, withTimes(value as { readonly [key: string]: Json })];
      return [key, TIMES.has(key) ? inMs(value) : value];
    }),
  );
