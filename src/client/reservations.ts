/**
 * What an operator sets aside and frees, for every face. People say a role and amounts; the master is told exactly which
 * resources are meant, as this replica knows them: were they another's meanwhile, it refuses.
 */
import type { Agent, ClusterState } from '../core/cluster.ts';
import { TenderError } from '../core/errors.ts';
import {
  canonical,
  isEmpty,
  layersOf,
  type Range,
  type Resources,
  reserved,
  resourcesOf,
  subtract,
  UNRESERVED,
  withLayers,
} from '../core/resources.ts';
import { checkRole } from '../core/roles.ts';
import { isTerminal } from '../core/task-state.ts';
import { amountsOf } from './amounts.ts';
import type { Client } from './client.ts';
import { exactAgent, meant } from './names.ts';
import { contentsText } from './resources-said.ts';
import { labelsText, type ReservationLine, reservationsIn } from './table/reservations.ts';

/** Which reservations of a role; what is not said is any. */
export interface Which {
  readonly role: string;
  /** Who made it. */
  readonly by?: string | undefined;
  /** It has all of these. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** What has become of it. */
export interface Freed {
  readonly agent: string;
  readonly role: string;
  readonly freed: Resources;
  /** Was meant as well, but is in use, or lies below a volume. */
  readonly kept: readonly ReservationLine[];
}

/** @param text `cpus=2,mem=1g,ports=31000-31009` @returns what was set aside, as it was before */
export async function reserve(client: Client, name: string, role: string, text: string): Promise<Resources> {
  const agent = exactAgent(client.state, name);
  checkRole(role);
  if (role === UNRESERVED)
    throw new TenderError('role.name', { name: role, cause: 'what is reserved is not for everybody' });
  const free = resourcesSaid(text);
  const resources = reserved(free, { role, kind: 'dynamic' });
  await client.request('agent.reserve', { name: agent.name, resources });
  return free;
}

/**
 * @param text so much of one reservation; absent: all that no task uses, of all that are meant
 * @throws TenderError `reservation.none`, `reservation.several`
 */
export async function unreserve(
  client: Client,
  name: string,
  which: Which,
  text: string | undefined,
): Promise<Freed> {
  const agent = exactAgent(client.state, name);
  const lines = reservationsIn(client.state).filter(
    (line) => line.agent === agent.name && isMeant(line, which),
  );
  const bare = lines.filter(({ volume }) => volume === undefined);
  const resources =
    text === undefined ? unusedOf(bare, agent, client.state) : partOf(bare, agent, which, text);
  if (isEmpty(resources)) {
    const hint = lines.length > 0 ? `: ${lines.map(obstacleText).join('; ')}` : '';
    throw new TenderError('reservation.none', { role: which.role, agent: agent.name, hint });
  }
  await client.request('agent.unreserve', { name: agent.name, resources });
  const left = lines.map((line) => ({ ...line, resources: subtract(line.resources, resources) }));
  const kept = text === undefined ? left.filter((line) => !isEmpty(line.resources)) : [];
  return { agent: agent.name, role: which.role, freed: resources, kept };
}

/**
 * One volume, by its id.
 * @param role only where several roles have one of that id
 * @throws TenderError `volume.unknown`, `volume.several`, `resources.in_use`
 */
export function exactVolume(
  state: ClusterState,
  name: string,
  id: string,
  role: string | undefined,
): ReservationLine {
  const agent = exactAgent(state, name);
  const volumes = reservationsIn(state).filter((line) => line.agent === agent.name && line.volume);
  const [found, ...others] = volumes.filter(
    (line) => line.volume === id && (role ?? line.role) === line.role,
  );
  if (!found) {
    const hint = meant(
      id,
      volumes.map(({ volume }) => volume!),
    );
    throw new TenderError('volume.unknown', { id, agent: agent.name, hint });
  }
  if (others.length > 0) {
    const roles = [found, ...others].map((line) => line.role).join(', ');
    throw new TenderError('volume.several', { id, agent: agent.name, roles });
  }
  if (found.tasks.length > 0)
    throw new TenderError('resources.in_use', {
      resources: `volume ${id}`,
      agent: agent.name,
      tasks: found.tasks.join(', '),
    });
  return found;
}

/** With all that is in it; its disk stays reserved. */
export async function destroyVolume(client: Client, { agent, resources }: ReservationLine): Promise<void> {
  await client.request('agent.destroy', { name: agent, volumes: resources });
}

function isMeant({ kind, role, principal, labels }: ReservationLine, which: Which): boolean {
  const wanted = Object.entries(which.labels ?? {});
  return (
    kind === 'dynamic' &&
    role === which.role &&
    (which.by === undefined || principal === which.by) &&
    wanted.every(([key, value]) => labels?.[key] === value)
  );
}

function unusedOf(lines: readonly ReservationLine[], { id }: Agent, { tasks }: ClusterState): Resources {
  const open = [...tasks.values()].filter(({ agent, state }) => agent === id && !isTerminal(state));
  const all = canonical(lines.flatMap(({ resources }) => resources));
  return open.reduce((rest, { resources }) => subtract(rest, resources), all);
}

/** So much, under the layers of the only one that can be meant. */
function partOf(lines: readonly ReservationLine[], agent: Agent, { role }: Which, text: string): Resources {
  const [line, ...others] = lines;
  if (others.length > 0) {
    const which = lines.map(lineText).join('; ');
    throw new TenderError('reservation.several', { role, agent: agent.name, which });
  }
  if (!line) return [];
  const layers = layersOf(line.resources[0]!);
  return canonical(resourcesSaid(text).map((entry) => withLayers(entry, layers)));
}

/** `cpus 2 by alice (rack=a)`. */
function lineText({ principal, labels, resources }: ReservationLine): string {
  const marks = labelsText(labels);
  return `${contentsText(resources)} by ${principal ?? 'nobody'}${marks === '' ? '' : ` (${marks})`}`;
}

/** Why it is not freed. */
export function obstacleText({ volume, resources, tasks }: ReservationLine): string {
  const what = volume === undefined ? contentsText(resources) : `volume ${volume}`;
  if (tasks.length > 0) return `${what} is in use by ${tasks.join(', ')}`;
  return `${what} has to be destroyed first`;
}

const PORTS = /^\s*ports\s*[:=]\s*\[?(\d+)(?:-(\d+))?\]?\s*$/;

/** Amounts as everywhere, and single ports or ranges of them: `cpus=2,ports=8080,ports=31000-31009`. */
function resourcesSaid(text: string): Resources {
  const items = text.split(/[;,]/);
  const ports = items.flatMap((item): Range[] => {
    const [, from, to = from] = PORTS.exec(item) ?? [];
    if (from === undefined) return [];
    if (Number(from) > Number(to))
      throw new TenderError('usage', { cause: `ports are FROM-TO with FROM ≤ TO, found "${item}"` });
    return [[Number(from), Number(to)]];
  });
  const scalars = amountsOf('what is reserved', items.filter((item) => !PORTS.test(item)).join(','));
  const said = resourcesOf(scalars, ports.length > 0 ? { ports } : {});
  if (isEmpty(said)) throw new TenderError('usage', { cause: 'expected amounts, such as cpus=2,mem=1g' });
  return said;
}
