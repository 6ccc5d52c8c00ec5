/**
 * One sentence per event, for people. The switch is exhaustive: a new event type does not compile until it can be said.
 * Names come from the replica; what is no longer there is called by its id.
 */
import { type Agent, type ClusterState, type RoleRecord, wantsNothing } from '../core/cluster.ts';
import type { Event, EventOf } from '../core/events.ts';
import { scalar } from '../core/resources.ts';
import type { AgentId } from '../core/task.ts';
import { isTerminal } from '../core/task-state.ts';
import { doneText } from './lately-text.ts';
import { endText, taskName } from './offer-text.ts';
import { age, amounts, cpus, size } from './table/figures.ts';
import type { Tone } from './table/table.ts';
import { whatRuns } from './table/what-runs.ts';
import { taskTone } from './table/work.ts';

const because = (why: string): string => (why === '' ? '' : `: ${why}`);

const agentName = (state: ClusterState, id: AgentId): string => state.agents.get(id)?.name ?? id;

/** Measurements tell no story; lists of events leave them out. */
export const isQuiet = (event: Event): boolean => event.type === 'agent.usage';

export function eventText(event: Event, state: ClusterState): string {
  switch (event.type) {
    case 'master.started':
      return `master of ${event.master.cluster} started at ${event.master.address}, epoch ${event.master.epoch}`;
    case 'agent.registered':
      return registrationText(event.agent);
    case 'agent.state':
      return `agent ${agentName(state, event.agent)} ${event.state}${because(event.why)}`;
    case 'agent.forgotten':
      return `agent ${agentName(state, event.agent)} is forgotten: it has been away for too long`;
    case 'agent.withdrawn':
      return withdrawalText(event, state);
    case 'agents.lost':
      return event.massLoss
        ? `${event.massLoss.away} of ${event.massLoss.of} agents are away at once: their work stays theirs until they return`
        : 'most agents are here again';
    case 'agent.total':
      return `agent ${agentName(state, event.agent)}: ${event.why}`;
    case 'agent.usage':
      return `agent ${agentName(state, event.agent)} uses cpus ${cpus(event.usage.cpus)}, mem ${size(event.usage.mem)}`;
    case 'framework.subscribed':
      return `framework ${event.framework.id} subscribed for ${event.framework.kinds.join(', ') || 'no kind of job'}`;
    case 'framework.recovered':
      return `framework ${event.framework.id} is away since before the master's start`;
    case 'framework.removed':
      return `framework ${event.framework} was removed with its tasks${because(event.why)}`;
    case 'framework.disconnected':
      return `framework ${event.framework} disconnected${because(event.why)}`;
    case 'framework.roles':
      return `framework ${event.framework} is in ${event.roles.length === 1 ? 'role' : 'roles'} ${event.roles.join(', ')} now`;
    case 'framework.suppressed':
      return suppressionText(event, state);
    case 'framework.error':
      return `framework ${event.framework} complains: ${event.message}`;
    case 'plugin.changed':
      return `plugin ${event.plugin} ${event.message}`;
    case 'offer.made': {
      const { offer } = event;
      const amounts = `cpus ${cpus(scalar(offer.resources, 'cpus'))}, mem ${size(scalar(offer.resources, 'mem') / 1000)}`;
      return `offer ${offer.id} to ${offer.framework}: ${amounts} on ${agentName(state, offer.agent)}`;
    }
    case 'offer.ended':
      return `offer ${event.offer} ${endText(event, state)}`;
    case 'task.launched':
      return `${event.task.name} launched on ${agentName(state, event.task.agent)}: ${whatRuns(event.task.what)}`;
    case 'task.status':
      return statusText(event, state);
    case 'task.closed':
      return `${taskName(state, event.task)} is history: its framework has acknowledged the end`;
    case 'preemption.proposed':
    case 'preemption.ended':
      return roomText(event, state);
    case 'job.changed': {
      const { job } = event;
      return `job ${job.name} ${job.status}, ${job.running} of ${job.desired} running${because(job.message)}`;
    }
    case 'job.removed':
      return `job ${event.job} removed`;
    case 'job.decided':
      return decisionText(event);
    case 'member.admitted':
      return `${event.member.role} ${event.member.name} admitted to the cluster`;
    case 'member.revoked':
      return `the key of ${event.name} was revoked`;
    case 'role.changed':
      return `role ${event.role.role} changed: ${roleText(event.role)}`;
    case 'role.removed':
      return `role ${event.role} is back to the defaults`;
    case 'peer.refused':
      return `a peer${event.address && ` at ${event.address}`} was refused${because(event.why)}`;
    case 'master.warning':
      return `master warns: ${event.message}`;
  }
}

function registrationText({ name, total, fault }: Agent): string {
  const has = `cpus ${cpus(scalar(total, 'cpus'))}, mem ${size(scalar(total, 'mem') / 1000)}`;
  const not = fault ? `; it is ${fault.state} (${fault.why}) and gets no new work` : '';
  return `agent ${name} registered: ${has}${not}`;
}

function withdrawalText({ at, agent, withdrawn }: EventOf<'agent.withdrawn'>, state: ClusterState): string {
  const name = agentName(state, agent);
  switch (withdrawn?.state) {
    case undefined:
      return `agent ${name} gets new work again`;
    case 'deactivated':
      return `agent ${name} gets no new work; its tasks go on`;
    case 'drained':
      return `agent ${name} is drained: nothing runs there any more`;
    case 'draining': {
      const { tasks, deadline } = withdrawn;
      const until = deadline === undefined ? '' : `, what is left in ${age(deadline - at)} is killed`;
      return `agent ${name} is draining: ${tasks === 1 ? '1 task is' : `${tasks} tasks are`} to move${until}`;
    }
  }
}

function roleText({ weight, priority, preemption, quota }: RoleRecord): string {
  const guaranteed = amounts(quota?.guarantee ?? {});
  const most = amounts(quota?.limit ?? {});
  return [
    `weight ${weight}`,
    `priority ${priority}`,
    `preemption ${preemption ? 'on' : 'off'}`,
    ...(guaranteed === '' ? [] : [`guaranteed ${guaranteed}`]),
    ...(most === '' ? [] : [`at most ${most}`]),
  ].join(', ');
}

function roomText(event: EventOf<'preemption.proposed' | 'preemption.ended'>, state: ClusterState): string {
  const names = event.tasks.map((task) => taskName(state, task)).join(', ');
  const where = `on ${agentName(state, event.agent)}`;
  const who = `${event.job} (role ${event.role})`;
  if (event.type === 'preemption.proposed')
    return `${who} needs room ${where}: ${names} must end within ${Math.round((event.deadline - event.at) / 1000)} s`;
  if (event.outcome === 'made room') return `${names} made room ${where} for ${who}`;
  return `${names} may stay ${where}${because(event.why)}`;
}

function suppressionText(
  { framework: id, roles }: Extract<Event, { type: 'framework.suppressed' }>,
  state: ClusterState,
): string {
  if (roles.length === 0) return `framework ${id} wants offers again`;
  const framework = state.frameworks.get(id);
  const where =
    framework && wantsNothing({ ...framework, suppressed: roles }) ? '' : ` in role ${roles.join(', ')}`;
  return `framework ${id} wants no offers${where} for now`;
}

function statusText(event: Extract<Event, { type: 'task.status' }>, state: ClusterState): string {
  const { status } = event;
  const agent = state.tasks.get(status.task)?.agent;
  const where = agent === undefined ? '' : ` on ${agentName(state, agent)}`;
  const exit = status.exitCode === undefined ? '' : ` ${status.exitCode}`;
  const health =
    status.healthy === undefined || isTerminal(status.state)
      ? ''
      : status.healthy
        ? ', healthy'
        : ', unhealthy';
  const readiness =
    status.ready === undefined || isTerminal(status.state) ? '' : status.ready ? ', ready' : ', not ready';
  const why = `${status.reason.replaceAll('_', ' ')}${exit}${health}${readiness}`;
  return `${taskName(state, status.task)} ${status.state}${where} (${why})${because(status.message)}`;
}

export function eventTone(event: Event, state: ClusterState): Tone {
  switch (event.type) {
    case 'task.status': {
      const task = state.tasks.get(event.status.task);
      return task ? taskTone({ ...task, ...event.status }) : 'plain';
    }
    case 'agent.state':
      return event.state === 'ready' ? 'good' : event.state === 'unreachable' ? 'bad' : 'busy';
    case 'agent.registered':
      return event.agent.fault ? 'bad' : 'good';
    case 'framework.subscribed':
    case 'member.admitted':
    case 'master.started':
      return 'good';
    case 'framework.error':
    case 'peer.refused':
    case 'member.revoked':
    case 'framework.disconnected':
    case 'framework.removed':
      return 'bad';
    case 'plugin.changed':
      return event.failing ? 'bad' : 'good';
    case 'agents.lost':
      return event.massLoss ? 'bad' : 'good';
    case 'agent.withdrawn':
      return event.withdrawn ? 'busy' : 'good';
    case 'preemption.proposed':
    case 'master.warning':
      return 'busy';
    default:
      return 'plain';
  }
}

/** `service for web: 1 started (missing), because web.2 FAILED: exited with code 1` */
const decisionText = ({ framework, job, cause, ...done }: EventOf<'job.decided'>): string =>
  `${framework} for ${job}: ${doneText(done)}; because ${cause}`;

/** The names (job, task, agent, framework, offer: ids as in the state) that an event is about. */
export function subjectsOf(event: Event): readonly string[] {
  switch (event.type) {
    case 'agent.registered':
      return [event.agent.id];
    case 'agent.state':
    case 'agent.forgotten':
    case 'agent.total':
    case 'agent.withdrawn':
    case 'agent.usage':
      return [event.agent];
    case 'framework.subscribed':
    case 'framework.recovered':
      return [event.framework.id];
    case 'framework.removed':
    case 'framework.disconnected':
    case 'framework.roles':
    case 'framework.suppressed':
    case 'framework.error':
      return [event.framework];
    case 'plugin.changed':
      return [event.plugin];
    case 'preemption.proposed':
    case 'preemption.ended':
      return [event.job, event.agent, event.framework, ...event.tasks];
    case 'offer.made':
      return [event.offer.id, event.offer.agent, event.offer.framework];
    case 'offer.ended':
      return [event.offer];
    case 'task.launched':
      return [event.task.id, event.task.job, event.task.agent];
    case 'task.status':
      return [event.status.task];
    case 'task.closed':
      return [event.task];
    case 'job.changed':
      return [event.job.name];
    case 'job.removed':
    case 'job.decided':
      return [event.job];
    case 'role.changed':
      return [event.role.role];
    case 'role.removed':
      return [event.role];
    default:
      return [];
  }
}
