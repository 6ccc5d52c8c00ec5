/** What differs between two values, path by path, as people read it. */
import type { Json } from '../../core/json.ts';

export interface Difference {
  /** `env.A`, `constraints[0]` */
  readonly path: string;
  /** Absent: there was none. */
  readonly from?: Json | undefined;
  /** Absent: there is none any more. */
  readonly to?: Json | undefined;
}

export function difference(from: Json | undefined, to: Json | undefined, path = ''): Difference[] {
  if (isRecord(from) && isRecord(to)) {
    const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])];
    return keys.flatMap((key) => difference(from[key], to[key], path === '' ? key : `${path}.${key}`));
  }
  if (Array.isArray(from) && Array.isArray(to)) {
    const [a, b] = [from as readonly Json[], to as readonly Json[]];
    const most = Math.max(a.length, b.length);
    return Array.from({ length: most }, (_, i) => difference(a[i], b[i], `${path}[${i}]`)).flat();
  }
  return JSON.stringify(from) === JSON.stringify(to) ? [] : [{ path, from, to }];
}

const isRecord = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
