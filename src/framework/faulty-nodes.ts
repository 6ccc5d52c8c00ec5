/**
 * Which agents a job had better not be started on again for a while: five failures of one version of it on an agent
 * within five minutes, and the agent is the last choice for this version (Swarm's rule). For each version and agent:
 *
 *   fine ── fifth failure within five minutes ──→ faulty ── five minutes without another ──→ fine
 *
 * Only ever the last choice: where nothing else is free, it is tried there again.
 */
import type { AgentId } from '../core/task.ts';

const FAILURES = 5;
const WINDOW_MS = 300_000;

interface Version {
  readonly job: string;
  readonly version?: number | undefined;
}

export class FaultyNodes {
  /** Times of the last failures, the latest last; at most so many as make an agent faulty. */
  readonly #failures = new Map<string, readonly number[]>();

  /** An instance of this version has failed there. @param now ms since 1970 */
  failed(version: Version, agent: AgentId, now: number): void {
    for (const [key, times] of this.#failures) if (isOver(times, now)) this.#failures.delete(key);
    const key = keyOf(version, agent);
    const times = this.#failures.get(key) ?? [];
    this.#failures.set(key, [...times, now].slice(-FAILURES));
  }

  isFaulty(version: Version, agent: AgentId, now: number): boolean {
    const times = this.#failures.get(keyOf(version, agent));
    if (times === undefined || times.length < FAILURES || isOver(times, now)) return false;
    return times.at(-1)! - times[0]! <= WINDOW_MS;
  }
}

const isOver = (times: readonly number[], now: number): boolean => now - times.at(-1)! >= WINDOW_MS;

const keyOf = ({ job, version = 0 }: Version, agent: AgentId): string => `${job} ${version} ${agent}`;
