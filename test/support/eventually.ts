/** Like `until`, for conditions that have to ask somebody, and with what they found as the result. */
export async function eventually<T>(
  look: () => Promise<T | undefined | false> | T | undefined | false,
  { timeout = 10_000, what = String(look) }: { timeout?: number; what?: string } = {},
): Promise<T> {
  const end = performance.now() + timeout;
  let problem = '';
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      problem = '';
    } catch (error) {
      problem = ` (${error instanceof Error ? error.message : String(error)})`;
    }
    if (performance.now() > end) throw new Error(`not within ${timeout} ms: ${what}${problem}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** The page at a port of this machine (or another host); throws while there is none. */
export async function page(port: number, host = '127.0.0.1'): Promise<string> {
  const answer = await fetch(`http://${host}:${port}/`, {
    headers: { connection: 'close' },
    signal: AbortSignal.timeout(1_000),
  });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return (await answer.text()).trim();
}
