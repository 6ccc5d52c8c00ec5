/** One part of the benchmark, as runs that have a process each: neither memory nor compiled code is inherited. */
export interface Part {
  /** The arguments of each run. @param full all points of Mesos' grid */
  runs(full: boolean): readonly (readonly string[])[];
  /** In the process of its own. Prints. */
  measure(run: readonly string[]): void;
}

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
