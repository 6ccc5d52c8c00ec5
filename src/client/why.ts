/** The answer to why something is as it is, of whomever it is asked: frameworks, the allocator, what is known here. */
import type { Decision } from '../core/cluster.ts';

export interface Why {
  readonly sentence: string;
  /** Each agent with everything that stands in the way there; empty when nothing does. */
  readonly agents: readonly { readonly agent: string; readonly reasons: readonly string[] }[];
  /** The same for every agent by itself, where they are not very many. */
  readonly each?: Why['agents'] | undefined;
  /** What the lines are about, where they are no agents. @default 'what stands in the way' */
  readonly about?: string | undefined;
  /** The smallest change that would help; empty when none is known. */
  readonly help: string;
  /** What was done for it, the latest first. */
  readonly lately?: readonly Lately[] | undefined;
}

export interface Lately extends Omit<Decision, 'job'> {
  /** ms since 1970 */
  readonly at: number;
}
