/** What a cluster costs while nothing happens: processor, memory, writes and wake-ups, with two tasks running. */
import { setTimeout as sleep } from 'node:timers/promises';
import { submit } from '../src/client/commands.ts';
import type { Copy } from './copy.ts';
import { Dev, running, seen } from './dev.ts';
import { amount, note, title } from './figures.ts';
import { type Counters, countersOf, type Member, membersOf, memoryOf, togetherOf } from './proc-files.ts';

/** The last of the start: heartbeats begin, garbage of loading is collected (s). */
const SETTLE = 10;
/** `getconf CLK_TCK`, on every Linux that Node runs on. */
const TICKS = 100;

/** MiB of RSS. */
const MEMORY: Readonly<Record<string, number>> = { master: 120, agent: 100 };

export async function measureIdle(copy: Copy, seconds: number): Promise<void> {
  if (process.platform !== 'linux') return title('d) idle: not measured, this is not Linux');
  title(`d) idle for ${seconds} s, two plain programs running`);
  const dev = new Dev(copy);
  try {
    const client = await dev.client();
    await submit(client, { name: 'idle', count: 2, command: ['/bin/sleep', '1000'] });
    await seen(client, 'two tasks run', () => running(client, 'idle') === 2);
    // Our own connection would be told of each change.
    await dev.disconnect();
    await sleep(SETTLE * 1000);
    const members = membersOf(dev.pid);
    const before = members.map(({ pid }) => countersOf(pid));
    await sleep(seconds * 1000);
    const after = members.map(({ pid }) => countersOf(pid));
    for (const [index, member] of members.entries()) print(member, before[index]!, after[index]!, seconds);
    printMemory(members);
  } finally {
    await dev.stop();
  }
}

function print({ name, pid }: Member, before: Counters, after: Counters, seconds: number): void {
  const measured = name === 'master' || name === 'agent';
  const share = ((after.cpu - before.cpu) / TICKS / seconds) * 100;
  amount(`${name}: of one core`, share, '%', measured ? 1 : undefined, 2);
  amount(`${name}: written to disk`, (after.written - before.written) / 1024, 'KiB', 1, 0);
  amount(`${name}: context switches`, (after.switches - before.switches) / seconds, '/s', undefined, 0);
  const { rss, pss } = memoryOf(pid);
  amount(`${name}: memory, RSS (PSS ${pss.toFixed(0)} MiB)`, rss, 'MiB', MEMORY[name], 0);
}

function printMemory(members: readonly Member[]): void {
  const sums = (among: readonly Member[]): { rss: number; pss: number } => {
    const all = among.map(({ pid }) => memoryOf(pid));
    return {
      rss: all.reduce((sum, { rss }) => sum + rss, 0),
      pss: all.reduce((sum, { pss }) => sum + pss, 0),
    };
  };
  const masters = sums(members.filter(({ name }) => name === 'master' || name === 'framework-host'));
  amount(
    `master with frameworks: sum of RSS (PSS ${masters.pss.toFixed(0)} MiB)`,
    masters.rss,
    'MiB',
    200,
    0,
  );
  const all = sums(members);
  amount('whole tender dev: sum of RSS', all.rss, 'MiB', 250, 0);
  amount('whole tender dev: sum of PSS', all.pss, 'MiB', 250, 0);
  const together = togetherOf(members.map(({ pid }) => pid));
  amount('whole tender dev: its own pages, and shared ones once', together, 'MiB', 250, 0);
  note(
    'RSS counts the pages of the node binary once for each process; PSS shares them with any other node that runs',
  );
}
