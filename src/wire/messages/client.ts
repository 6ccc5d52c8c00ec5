/** What a client and the master say to each other: the events of the cluster, requests, and byte streams. */
import type { MemberRole, RoleRecord, Snapshot } from '../../core/cluster.ts';
import type { Numbered } from '../../core/events.ts';
import type { Explained } from '../../core/explanation.ts';
import type { Json } from '../../core/json.ts';
import type { QuotaUse, RoleChange } from '../../core/quota-rules.ts';
import type { Resources } from '../../core/resources.ts';
import type { TaskId } from '../../core/task.ts';
import type { PluginRequests } from './plugin.ts';
import type { Reply, Request } from './request.ts';
import type { StreamMessage } from './stream.ts';

/** Start the event stream: a snapshot, then events. */
export type Watch = { readonly t: 'watch' };
/** So many more batches may be sent. */
export type EventCredit = { readonly t: 'credit'; readonly batches: number };
export type FromClient = Watch | EventCredit | Request | StreamMessage;

/** A large state comes in parts, each with some of the records; the last one has `more: false`. */
export type SnapshotMessage = { readonly t: 'snapshot'; readonly snapshot: Snapshot; readonly more: boolean };
export type EventBatch = { readonly t: 'events'; readonly events: readonly Numbered[] };
export type ToClient = SnapshotMessage | EventBatch | Reply | StreamMessage;

/** Connected members of one role that run the same. */
export interface MembersOfVersion {
  readonly role: MemberRole;
  readonly version: string;
  readonly protocol: string;
  readonly count: number;
  /** The first few. */
  readonly names: readonly string[];
}

/** What a client may ask of the master: parameters and answer of each request. */
export interface ClientRequests extends PluginRequests {
  /** Asks a framework to do something; `to` finds it by name, by kind of job, or by a job that it runs. */
  'framework.call': {
    params: { to: { framework: string } | { kind: string } | { job: string }; verb: string; args: Json };
    result: Json;
  };
  'token.create': {
    params: { role: MemberRole; ttlMs: number; name?: string | undefined };
    result: { token: string; expiresAt: number };
  };
  'token.list': {
    params: Record<string, never>;
    result: { id: string; role: MemberRole; expiresAt: number }[];
  };
  /** Of those that are connected. */
  'member.versions': { params: Record<string, never>; result: MembersOfVersion[] };
  /** The master's own time (ms since 1970). */
  'master.clock': { params: Record<string, never>; result: { now: number } };
  'member.revoke': { params: { name: string }; result: Record<string, never> };
  /** A person's word that this machine will not come back; final. */
  'agent.gone': { params: { name: string }; result: Record<string, never> };
  /** Its tasks are to move; after `deadlineMs` what is left is killed (absent: nothing is). */
  'agent.drain': {
    params: { name: string; deadlineMs?: number | undefined };
    result: Record<string, never>;
  };
  'agent.deactivate': { params: { name: string }; result: Record<string, never> };
  'agent.activate': { params: { name: string }; result: Record<string, never> };
  /** Ends one task, whatever its framework does about that: most put another one in its place. */
  'task.kill': {
    params: { task: TaskId; graceMs?: number | undefined };
    result: Record<string, never>;
  };
  /** With its tasks, jobs and all that it has stored; final. */
  'framework.remove': { params: { name: string }; result: Record<string, never> };
  /** Disconnected ones are waited for no longer: their work is given to others now. */
  'agent.give_up': { params: { names: readonly string[] }; result: Record<string, never> };
  /** Sets free resources aside, in the name of who asks: written as they shall be, that layer the innermost of each. */
  'agent.reserve': { params: { name: string; resources: Resources }; result: Record<string, never> };
  /** Takes the innermost layer away, whoever made it: written as they are. */
  'agent.unreserve': { params: { name: string; resources: Resources }; result: Record<string, never> };
  /** With what is in them; the disk stays reserved. */
  'agent.destroy': { params: { name: string; volumes: Resources }; result: Record<string, never> };
  /**
   * Why these frameworks or roles (all, if not said) are offered no more than they are: the allocator's reasons, now,
   * in words, agents with the same ones as one; for each framework and role, the worst first.
   */
  'allocator.explain': {
    params: { framework?: string | undefined; role?: string | undefined };
    result: Explained[];
  };
  /** All of the changes or none; `force`: also what asks for more than there is, or less than is in use. */
  'roles.set': { params: { changes: readonly RoleChange[]; force: boolean }; result: RoleRecord[] };
  /** Of every role with quota. */
  'quota.list': { params: Record<string, never>; result: QuotaUse[] };
  /**
   * For a backup: all that the master must not forget, keys included, as text in pieces; each goes on where the last
   * ended. Only for the user who started the master.
   */
  'registry.export': { params: { from: number }; result: { piece: string; more: boolean } };
  /** The last events, oldest first, from the master's bounded memory. */
  'events.recent': { params: { limit: number }; result: Numbered[] };
}
export type ClientMethod = keyof ClientRequests;
/** One request with its checked parameters. */
export type ClientRequest = {
  [M in ClientMethod]: { method: M; params: ClientRequests[M]['params'] };
}[ClientMethod];
