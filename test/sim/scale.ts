/**
 * What the master can carry: a cluster at size, and what each of its great moments costs. `node test/sim/main.ts
 * --scale --agents 10000 --frameworks 20`. Time passes as the processor works (flowing-clock.ts), so that a master that
 * takes too long is timed out here as it would be anywhere.
 */
import { parseResources } from '../../src/core/resources-text.ts';
import type { FrameworkId } from '../../src/core/task.ts';
import type { HeldTask } from '../../src/wire/messages/agent.ts';
import { smallTask } from './launcher.ts';
import { type Cost, heap, measured, type Owners } from './processor.ts';
import { type ScaleStage, scaleStage } from './scale-stage.ts';

export interface ScaleOptions {
  readonly agents: number;
  readonly frameworks: number;
  /** @default 10 */
  readonly tasksPerAgent?: number;
  /** Agents of the master failover. @default four times `agents` */
  readonly failover?: number;
  /** Agents in full instead of stand-ins; without a failover. */
  readonly real?: boolean;
  /** The costliest functions, so many of each stretch. @default 0 */
  readonly profile?: number;
  readonly say?: (line: string) => void;
}

/** So many agents are started in one moment. */
const TOGETHER = 1_000;

export interface ScaleFigures {
  readonly registration: Cost;
  readonly launch: Cost;
  readonly failover: Cost | undefined;
  /** A minute of its life, nothing going on. */
  readonly quiet: Cost;
  /** All of the cluster for one client that begins to watch. */
  readonly snapshot: Cost;
}

/** The gate is the master's; sessions, drivers and what stands for agents are the other end of the line. */
const OWNERS: Owners = [
  ['network', '/src/wire/memory.ts'],
  ['network', '/test/support/virtual-clock.ts'],
  ['master', '/src/wire/gate.ts'],
  ['master', '/src/daemon/'],
  ['peers', '/src/wire/session.ts'],
  ['peers', '/src/framework/'],
  ['peers', '/src/agent/'],
  ['peers', '/test/sim/stand-in.ts'],
  ['peers', '/test/sim/launcher.ts'],
  ['peers', '/src/client/'],
  ['measuring', '/test/'],
];

export async function scale(options: ScaleOptions): Promise<ScaleFigures> {
  const { agents, frameworks, tasksPerAgent = 10, profile = 0, real = false, say = console.log } = options;
  const failoverAgents = options.failover ?? 4 * agents;
  const count = agents * tasksPerAgent;
  const tell = (what: string, cost: Cost, result = ''): void => {
    say(`${what}: ${figures(cost)}${result}`);
    for (const { name, seconds } of cost.functions.slice(0, profile))
      say(`    ${seconds.toFixed(2)} s  ${name}`);
  };
  const kind = real ? 'agents' : 'stand-ins for agents';
  say(`${agents} ${kind}, ${frameworks} frameworks, ${count} tasks; the master's registry is SQLite`);

  const empty = heap();
  const stage = scaleStage();
  await stage.startMaster();
  const members = await stage.members(agents);
  stage.startFrameworks(frameworks);
  await stage.clock.until(
    () => stage.launchers.every(({ subscriptions }) => subscriptions > 0),
    'frameworks',
  );
  const registration = await measured(OWNERS, async () => {
    if (real) await stage.startAgents(members);
    else stage.startStandIns(members);
    await stage.clock.until(() => stage.ready() === agents, 'all agents are registered');
  });
  tell(`registration of ${agents} agents`, registration);
  await settled(stage);

  const each = Math.ceil(count / frameworks);
  const launched = (): number => stage.launchers.reduce((sum, { running }) => sum + running.size, 0);
  const launch = await measured(OWNERS, async () => {
    for (const one of stage.launchers) one.launch(each, tasksPerAgent);
    await stage.clock.until(() => launched() === each * frameworks && isAcknowledged(stage), 'all tasks run');
  });
  const rate = (seconds: number): string => `${Math.round((each * frameworks) / seconds)}/s`;
  const part = launch.by.get('master') ?? 0;
  tell(
    `launch of ${each * frameworks} tasks`,
    launch,
    `; ${rate(launch.core)} in all, ${rate(part)} for the master alone`,
  );
  await settled(stage);

  const quiet = await measured(OWNERS, () => wait(stage, 60_000));
  tell('a minute in which nothing happens', quiet);

  const client = await stage.startClient();
  const snapshot = await measured(OWNERS, () =>
    stage.clock.until(() => client.state.tasks.size === stage.known(), 'a client has a replica'),
  );
  tell('a snapshot of all of it for a client', snapshot);
  await client.close();

  const full = heap();
  await stage.killMaster();
  await wait(stage, 70_000); // its last timers
  say(`memory: ${(full - empty).toFixed(0)} MiB in all, the master's part ${(full - heap()).toFixed(0)} MiB`);
  await stage.close();

  const failover =
    real || failoverAgents === 0 ? undefined : await failoverOf(failoverAgents, frameworks, tasksPerAgent);
  if (failover)
    tell(
      `failover of a master with ${failoverAgents} agents, ${failoverAgents * tasksPerAgent} tasks`,
      failover.cost,
      `; ${failover.registrations} registrations`,
    );
  return { registration, launch, failover: failover?.cost, quiet, snapshot };
}

/** From the death of one master until the next one has all agents and tasks in its books, and its frameworks back. */
async function failoverOf(
  agents: number,
  frameworks: number,
  tasksPerAgent: number,
): Promise<{ cost: Cost; registrations: number }> {
  const stage = scaleStage();
  await stage.startMaster();
  const members = await stage.members(agents);
  const resources = parseResources('cpus:0.1;mem:64');
  const at = stage.clock.now();
  stage.startFrameworks(frameworks);
  await stage.clock.until(
    () => stage.launchers.every(({ subscriptions }) => subscriptions > 0),
    'frameworks',
  );
  const heldBy = (agent: number): HeldTask[] =>
    Array.from({ length: tasksPerAgent }, (_, i): HeldTask => {
      const framework = `f${(agent + i) % frameworks}` as FrameworkId;
      const spec = { ...smallTask(`${framework}.${agent}-${i}`), resources };
      const status = { task: spec.id, state: 'RUNNING', reason: 'started', message: '', at } as const;
      return { spec, framework, role: framework, status, launchedAt: at };
    });
  // Machines are not all switched on in one moment; it is the master's death that brings them back together.
  for (let from = 0; from < agents; from += TOGETHER) {
    const some = members.slice(from, from + TOGETHER);
    stage.startStandIns(some, (i) => heldBy(from + i));
    await stage.clock.until(() => stage.ready() === from + some.length, 'agents are registered');
  }
  const isWhole = (): boolean => stage.known() === agents * tasksPerAgent && stage.ready() === agents;
  await settled(stage);
  heap();
  const before = registrations(stage);
  const cost = await measured(OWNERS, async () => {
    await stage.killMaster();
    await stage.startMaster();
    await stage.clock.until(
      () => isWhole() && stage.launchers.every(({ subscriptions }) => subscriptions > 1),
      'all agents and frameworks are back',
    );
  });
  const again = registrations(stage) - before;
  await stage.close();
  return { cost, registrations: again };
}

const registrations = ({ standIns }: ScaleStage): number =>
  standIns.reduce((sum, one) => sum + one.registrations, 0);

const isAcknowledged = ({ standIns }: ScaleStage): boolean =>
  standIns.every(({ unacknowledged }) => unacknowledged === 0);

/** What is still on its way arrives. */
const settled = (stage: ScaleStage): Promise<void> => wait(stage, 2_000);

async function wait({ clock }: ScaleStage, ms: number): Promise<void> {
  const end = clock.now() + ms;
  await clock.until(() => clock.now() >= end, 'time passes');
}

function figures({ wall, core, cpu, by }: Cost): string {
  const parts = [...by]
    .sort(([, a], [, b]) => b - a)
    .map(([owner, seconds]) => `${owner} ${seconds.toFixed(2)}`)
    .join(', ');
  return `${core.toFixed(2)} s of one core (${parts}); ${wall.toFixed(2)} s on the wall, ${cpu.toFixed(2)} s of all cores`;
}
