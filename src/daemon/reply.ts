/** Answers a request with what its work comes to, or with the error. An answer over the limit of a message is one, too. */
import { reportOf, TenderError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import type { Peer } from '../wire/gate.ts';
import type { Request } from '../wire/messages/request.ts';
import { MAX_MESSAGE } from '../wire/transport.ts';

export function reply(peer: Peer, { id, method }: Request, work: Promise<Json>): void {
  work
    .then((value) => {
      if (peer.sendIfFits({ t: 'reply', id, ok: true, value })) return;
      const bytes = Buffer.byteLength(JSON.stringify(value));
      throw new TenderError('wire.too_large', { bytes, limit: MAX_MESSAGE });
    })
    .catch((error: unknown) => peer.send({ t: 'reply', id, ok: false, error: reportOf(error, method) }));
}
