/** Mesos' own tests of its allocator, with their numbers (and a few of ours), told as data: test/cases. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { replayCases } from '../../../src/core/allocator/replay.ts';
import { ALLOCATORS } from './allocators.ts';

const casesOf = (file: string): { readonly name: string; readonly source: string }[] =>
  JSON.parse(readFileSync(new URL(`../../cases/${file}`, import.meta.url), 'utf8'));
const CASES = ['allocator.json', 'allocator-more.json'].flatMap(casesOf);

describe.each(ALLOCATORS)('%s', (_, make) => {
  it.each(CASES)('$name ($source)', (one) => {
    expect(replayCases([one], make)).toEqual({ problems: [], said: [], total: 1, passed: 1 });
  });
});
