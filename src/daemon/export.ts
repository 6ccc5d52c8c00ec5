/**
 * The registry on its way into a backup: one moment of it as text, which a client fetches piece by piece. Kept for a
 * client until it has the last piece, begins anew or leaves.
 */
import { TenderError } from '../core/errors.ts';
import type { Peer } from '../wire/gate.ts';

/** Characters: with all of them escaped a piece still fits into a message. */
const PIECE = 256 * 1024;

export class Export {
  readonly #texts = new Map<Peer, string>();

  /**
   * @param from where the last piece ended; 0 begins
   * @param whole called at the beginning
   * @throws TenderError `request.failed`
   */
  piece(peer: Peer, from: number, whole: () => string): { piece: string; more: boolean } {
    const text = from === 0 ? whole() : this.#texts.get(peer);
    if (text === undefined || from > text.length)
      throw new TenderError('request.failed', { what: 'the backup', cause: 'nothing is being fetched' });
    const to = from + PIECE;
    const more = to < text.length;
    if (more) this.#texts.set(peer, text);
    else this.#texts.delete(peer);
    return { piece: text.slice(from, to), more };
  }

  left(peer: Peer): void {
    this.#texts.delete(peer);
  }
}
