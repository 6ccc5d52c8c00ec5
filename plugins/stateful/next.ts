/** Which instance is changed next, and how: one after the other, in the order of the runbook. */
import type { Placing, Plan } from 'tender/framework';
import { closedToCommands } from './closed.ts';
import { canHost, commandPlacing } from './commands.ts';
import { leavingIn } from './draining.ts';
import { commandsIn, instanceAt, isLost, isServing, membersIn, outdatedIn } from './members.ts';
import { noteOf, type StatefulMemory, type StatefulView } from './memory.ts';
import { begin } from './procedure.ts';

type Next = Pick<Plan<StatefulMemory>, 'memory' | 'place'>;

/** The same memory and nothing to place: all is as it should be, or nobody may change it. */
export function chooseNext(view: StatefulView, memory: StatefulMemory): Next {
  const { job } = view;
  const { count } = job.spec;
  const starts = (kind: Parameters<typeof begin>[2], index: number): Next => ({
    memory: begin(view, memory, kind, index),
    place: [],
  });
  const lost = lostIn(view, memory);
  if (lost !== undefined) return starts('replace', lost);
  const mayChange = memory.aborted !== job.version && view.unsettled.length === 0;
  const members = membersIn(memory);
  const over = members.filter((index) => index >= count).at(-1);
  if (over !== undefined && mayChange) return starts('scaleDown', over);
  const leaving = leavingIn(view, memory);
  if (leaving.length > 0) return inOrder(view, memory, leaving, (index) => starts('drain', index));
  if (!mayChange) return { memory, place: [] };
  const missing = Array.from({ length: count }, (_, index) => index).find(
    (index) => !members.includes(index),
  );
  if (missing !== undefined) return starts('scaleUp', missing);
  const outdated = outdatedIn(view, memory);
  if (outdated.length > 0) return inOrder(view, memory, outdated, (index) => starts('upgrade', index));
  const restart = memory.restart.filter((index) => members.includes(index));
  if (restart.length > 0) return inOrder(view, memory, restart, (index) => starts('restart', index));
  return { memory: settleVersions(view, memory, members), place: [] };
}

/** Its home is gone with its machine, a person wants another one, or it has been out of reach for long enough. */
function lostIn({ job, now }: StatefulView, memory: StatefulMemory): number | undefined {
  const { replaceAfter } = job.spec;
  return membersIn(memory).find((index) => {
    const home = memory.homes[index];
    if (home === undefined || memory.replace.includes(index)) return true;
    return replaceAfter !== undefined && home.awaySince !== undefined && now >= home.awaySince + replaceAfter;
  });
}

/** When the next one is replaced because its machine has not come back (ms since 1970). */
export const replaceTimes = ({ job, now }: StatefulView, { homes }: StatefulMemory): number[] => {
  const { replaceAfter } = job.spec;
  if (replaceAfter === undefined) return [];
  return Object.values(homes).flatMap(({ awaySince }) =>
    awaySince !== undefined && awaySince + replaceAfter > now ? [awaySince + replaceAfter] : [],
  );
};

/** What does not serve goes first: it is no loss. For what is out of reach all others wait. */
function inOrder(
  view: StatefulView,
  memory: StatefulMemory,
  indices: readonly number[],
  starts: (index: number) => Next,
): Next {
  const isIdle = (index: number): boolean => !isServing(view, memory, index) && !isLost(memory, index);
  const idle = indices.find(isIdle);
  if (idle !== undefined) return starts(idle);
  const { order } = view.job.spec.runbook;
  const ordered = order === 'index' ? [...indices] : [...indices].reverse();
  if (typeof order !== 'object' || ordered.length === 1) return starts(ordered[0]!);
  const unasked = ordered.filter(
    (index) => memory.asked[index] === undefined && mayBeAsked(view, memory, index),
  );
  if (unasked.length > 0 && (memory.commandsAt ?? 0) > view.now) return { memory, place: [] };
  if (unasked.length > 0)
    return { memory, place: unasked.flatMap((index) => asking(view, memory, index, order.last)) };
  return starts(ordered.find((index) => !memory.asked[index]) ?? ordered[0]!);
}

/** Beside one whose machine takes nothing new nothing can be asked: it counts as one that may go at any time. */
function mayBeAsked(view: StatefulView, memory: StatefulMemory, index: number): boolean {
  const host = instanceAt(view, memory, index);
  return host === undefined || closedToCommands(view, host) === undefined;
}

function asking(
  view: StatefulView,
  memory: StatefulMemory,
  index: number,
  command: string | readonly string[],
): Placing[] {
  const host = instanceAt(view, memory, index);
  const isAsked = commandsIn(view).some((one) => one.index === index && 'asks' in noteOf(one));
  if (isAsked || !canHost(host)) return [];
  return [commandPlacing(view, memory, host, { index, label: 'last', command, note: { asks: true } })];
}

/** Versions that change nothing of what runs are theirs at once. */
function settleVersions(
  { job }: StatefulView,
  memory: StatefulMemory,
  members: readonly number[],
): StatefulMemory {
  if (members.every((index) => memory.members[index] === job.version)) return memory;
  return { ...memory, members: Object.fromEntries(members.map((index) => [index, job.version])) };
}
