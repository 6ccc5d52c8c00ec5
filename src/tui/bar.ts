/** A bar of blocks. Half-height blocks keep lines apart; what is free is a thin line, so it reads without colour too. */
import { type Span, type Style, span } from './line.ts';

const clamp = (n: number, low: number, high: number): number => Math.min(high, Math.max(low, n));

/** @param share 0 … 1; above zero it shows at least one cell. Nearly full wears a warning colour. */
export function bar(share: number, width: number, style: Style): Span[] {
  const full = Number.isFinite(share) && share > 0 ? clamp(Math.round(share * width), 1, width) : 0;
  const worn = style === 'used' && share >= 0.9 ? 'bad' : style === 'used' && share >= 0.75 ? 'busy' : style;
  return [span('▄'.repeat(full), worn), span('▁'.repeat(width - full), 'free')].filter((s) => s.text !== '');
}
