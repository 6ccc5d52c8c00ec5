/** A bar of what is done, and what remains of it, in the look of the screen. */
import { barParts } from '../client/table/job-work.ts';
import type { Tone } from '../client/tables.ts';
import { type Span, span } from './line.ts';

/** @param share 0 … 1 */
export const progressBar = (share: number, width: number, tone: Tone): Span[] =>
  barParts(share, width, tone)
    .filter(({ text }) => text !== '')
    .map(({ text, tone: worn }) => span(text, worn === 'faint' ? 'free' : worn));
