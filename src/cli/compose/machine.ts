/**
 * The one machine on which services of an application that find each other by name, or that have data, run: the one where they
 * are already, or else the one with the most free memory that all of them may run on. It becomes a constraint of their jobs, so that
 * they stay together, and stay with their data.
 */
import { attributesOf } from '../../core/attributes.ts';
import type { Agent, ClusterState } from '../../core/cluster.ts';
import { holds, isCondition, parseConstraint } from '../../core/constraint.ts';
import { TenderError } from '../../core/errors.ts';
import { scalar } from '../../core/resources.ts';
import { isTerminal } from '../../core/task-state.ts';
import type { ComposeJob } from './job.ts';

export interface Chosen {
  readonly jobs: readonly ComposeJob[];
  /** What somebody should know, in sentences. */
  readonly remarks: readonly string[];
}

const PINNED = /^hostname == (.+)$/;

const constraintsOf = ({ spec }: Pick<ComposeJob, 'spec'>): readonly string[] =>
  (spec['constraints'] ?? []) as string[];

/** The machine that the constraints name. */
export const machineIn = (constraints: readonly string[]): string | undefined =>
  constraints.map((line) => PINNED.exec(line)?.[1]).find((name) => name !== undefined);

export interface Ground {
  readonly state: ClusterState;
  /** Where jobs were put before, by their names. */
  readonly before: ReadonlyMap<string, string>;
  /** Of the machine that this runs on. */
  readonly here: string;
  /** That one, and no other. */
  readonly on?: string | undefined;
}

/** @throws TenderError `compose.machine` */
export function onMachines(jobs: readonly ComposeJob[], ground: Ground): Chosen {
  const remarks: string[] = [];
  const machines = new Map<ComposeJob, string>();
  const neighbours = jobs.filter(({ hasNeighbours }) => hasNeighbours);
  const alone = jobs.filter(({ hasNeighbours, hasData }) => hasData && !hasNeighbours);
  for (const group of [neighbours, ...alone.map((job) => [job])]) {
    if (group.length === 0) continue;
    const machine = machineOf(group, ground, remarks);
    for (const job of group) machines.set(job, machine);
    const folders = group.flatMap((job) => job.folders);
    if (folders.length > 0 && machine !== ground.here)
      remarks.push(
        `${list(group.filter((job) => job.folders.length > 0))} sees folders of ${machine}, not of this machine: ${[...new Set(folders)].join(', ')}`,
      );
  }
  const onIts = (job: ComposeJob): ComposeJob =>
    machines.has(job) ? onMachine(job, machines.get(job)!) : job;
  return { jobs: jobs.map(onIts), remarks };
}

/** Unless it belongs to no machine, or says itself to which. */
export function onMachine(job: ComposeJob, machine: string): ComposeJob {
  const constraints = constraintsOf(job);
  if (!(job.hasNeighbours || job.hasData) || machineIn(constraints) !== undefined) return job;
  return { ...job, spec: { ...job.spec, constraints: [...constraints, `hostname == ${machine}`] } };
}

const list = (jobs: readonly ComposeJob[]): string => jobs.map(({ spec }) => String(spec['name'])).join(', ');

function machineOf(group: readonly ComposeJob[], ground: Ground, remarks: string[]): string {
  const { state, before, on } = ground;
  const agents = [...state.agents.values()];
  const fits = agents.filter((agent) => group.every((job) => mayRun(job, agent)));
  const was = group.map((job) => before.get(String(job.spec['name']))).find((name) => name !== undefined);
  const leaves = `${list(group)} ${group.length > 1 ? 'leave' : 'leaves'} ${was}: data that was there does not come along`;
  if (on !== undefined) {
    if (was !== undefined && was !== on && group.some(({ hasData }) => hasData)) remarks.push(leaves);
    if (fits.some(({ name }) => name === on)) return on;
    const cause = agents.some(({ name }) => name === on)
      ? 'the constraints of its services forbid it'
      : 'there is no such agent';
    throw new TenderError('compose.machine', { jobs: list(group), cause: `${on}: ${cause}` });
  }
  if (fits.length === 0) {
    const cause =
      group.length > 1
        ? 'there is none that the constraints of all of them allow'
        : 'there is none that its constraints allow';
    throw new TenderError('compose.machine', { jobs: list(group), cause });
  }
  const known = agents.find(({ name }) => name === was);
  if (known && fits.includes(known)) {
    if (known.state !== 'ready')
      remarks.push(
        `${was}, where ${list(group)} is at home, is ${known.state}: it is waited for. To leave it, and the data there: --on OTHER`,
      );
    return known.name;
  }
  if (was !== undefined) remarks.push(leaves);
  const takers = fits.filter((agent) => agent.state === 'ready' && agent.withdrawn === undefined);
  const [best] = (takers.length > 0 ? takers : fits).sort(
    (a, b) => free(b, state) - free(a, state) || a.name.localeCompare(b.name),
  );
  if (was === undefined && fits.length > 1) remarks.push(staying(group, best!.name));
  return best!.name;
}

/** Who has several machines may have expected the services on all of them. */
function staying(group: readonly ComposeJob[], machine: string): string {
  const other = 'to choose another one: --on NAME';
  return group.length > 1
    ? `${list(group)} find each other by name, which reaches no further than one machine: all run on ${machine}; ${other}; to let one run anywhere: x-tender: {anywhere: true}`
    : `${list(group)} has its data on ${machine}, and stays there; ${other}`;
}

function mayRun(job: ComposeJob, agent: Agent): boolean {
  const runs = agent.executors.some(({ kind, available }) => kind === 'docker' && available);
  if (!runs || agent.state === 'gone') return false;
  return constraintsOf(job).every((line) => {
    const constraint = parseConstraint(line);
    // What asks for a pattern is left to the one who places it.
    if (!isCondition(constraint) || constraint.is === '~' || constraint.is === '!~') return true;
    return holds(constraint, attributesOf(agent).get(constraint.attribute), () => true);
  });
}

/** Memory that nobody has, in thousandths of MiB. */
function free(agent: Agent, { tasks }: ClusterState): number {
  const used = [...tasks.values()].filter((task) => task.agent === agent.id && !isTerminal(task.state));
  return scalar(agent.total, 'mem') - used.reduce((sum, { resources }) => sum + scalar(resources, 'mem'), 0);
}
