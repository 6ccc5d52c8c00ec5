/**
 * What a job that keeps data needs next: a pure function of what is wanted and what there is. Instances are kept running
 * at their homes; everything else that changes one is a procedure, of which there is one at a time. Applied, it has nothing
 * more to say.
 */
import { fills, type Instance, type Placing, type Plan, type Stopping } from 'tender/framework';
import { isHomeClosed } from './closed.ts';
import { isMoot, keepStaying } from './draining.ts';
import { discovery, giveUps, homeFor, homesWait, isSettled, keepHomes } from './homes.ts';
import { commandsIn, idleBeside, instanceAt, isOther, isServing, membersIn, straysIn } from './members.ts';
import { done, type StatefulMemory, type StatefulView } from './memory.ts';
import { chooseNext, replaceTimes } from './next.ts';
import { proceed, settlePlacing } from './procedure.ts';
import { currentAct, isParked } from './steps.ts';

type StatefulPlan = Plan<StatefulMemory>;

export function reconcile(view: StatefulView): StatefulPlan {
  const memory = keepHomes(view, view.job.memory);
  const plan = view.job.stopping ? stopAll(view, memory) : keepAll(view, memory);
  const { commandsAt = 0 } = plan.memory;
  const times = [
    plan.waitUntil ?? [],
    homesWait(view, plan.memory),
    replaceTimes(view, plan.memory),
    commandsAt > view.now ? commandsAt : [],
  ].flat();
  return {
    ...plan,
    place: [...giveUps(view, plan.memory), ...plan.place],
    waitUntil: times.length > 0 ? Math.min(...times) : undefined,
  };
}

/** Commands first, then instances: the last one first, each when the one after it has ended. */
function stopAll(view: StatefulView, memory: StatefulMemory): StatefulPlan {
  const end = (instances: readonly Instance[]): Stopping[] =>
    instances.filter(({ state }) => state !== 'KILLING').map((instance) => ({ instance, why: 'stop' }));
  const isHere = ({ state }: Instance): boolean => state !== 'UNREACHABLE';
  const commands = commandsIn(view).filter(isHere);
  const instances = view.instances.filter((one) => one.beside === undefined && isHere(one));
  const last = Math.max(...instances.map(({ index }) => index));
  const next =
    view.job.spec.start === 'parallel' ? instances : instances.filter(({ index }) => index === last);
  const isQuiet = !memory.isUp && memory.procedure === undefined;
  return {
    memory: isQuiet ? memory : { ...done(memory), isUp: false },
    stop: end(commands.length > 0 ? commands : next),
    place: [],
  };
}

function keepAll(view: StatefulView, before: StatefulMemory): StatefulPlan {
  const move = goOn(view, keepStaying(view, marked(view, withMembers(view, before))));
  const upkeep = keepRunning(view, move.memory, move.stop);
  const times = [move.waitUntil ?? [], upkeep.waits].flat();
  return {
    memory: move.memory,
    stop: unique([...move.stop, ...upkeep.stop]),
    place: [...move.place, ...upkeep.place],
    waitUntil: times.length > 0 ? Math.min(...times) : undefined,
  };
}

/** What is done with one instance after the other, as far as it can go now. */
function goOn(view: StatefulView, memory: StatefulMemory): StatefulPlan {
  if (!memory.formed) return { memory, stop: [], place: [] };
  const next = planned(view, memory);
  const move = proceed(view, next.memory);
  const isDone = next.memory.procedure !== undefined && move.memory.procedure === undefined;
  return isDone || isStranded(view, move.memory)
    ? goOn(view, move.memory)
    : { ...move, place: [...move.place, ...next.place] };
}

/** What has not gone beyond its first step gives way to what is more urgent by now. */
function planned(view: StatefulView, memory: StatefulMemory): Pick<StatefulPlan, 'memory' | 'place'> {
  const { procedure, ...others } = memory;
  if (!procedure) return chooseNext(view, memory);
  if (isMoot(view, memory, procedure)) return chooseNext(view, done(memory));
  const gives = isStranded(view, memory);
  if ((procedure.step > 0 && !gives) || procedure.hold) return { memory, place: [] };
  const next = chooseNext(view, others);
  const chosen = next.memory.procedure;
  const isSame =
    !gives &&
    chosen?.kind === procedure.kind &&
    chosen.index === procedure.index &&
    chosen.runbook === procedure.runbook;
  return isSame ? { memory, place: next.place } : next;
}

/** It cannot go on before an instance has another home. */
const isStranded = (view: StatefulView, memory: StatefulMemory): boolean =>
  memory.procedure !== undefined &&
  memory.procedure.hold === undefined &&
  (isHomeless(view, memory, memory.procedure.index) || isKeptFromStopping(view, memory));

/** Its machine is gone for good, or its new home has come to nothing: it needs another home first. */
const isHomeless = (view: StatefulView, memory: StatefulMemory, index: number): boolean =>
  memory.members[index] !== undefined &&
  memory.homes[index] === undefined &&
  !isParked(view, memory.procedure, index);

/** Nothing was done to its instance yet, and will not be before another one has a new home. */
function isKeptFromStopping(view: StatefulView, { procedure, members, homes }: StatefulMemory): boolean {
  if (!procedure || procedure.ending !== undefined) return false;
  const isToStop = currentAct(view, procedure)?.does === 'stop';
  return isToStop && Object.keys(members).some((one) => Number(one) !== procedure.index && !homes[one]);
}

const unique = (stops: readonly Stopping[]): Stopping[] => [
  ...new Map(stops.map((one) => [one.instance.task, one])).values(),
];

/** Until all have served together once, all of them are simply what the job says. */
function withMembers({ job }: StatefulView, memory: StatefulMemory): StatefulMemory {
  if (memory.formed) return memory;
  const { count } = job.spec;
  const { members } = memory;
  const indices = Array.from({ length: count }, (_, index) => index);
  const isSo =
    Object.keys(members).length === count && indices.every((index) => members[index] === job.version);
  return isSo
    ? memory
    : { ...memory, members: Object.fromEntries(indices.map((index) => [index, job.version])) };
}

function marked(view: StatefulView, memory: StatefulMemory): StatefulMemory {
  const members = membersIn(memory);
  const serveAll = members.length > 0 && members.every((index) => isServing(view, memory, index));
  const isUp = serveAll || (memory.isUp && view.instances.some(fills));
  const formed = memory.formed || serveAll;
  return isUp === memory.isUp && formed === memory.formed ? memory : { ...memory, isUp, formed };
}

interface Upkeep {
  readonly stop: readonly Stopping[];
  readonly place: readonly Placing[];
  readonly waits: readonly number[];
}

/** Every member runs at its home, as the version that it shall have. @param ending what a procedure stops now */
function keepRunning(view: StatefulView, memory: StatefulMemory, ending: readonly Stopping[]): Upkeep {
  const { procedure, members, failures } = memory;
  const stop: Stopping[] = [
    ...straysIn(view, memory)
      .filter((one) => fills(one) && one.state !== 'UNKNOWN')
      .map((instance) => ({ instance, why: 'replaced' })),
    ...view.instances
      .filter((one) => fills(one) && members[one.index] === undefined)
      .map((instance) => ({ instance, why: 'surplus' })),
    ...(memory.formed ? [] : leaving(view)),
  ];
  const wrong: Stopping[] = [];
  const place: Placing[] = [];
  const waits: number[] = [];
  const isSeeding = view.job.spec.seeds && !memory.formed;
  // Later one whose machine is gone finds its new home by a procedure, which may have to wait for another that starts here.
  const homeless = isSeeding
    ? membersIn(memory).filter((index) => !isSettled(view, memory.homes[index]))
    : [];
  for (const index of membersIn(memory)) {
    if (isParked(view, procedure, index)) continue;
    const instance = instanceAt(view, memory, index);
    const until = failures[index]?.until ?? 0;
    if (instance) {
      const isWrong = fills(instance) && isOther(view, instance, members[index]!);
      // Where nothing starts it would be neither what it was nor what it is to be.
      if (isWrong && !isHomeClosed(view, memory, index)) wrong.push({ instance, why: 'version' });
    } else if (!memory.homes[index]) {
      if (!memory.formed && isNext(view, memory, index)) place.push(settlePlacing(view, memory, index));
    } else if (homeless.length > 0 || !mayStart(view, memory, index) || isHomeClosed(view, memory, index))
      continue;
    else if (until > view.now) waits.push(until);
    else place.push(launching(view, memory, index));
  }
  return { stop: [...stop, ...oneOf(view, memory, wrong, ending)], place, waits };
}

/** Of members that run as what they were before one is stopped at a time, while all others serve, and none for a procedure. */
function oneOf(
  view: StatefulView,
  memory: StatefulMemory,
  wrong: readonly Stopping[],
  ending: readonly Stopping[],
): readonly Stopping[] {
  if (!memory.formed) return wrong;
  const own = wrong.filter(({ instance }) => instance.index === memory.procedure?.index);
  if ([...own, ...ending].some(({ instance }) => instance.beside === undefined)) return own;
  return wrong.filter(({ instance }) => idleBeside(view, memory, instance.index).length === 0).slice(0, 1);
}

/** All look for a home at once where each has to know of the others, else one after the other. */
const isNext = (view: StatefulView, memory: StatefulMemory, index: number): boolean =>
  view.job.spec.seeds || mayStart(view, memory, index);

/** Those before it serve, or have done so since the job came up. One that needs another home gets it when all others serve. */
const mayStart = (view: StatefulView, memory: StatefulMemory, index: number): boolean =>
  memory.isUp ||
  view.job.spec.start === 'parallel' ||
  membersIn(memory).every(
    (one) => one >= index || isServing(view, memory, one) || (memory.formed && !memory.homes[one]),
  );

function launching(view: StatefulView, memory: StatefulMemory, index: number): Placing {
  const { job, versions } = view;
  const version = memory.members[index]!;
  const { ports } = versions.get(version)?.spec ?? job.spec;
  const home = memory.homes[index]!;
  const own = Object.entries(ports).map(([name, port]) => [
    name,
    { ...port, host: home.ports[name] ?? port.host },
  ]);
  return {
    index,
    why: home.used ? 'missing' : 'first',
    version,
    on: home.agent,
    home: homeFor(view, index, memory),
    env: discovery(view, memory, index),
    differs: { ports: Object.fromEntries(own) },
    note: { home: home.id },
  };
}

/** Before all have served together there is nothing to be careful of: a machine that is drained is left at once. */
const leaving = ({ agents, instances }: StatefulView): Stopping[] =>
  instances
    .filter((one) => fills(one) && agents.get(one.agent)?.withdrawn === 'draining')
    .map((instance) => ({ instance, why: 'leave' }));
