/** Waits for a condition instead of for a time: a test ends as soon as it can, and says what never came about. */
export async function until(
  condition: () => boolean,
  { timeout = 10_000, what = String(condition) }: { timeout?: number; what?: string } = {},
): Promise<void> {
  const end = performance.now() + timeout;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not within ${timeout} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
