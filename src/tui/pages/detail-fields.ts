/** All that is known of one thing, as labels and texts, for the detail page. */

import { eventText } from '../../client/event-text.ts';
import { endText, taskName } from '../../client/offer-text.ts';
import { contentsText, resourcesSaid } from '../../client/resources-said.ts';
import { holdingsOf, NO_HOLDING } from '../../client/table/holdings.ts';
import type { QuotaLine } from '../../client/table/quotas.ts';
import { labelsText, type ReservationLine } from '../../client/table/reservations.ts';
import { commandText } from '../../client/table/what-runs.ts';
import {
  age,
  amount,
  amounts,
  dateTime,
  type Source,
  type TableName,
  type Tone,
  tableOf,
} from '../../client/tables.ts';
import {
  type Agent,
  type ClusterState,
  defaultRole,
  type Framework,
  type Job,
  type Offer,
  type OfferEnd,
  type RoleRecord,
  wantsNothing,
} from '../../core/cluster.ts';
import type { Numbered } from '../../core/events.ts';
import type { Task } from '../../core/task.ts';
import type { PluginInfo } from '../../wire/messages/plugin.ts';

export interface Field {
  readonly label: string;
  readonly text: string;
  readonly tone?: Tone;
  /** Before all that is drawn of the thing. */
  readonly isFirst?: true;
}

const pairs = (record: Readonly<Record<string, string>>): string =>
  Object.entries(record)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');

const when = (at: number, now: number): string => `${dateTime(at)}, ${age(now - at)} ago`;

function agentFields(agent: Agent, _: ClusterState, now: number): Field[] {
  const { host, fault } = agent;
  const why = fault ? `${fault.why}: nothing new starts there` : '';
  return [
    { label: fault?.state ?? '', text: why, tone: 'bad', isFirst: true },
    { label: 'since', text: when(agent.since, now) },
    { label: 'resources', text: resourcesSaid(agent.total) },
    ...agent.executors.map(
      (e): Field => ({
        label: e.kind,
        text: `${e.available ? 'available' : 'not available'}: ${e.detail}`,
        tone: e.available ? 'plain' : 'faint',
      }),
    ),
    { label: 'attributes', text: pairs(agent.attributes) },
    { label: 'machine', text: `${host.hostname}, ${host.cpus} × ${host.cpuModel}` },
    { label: 'system', text: `${host.os}, kernel ${host.kernel}, ${host.arch}` },
    { label: 'address', text: host.address },
    { label: 'tender', text: agent.version },
    { label: 'id', text: agent.id },
  ];
}

function jobFields(job: Job, state: ClusterState, now: number): Field[] {
  const titles = new Map(state.frameworks.get(job.framework)?.columns.map((c) => [c.key, c.title]));
  return [
    { label: 'message', text: job.message, tone: 'busy', isFirst: true },
    { label: 'instances', text: `${job.desired} wanted, ${job.running} running, ${job.healthy} healthy` },
    { label: 'kind', text: job.kind },
    { label: 'framework', text: job.framework },
    { label: 'version', text: String(job.version) },
    { label: 'changed', text: when(job.updatedAt, now) },
    ...Object.entries(job.columns).map(
      ([key, text]): Field => ({ label: (titles.get(key) ?? key).toLowerCase(), text }),
    ),
  ];
}

function taskFields(task: Task, state: ClusterState, now: number): Field[] {
  const agent = state.agents.get(task.agent);
  return [
    { label: 'message', text: task.message, isFirst: true },
    {
      label: 'exit code',
      text: task.exitCode === undefined ? '' : String(task.exitCode),
      tone: task.exitCode ? 'bad' : 'plain',
      isFirst: true,
    },
    {
      label: 'health',
      text: task.healthy === undefined ? '' : task.healthy ? 'healthy' : 'unhealthy',
      tone: task.healthy ? 'good' : 'bad',
      isFirst: true,
    },
    {
      label: 'ready',
      text: task.ready === undefined ? '' : task.ready ? 'yes' : 'not yet: it gets no traffic',
      tone: task.ready ? 'good' : 'busy',
      isFirst: true,
    },
    { label: 'agent', text: agent ? `${agent.name}, ${agent.state}` : task.agent, isFirst: true },
    { label: 'ports', text: portsText(task, agent), isFirst: true },
    { label: 'runs', text: commandText(task.what) },
    { label: 'executor', text: task.executor },
    { label: 'resources', text: resourcesSaid(task.resources) },
    { label: 'job', text: task.job },
    { label: 'framework', text: `${task.framework}, role ${task.role}` },
    { label: 'priority', text: priorityText(task, state) },
    { label: 'labels', text: pairs(task.labels) },
    { label: 'launched', text: when(task.launchedAt, now) },
    { label: 'id', text: task.id },
  ];
}

/** `http 10.0.0.12:31080 (80 inside)` */
const portsText = ({ ports }: Task, agent: Agent | undefined): string =>
  ports
    .map(({ name, host, container }) => {
      const inside = container === undefined || container === host ? '' : ` (${container} inside)`;
      return `${name} ${agent?.host.address ?? 'agent'}:${host}${inside}`;
    })
    .join(', ');

function priorityText({ role, priority }: Task, state: ClusterState): string {
  if (priority !== undefined) return String(priority);
  return `${(state.roles.get(role) ?? defaultRole(role)).priority}, that of its role`;
}

function frameworkFields(framework: Framework, _: ClusterState, now: number): Field[] {
  return [
    { label: 'since', text: when(framework.since, now) },
    { label: 'kinds', text: framework.kinds.join(', ') },
    { label: 'roles', text: framework.roles.join(', ') },
    { label: 'offers', text: offersWanted(framework) },
    { label: 'failover', text: `its tasks go on without it for ${age(framework.failoverMs)}` },
  ];
}

function offersWanted(framework: Framework): string {
  if (wantsNothing(framework)) return 'wants none for now';
  const { suppressed } = framework;
  return suppressed.length > 0 ? `wants none in role ${suppressed.join(', ')} for now` : 'wants offers';
}

function offerFields(offer: Offer, state: ClusterState, now: number): Field[] {
  return [
    { label: 'to', text: `${offer.framework}, role ${offer.role}` },
    { label: 'agent', text: state.agents.get(offer.agent)?.name ?? offer.agent },
    { label: 'resources', text: resourcesSaid(offer.resources) },
    { label: 'made', text: when(offer.at, now) },
    ...(offer.ended ? endFields(offer, offer.ended, state, now) : []),
    {
      label: 'expires',
      text: offer.ended ? '' : `${dateTime(offer.expiresAt)}, in ${age(offer.expiresAt - now)}`,
    },
  ];
}

function endFields({ at: made }: Offer, end: OfferEnd, state: ClusterState, now: number): Field[] {
  const { at, tasks = [] } = end;
  return [
    {
      label: 'ended',
      text: `${when(at, now)}, after ${at - made < 1000 ? `${at - made} ms` : age(at - made)}`,
    },
    { label: 'became', text: endText(end, state) },
    { label: 'tasks', text: tasks.map((id) => taskName(state, id)).join(', ') },
    {
      label: 'refused',
      text: end.until === undefined ? '' : `the rest of it until ${dateTime(end.until)}`,
    },
  ];
}

function roleFields({ role, weight, priority, preemption, quota }: RoleRecord, state: ClusterState): Field[] {
  const held = holdingsOf(state).byRole.get(role) ?? NO_HOLDING;
  const here = [...state.frameworks.values()].filter(({ roles }) => roles.includes(role));
  return [
    { label: 'weight', text: String(weight) },
    { label: 'priority', text: String(priority) },
    { label: 'preemption', text: preemption ? 'work of lower priority may be ended for it' : 'off' },
    { label: 'guarantee', text: amounts(quota?.guarantee ?? {}) || 'none' },
    { label: 'limit', text: amounts(quota?.limit ?? {}) || 'none' },
    {
      label: 'in use',
      text: `${amounts({ cpus: held.cpus, mem: held.mem, disk: held.disk })} (with the roles below it)`,
    },
    { label: 'frameworks', text: here.map(({ id }) => id).join(', ') || 'none' },
  ];
}

function eventFields({ seq, event }: Numbered, state: ClusterState, now: number): Field[] {
  const { at, type } = event;
  return [
    { label: 'event', text: eventText(event, state) },
    { label: 'type', text: type },
    { label: 'number', text: String(seq) },
    { label: 'at', text: when(at, now) },
  ];
}

function reservationFields(one: ReservationLine): Field[] {
  const { agent, role, kind, principal, labels, volume, resources, tasks } = one;
  return [
    { label: 'volume', text: volume ?? '' },
    { label: 'agent', text: agent },
    { label: 'role', text: role },
    { label: 'holds', text: contentsText(resources) },
    {
      label: 'made by',
      text: kind === 'static' ? 'the configuration of its agent' : (principal ?? 'nobody known'),
    },
    { label: 'labels', text: labelsText(labels) },
    { label: 'used by', text: tasks.join(', ') || 'nobody', tone: tasks.length > 0 ? 'plain' : 'faint' },
  ];
}

function quotaFields(one: QuotaLine): Field[] {
  const said = (milli: number | undefined): string =>
    milli === undefined ? 'none' : amount(one.name, milli);
  return [
    { label: 'of', text: one.name },
    { label: 'guarantee', text: said(one.guarantee) },
    { label: 'limit', text: said(one.limit) },
    { label: 'in use', text: said(one.used) },
    { label: 'offered', text: said(one.offered) },
  ];
}

function pluginFields(
  { version, state, why, source, sha256, since, addedAt, jobs }: PluginInfo,
  now: number,
): Field[] {
  return [
    {
      label: 'state',
      text: why === '' ? state : `${state}: ${why}`,
      tone: state === 'failing' ? 'bad' : 'plain',
    },
    { label: 'since', text: when(since, now) },
    { label: 'version', text: version },
    { label: 'jobs', text: String(jobs) },
    { label: 'source', text: source },
    { label: 'added', text: when(addedAt, now) },
    { label: 'sha256', text: sha256 },
  ];
}

/** Nothing when it is no longer there. */
export function fieldsOf(table: TableName, id: string, client: Source, now: number): Field[] | undefined {
  const { state } = client;
  const record = tableOf(table)
    .list(client)
    .find((r) => tableOf(table).id(r) === id);
  if (!record) return undefined;
  switch (table) {
    case 'agents':
      return agentFields(record as Agent, state, now);
    case 'jobs':
    case 'updates':
    case 'schedule':
      return jobFields(record as Job, state, now);
    case 'tasks':
      return taskFields(record as Task, state, now);
    case 'frameworks':
      return frameworkFields(record as Framework, state, now);
    case 'offers':
      return offerFields(record as Offer, state, now);
    case 'roles':
      return roleFields(record as RoleRecord, state);
    case 'events':
      return eventFields(record as Numbered, state, now);
    case 'volumes':
      return reservationFields(record as ReservationLine);
    case 'quotas':
      return quotaFields(record as QuotaLine);
    case 'plugins':
      return pluginFields(record as PluginInfo, now);
  }
}
