/**
 * Where instances are at home. A home is written down when it is chosen, before anything of it is there; it counts as used
 * as soon as something may have been written in it. What was never used may be given up and chosen anew; of what was used
 * nothing is given up without a person's word, or the loss of its machine.
 */
import {
  type AgentId,
  type Home,
  type Place,
  type Placing,
  partsOfHome,
  resourcesOf,
  toMilli,
} from 'tender/framework';
import {
  type HomeRecord,
  indicesOf,
  type LeftHome,
  noteOf,
  type StatefulMemory,
  type StatefulView,
  without,
} from './memory.ts';
import { type StatefulSpec, targetOf } from './spec.ts';

/** What was asked for when a home was chosen shows within this time (ms), or has gone wrong. */
const SHOWS_WITHIN = 10_000;

/** A home for this instance: its own, or one that is still to be found. */
export function homeFor(view: StatefulView, index: number, memory: StatefulMemory): Home {
  const { spec } = view.job;
  const {
    id = `${spec.name}.${index}-${view.now.toString(36)}`,
    agent,
    used = false,
  } = memory.homes[index] ?? {};
  const { cpus, mem } = spec.runbook;
  return {
    volume: id,
    size: toMilli(spec.data.size),
    principal: 'stateful',
    agent,
    isNew: !used,
    target: targetOf(spec),
    spare: hasCommands(spec) ? resourcesOf({ cpus: toMilli(cpus), mem: toMilli(mem) }) : [],
  };
}

const hasCommands = ({
  runbook: { order, upgrade, restart, scaleUp, scaleDown, replace, drain },
}: StatefulSpec): boolean =>
  typeof order === 'object' ||
  [upgrade, restart, scaleUp, scaleDown, replace, drain].some(
    (part) => part && part.before.length + part.after.length > 0,
  );

/** What is remembered of a place that was found for an instance or its home. */
export function placedAt(view: StatefulView, { index, home, act }: Placing, place: Place): StatefulMemory {
  const { memory } = view.job;
  if (act === 'release') {
    const asked = (one: LeftHome): LeftHome =>
      one.id === home?.volume ? { ...one, releasedAt: view.now } : one;
    return { ...memory, left: memory.left.map(asked) };
  }
  if (!home || act === 'visit') return memory;
  const { agent, hostPorts } = place;
  const known = memory.homes[index];
  const host = addressOf(view, agent);
  const record: HomeRecord = known
    ? { ...known, host, ports: hostPorts }
    : {
        id: home.volume,
        index,
        agent,
        host,
        ports: hostPorts,
        chosenAt: view.now,
        used: false,
        joins: memory.formed,
      };
  return { ...memory, homes: { ...memory.homes, [index]: record } };
}

const addressOf = ({ agents }: StatefulView, agent: AgentId): string =>
  agents.get(agent)?.host?.address || '127.0.0.1';

const isThere = ({ agents }: StatefulView, { id, agent }: HomeRecord): boolean =>
  partsOfHome(agents.get(agent)?.total ?? [], { volume: id }).length > 0;

/** It is as it was asked for: others may rely on where it is. */
export const isSettled = (view: StatefulView, home: HomeRecord | undefined): boolean =>
  home !== undefined && (home.used || isThere(view, home));

const stateOf = ({ agents }: StatefulView, { agent }: HomeRecord): string | undefined =>
  agents.get(agent)?.state;

const isInUse = ({ instances }: StatefulView, { id }: HomeRecord): boolean =>
  instances.some((one) => {
    const note = noteOf(one);
    return 'home' in note && note.home === id;
  });

/** What has become of each home. The same memory where nothing has. */
export function keepHomes(view: StatefulView, before: StatefulMemory): StatefulMemory {
  let memory = before;
  for (const index of indicesOf(memory.homes)) memory = keepHome(view, memory, memory.homes[index]!);
  const left = memory.left.map((home) => looked(view, home)).filter((home) => !isForgotten(view, home));
  const isSame = left.length === memory.left.length && left.every((home, n) => home === memory.left[n]);
  return isSame ? memory : { ...memory, left };
}

function keepHome(view: StatefulView, memory: StatefulMemory, home: HomeRecord): StatefulMemory {
  const { index } = home;
  const state = stateOf(view, home);
  if (state === 'gone') return { ...memory, homes: without(memory.homes, index) };
  const isLost = !home.used && !isInUse(view, home) && !isThere(view, home) && view.now >= showsUntil(home);
  if (isLost) return leaveHome(memory, index);
  const used = home.used || hasRun(view, home);
  const isAway = state === 'unreachable' || state === undefined;
  if (used === home.used && isAway === (home.awaySince !== undefined)) return memory;
  const { awaySince: _, ...rest } = home;
  const kept = { ...rest, used, ...(isAway && { awaySince: home.awaySince ?? view.now }) };
  return { ...memory, homes: { ...memory.homes, [index]: kept } };
}

const hasRun = ({ instances }: StatefulView, { id }: HomeRecord): boolean =>
  instances.some((one) => {
    const note = noteOf(one);
    return 'home' in note && note.home === id && one.state === 'RUNNING';
  });

const showsUntil = ({ chosenAt }: HomeRecord): number => chosenAt + SHOWS_WITHIN;

/** When a home that was asked for in vain is given up (ms since 1970). */
export const homesWait = (view: StatefulView, { homes, left }: StatefulMemory): number[] => [
  ...Object.values(homes)
    .filter((home) => !isSettled(view, home) && showsUntil(home) > view.now)
    .map(showsUntil),
  ...left.flatMap(({ emptySince }) => (emptySince === undefined ? [] : [emptySince + SHOWS_WITHIN])),
  ...left.map(releasedUntil).filter((until) => until > view.now),
];

/** Until then it may be on its way back: whoever has refused it is not told at once again. */
const releasedUntil = ({ releasedAt }: LeftHome): number =>
  releasedAt === undefined ? 0 : releasedAt + SHOWS_WITHIN;

/** The instance is at home nowhere from now on. */
export function leaveHome(memory: StatefulMemory, index: number): StatefulMemory {
  const home = memory.homes[index];
  if (!home) return memory;
  const left: LeftHome = { ...home, isGivenUp: !home.used };
  return { ...memory, homes: without(memory.homes, index), left: [...memory.left, left] };
}

/**
 * Whether anything of it is there: what its agent was told to give back may come back, as long as it has not written that
 * down. What is there without a volume holds no data: nobody has to be asked.
 */
function looked(view: StatefulView, home: LeftHome): LeftHome {
  const agent = view.agents.get(home.agent);
  const isSure = agent?.state === 'ready' && !agent.converting && !isInUse(view, home);
  const parts = partsOfHome(agent?.total ?? [], { volume: home.id });
  const isEmpty = isSure && parts.length === 0;
  if (isSure && !home.isGivenUp && !isEmpty && !parts.some(({ disk }) => disk?.volume))
    return { ...home, isGivenUp: true };
  if (isEmpty === (home.emptySince !== undefined)) return home;
  const { emptySince: _, ...rest } = home;
  return isEmpty ? { ...rest, emptySince: view.now } : rest;
}

/** Nothing of it is there any more, nor will be. */
const isForgotten = (view: StatefulView, home: LeftHome): boolean =>
  stateOf(view, home) === 'gone' ||
  (home.emptySince !== undefined && view.now >= home.emptySince + SHOWS_WITHIN);

/** Homes that nobody wants any more are given back, with what is in them. */
export const giveUps = (view: StatefulView, { left }: StatefulMemory): Placing[] =>
  left
    .filter((home) => home.isGivenUp && isThere(view, home) && !isInUse(view, home))
    .filter((home) => releasedUntil(home) <= view.now)
    .map((home): Placing => {
      const { id: volume, index, agent } = home;
      const size = toMilli(view.job.spec.data.size);
      return {
        index,
        why: 'purge',
        name: volume,
        act: 'release',
        home: { volume, size, principal: 'stateful', agent },
      };
    });

/** A person has said that what is in these may go. */
export function giveUpAll(memory: StatefulMemory, indices: readonly number[]): StatefulMemory {
  const after = indices.reduce(leaveHome, memory);
  return { ...after, left: after.left.map((home) => ({ ...home, isGivenUp: true })) };
}

/** By this an instance and its commands find the others. */
export function discovery(
  { job }: StatefulView,
  memory: StatefulMemory,
  index: number,
): Record<string, string> {
  const { name, count, ports } = job.spec;
  const homes = indicesOf(memory.homes)
    .filter((one) => one === index || memory.members[one] !== undefined)
    .map((one) => memory.homes[one]!);
  const own = memory.homes[index];
  const env: Record<string, string> = {
    TENDER_INSTANCE: `${name}.${index}`,
    TENDER_INDEX: String(index),
    TENDER_COUNT: String(count),
    TENDER_START: own?.used ? 'again' : (own?.joins ?? memory.formed) ? 'join' : 'new',
    TENDER_PEERS: homes.map((home) => `${name}.${home.index}`).join(','),
  };
  if (own) env['TENDER_HOST'] = own.host;
  for (const port of Object.keys(ports)) {
    const word = port.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
    const at = ({ host, ports: all }: HomeRecord): string => `${host}:${all[port] ?? ''}`;
    env[`TENDER_PEERS_${word}`] = homes
      .filter(({ ports: all }) => all[port] !== undefined)
      .map(at)
      .join(',');
    if (own?.ports[port] !== undefined) env[`TENDER_ADDRESS_${word}`] = at(own);
  }
  return env;
}
