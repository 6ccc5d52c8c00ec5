/**
 * What frameworks are told of agents. All that changes within a moment goes together, and what several are told is encoded
 * once: after a failover tens of thousands of agents return, each of them news for each framework, and the frameworks
 * come back themselves and have to hear of them all.
 */
import type { Timer } from '../core/clock.ts';
import type { AgentId } from '../core/task.ts';
import { encode } from '../wire/codec.ts';
import { sizeOf } from '../wire/endpoint.ts';
import type { Peer } from '../wire/gate.ts';
import { inParts } from '../wire/in-parts.ts';
import type { AgentView } from '../wire/messages/framework.ts';
import { takesParts } from '../wire/protocol.ts';
import { type Frames, MAX_MESSAGE } from '../wire/transport.ts';
import type { Parts } from './parts.ts';

/** What happens within this time is told together (ms). */
const COALESCE = 5;
/** Who comes within this time is told the same of all agents, and then what is different (ms). */
const KEPT = 1_000;
/** Agents in one message: as many as fit for sure, in nearly all cases. */
const PART = 1_000;

interface Whole {
  readonly messages: readonly Frames[];
  /** Agents that have changed since. */
  readonly changed: Set<AgentId>;
}

export class AgentNews {
  readonly #parts: Parts;
  readonly #readers: () => readonly Peer[];
  readonly #changed = new Set<AgentId>();
  #timer: Timer | undefined;
  #whole: Whole | undefined;
  #forget: Timer | undefined;

  /** @param readers the frameworks' sessions */
  constructor(parts: Parts, readers: () => readonly Peer[]) {
    this.#parts = parts;
    this.#readers = readers;
  }

  add(agent: AgentId): void {
    this.#whole?.changed.add(agent);
    this.#changed.add(agent);
    this.#timer ??= this.#parts.clock.after(COALESCE, () => this.tell());
  }

  /** Now: what is sent next may be about these agents. */
  tell(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#changed.size === 0) return;
    const agents = this.#views(this.#changed);
    this.#changed.clear();
    const { old = [], usual = [] } = Object.groupBy(this.#readers(), ({ protocol }) =>
      takesParts(protocol) ? 'usual' : 'old',
    );
    for (const peer of old) for (const agent of agents) peer.send({ t: 'agent', agent });
    if (usual.length === 0) return;
    for (const frames of encoded(agents)) for (const peer of usual) peer.pass(frames);
  }

  /** All agents, to one that knows of none and takes parts. */
  tellAll(peer: Peer): void {
    const { messages, changed } = this.#all();
    for (const frames of messages) peer.pass(frames);
    for (const frames of encoded(this.#views(changed))) peer.pass(frames);
  }

  close(): void {
    this.#timer?.cancel();
    this.#forget?.cancel();
  }

  #all(): Whole {
    if (this.#whole) return this.#whole;
    this.#whole = { messages: encoded(this.#views(this.#parts.log.state.agents.keys())), changed: new Set() };
    this.#forget = this.#parts.clock.after(KEPT, () => {
      this.#whole = undefined;
    });
    return this.#whole;
  }

  #views(ids: Iterable<AgentId>): AgentView[] {
    const { agents, log } = this.#parts;
    // One may have been forgotten since it changed.
    return [...ids].flatMap((id) => log.state.agents.get(id) ?? []).map((agent) => agents.viewOf(agent));
  }
}

function encoded(agents: readonly AgentView[]): Frames[] {
  const messages: Frames[] = [];
  if (agents.length === 0) return messages;
  inParts(0, agents.length, (from, to) => {
    if (to - from > PART) return false;
    const frames = encode({ t: 'agents', agents: agents.slice(from, to) });
    const fits = sizeOf(frames) <= MAX_MESSAGE;
    if (fits) messages.push(frames);
    return fits;
  });
  return messages;
}
