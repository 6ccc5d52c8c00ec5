/**
 * Says at each change who leads etcd itself: `TERM ENDPOINT`, on a line. A program of its own, because it has to run on
 * a machine whose cable is always in: `etcd-witness.ts ENDPOINT…`.
 */
import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE = 200;

/** By etcd's JSON gateway. Undefined: it does not lead. */
async function termOf(endpoint: string): Promise<number | undefined> {
  const answer = await fetch(`http://${endpoint}/v3/maintenance/status`, {
    method: 'POST',
    body: '{}',
    signal: AbortSignal.timeout(1_000),
  });
  const { header, leader, raftTerm } = (await answer.json()) as {
    readonly header: { readonly member_id: string };
    readonly leader: string;
    readonly raftTerm: string;
  };
  return leader === header.member_id ? Number(raftTerm) : undefined;
}

let known = 0;
/** Each member by itself: those that do not answer hold nobody up. */
async function watch(endpoint: string): Promise<never> {
  for (;;) {
    const term = (await termOf(endpoint).catch(() => undefined)) ?? 0;
    // One that was cut off may still believe in an older term.
    if (term > known) console.log(`${term} ${endpoint}`);
    known = Math.max(known, term);
    await sleep(PAUSE);
  }
}
await Promise.all(process.argv.slice(2).map(watch));
