/**
 * The clients: each that watches gets a snapshot and then every event, in batches, as far as its credit goes. One that
 * does not read falls behind alone: what it missed is not kept for it, it gets a new snapshot when it reads again.
 */
import { snapshotOf } from '../core/apply.ts';
import type { Timer } from '../core/clock.ts';
import type { Agent, MemberRole, Snapshot } from '../core/cluster.ts';
import { TenderError } from '../core/errors.ts';
import type { Numbered } from '../core/events.ts';
import type { Json } from '../core/json.ts';
import { kindUnknown } from '../core/nearest.ts';
import type { FrameworkId, TaskId } from '../core/task.ts';
import { isLive } from '../core/task-state.ts';
import { checkRequest } from '../wire/check-request.ts';
import { encode } from '../wire/codec.ts';
import type { Peer } from '../wire/gate.ts';
import { inParts } from '../wire/in-parts.ts';
import type { FromClient } from '../wire/messages/client.ts';
import type { Request } from '../wire/messages/request.ts';
import { EVENT_WINDOW } from '../wire/protocol.ts';
import { backupText } from './backup.ts';
import { explain } from './explain.ts';
import { Export } from './export.ts';
import type { Parts } from './parts.ts';
import { PluginDesk } from './plugin-desk.ts';
import { reply } from './reply.ts';
import { setAside } from './set-aside.ts';

/** Events of so many ms go together, while many come. */
const BATCH = 10;
/** Records of each kind in one part of a snapshot, at most: as many as fit into a message. */
const PART = 1000;

interface Watcher {
  credit: number;
  /** It missed something: only a snapshot helps. */
  behind: boolean;
}

export class Clients {
  readonly #parts: Parts;
  readonly #tokenText: (secret: string, role: MemberRole) => string;
  readonly #watchers = new Map<Peer, Watcher>();
  readonly #export = new Export();
  readonly #pluginDesk: PluginDesk;
  #batch: Numbered[] = [];
  #flushedAt = 0;
  #timer: Timer | undefined;

  constructor(parts: Parts, tokenText: (secret: string, role: MemberRole) => string) {
    this.#parts = parts;
    this.#tokenText = tokenText;
    this.#pluginDesk = new PluginDesk(parts);
    parts.log.listen((numbered) => {
      if (this.#watchers.size === 0) return;
      this.#batch.push(numbered);
      // The first after a quiet time goes at once, with what happens in the same moment.
      const quiet = parts.clock.now() - this.#flushedAt >= BATCH;
      this.#timer ??= parts.clock.after(quiet ? 0 : BATCH, () => this.#flush());
    });
  }

  close(): void {
    this.#timer?.cancel();
  }

  left(peer: Peer): void {
    this.#watchers.delete(peer);
    this.#export.left(peer);
    this.#pluginDesk.left(peer);
    this.#parts.relay.clientLeft(peer);
  }

  message(peer: Peer, message: FromClient, bytes: Uint8Array | undefined): void {
    switch (message.t) {
      case 'watch':
        this.#flush();
        // Asked again it has no more credit than before: a snapshot is large, and asking for one is not.
        this.#watchers.set(peer, { credit: this.#watchers.get(peer)?.credit ?? EVENT_WINDOW, behind: true });
        return this.#catchUp(peer);
      case 'credit': {
        const watcher = this.#watchers.get(peer);
        if (!watcher) return;
        watcher.credit = Math.min(EVENT_WINDOW, watcher.credit + message.batches);
        return this.#catchUp(peer);
      }
      case 'request':
        return reply(peer, message, this.#answer(peer, message));
      default:
        return this.#parts.relay.fromClient(peer, message, bytes);
    }
  }

  #flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#flushedAt = this.#parts.clock.now();
    const events = this.#batch;
    this.#batch = [];
    if (events.length === 0) return;
    const readers: [Peer, Watcher][] = [];
    for (const [peer, watcher] of this.#watchers) {
      if (watcher.behind) continue;
      if (watcher.credit <= 0) watcher.behind = true;
      else readers.push([peer, watcher]);
    }
    if (readers.length === 0) return;
    for (const [, watcher] of readers) watcher.credit -= 1;
    const send = (from: number, to: number): boolean => {
      const frames = encode({ t: 'events', events: events.slice(from, to) });
      return readers.every(([peer]) => peer.pass(frames));
    };
    if (inParts(0, events.length, send)) return;
    for (const [, watcher] of readers) watcher.behind = true;
  }

  #catchUp(peer: Peer): void {
    const watcher = this.#watchers.get(peer);
    if (!watcher?.behind || watcher.credit <= 0) return;
    // Half a window of room first: a client on the edge would get nothing but snapshots.
    if (watcher.credit < EVENT_WINDOW / 2) return;
    this.#flush();
    watcher.credit -= 1;
    watcher.behind = false;
    const whole = snapshotOf(this.#parts.log.state);
    const most = Math.max(...LISTS.map((list) => whole[list]?.length ?? 0));
    const send = (from: number, to: number): boolean =>
      to - from <= PART &&
      peer.sendIfFits({ t: 'snapshot', snapshot: partOf(whole, from, to), more: to < most });
    if (inParts(0, most, send)) return;
    const error = new TenderError('request.failed', {
      what: 'watch',
      cause: 'one record alone is over the limit of a message',
    });
    this.#parts.members.turnOut(peer, error);
  }

  async #answer(peer: Peer, { method, params }: Request): Promise<Json> {
    const { members, log, frameworks, agents, withdrawals, failover, roles } = this.#parts;
    const request = checkRequest(method, params);
    switch (request.method) {
      case 'framework.call':
        return frameworks.call(this.#target(request.params.to), request.params.verb, request.params.args);
      case 'token.create': {
        const { role, ttlMs, name } = request.params;
        const { secret, expiresAt } = await members.createToken(role, ttlMs, name);
        return { token: this.#tokenText(secret, role), expiresAt };
      }
      case 'token.list':
        return members.tokens();
      case 'member.versions':
        return members.versions() as unknown as Json;
      case 'master.clock':
        return { now: this.#parts.clock.now() };
      case 'member.revoke':
        await members.revoke(request.params.name);
        return {};
      case 'agent.gone':
        await agents.gone(this.#agent(request.params.name).id);
        return {};
      case 'agent.drain': {
        const { name, deadlineMs } = request.params;
        await withdrawals.drain(this.#agent(name), deadlineMs);
        return {};
      }
      case 'agent.deactivate':
        await withdrawals.deactivate(this.#agent(request.params.name));
        return {};
      case 'agent.activate':
        await withdrawals.activate(this.#agent(request.params.name));
        return {};
      case 'task.kill':
        this.#kill(request.params.task, request.params.graceMs);
        return {};
      case 'framework.remove':
        await failover.remove(request.params.name as FrameworkId, 'a person said so');
        return {};
      case 'agent.give_up': {
        const ids = request.params.names.map((name) => this.#agent(name).id);
        for (const id of ids) await agents.giveUp(id);
        return {};
      }
      case 'agent.reserve':
      case 'agent.unreserve':
      case 'agent.destroy':
        await setAside(this.#parts, this.#agent(request.params.name), request, peer.name);
        return {};
      case 'allocator.explain':
        return explain(this.#parts, request.params) as unknown as Json;
      case 'roles.set': {
        const { changes, force } = request.params;
        return (await roles.change(changes, force)) as unknown as Json;
      }
      case 'quota.list':
        return roles.quotas() as unknown as Json;
      case 'registry.export':
        return this.#exportTo(peer, request.params.from);
      case 'plugin.upload':
      case 'plugin.add':
      case 'plugin.upgrade':
      case 'plugin.remove':
      case 'plugin.list':
      case 'plugin.logs':
        return this.#pluginDesk.answer(peer, request);
      case 'events.recent':
        return log.recent(request.params.limit) as unknown as Json;
    }
  }

  #agent(name: string): Agent {
    const agent = [...this.#parts.log.state.agents.values()].find((known) => known.name === name);
    if (!agent) throw new TenderError('agent.unknown', { name });
    return agent;
  }

  #kill(id: TaskId, graceMs: number | undefined): void {
    const { log, tasks } = this.#parts;
    const task = log.state.tasks.get(id);
    if (!task) throw new TenderError('task.unknown', { name: id });
    if (!isLive(task.state))
      throw new TenderError('task.not_running', { name: task.name, state: task.state });
    tasks.kill(task.framework, id, graceMs);
  }

  #exportTo(peer: Peer, from: number): Json {
    const { members, registry, clock, log } = this.#parts;
    if (!members.isOwn(peer.key))
      throw new TenderError('request.denied', {
        role: 'client',
        what: 'take a backup, which holds all keys: only the user who started the master may, on its machine',
      });
    return this.#export.piece(peer, from, () => backupText(registry, clock.now(), log.state.master.version));
  }

  #target(to: { framework: string } | { kind: string } | { job: string }): FrameworkId {
    const { frameworks, jobs } = this.#parts.log.state;
    if ('framework' in to) return to.framework as FrameworkId;
    if ('job' in to) {
      const job = jobs.get(to.job);
      if (!job) throw new TenderError('job.unknown', { name: to.job });
      return job.framework;
    }
    const found = [...frameworks.values()].find(({ kinds }) => kinds.includes(to.kind));
    if (!found) {
      throw kindUnknown(
        to.kind,
        [...frameworks.values()].flatMap(({ kinds }) => kinds),
      );
    }
    return found.id;
  }
}

const LISTS = [
  'agents',
  'frameworks',
  'offers',
  'endedOffers',
  'tasks',
  'jobs',
  'members',
  'roles',
] as const satisfies readonly (keyof Snapshot)[];

/** Of each list the records from (included) to (excluded). */
const partOf = (whole: Snapshot, from: number, to: number): Snapshot => ({
  ...whole,
  ...Object.fromEntries(LISTS.map((list) => [list, whole[list]?.slice(from, to)])),
});
