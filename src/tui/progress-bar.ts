/** A bar of what is done, and what remains of it: a heavy line over a thin one, so it reads without colour. */
import { type Span, type Style, span } from './line.ts';

/** @param share 0 … 1 */
export function progressBar(share: number, width: number, style: Style): Span[] {
  const halves = Math.round(Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0)) * width * 2);
  const full = Math.floor(halves / 2);
  const half = halves % 2 === 1 ? '╸' : '';
  return [span('━'.repeat(full) + half, style), span('─'.repeat(width - full - half.length), 'free')].filter(
    (s) => s.text !== '',
  );
}
