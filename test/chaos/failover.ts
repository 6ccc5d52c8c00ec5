/**
 * How long a killed leader is missed, and what of that is its death alone: the time counts from when a standby and a
 * majority of etcd were free to act. Where another fault had struck those, that is said, and the whole time with it.
 */
import type { ChaosCluster } from './chaos-cluster.ts';

export interface Failover {
  /** From the kill until the next leader's doors are open (ms); until somebody's command is answered. */
  readonly serving: number;
  readonly answered: number;
  /** What of `serving` counts, and how much it may be. */
  readonly counted: number;
  readonly limit: number;
  /** What else was out of order meanwhile. */
  readonly besides: readonly string[];
}

/** A lease of 5 s, and a second to notice its end, to load and to open. */
const LIMIT = 6_000;
/** Whoever is elected in etcd begins all leases anew, and adds etcd's own election timeout to each. */
const PROLONGED = 1_000;
/** A lease that etcd's new leader has begun anew is not prolonged any more once its holder has asked again. */
const RENEWED = 2_000;
const PATIENCE = 60_000;
const LOOK = 50;

/** Begins with the kill. Undefined: nobody came after it. @param epoch of the leader that was killed */
export async function failover(chaos: ChaosCluster, epoch: number): Promise<Failover | undefined> {
  const killed = performance.now();
  const until = async (isDone: () => Promise<boolean> | boolean): Promise<number | undefined> => {
    while (performance.now() < killed + PATIENCE) {
      if (await isDone()) return performance.now() - killed;
      await new Promise((resolve) => setTimeout(resolve, LOOK));
    }
    return undefined;
  };

  const besides = new Set<string>();
  /** When the last of them was over, after the kill. */
  let free = 0;
  let { term } = chaos.etcdLeader;
  let next = epoch;
  if (killed - chaos.etcdLeader.since < RENEWED) besides.add('etcd had just elected a leader of its own');
  const look = (): boolean => {
    next = chaos.epoch;
    if (chaos.etcdLeader.term !== term) {
      ({ term } = chaos.etcdLeader);
      besides.add('etcd elected a leader of its own');
      free = performance.now() - killed;
    }
    if (next === epoch && chaos.standbys.length === 0) {
      besides.add('no standby was free');
      free = performance.now() - killed;
    }
    return next > epoch;
  };
  const [serving, answered] = await Promise.all([until(look), until(() => chaos.serves())]);
  if (serving === undefined || answered === undefined) return undefined;
  if (chaos.epoch > next) besides.add('the next one was struck before it had answered');
  const isProlonged = [...besides].some((one) => one.startsWith('etcd'));
  const limit = isProlonged ? LIMIT + PROLONGED : LIMIT;
  return { serving, answered, counted: serving - free, limit, besides: [...besides] };
}

const seconds = (ms: number): string => (ms / 1000).toFixed(1);

export const isSlow = ({ counted, limit }: Failover): boolean => counted > limit;

export function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** Those that were nothing but a death on one line, each of the others and each that was slow on one of its own. */
export function report(failovers: readonly Failover[]): string[] {
  const plain = failovers.filter((one) => one.besides.length === 0);
  const list = (what: (one: Failover) => number): string =>
    plain.map((one) => seconds(what(one))).join(' ') || 'none';
  return [
    `killed leaders: ${failovers.length}; with nothing else wrong the next one served after ${list((one) => one.serving)} s, ` +
      `and a command was answered after ${list((one) => one.answered)} s`,
    ...failovers
      .filter((one) => one.besides.length > 0 || isSlow(one))
      .map(
        (one) =>
          `  ${seconds(one.serving)} s${isSlow(one) ? ' SLOW' : ''}, of which ${seconds(one.counted)} s count ` +
          `(at most ${seconds(one.limit)} s): ${one.besides.join('; ') || 'nothing else was wrong'}; ` +
          `a command was answered after ${seconds(one.answered)} s`,
      ),
  ];
}
