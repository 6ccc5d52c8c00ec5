/**
 * The one place where cluster state changes. Deterministic: the same events in the same order give the same state,
 * in the master, in a replica and in a test. Records are replaced, never edited, so a reader may keep them.
 */
import { CLOSED_KEPT, type ClusterState, ENDED_KEPT, emptyCluster, type Snapshot } from './cluster.ts';
import type { Event, EventOf } from './events.ts';
import type { TaskId, TaskStatus } from './task.ts';
import { mayBecome } from './task-state.ts';

/** Events about things that the state does not hold (any more) change nothing. */
export function apply(state: ClusterState, event: Event): void {
  switch (event.type) {
    case 'master.started':
      state.master = event.master;
      return;
    case 'agent.registered':
      state.agents.set(event.agent.id, event.agent);
      return;
    case 'agent.state':
      return patch(state.agents, event.agent, {
        state: event.state,
        since: event.at,
        until: event.until,
      });
    case 'agent.forgotten':
      state.agents.delete(event.agent);
      for (const task of event.tasks) state.tasks.delete(task);
      return;
    case 'agent.withdrawn':
      return patch(state.agents, event.agent, { withdrawn: event.withdrawn });
    case 'agents.lost':
      state.massLoss = event.massLoss;
      return;
    case 'agent.total':
      return patch(state.agents, event.agent, { total: event.total });
    case 'agent.usage':
      return patch(state.agents, event.agent, { usage: event.usage });
    case 'framework.removed':
      state.frameworks.delete(event.framework);
      return;
    case 'framework.subscribed':
    case 'framework.recovered':
      state.frameworks.set(event.framework.id, event.framework);
      return;
    case 'framework.disconnected':
      return patch(state.frameworks, event.framework, { state: 'disconnected', since: event.at });
    case 'framework.roles':
      return patch(state.frameworks, event.framework, { roles: event.roles, suppressed: event.suppressed });
    case 'framework.suppressed':
      return patch(state.frameworks, event.framework, { suppressed: event.roles });
    case 'offer.made':
      state.offers.set(event.offer.id, event.offer);
      return;
    case 'offer.ended':
      return endOffer(state, event);
    case 'task.launched':
      // Never by a master that is right, but a list with an open task in it would differ from a replica's.
      if (state.tasks.get(event.task.id)?.closed) state.closed.splice(state.closed.indexOf(event.task.id), 1);
      state.tasks.set(event.task.id, event.task);
      return;
    case 'task.status':
      return applyStatus(state, event.status);
    case 'task.closed':
      return close(state, event.task);
    case 'job.changed':
      state.jobs.set(event.job.name, event.job);
      return;
    case 'job.removed':
      state.jobs.delete(event.job);
      return;
    case 'member.admitted':
      state.members.set(event.member.name, event.member);
      return;
    case 'member.revoked':
      state.members.delete(event.name);
      return;
    case 'role.changed':
      state.roles.set(event.role.role, event.role);
      return;
    case 'role.removed':
      state.roles.delete(event.role);
      return;
    case 'preemption.proposed':
    case 'preemption.ended':
    case 'job.decided':
    case 'framework.error':
    case 'plugin.changed':
    case 'peer.refused':
    case 'master.warning':
      return;
  }
}

function patch<K, V extends object>(map: Map<K, V>, key: K, change: Partial<V>): void {
  const old = map.get(key);
  if (old) map.set(key, { ...old, ...change });
}

function endOffer(state: ClusterState, { type: _, offer: id, ...ended }: EventOf<'offer.ended'>): void {
  const { offers, endedOffers } = state;
  const offer = offers.get(id);
  if (!offer) return;
  offers.delete(id);
  endedOffers.push({ ...offer, ended });
  const alike = endedOffers.filter((one) => one.ended.outcome === ended.outcome);
  if (alike.length > ENDED_KEPT) endedOffers.splice(endedOffers.indexOf(alike[0]!), 1);
}

function applyStatus(state: ClusterState, status: TaskStatus): void {
  const task = state.tasks.get(status.task);
  if (!task || !mayBecome(task.state, status.state)) return;
  const { task: _, at, ...rest } = status;
  state.tasks.set(task.id, { ...task, ...rest, since: task.state === status.state ? task.since : at });
}

function close(state: ClusterState, id: TaskId): void {
  const task = state.tasks.get(id);
  if (!task || task.closed) return;
  // Put in anew: the closed ones stand in the order of their closing, so that a snapshot keeps it.
  state.tasks.delete(id);
  const { output: _, ...rest } = task;
  state.tasks.set(id, { ...rest, closed: true });
  state.closed.push(id);
  if (state.closed.length > CLOSED_KEPT) state.tasks.delete(state.closed.shift()!);
}

export const snapshotOf = (state: ClusterState): Snapshot => ({
  master: state.master,
  agents: [...state.agents.values()],
  frameworks: [...state.frameworks.values()],
  offers: [...state.offers.values()],
  endedOffers: [...state.endedOffers],
  tasks: [...state.tasks.values()],
  jobs: [...state.jobs.values()],
  members: [...state.members.values()],
  roles: [...state.roles.values()],
  massLoss: state.massLoss,
  seq: state.seq,
});

export function restore(snapshot: Snapshot): ClusterState {
  const state = emptyCluster(snapshot.master);
  for (const agent of snapshot.agents) state.agents.set(agent.id, agent);
  for (const framework of snapshot.frameworks) state.frameworks.set(framework.id, framework);
  for (const offer of snapshot.offers) state.offers.set(offer.id, offer);
  state.endedOffers.push(...(snapshot.endedOffers ?? []));
  for (const task of snapshot.tasks) {
    state.tasks.set(task.id, task);
    if (task.closed) state.closed.push(task.id);
  }
  for (const job of snapshot.jobs) state.jobs.set(job.name, job);
  for (const member of snapshot.members) state.members.set(member.name, member);
  for (const role of snapshot.roles) state.roles.set(role.role, role);
  state.massLoss = snapshot.massLoss;
  state.seq = snapshot.seq;
  return state;
}
