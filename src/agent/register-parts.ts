/** A registration as the messages that carry it: one, or as many parts as the limit of a message makes necessary. */
import { encode } from '../wire/codec.ts';
import { sizeOf } from '../wire/endpoint.ts';
import { inParts } from '../wire/in-parts.ts';
import type { Register } from '../wire/messages/agent.ts';
import { takesParts } from '../wire/protocol.ts';
import { MAX_MESSAGE } from '../wire/transport.ts';

/** @param protocol the master's; an old one gets all of it in one message, which may be too large to be sent */
export function registerParts(whole: Register, protocol: string): readonly Register[] {
  const { tasks } = whole;
  const parts: Register[] = [];
  const isWhole = inParts(0, tasks.length, (from, to) => {
    const more = to < tasks.length ? true : undefined;
    const part: Register = { ...whole, tasks: tasks.slice(from, to), from: from || undefined, more };
    const fits = sizeOf(encode(part)) <= MAX_MESSAGE;
    if (fits) parts.push(part);
    return fits;
  });
  return isWhole && takesParts(protocol) ? parts : [whole];
}
