/**
 * Byte streams between clients and agents (logs, exec). The master only passes frames on: the two ends pace each other
 * with credit, so nothing waits here, and a slow end slows only its own stream. An end that sends more than the other has
 * asked for would make it wait here after all: that stream is ended. When either end goes, the other is told.
 */
import { reportOf, TenderError } from '../core/errors.ts';
import type { AgentId } from '../core/task.ts';
import { PIECE } from '../wire/credit.ts';
import type { Peer } from '../wire/gate.ts';
import type { StreamMessage, StreamOpen } from '../wire/messages/stream.ts';
import { MAX_STREAMS, STREAM_WINDOW } from '../wire/protocol.ts';
import type { Parts } from './parts.ts';

/** The window, and what its last piece may exceed it by. */
const MOST_AHEAD = STREAM_WINDOW + PIECE;

interface Stream {
  readonly client: Peer;
  /** The client's own name of it. */
  readonly name: string;
  readonly agent: AgentId;
  /** The name between master and agent. */
  readonly id: string;
  /** Bytes that were passed on to each of them, and for which it has not asked anew. */
  readonly ahead: Record<End, number>;
}

type End = 'client' | 'agent';

export class Relay {
  readonly #parts: Parts;
  readonly #byId = new Map<string, Stream>();
  readonly #byClient = new Map<Peer, Map<string, Stream>>();
  #count = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  fromClient(client: Peer, message: StreamMessage, bytes: Uint8Array | undefined): void {
    if (message.t === 'stream.open') return this.#open(client, message);
    const stream = this.#byClient.get(client)?.get(message.stream);
    if (!stream) return; // it has ended meanwhile
    if (!this.#keepsPace(stream, 'client', message, bytes)) return;
    if (message.t === 'stream.end' && message.error) this.#forget(stream);
    this.#parts.agents.send(stream.agent, { ...message, stream: stream.id }, bytes);
  }

  fromAgent(agent: AgentId, message: StreamMessage, bytes: Uint8Array | undefined): void {
    const stream = this.#byId.get(message.stream);
    if (stream?.agent !== agent) return;
    if (!this.#keepsPace(stream, 'agent', message, bytes)) return;
    if (message.t === 'stream.end') this.#forget(stream);
    stream.client.send({ ...message, stream: stream.name }, bytes);
  }

  clientLeft(client: Peer): void {
    for (const stream of [...(this.#byClient.get(client)?.values() ?? [])]) {
      this.#forget(stream);
      this.#tellAgent(stream, new TenderError('stream.ended', { cause: 'the client is gone' }));
    }
  }

  agentLeft(agent: AgentId): void {
    for (const stream of [...this.#byId.values()])
      if (stream.agent === agent) {
        this.#forget(stream);
        this.#refuse(
          stream.client,
          stream.name,
          new TenderError('stream.ended', { cause: 'the agent is disconnected' }),
        );
      }
  }

  /** @param from who says this. @returns false: it has sent too much, and the stream is over */
  #keepsPace(stream: Stream, from: End, message: StreamMessage, bytes: Uint8Array | undefined): boolean {
    const { ahead } = stream;
    if (message.t === 'stream.credit') ahead[from] = Math.max(0, ahead[from] - message.bytes);
    if (message.t !== 'stream.data') return true;
    const to = from === 'client' ? 'agent' : 'client';
    ahead[to] += bytes?.length ?? 0;
    if (ahead[to] <= MOST_AHEAD) return true;
    this.#forget(stream);
    const error = new TenderError('stream.ended', { cause: `its ${from} sends more than was asked for` });
    this.#tellAgent(stream, error);
    this.#refuse(stream.client, stream.name, error);
    return false;
  }

  #tellAgent({ agent, id }: Stream, error: TenderError): void {
    this.#parts.agents.send(agent, { t: 'stream.end', stream: id, error: reportOf(error, 'stream') });
  }

  #open(client: Peer, message: StreamOpen): void {
    const streams = this.#byClient.get(client) ?? new Map<string, Stream>();
    const task = this.#parts.log.state.tasks.get(message.task);
    if (streams.has(message.stream)) return;
    if (!task)
      return this.#refuse(client, message.stream, new TenderError('task.unknown', { name: message.task }));
    if (streams.size >= MAX_STREAMS)
      return this.#refuse(client, message.stream, new TenderError('stream.too_many', { limit: MAX_STREAMS }));
    this.#count += 1;
    const ahead = { client: 0, agent: 0 };
    const stream = { client, name: message.stream, agent: task.agent, id: `s${this.#count}`, ahead };
    if (!this.#parts.agents.send(task.agent, { ...message, stream: stream.id }))
      return this.#refuse(
        client,
        message.stream,
        new TenderError('stream.ended', { cause: 'the agent is disconnected' }),
      );
    streams.set(stream.name, stream);
    this.#byClient.set(client, streams);
    this.#byId.set(stream.id, stream);
  }

  #refuse(client: Peer, stream: string, error: TenderError): void {
    client.send({ t: 'stream.end', stream, error: reportOf(error, 'stream') });
  }

  #forget({ client, name, id }: Stream): void {
    this.#byId.delete(id);
    const streams = this.#byClient.get(client);
    streams?.delete(name);
    if (streams?.size === 0) this.#byClient.delete(client);
  }
}
