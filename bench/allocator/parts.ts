/** The parts of the allocator's benchmark by name; only what runs is loaded. */
import type { Part } from './part.ts';

const PARTS: Readonly<Record<string, () => Promise<{ readonly part: Part }>>> = {
  decline: () => import('./decline.ts'),
  quota: () => import('./quota.ts'),
  sorter: () => import('./sorter.ts'),
  'multi-framework': () => import('./multi-framework.ts'),
  'one-agent': () => import('./one-agent.ts'),
  memory: () => import('./memory.ts'),
  growth: () => import('./growth.ts'),
};

export const PART_NAMES = Object.keys(PARTS);

export async function partOf(name: string): Promise<Part | undefined> {
  return (await PARTS[name]?.())?.part;
}
