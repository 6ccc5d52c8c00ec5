/** The two allocators that have to keep every law: the definition, and the one that runs in the master. */

import { HierarchicalAllocator } from '../../../src/core/allocator/hierarchical-allocator.ts';
import type { Allocator } from '../../../src/core/allocator.ts';
import { PlainAllocator, type PlainOptions } from './plain-allocator.ts';

export const matches = (pattern: string, text: string): boolean => new RegExp(`^(?:${pattern})$`).test(text);

export type MakeAllocator = (options?: PlainOptions) => Allocator;

export const ALLOCATORS: readonly (readonly [name: string, make: MakeAllocator])[] = [
  ['PlainAllocator', (options) => new PlainAllocator({ matches, ...options })],
  ['HierarchicalAllocator', (options) => new HierarchicalAllocator({ matches, ...options })],
];
